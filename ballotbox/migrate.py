"""
Bring the database up to date: `python -m ballotbox.migrate`.

Applies the numbered migrations that are not applied yet, gives the services' roles their passwords,
and makes the first poll where there is none. Safe to run by several processes at once, and again.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import psycopg
from psycopg import sql

from ballotbox import logs
from ballotbox.catalog import add_poll, hard_to_guess, new_code, read_polls, slug_of
from ballotbox.errors import InvalidPoll, LedgerUnavailable, SettingsError, in_full
from ballotbox.kinds import KINDS
from ballotbox.poll import Identity, Kind, Option, Poll, Visibility
from ballotbox.postgres import postgres_from
from ballotbox.rules import check_poll
from ballotbox.settings import Settings
from ballotbox.sql import migrations

_LOCK = 0x766F746574
_PATIENCE = 60.0  # seconds for PostgreSQL to come up
_log = logging.getLogger("votify.migrate")


def migrate(connection: psycopg.Connection[Any]) -> list[str]:
    """Apply what is not applied yet, in one transaction; returns the names of what was."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations"
            " (number integer PRIMARY KEY, name text, applied_at timestamptz DEFAULT now())"
        )
        done = {number for (number,) in connection.execute("SELECT number FROM migrations")}
        applied = []
        for number, name, text in migrations():
            if number not in done:
                connection.execute(sql.SQL(text))
                connection.execute("INSERT INTO migrations VALUES (%s, %s)", [number, name])
                applied.append(name)
    return applied


def keep_out(connection: psycopg.Connection[Any]) -> None:
    """
    Let nobody make temporary tables: a right on the database, which a restore does not bring.

    A table of one's own is what it takes to try to turn a function that acts for its owner.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        statement = sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC")
        connection.execute(statement.format(sql.Identifier(connection.info.dbname)))


def set_passwords(connection: psycopg.Connection[Any], settings: Settings) -> None:
    """Give the services' roles the passwords that are set."""
    with connection.transaction():
        # PostgreSQL lets two who alter one role at the same moment fail.
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for role, password in (
            ("votify_worker", settings.worker_database_password),
            ("votify_result", settings.result_database_password),
            ("votify_admin", settings.admin_database_password),
        ):
            if password:
                statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
                connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))


def ensure_first_poll(connection: psycopg.Connection[Any], settings: Settings) -> Poll | None:
    """Make the poll that the settings describe if there is none; returns it if it was made."""
    poll = first_poll(settings)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        return None if read_polls(connection) else add_poll(connection, poll)


def first_poll(settings: Settings) -> Poll:
    """Make a poll, without an id yet, from the POLL_… settings; raises SettingsError."""
    options = tuple(Option(id=i, text=text) for i, text in enumerate(settings.poll_options, 1))
    kind = Kind(settings.poll_kind)
    least, most = KINDS[kind].limits(len(options))
    code, identity = new_code(), Identity(settings.poll_identity)
    slug, listed = slug_of(settings.poll_question, code=code), identity is not Identity.CODE
    poll = Poll(
        id=0,
        slug=slug if listed else hard_to_guess(slug),
        code=code,
        question=settings.poll_question,
        options=options,
        kind=kind,
        min_choices=least,
        max_choices=settings.poll_max_choices or most,
        change=settings.poll_change,
        identity=identity,
        visibility=Visibility(settings.poll_visibility),
        listed=listed,
        opens_at=settings.poll_opens_at,
        closes_at=settings.poll_closes_at,
    )
    try:
        check_poll(poll)
    except InvalidPoll as error:
        raise SettingsError(f"POLL_{error.field.upper()}: {error}") from None
    return poll


def main() -> int:
    """Wait for PostgreSQL, then migrate; returns the exit code."""
    try:
        settings = Settings.read()
        first_poll(settings)
    except SettingsError as error:
        sys.stderr.write(f"votify: {error}\n")
        return 2
    logs.configure(settings)
    try:
        connection = _patient_connection(settings)
    except LedgerUnavailable as error:
        _log.error("PostgreSQL did not answer within %d s: %s", _PATIENCE, in_full(error))
        return 1
    with connection:
        for name in migrate(connection):
            _log.info("migration applied: %s", name)
        keep_out(connection)
        set_passwords(connection, settings)
        if poll := ensure_first_poll(connection, settings):
            _log.info("first poll made: %s (%s)", poll.question, poll.slug)
    return 0


def _patient_connection(settings: Settings) -> psycopg.Connection[Any]:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return postgres_from(settings, statement_timeout=0)
        except LedgerUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
