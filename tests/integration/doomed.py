"""
A drain that is killed at a chosen point: `python -m tests.integration.doomed POINT`.

SIGKILL cannot be caught, so it is the same whoever sends it: here the process kills itself exactly
where the point is. `never` drains until somebody else ends it. The last two points belong to drains
that are wrong on purpose: a test that cannot see their losses sees none.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, cast

import psycopg
from redis import Redis

from ballotbox.ledger import PostgresLedger
from ballotbox.queue import RedisQueue, Rejected
from worker.drain import read, record, step

POINTS = ("peeked", "locked", "inserted", "recorded", "settled")
NEVER = "never"
POP_FIRST = "popped"


def reach(point: str) -> None:
    """Die here, if this is the point."""
    if sys.argv[1] == point:
        os.kill(os.getpid(), signal.SIGKILL)


class DoomedQueue(RedisQueue):
    """A queue that dies after looking, before settling, or after it."""

    def peek(self, limit: int, *, wait: float = 0) -> list[bytes]:
        """See `BallotQueue.peek`."""
        batch = super().peek(limit, wait=wait)
        reach("peeked")
        return batch

    def settle(self, batch: Sequence[bytes], *, counted: int, rejected: Sequence[Rejected]) -> bool:
        """See `BallotQueue.settle`."""
        reach("recorded")
        settled = super().settle(batch, counted=counted, rejected=rejected)
        reach("settled")
        return settled


class DoomedConnection(psycopg.Connection[Any]):
    """A connection that dies inside of the transaction."""

    def execute(self, query: Any, *arguments: Any, **options: Any) -> psycopg.Cursor[Any]:
        """See `psycopg.Connection.execute`."""
        cursor = super().execute(query, *arguments, **options)
        reach("locked" if "pg_advisory_xact_lock" in query else "inserted")
        return cursor


def main() -> None:
    """Drain until the end comes."""
    redis = Redis.from_url(os.environ["REDIS_URL"])
    connection = DoomedConnection.connect(os.environ["DATABASE_URL"], autocommit=True)
    ledger = PostgresLedger(connection)
    if sys.argv[1] == POP_FIRST:
        items, _ = read(cast("list[bytes]", redis.lpop("votes", 1000)))
        reach(POP_FIRST)
        record(ledger, list(items))
    while True:
        step(DoomedQueue(redis), ledger, wait=0.2)


if __name__ == "__main__":
    main()
