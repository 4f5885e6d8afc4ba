-- Accept one ballot, or say why not. Everything that decides happens in this one step.
--
-- KEYS[1] = votes              list of accepted items
-- KEYS[2] = votes:clock        last sequence number
-- KEYS[3] = poll:{id}          published rules: opens_at, closes_at (µs or ''), change, closed, revision
-- KEYS[4] = poll:{id}:voters   voter -> 'seq tat marks keys'
-- KEYS[5] = poll:{id}:replaced seq -> the seq that replaced it; of a withdrawal: 'withdrawn'
-- KEYS[6] = votes:memory       how full Redis is, in percent; only there where that matters
-- KEYS[7] = votes:idem:…       only if the request has an idempotency key: where 0.1.0 kept it
-- the last = poll:{id}:codes   only if the ballot comes with a single-use code
-- ARGV[1] = voter, as a field of KEYS[4]
-- ARGV[2] = marks, as JSON
-- ARGV[3] = body of the item: 'poll,"voter",marks'
-- ARGV[4] = how many items the list may hold
-- ARGV[5] = µs that one voter's ballots must lie apart on average (0 = no limit)
-- ARGV[6] = how many of them may come at once
-- ARGV[7] = the revision of the poll under which the ballot was checked
-- ARGV[8] = how full Redis may be, in percent, for a voter who has not voted in this poll
-- ARGV[9] = the same for one who has
-- ARGV[10] = the request's idempotency key, '' if it has none
-- ARGV[11] = the field that this voter had in 0.1.0, '' if it was the same
-- ARGV[12] = only with a code: the code
-- ARGV[13] = only with a code: its number, by which the voter is known
-- ARGV[14] = only with a code: seq of the ballot that its bearer is known to have cast, 0 for none
--
-- Returns {status, seq}; seq is '0' unless said otherwise:
--   'accepted'     seq of the new ballot
--   'repeated'     this very request was accepted before: seq of its ballot
--   'remembered'   the same, before the upgrade from 0.1.0
--   'key_reused'   the idempotency key came before with another choice
--   'missing'      the poll is not published, or held for an edit: never treated as open
--   'changed'      the poll is another by now: look at it, check the ballot, and cast again
--   'no_code'      the code is not valid, or not any more
--   'not_shown'    a vote with a code is withdrawn by who has not shown to have cast it
--   'nothing'      there are no marks, and the voter has no vote that they could withdraw
--   'not_open', 'closed', 'already_voted', 'slow_down', 'full', 'no_room'

local rules = redis.call('HMGET', KEYS[3], 'opens_at', 'closes_at', 'change', 'closed', 'revision',
  'starts_seq', 'voted')
local opens_at, closes_at, change, closed, revision = rules[1], rules[2], rules[3], rules[4], rules[5]
local starts_seq, voted = tonumber(rules[6] or '0'), tonumber(rules[7] or '0')

-- The voter's last ballot; one that a reset has thrown away counts for nothing.
local entry = redis.call('HGET', KEYS[4], ARGV[1])
if not entry and ARGV[11] ~= '' then entry = redis.call('HGET', KEYS[4], ARGV[11]) end
local last, before, marks, keys
if entry then last, before, marks, keys = entry:match('^(%d+) (%d+) (%S+) ?(.*)$') end
if last and tonumber(last) <= starts_seq then last = nil end

-- A repeat is recognised before anything else: what was accepted stays accepted after the close, and
-- when its code is revoked. The key of the last ballot stands alone, those of a few before it as
-- 'key:seq:marks'; keys and marks as hashes.
local key = ''
if ARGV[10] ~= '' then
  key = redis.sha1hex(ARGV[10]):sub(1, 16)
  if last and keys:sub(1, 16) == key then
    if marks ~= ARGV[2] then return {'key_reused', '0'} end
    return {'repeated', last}
  end
  if last then
    local seq, of = keys:match(key .. ':(%d+):(%x+)')
    if seq then
      if of ~= redis.sha1hex(ARGV[2]):sub(1, 8) then return {'key_reused', '0'} end
      return {'repeated', seq}
    end
  end
  local kept = redis.call('GET', KEYS[7])
  if kept then
    local seq, of = kept:match('^(%d+) (.*)$')
    if tonumber(seq) > starts_seq then
      if of ~= ARGV[2] then return {'key_reused', '0'} end
      return {'remembered', seq}
    end
  end
end

if not (opens_at and closes_at and change and revision) then return {'missing', '0'} end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if closed or (closes_at ~= '' and now >= tonumber(closes_at)) then return {'closed', '0'} end
if opens_at ~= '' and now < tonumber(opens_at) then return {'not_open', '0'} end
if revision ~= ARGV[7] then return {'changed', '0'} end
if ARGV[12] and redis.call('HGET', KEYS[#KEYS], ARGV[12]) ~= ARGV[13] then return {'no_code', '0'} end

-- Before Redis itself is full: a full Redis could not run the worker that empties it. And before
-- anything is said of the voter, so that nobody learns by the answer whether a code was used.
local used = tonumber(redis.call('GET', KEYS[6]) or '0')
if used >= tonumber(ARGV[9]) then return {'no_room', '0'} end
if redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[4]) then return {'full', '0'} end

-- Whoever has all the codes, as the organiser has, must not see by the numbers what a vote with one
-- of them was: only who is known to have cast it may change it or take it back.
local withdraws = ARGV[2] == '[]'
local shown = not ARGV[12] or (last and ARGV[14] == last)
if withdraws and not shown then return {'not_shown', '0'} end

local tat = now
if last then
  if change == '0' or not shown then return {'already_voted', '0'} end
  -- Generic cell rate algorithm: tat is when the voter's allowance would be whole again. One that
  -- lies further ahead than any that was ever written shows that the clock was set back since.
  local ahead = tonumber(before)
  if ahead > now and ahead <= now + ARGV[5] * ARGV[6] then tat = ahead end
  if tat - now > ARGV[5] * (ARGV[6] - 1) then return {'slow_down', '0'} end
elseif used >= tonumber(ARGV[8]) then
  return {'no_room', '0'}
end

-- Who has no vote has none to withdraw: a stranger would get a receipt, as if it had voted.
if withdraws and (not last or marks == '[]') then return {'nothing', '0'} end

-- A hybrid clock: it still grows when the clock is set back or the counter was lost.
local number = math.max((redis.call('GET', KEYS[2]) or 0) + 1, now)
-- Lua counts in doubles: from here on two ballots would get the same number, and nobody could read it.
if number > 9007199254740991 then return {'full', '0'} end
local seq = string.format('%.0f', number)
redis.call('SET', KEYS[2], seq)
redis.call('RPUSH', KEYS[1], '[' .. seq .. ',' .. ARGV[3] .. ']')
if last and keys ~= '' then
  -- A repeat may overtake the next request or come long after it, but not after seven more.
  local behind = keys:sub(1, 16) .. ':' .. last .. ':' .. redis.sha1hex(marks):sub(1, 8)
  local older = keys:match(' (.*)$')
  if keys:sub(1, 1) == '-' then behind = older elseif older then behind = behind .. ' ' .. older end
  local kept = 0
  for each in (behind or ''):gmatch('%S+') do
    kept = kept + 1
    if kept <= 7 then key = (key == '' and '-' or key) .. ' ' .. each end
  end
end
redis.call('HSET', KEYS[4], ARGV[1], seq .. string.format(' %.0f ', tat + ARGV[5]) .. ARGV[2]
  .. (key ~= '' and ' ' .. key or ''))
if voted <= starts_seq then redis.call('HSET', KEYS[3], 'voted', seq) end
if last then redis.call('HSET', KEYS[5], last, seq) end
if withdraws then redis.call('HSET', KEYS[5], seq, 'withdrawn') end
return {'accepted', seq}
