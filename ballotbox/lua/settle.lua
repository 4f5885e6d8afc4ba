-- Take a recorded batch off the list, if it still stands there.
--
-- KEYS[1] = votes
-- KEYS[2] = votes:counted
-- KEYS[3] = votes:rejected
-- KEYS[4] = votes:refused
-- KEYS[5] = votes:waiting
-- ARGV[1] = how many items the batch has
-- ARGV[2] = its first item
-- ARGV[3] = its last item
-- ARGV[4] = its highest sequence number, '0' if none could be read
-- ARGV[5] = how many of its items are ballots of which poll: 'poll number poll number …'
-- ARGV[6…] = for each item that was not recorded: its entry for votes:rejected ('' for none),
--            its sequence number ('' if it has none), the reason
--
-- Returns 1 if the batch was taken off, 0 if another drain has been here in the meantime:
-- then nothing is touched, since what stands there now may not be recorded.

local n = tonumber(ARGV[1])
if redis.call('LINDEX', KEYS[1], 0) ~= ARGV[2] then return 0 end
if redis.call('LINDEX', KEYS[1], n - 1) ~= ARGV[3] then return 0 end

-- First what makes room: a full Redis refuses a script's first write, if it needs room, and no later.
redis.call('LTRIM', KEYS[1], n, -1)
for i = 6, #ARGV, 3 do
  if ARGV[i] ~= '' then redis.call('RPUSH', KEYS[3], ARGV[i]) end
  if ARGV[i + 1] ~= '' then redis.call('HSET', KEYS[4], ARGV[i + 1], ARGV[i + 2]) end
end
if tonumber(ARGV[4]) > tonumber(redis.call('GET', KEYS[2]) or '0') then
  redis.call('SET', KEYS[2], ARGV[4])
end
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('DEL', KEYS[5])  -- also what was counted wrongly: items come on the list by hand, too
else
  for poll, number in ARGV[5]:gmatch('(%d+) (%d+)') do
    if redis.call('HINCRBY', KEYS[5], poll, -number) <= 0 then redis.call('HDEL', KEYS[5], poll) end
  end
end
return 1
