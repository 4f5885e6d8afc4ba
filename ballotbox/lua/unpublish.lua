-- Take a poll out of Redis. What is known of its voters is left to forget.lua.
--
-- KEYS[1] = poll:{id}
-- KEYS[2] = poll:{id}:codes
-- KEYS[3] = polls
-- KEYS[4] = polls:over          polls of whose voters something is to be forgotten
-- ARGV[1] = the poll's id
--
-- Returns how many names led to it.

local found = 0
local index = redis.call('HGETALL', KEYS[3])
for i = 1, #index, 2 do
  if index[i + 1] == ARGV[1] then
    redis.call('HDEL', KEYS[3], index[i])
    found = found + 1
  end
end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('SADD', KEYS[4], ARGV[1])
return found
