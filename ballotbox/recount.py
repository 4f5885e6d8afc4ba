"""
Prove that the tallies are what the ledger says: `python -m ballotbox.recount`.

May be run at any time: both are read in one snapshot of the database, while voting goes on. Polls
whose ballots were deleted after their time have nothing to count again; their seals stand for them.
"""

from __future__ import annotations

import sys
from typing import Any

import psycopg

from ballotbox.catalog import read_polls
from ballotbox.errors import VotifyError
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Poll
from ballotbox.postgres import postgres_from
from ballotbox.settings import Settings
from ballotbox.sql import QUERIES
from ballotbox.tally import Tally


def recount(connection: psycopg.Connection[Any]) -> list[tuple[Poll, Tally, Tally]]:
    """
    Count every poll again: the poll, its tally, and what the ledger gives, of one snapshot.

    Those whose ballots were deleted after their time are left out.
    """
    ledger = PostgresLedger(connection)
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        purged = _purged(connection)
        return [
            (poll, ledger.tally(poll.id), ledger.recount(poll.id))
            for poll in read_polls(connection)
            if poll.id not in purged
        ]


def skipped(connection: psycopg.Connection[Any]) -> list[Poll]:
    """List the polls whose ballots were deleted after their time."""
    return read_polls(connection, _purged(connection))


def _purged(connection: psycopg.Connection[Any]) -> set[int]:
    return {poll for (poll,) in connection.execute(QUERIES["purged_polls"])}


def main() -> int:
    """Print a line for each poll; returns 1 if any tally is not what the ledger says."""
    try:
        with postgres_from(Settings.read(), statement_timeout=0) as connection:
            rows, purged = recount(connection), skipped(connection)
    except VotifyError as error:
        sys.stderr.write(f"votify: {error}\n")
        return 2
    for poll, tally, ledger in rows:
        verdict = "agrees" if tally.agrees_with(ledger) else "DIFFERS"
        sys.stdout.write(
            f"{verdict}: {poll.slug}: tally {_numbers(tally)}, ledger {_numbers(ledger)}\n"
        )
    for poll in purged:
        sys.stdout.write(f"skipped: {poll.slug}: its ballots were deleted after their time\n")
    return 0 if all(tally.agrees_with(ledger) for _, tally, ledger in rows) else 1


def _numbers(tally: Tally) -> str:
    counts = ", ".join(
        f"{option}×{value}: {count}" for (option, value), count in sorted(tally.counts.items())
    )
    return f"{tally.ballots} ballots ({counts})"


if __name__ == "__main__":
    sys.exit(main())
