-- Delete what is known of the voters of a poll that was deleted, or reset and not voted in since.
--
-- KEYS[1] = poll:{id}
-- KEYS[2] = poll:{id}:voters
-- KEYS[3] = poll:{id}:replaced
-- KEYS[4] = polls:over          polls of whose voters something is to be forgotten
-- ARGV[1] = the poll's id
--
-- What is left where somebody has voted since counts for nothing, by its numbers.

local rules = redis.call('HMGET', KEYS[1], 'voted', 'starts_seq')
if tonumber(rules[1] or '0') <= tonumber(rules[2] or '0') then
  redis.call('UNLINK', KEYS[2], KEYS[3])
end
redis.call('SREM', KEYS[4], ARGV[1])
