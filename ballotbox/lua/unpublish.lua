-- Take a poll out of Redis, with all that is known of its voters.
--
-- KEYS[1] = poll:{id}
-- KEYS[2] = poll:{id}:voters
-- KEYS[3] = poll:{id}:replaced
-- KEYS[4] = poll:{id}:codes
-- KEYS[5] = polls
-- ARGV[1] = the poll's id
--
-- Returns how many names led to it.

local found = 0
local index = redis.call('HGETALL', KEYS[5])
for i = 1, #index, 2 do
  if index[i + 1] == ARGV[1] then
    redis.call('HDEL', KEYS[5], index[i])
    found = found + 1
  end
end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
return found
