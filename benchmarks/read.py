"""
What one look of the result service costs, with few ballots in the ledger and with many.

A thousand times as many cost the same, since a look never counts ballots.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from ballotbox.ballot import Ballot, Mark
from ballotbox.catalog import read_polls
from ballotbox.ledger import PostgresLedger
from ballotbox.migrate import ensure_first_poll, migrate
from ballotbox.settings import Settings
from deploy.local.stack import Stack
from result.board import Board, Snapshot, View
from result.books import Books
from result.feed import Feed
from result.metrics import Metrics

FEW, MANY = 5_000, 5_000_000
_LOOKS = 400


class _Line:
    """A queue on which nothing waits."""

    def waiting_by_poll(self) -> Mapping[int, int]:
        return {}

    def worker_silent(self) -> bool:
        return False


class _Audience:
    """An audience that watches every poll, and only counts what it is shown."""

    def __init__(self, polls: list[int]) -> None:
        self._views = [View(poll) for poll in polls]
        self.shown = 0

    def watched(self) -> Collection[View]:
        return self._views

    def show(self, view: View, snapshot: Snapshot) -> None:  # noqa: ARG002
        self.shown += 1

    def gone(self, poll: int) -> None:
        pass

    def count(self, poll: int, option: int, votes: int) -> None:
        pass

    def confirm(self, as_of: datetime) -> None:
        pass


class _Ledger:
    """A database with so many ballots, and the feed of a result service that looks at it."""

    def __init__(self, settings: Settings, owner: psycopg.Connection[Any], ballots: int) -> None:
        name = f"bench_{ballots}"
        owner.execute(f"CREATE DATABASE {name}")
        address = make_conninfo(settings.database_url, dbname=name)
        self._connection = psycopg.connect(address, autocommit=True)
        migrate(self._connection)
        ensure_first_poll(self._connection, settings)
        _fill(self._connection, ballots)
        self._seq = 10**15
        self.audience = _Audience([poll.id for poll in read_polls(self._connection)])
        self._feed = Feed(
            Board(_now),
            books=Books(lambda: psycopg.connect(address, autocommit=True)),
            line=_Line(),
            audience=self.audience,
            clock=_now,
            metrics=Metrics(),
        )

    def look(self) -> float:
        """Count one more ballot, then time the look that shows it, in µs."""
        self._seq += 1
        ballot = Ballot(1, f"one-more-{self._seq}", self._seq, (Mark(1, 1),))
        PostgresLedger(self._connection).record([ballot])
        started = time.perf_counter()
        self._feed.look()
        return (time.perf_counter() - started) * 1e6


def main(few: int = FEW, many: int = MANY, looks: int = _LOOKS) -> None:
    """Measure, and print the figures."""
    print("read: one look of the result service at a poll that has changed")
    with tempfile.TemporaryDirectory() as data, Stack(data=Path(data)) as stack:
        settings = Settings.read(stack.environment())
        with psycopg.connect(settings.database_url, autocommit=True) as owner:
            small, large = (_Ledger(settings, owner, ballots) for ballots in (few, many))
            pairs = [(small.look(), large.look()) for _ in range(looks)]
    assert small.audience.shown == large.audience.shown == looks, "a look did not show its ballot"
    cost_few, cost_many = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"  {few:>9,} ballots: {cost_few:,.0f} µs")
    print(f"  {many:>9,} ballots: {cost_many:,.0f} µs")
    print(f"  ratio {cost_many / cost_few:.2f} (aim: 1.5 or less)")


def _fill(connection: psycopg.Connection[Any], ballots: int) -> None:
    connection.execute(
        "INSERT INTO ballots SELECT 1, md5(n::text), n, ARRAY[1 + n %% 2], ARRAY[1]"
        " FROM generate_series(1, %s) AS n",
        [ballots],
    )
    connection.execute(
        "INSERT INTO tallies SELECT 1, option, 1, count(*) FROM"
        " (SELECT option_ids[1] AS option FROM ballots) AS b GROUP BY option"
    )
    connection.execute("UPDATE standings SET ballots = %s", [ballots])
    connection.execute("VACUUM ANALYZE")


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
