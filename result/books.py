"""
Where the numbers are read: PostgreSQL, over one connection that is opened again whenever it breaks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import psycopg

from ballotbox.ballot import Mark, Marks
from ballotbox.catalog import read_polls
from ballotbox.errors import LedgerUnavailable
from ballotbox.kinds import ranking_rounds
from ballotbox.ledger import Bookmark, Changes, PostgresLedger
from ballotbox.poll import Poll
from ballotbox.sql import QUERIES
from ballotbox.timeline import MOST, Sample
from result.board import Rounds, Sealing

Connection = psycopg.Connection[Any]
Answer = TypeVar("Answer")

_ROWS_AT_ONCE = 200


class Books:
    """
    The polls, the tallies, the seals and the ballots in PostgreSQL.

    Every method raises LedgerUnavailable when PostgreSQL does not answer. A connection that
    PostgreSQL has left since, as at a restart, is made anew. Callers take turns, so whoever must
    not wait has books of its own.

    :param connect: opens a connection in autocommit mode.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._connection: Connection | None = None
        self._turn = threading.Lock()

    def polls(self) -> list[Poll]:
        """Read every poll."""
        return self._ask(read_polls)

    def changes(self, since: Bookmark | None) -> Changes:
        """See `ballotbox.ledger.Ledger.changes`; over a connection that is new, it is all."""
        return self._ask(lambda connection: PostgresLedger(connection).changes(since))

    def seals(self) -> dict[int, Sealing]:
        """Read when the result of each poll was last sealed, by the poll's id."""
        return self._ask(_sealings)

    def seal(self, poll: int) -> str | None:
        """Read the seal of one poll as it is handed out; None if it has none that is whole."""
        found = self._ask(lambda connection: PostgresLedger(connection).seal(poll))
        return found.document if found and not found.broken_at else None

    def rounds(self, poll: Poll) -> Rounds:
        """Count a ranked poll by instant-runoff, from its ballots, giving way to others."""
        options = [option.id for option in poll.options]
        return self._ask(
            lambda connection: ranking_rounds(
                options, _rankings(connection, poll.id), pause=_give_way
            )
        )

    def timeline(self, poll: int) -> list[Sample]:
        """Read some hundred samples of one poll at most, the oldest first, giving way to others."""
        return self._ask(
            lambda connection: PostgresLedger(connection).timeline(poll, most=MOST, pause=_give_way)
        )

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, question: Callable[[Connection], Answer]) -> Answer:
        with self._turn:
            try:
                return self._answer(question)
            except _Left:
                return self._answer(question)

    def _answer(self, question: Callable[[Connection], Answer]) -> Answer:
        kept = self._connection
        try:
            self._connection = kept or self._connect()
            return question(self._connection)
        except (psycopg.Error, LedgerUnavailable) as error:
            left = kept is not None and kept.broken
            self.close()
            raise (_Left if left else LedgerUnavailable) from error


class _Left(LedgerUnavailable):
    """PostgreSQL has left a connection since the last question; it may be back."""


def _sealings(connection: Connection) -> dict[int, Sealing]:
    rows = connection.execute(QUERIES["last_sealings"]).fetchall()
    return {poll: Sealing(sealed_at, broken_at) for poll, sealed_at, broken_at in rows}


def _rankings(connection: Connection, poll: int) -> Iterator[tuple[Marks, int]]:
    cursor = connection.execute(QUERIES["patterns"], {"poll": poll})
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        for options, values, count in rows:
            yield tuple(map(Mark, options, values)), count


def _give_way() -> None:
    # There may be as many different rankings as ballots, and a thousand numbers in each of hundreds
    # of samples. In one go, they would stop every socket of this process, for seconds.
    time.sleep(0)
