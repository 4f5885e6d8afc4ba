-- Close a poll: no ballot is accepted after this step, and a marker stands behind the last one.
--
-- KEYS[1] = votes
-- KEYS[2] = votes:clock
-- KEYS[3] = poll:{id}          published rules: closes_at, closed, draft
-- ARGV[1] = the poll's id
-- ARGV[2] = '1' to close it now, '0' only if its time has come
--
-- Returns the marker's sequence number, '0' if it was not time, or the poll is a draft or not published.
-- Closing twice gives the first marker's number again.

local rules = redis.call('HMGET', KEYS[3], 'closes_at', 'closed', 'draft')
local closes_at, closed, draft = rules[1], rules[2], rules[3]
if closed then return closed end
-- Whoever asks may have seen it before its reset.
if not closes_at or draft == '1' then return '0' end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if ARGV[2] ~= '1' and (closes_at == '' or now < tonumber(closes_at)) then return '0' end

local seq = string.format('%.0f', math.max((redis.call('GET', KEYS[2]) or 0) + 1, now))
-- In a full Redis too, for the list is emptied up to the marker: a full one refuses a script's first
-- write, if it needs room, and no later. This one trims nothing.
redis.call('LTRIM', KEYS[1], 0, -1)
redis.call('SET', KEYS[2], seq)
redis.call('HSET', KEYS[3], 'closed', seq)
redis.call('RPUSH', KEYS[1], '[' .. seq .. ',' .. ARGV[1] .. ']')
return seq
