"""
Prove that the tallies are what the ledger says: `python -m ballotbox.recount`.

May be run at any time: both are read in one snapshot of the database, while voting goes on. Polls
whose ballots were deleted after their time have nothing to count again; their seals stand for them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import psycopg

from ballotbox.catalog import read_polls
from ballotbox.errors import VotifyError, in_full
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Poll
from ballotbox.postgres import postgres_from
from ballotbox.settings import Settings
from ballotbox.sql import QUERIES
from ballotbox.tally import Tally
from ballotbox.timeline import Sample


@dataclass(frozen=True, slots=True)
class Recount:
    """A poll's tally, the last sample of its timeline, and what the ledger gives, at one moment."""

    poll: Poll
    tally: Tally
    sample: Sample | None
    ledger: Tally

    @property
    def agrees(self) -> bool:
        """Whether all three are of the same ballots, and say the same of them."""
        return self.tally.matches(self.ledger) and self._sample_agrees()

    def _sample_agrees(self) -> bool:
        sample, ledger = self.sample, self.ledger
        if sample is None:
            return ledger.last_seq is None
        sampled = Tally(
            poll=ledger.poll,
            ballots=sample.ballots,
            counts=ledger.counts if sample.counts is None else sample.counts,
            cast=sample.cast,
            last_seq=sample.seq,
        )
        return sampled.matches(ledger)


def recount(connection: psycopg.Connection[Any]) -> list[Recount]:
    """
    Count every poll again, all in one snapshot of the database.

    Those whose ballots were deleted after their time are left out.
    """
    ledger = PostgresLedger(connection)
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        purged = _purged(connection)
        return [
            Recount(
                poll, ledger.tally(poll.id), ledger.last_sample(poll.id), ledger.recount(poll.id)
            )
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
        sys.stderr.write(f"votify: {in_full(error)}\n")
        return 2
    for each in rows:
        verdict = "agrees" if each.agrees else "DIFFERS"
        sys.stdout.write(
            f"{verdict}: {each.poll.slug}: tally {_numbers(each.tally)},"
            f" ledger {_numbers(each.ledger)}{_sampled(each)}\n"
        )
    for poll in purged:
        sys.stdout.write(f"skipped: {poll.slug}: its ballots were deleted after their time\n")
    return 0 if all(each.agrees for each in rows) else 1


def _numbers(found: Tally | Sample) -> str:
    counts = ", ".join(
        f"{option}×{value}: {count}"
        for (option, value), count in sorted((found.counts or {}).items())
    )
    return f"{found.ballots} of {found.cast} ballots ({counts})"


def _sampled(each: Recount) -> str:
    # Only where it is the sample that differs: nobody need read the same numbers three times.
    if each.agrees or not each.tally.matches(each.ledger):
        return ""
    return f", last sample {_numbers(each.sample) if each.sample else 'none'}"


if __name__ == "__main__":
    sys.exit(main())
