-- Accept one ballot, or say why not. Everything that decides happens in this one step.
--
-- KEYS[1] = votes              list of accepted items; beside it votes:waiting, poll -> how many of its ballots
-- KEYS[2] = votes:clock        last sequence number
-- KEYS[3] = poll:{id}          published rules: opens_at, closes_at (µs or ''), change, closed, revision
-- KEYS[4] = poll:{id}:voters   voter -> 'seq tat marks'
-- KEYS[5] = poll:{id}:replaced seq -> the seq that replaced it; of a withdrawal: 'withdrawn'
-- KEYS[6] = votes:idem:…       only if the request has an idempotency key
-- the last = poll:{id}:codes   only if the ballot comes with a single-use code
-- ARGV[1] = voter
-- ARGV[2] = marks, as JSON
-- ARGV[3] = body of the item: 'poll,"voter",marks'
-- ARGV[4] = how many items the list may hold
-- ARGV[5] = µs that one voter's ballots must lie apart on average (0 = no limit)
-- ARGV[6] = how many of them may come at once
-- ARGV[7] = seconds for which an idempotency key is remembered
-- ARGV[8] = the revision of the poll under which the ballot was checked
-- ARGV[9] = only with a code: the code
-- ARGV[10] = only with a code: its number, by which the voter is known
--
-- Returns {status, seq}; seq is '0' unless said otherwise:
--   'accepted'     seq of the new ballot
--   'repeated'     this very request was accepted before: seq of its ballot
--   'key_reused'   the idempotency key came before with another choice
--   'missing'      the poll is not published, or held for an edit: never treated as open
--   'changed'      the poll is another by now: look at it, check the ballot, and cast again
--   'no_code'      the code is not valid, or not any more
--   'nothing'      there are no marks, and the voter has no vote that they could withdraw
--   'not_open', 'closed', 'already_voted', 'slow_down', 'full'

-- A repeat is recognised before anything else: what was accepted stays accepted after the close, and
-- when its code is revoked. What was thrown away since counts for nothing: the ballot is a new one.
local idempotency = KEYS[6]
if ARGV[9] and #KEYS == 6 then idempotency = nil end
if idempotency then
  local before = redis.call('GET', idempotency)
  if before then
    local seq, marks = before:match('^(%d+) (.*)$')
    if tonumber(seq) > tonumber(redis.call('HGET', KEYS[3], 'starts_seq') or '0') then
      if marks ~= ARGV[2] then return {'key_reused', '0'} end
      return {'repeated', seq}
    end
  end
end

local rules = redis.call('HMGET', KEYS[3], 'opens_at', 'closes_at', 'change', 'closed', 'revision')
local opens_at, closes_at, change, closed, revision = rules[1], rules[2], rules[3], rules[4], rules[5]
if not (opens_at and closes_at and change and revision) then return {'missing', '0'} end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if closed or (closes_at ~= '' and now >= tonumber(closes_at)) then return {'closed', '0'} end
if opens_at ~= '' and now < tonumber(opens_at) then return {'not_open', '0'} end
if revision ~= ARGV[8] then return {'changed', '0'} end
if ARGV[9] and redis.call('HGET', KEYS[#KEYS], ARGV[9]) ~= ARGV[10] then return {'no_code', '0'} end

local last = redis.call('HGET', KEYS[4], ARGV[1])
local tat = now
if last then
  if change == '0' then return {'already_voted', '0'} end
  -- Generic cell rate algorithm: tat is when the voter's allowance would be whole again. One that
  -- lies further ahead than any that was ever written shows that the clock was set back since.
  local before = tonumber(last:match('^%d+ (%d+)'))
  if before > now and before <= now + ARGV[5] * ARGV[6] then tat = before end
  if tat - now > ARGV[5] * (ARGV[6] - 1) then return {'slow_down', '0'} end
end

-- Who has no vote has none to withdraw: a stranger would get a receipt, as if it had voted.
if ARGV[2] == '[]' and (not last or last:sub(-2) == '[]') then return {'nothing', '0'} end

-- Before Redis itself is full: a full Redis could not run the worker that empties it.
if redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[4]) then return {'full', '0'} end

-- A hybrid clock: it still grows when the clock is set back or the counter was lost.
local number = math.max((redis.call('GET', KEYS[2]) or 0) + 1, now)
-- Lua counts in doubles: from here on two ballots would get the same number, and nobody could read it.
if number > 9007199254740991 then return {'full', '0'} end
local seq = string.format('%.0f', number)
redis.call('SET', KEYS[2], seq)
redis.call('RPUSH', KEYS[1], '[' .. seq .. ',' .. ARGV[3] .. ']')
redis.call('HSET', KEYS[4], ARGV[1], seq .. string.format(' %.0f ', tat + ARGV[5]) .. ARGV[2])
if last then redis.call('HSET', KEYS[5], last:match('^%d+'), seq) end
if ARGV[2] == '[]' then redis.call('HSET', KEYS[5], seq, 'withdrawn') end
if idempotency then redis.call('SET', idempotency, seq .. ' ' .. ARGV[2], 'EX', ARGV[7]) end
redis.call('HINCRBY', KEYS[1] .. ':waiting', ARGV[3]:match('^%d+'), 1)
return {'accepted', seq}
