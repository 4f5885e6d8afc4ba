"""
How PostgreSQL is reached: with limits on every wait, so that nobody hangs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from ballotbox.errors import LedgerUnavailable
from ballotbox.settings import Settings
from ballotbox.sql import QUERIES

_LOCK = 0x766F746573


class Unrecordable(ValueError):
    """PostgreSQL will not hold a value for what is in it; nothing of the statement was recorded."""


def postgres_from(settings: Settings, *, statement_timeout: int = 4000) -> psycopg.Connection[Any]:
    """
    Connect to PostgreSQL, in autocommit mode.

    :param statement_timeout: milliseconds that one statement may take; 0 for no limit.
    :raise LedgerUnavailable: if it does not answer within a few seconds.
    """
    limits = connection_limits(settings, statement_timeout=statement_timeout)
    try:
        return psycopg.connect(settings.database_url, **limits)
    except psycopg.Error as error:
        raise LedgerUnavailable from error


def connection_limits(settings: Settings, *, statement_timeout: int) -> dict[str, Any]:
    """Give what every connection is made with, for `postgres_from` and for pools."""
    options = {
        "statement_timeout": statement_timeout,
        "lock_timeout": min(3000, statement_timeout),
        # Frees the lock of a recorder that was stopped in the middle of a transaction.
        "idle_in_transaction_session_timeout": 5000,
        # A plan made while the ledger is empty is kept when it is full: it must not read it whole.
        "enable_seqscan": "off",
    }
    return {
        "password": settings.database_password or None,
        "autocommit": True,
        "connect_timeout": 3,
        # A server that vanishes without a word is noticed, also while it owes an answer.
        "tcp_user_timeout": 5000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
    }


def lock_ledger(connection: psycopg.Connection[Any]) -> None:
    """
    Wait until nobody else records ballots or throws them away; it ends with the transaction.

    What a ballot changes is worked out from those that are there: taking turns keeps that exact.
    Whoever needs it takes it before any row, so that nobody waits for one who waits for him.
    """
    connection.execute(QUERIES["lock_ledger"], {"key": _LOCK})


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn what psycopg raises into Unrecordable, if a ballot is to blame, or LedgerUnavailable."""
    try:
        yield
    except psycopg.Error as error:
        if _blames_a_ballot(error):
            raise Unrecordable from error
        raise LedgerUnavailable from error


def _blames_a_ballot(error: psycopg.Error) -> bool:
    # A constraint of another table is broken by our own arithmetic, or by a restore that was not
    # complete: that says nothing about the ballots, which must wait then and not be put aside.
    if isinstance(error, psycopg.IntegrityError):
        return error.diag.table_name == "ballots"
    return isinstance(error, psycopg.DataError)
