r"""
What Votify's services share: polls, ballots, tallies, the queue and the ledger.

The dependencies point inward. `poll`, `ballot`, `kinds`, `tally`, `timeline`, `rules` and `errors`
are pure: no I/O, no clock. `queue` is the only owner of the ballots' keys in Redis, `ledger` of the
ballots' tables in PostgreSQL, `catalog` of the polls there, and `published` of their copy in Redis.
Nothing here knows Flask, Socket.IO, eventlet or RQ.

Redis, all written by `queue`, but `polls`, `tokens`, `poll:{id}` and its codes by `published`:

| key | type | holds |
|---|---|---|
| `votes` | list | accepted ballots and close markers, oldest first, until they are recorded |
| `votes:clock` | string | the last sequence number given out |
| `votes:waiting` | hash | poll → how many of its ballots are on `votes`; empty where none are |
| `votes:counted` | string | the highest sequence number that is recorded |
| `votes:rejected` | list | items that could not be recorded: JSON `{"item", "reason"}` |
| `votes:refused` | hash | sequence number of a rejected ballot → reason |
| `votes:heartbeat` | string | there while a worker drains; expires on its own |
| `votes:memory` | string | how full Redis is, in percent; there from 75 on |
| `votes:idem:{poll}:{voter}\n{key}` | string | `seq marks` of a ballot, left by 0.1.0; a day |
| `polls` | hash | slug, code, a listed one's id, a secret name → id; `*` → 0 once all are there |
| `polls:over` | set | ids of polls that were deleted or reset, until their voters are forgotten |
| `tokens` | hash | SHA-256 of a token that may vouch for voters → whose polls |
| `poll:{id}` | hash | `definition`; `closed` (by `queue`); what scripts need, see `publish.lua` |
| `poll:{id}:codes` | hash | single-use code → its number, negative where it was revoked |
| `poll:{id}:voters` | hash | voter → `seq tat marks keys` of the voter's last ballot |
| `poll:{id}:replaced` | hash | seq that was replaced → its successor; a withdrawal → `withdrawn` |

Channels: `tallies` carries the id of a poll whose tally has changed, as a hint to look.

PostgreSQL: `polls` and `options` (what is asked), `images`, `codes` (single-use ones), `ballots`
(the append-only ledger), `refusals` (accepted ballots that are not in it), `tallies` (the count of
each poll, option and value), `standings` (ballots, version, final), `samples` (earlier standings),
`seals` (signed final results), `doubts` (final polls whose tally differs), `conclusions` (polls
with codes whose host was told both) and `salts` (what makes pseudonyms). Of the desk:
`organisers`, `sessions`, `devices`, `tries`, `second_factors`, `recovery_codes`, `tokens`,
`idempotency_keys`, `house` (what is so for everybody) and `acts` (the log of what was done).

An item of the list `votes` is a JSON array: a ballot is `[seq, poll, voter, [[option, value], …]]`,
a close marker `[seq, poll]`. Sequence numbers are microseconds of Redis' clock, made unique.
"""
