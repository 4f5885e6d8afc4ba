-- Take no ballots for a poll until it is published again, if nobody has voted in it.
--
-- KEYS[1] = poll:{id}
--
-- Returns 1 if no ballot is taken from here on, 0 if somebody has voted.

local rules = redis.call('HMGET', KEYS[1], 'voted', 'starts_seq')
if tonumber(rules[1] or '0') > tonumber(rules[2] or '0') then return 0 end
-- Without a revision no ballot fits it, and what is published is never what it should be.
redis.call('HDEL', KEYS[1], 'revision')
return 1
