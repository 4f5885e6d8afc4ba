"""
What organisers are told of their polls: the numbers, the seal, the ballots.

Of a poll with codes that is the numbers or whose codes were used, and both at the end only. It is
PostgreSQL that keeps to it: the desk's role has views of what may be told, and no more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
from psycopg.rows import dict_row

from admin.register import Entry, Register
from ballotbox import rows
from ballotbox.ballot import Mark
from ballotbox.errors import BallotsNotFinal
from ballotbox.export import told_ballots_file
from ballotbox.kinds import ranking_rounds
from ballotbox.outcome import fits, numbers, version
from ballotbox.poll import Kind, Visibility
from ballotbox.sql import QUERIES
from ballotbox.tally import Tally, difference, snapshot

_UNKNOWN = {"waiting", "worker_silent"}
_Rounds = list[dict[str, Any]]


class Told:
    """What is told of polls that the one who asks may see."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def snapshot(self, entry: Entry, *, rounds: bool) -> dict[str, Any]:
        """
        Give the numbers as `ballotbox.tally.snapshot` does, for the organiser.

        They are shown whatever the visibility; only of a poll with codes they may be hidden. How
        many ballots wait, and whether a worker is there, is not told.

        :param rounds: whether the rounds of a ranking are wanted, which may take long to count.
        """
        poll, shows = entry.poll, entry.tells_numbers
        tally, sealed = self._numbers(poll.id)
        now = self._register.now()
        shown = snapshot(
            replace(poll, visibility=Visibility.ALWAYS if shows else Visibility.ORGANISER),
            tally,
            waiting=0,
            worker_silent=False,
            now=now,
            as_of=now,
            rounds=self._rounds(entry) if rounds and shows and poll.kind is Kind.RANKED else None,
            sealed=None if entry.broken_at else entry.sealed_at,
            differs=difference(
                final=tally.final,
                doubted=entry.doubted,
                fits_seal=sealed is None or fits(numbers(sealed), poll, tally),
            ),
        )
        shown["poll"]["visibility"] = poll.visibility.value
        # The desk may not look at the list of ballots, so it does not know.
        return {name: value for name, value in shown.items() if name not in _UNKNOWN}

    def seal(self, entry: Entry) -> str | None:
        """Give the sealed result, whole as it is to be verified; None where there is none."""
        with self._register.connect() as connection:
            return _seal(connection, entry.poll.id)

    def ballots(self, entry: Entry) -> Iterator[bytes]:
        """
        Give the file of ballots that was sealed, piece by piece, as `told_ballots_file` does.

        :raise BallotsNotFinal: if there is no seal, or they were deleted after their time.
        """
        document = self.seal(entry)
        sealed = document and version(document)
        if not sealed or entry.purged:
            raise BallotsNotFinal
        return self._ballots(entry.poll.id, sealed)

    def _ballots(self, poll: int, sealed: int) -> Iterator[bytes]:
        with self._register.stream() as connection:
            yield from told_ballots_file(connection, poll, version=sealed)

    def _numbers(self, poll: int) -> tuple[Tally, str | None]:
        with (
            self._register.connect() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            found = cursor.execute(QUERIES["told_standing"], {"poll": poll}).fetchall()
            return (rows.tally(found) if found else Tally(poll=poll)), _seal(connection, poll)

    def _rounds(self, entry: Entry) -> _Rounds | None:
        if entry.purged:
            sealed = self.seal(entry)
            result = json.loads(sealed)["result"] if sealed else {}
            counted: _Rounds | None = result.get("rounds")
            return counted
        with self._register.stream() as connection:
            found = connection.execute(QUERIES["told_patterns"], {"poll": entry.poll.id})
            patterns = [(tuple(map(Mark, ids, values)), count) for ids, values, count in found]
        return ranking_rounds([option.id for option in entry.poll.options], patterns)


def _seal(connection: psycopg.Connection[Any], poll: int) -> str | None:
    row = connection.execute(QUERIES["told_seal"], {"poll": poll}).fetchone()
    return str(row[0]) if row else None
