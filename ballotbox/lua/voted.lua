-- Note that somebody has voted in a poll, where version 0.1.0 has left voters and no note of it.
--
-- KEYS[1] = poll:{id}
-- KEYS[2] = poll:{id}:voters
--
-- Returns 1 if it was noted, else 0.

local rules = redis.call('HMGET', KEYS[1], 'voted', 'starts_seq', 'definition')
if rules[1] or not rules[3] or redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
-- 0.1.0 has deleted the voters of a poll when it was reset: those that are there came later.
redis.call('HSET', KEYS[1], 'voted', string.format('%.0f', tonumber(rules[2] or '0') + 1))
return 1
