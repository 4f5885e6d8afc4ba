"""
The worker: moves accepted ballots from the list in Redis into the ledger in PostgreSQL.

`drain` is the step that must not lose or double anything, `upkeep` what has to happen about once a
second, `jobs` the RQ job made of both, and `app` the RQ worker that always has that job to run.
Beside it, in a thread of its own, `sealer` seals final results.
"""
