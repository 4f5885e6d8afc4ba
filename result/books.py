"""
Where the numbers are read: PostgreSQL, over one connection that is opened again whenever it breaks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import psycopg

from ballotbox.catalog import read_polls
from ballotbox.errors import LedgerUnavailable
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Poll
from ballotbox.tally import Tally

Connection = psycopg.Connection[Any]
Answer = TypeVar("Answer")


class Books:
    """
    The polls and the tallies in PostgreSQL.

    Every method raises LedgerUnavailable when PostgreSQL does not answer; the next call connects
    again. For one caller at a time.

    :param connect: opens a connection in autocommit mode.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._connection: Connection | None = None

    def polls(self) -> list[Poll]:
        """Read every poll."""
        return self._ask(read_polls)

    def changes(self, since: int) -> list[Tally]:
        """Read every tally whose version is above `since`."""
        return self._ask(lambda connection: PostgresLedger(connection).changes(since))

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, question: Callable[[Connection], Answer]) -> Answer:
        try:
            if self._connection is None:
                self._connection = self._connect()
            return question(self._connection)
        except psycopg.Error as error:
            self.close()
            raise LedgerUnavailable(f"PostgreSQL: {error}") from error
        except LedgerUnavailable:
            self.close()
            raise
