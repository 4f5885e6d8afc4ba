"""
How the desk reaches PostgreSQL: by a few connections that are lent out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from ballotbox.postgres import connection_limits, database_errors, postgres_from
from ballotbox.settings import Settings

Connect = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]
"""Lends a connection in autocommit mode; raises LedgerUnavailable, also for what happens on it."""

_PATIENCE = 3.0  # seconds to wait for a connection
_STATEMENT_TIMEOUT = 4000  # milliseconds


class Database:
    """Connections with the rights of the desk; the first is made when it is asked for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = ConnectionPool(
            settings.database_url,
            kwargs=connection_limits(settings, statement_timeout=_STATEMENT_TIMEOUT),
            min_size=1,
            # A request may hold one while it asks for another.
            max_size=2 * settings.admin_threads,
            timeout=_PATIENCE,
            # One that PostgreSQL has left, as at a restart, is not lent to anybody.
            check=ConnectionPool.check_connection,
            open=False,
        )

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection[Any]]:
        """See `Connect`."""
        with database_errors():
            self._pool.open()
            with self._pool.connection() as connection:
                yield connection

    @contextmanager
    def stream(self) -> Iterator[psycopg.Connection[Any]]:
        """Make a connection that may take as long as it likes, for exports and clearing up."""
        with (
            database_errors(),
            closing(postgres_from(self._settings, statement_timeout=0)) as connection,
        ):
            yield connection

    def ping(self) -> None:
        """Raise LedgerUnavailable unless PostgreSQL answers."""
        with self.connect() as connection:
            connection.execute("SELECT 1")

    def close(self) -> None:
        """Give the connections back."""
        self._pool.close()
