"""
Where the numbers are read: PostgreSQL, over one connection that is opened again whenever it breaks.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

import psycopg

from ballotbox.ballot import Mark, Marks
from ballotbox.catalog import read_polls
from ballotbox.errors import LedgerUnavailable
from ballotbox.kinds import ranking_rounds
from ballotbox.ledger import Bookmark, Changes, PostgresLedger
from ballotbox.outcome import numbers
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
        self._sealed: dict[int, Sealing] = {}

    def polls(self) -> list[Poll]:
        """Read every poll."""
        return self._ask(read_polls)

    def changes(self, since: Bookmark | None) -> Changes:
        """See `ballotbox.ledger.Ledger.changes`; over a connection that is new, it is all."""
        return self._ask(lambda connection: PostgresLedger(connection).changes(since))

    def seals(self) -> dict[int, Sealing]:
        """Read the last seal of each poll, by the poll's id; what is in it is read once."""
        self._sealed = self._ask(lambda connection: _sealings(connection, self._sealed))
        return self._sealed

    def doubts(self) -> set[int]:
        """Read which final polls have a tally that is not what the ledger or the seal says."""
        found = self._ask(lambda connection: connection.execute(QUERIES["doubted"]).fetchall())
        return {poll for (poll,) in found}

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


def _sealings(connection: Connection, known: Mapping[int, Sealing]) -> dict[int, Sealing]:
    rows = connection.execute(QUERIES["last_sealings"]).fetchall()
    changed = {poll for poll, *times in rows if poll not in known or [*known[poll][:2]] != times}
    asked = {"polls": [*changed]}
    texts = dict(connection.execute(QUERIES["last_seals"], asked).fetchall()) if changed else {}
    found = {poll: _read(texts[poll], *times) for poll, *times in rows if poll in texts}
    return {poll: known[poll] for poll, *_ in rows if poll not in changed} | found


def _read(seal: str, sealed_at: datetime, broken_at: datetime | None) -> Sealing:
    read = numbers(seal)
    # What is no seal says nothing of voters either.
    document = json.loads(seal) if read else {}
    return Sealing(sealed_at, broken_at, read, document.get("codes"), document.get("vouched"))


def _rankings(connection: Connection, poll: int) -> Iterator[tuple[Marks, int]]:
    cursor = connection.execute(QUERIES["patterns"], {"poll": poll})
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        for options, values, count in rows:
            yield tuple(map(Mark, options, values)), count


def _give_way() -> None:
    # There may be as many different rankings as ballots, and a thousand numbers in each of hundreds
    # of samples. In one go, they would stop every socket of this process, for seconds.
    time.sleep(0)
