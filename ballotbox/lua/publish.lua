-- Publish a poll: where the script that accepts ballots, and those who show polls, read it.
--
-- KEYS[1] = poll:{id}
-- KEYS[2] = poll:{id}:codes
-- KEYS[3] = polls
-- KEYS[4] = polls:over          polls of whose voters something is to be forgotten
-- ARGV[1] = the poll's id
-- ARGV[2] = its definition, as JSON
-- ARGV[3] = opens_at in µs, or ''
-- ARGV[4] = closes_at in µs, or ''
-- ARGV[5] = '1' if a vote may be changed, else '0'
-- ARGV[6] = its revision
-- ARGV[7] = starts_seq: ballots up to this number were thrown away
-- ARGV[8] = reopened_seq: close markers up to this number were undone
-- ARGV[9] = '1' if PostgreSQL has its close marker, else '0'
-- ARGV[10] = the names by which it is found, as a JSON list
-- ARGV[11] = its single-use codes, as a JSON object from code to number; '' to leave them as they are
-- ARGV[12] = the version of that set
-- ARGV[13] = '1' if it is a draft, else '0'
-- ARGV[14] = '1' to publish it only if nobody has voted
--
-- Returns 1 if it was published, 0 if somebody has voted and it was to be published only before.

local before = redis.call('HMGET', KEYS[1], 'starts_seq', 'closed', 'names', 'highest', 'voted')
local starts_seq, closed, names, highest, voted = unpack(before)

if ARGV[14] == '1' and tonumber(voted or '0') > tonumber(starts_seq or '0') then return 0 end

-- Thrown away since: what is known of voters counts for nothing, by its numbers.
if starts_seq and tonumber(starts_seq) < tonumber(ARGV[7]) then
  redis.call('SADD', KEYS[4], ARGV[1])
end
-- Undone since: the marker's own number says which close is meant.
if closed and tonumber(closed) <= tonumber(ARGV[8]) then redis.call('HDEL', KEYS[1], 'closed') end
-- Only where Redis has forgotten it: the close marker's own number stays otherwise.
if ARGV[9] == '1' then redis.call('HSETNX', KEYS[1], 'closed', 0) end

local wanted = cjson.decode(ARGV[10])
local kept = {}
for _, name in ipairs(wanted) do kept[name] = true end
for _, name in ipairs(cjson.decode(names or '[]')) do
  -- Another poll may have taken the name since.
  if not kept[name] and redis.call('HGET', KEYS[3], name) == ARGV[1] then
    redis.call('HDEL', KEYS[3], name)
  end
end
for _, name in ipairs(wanted) do redis.call('HSET', KEYS[3], name, ARGV[1]) end

redis.call('HSET', KEYS[1], 'definition', ARGV[2], 'opens_at', ARGV[3], 'closes_at', ARGV[4],
  'change', ARGV[5], 'revision', ARGV[6], 'starts_seq', ARGV[7], 'names', ARGV[10],
  'draft', ARGV[13])
-- Also of an edit that came to nothing: ballots may be on their way that were checked against it.
if tonumber(ARGV[6]) > tonumber(highest or '0') then
  redis.call('HSET', KEYS[1], 'highest', ARGV[6])
end
if ARGV[11] ~= '' then
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'codes', ARGV[12])
  for code, number in pairs(cjson.decode(ARGV[11])) do redis.call('HSET', KEYS[2], code, number) end
end
return 1
