"""
The ledger: every accepted ballot, once, and the tallies that are derived from it.

Recording is idempotent: a batch that comes twice, in parts, or out of order leaves the same ledger
and the same tallies, so that the worker may be killed anywhere and simply begin again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

import psycopg
from psycopg.rows import dict_row

from ballotbox import rows
from ballotbox.admission import sift
from ballotbox.ballot import Ballot, Close, Mark, Marks, code_of, voter_of
from ballotbox.catalog import read_polls
from ballotbox.poll import Identity, Poll
from ballotbox.postgres import database_errors, lock_ledger
from ballotbox.sql import QUERIES
from ballotbox.tally import Tally
from ballotbox.timeline import Sample, thinned


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    What came of a batch.

    `changed` names the polls that have new ballots, or are final now. `refused` are ballots that
    are not in the ledger, with the code of the reason; of those the ledger keeps their number.
    `dropped` are ballots of what was reset since: of them it keeps nothing. `overruled` are in the
    ledger and do not count, since their voter had voted before and may not change.
    """

    changed: frozenset[int] = frozenset()
    refused: Mapping[Ballot, str] = field(default_factory=dict)
    overruled: frozenset[int] = frozenset()
    dropped: Mapping[Ballot, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptSeal:
    """A seal as it is handed out; `broken_at` is when its poll was reopened or reset, if it was."""

    document: str
    sealed_at: datetime
    broken_at: datetime | None = None


class Bookmark(NamedTuple):
    """
    How far a reader has come who follows what changes.

    It holds for one connection and one table: whoever was restarted, or put back to an older copy,
    may give the numbers of transactions out again.
    """

    source: object
    table: int
    xmin: str


class Changes(NamedTuple):
    """The standings that have changed since a bookmark, and the one to go on from."""

    tallies: list[Tally]
    bookmark: Bookmark


class Ledger(Protocol):
    """What the worker and `result` need of a ledger."""

    def record(self, items: Sequence[Ballot | Close]) -> Recorded:
        """
        Add what is new to the ledger and to the tallies, in one transaction.

        :param items: in the order of the list. Ballots of an unknown poll, with marks that the poll
            does not allow, or behind its close marker are refused; the others are recorded.
            Markers that a reopening has undone are ignored.
        :raise Unrecordable: if the database refuses a row for what is in it: nothing is recorded.
        :raise LedgerUnavailable: if nobody can tell whether it was recorded; do it again.
        """
        ...

    def refuse(self, ballot: Ballot, reason: str) -> None:
        """Note that a ballot could not be recorded, if its poll is known; once or twice."""
        ...

    def refusals(self, poll: int) -> dict[str, int]:
        """Count the refused ballots of one poll by the code of the reason."""
        ...

    def tally(self, poll: int) -> Tally:
        """Read the standing of one poll; an unknown one has a tally of nothing."""
        ...

    def changes(self, since: Bookmark | None = None) -> Changes:
        """
        Read every standing that has changed since a bookmark; costs what has changed, not more.

        Some may be given again that have not changed. Without a bookmark of this very ledger, all.
        """
        ...

    def recount(self, poll: int) -> Tally:
        """Count one poll from the ledger alone; its version is 0."""
        ...

    def patterns(self, poll: int) -> list[tuple[Marks, int]]:
        """Give the different marks on the ballots that count, and how many ballots have each."""
        ...

    def timeline(self, poll: int, *, most: int | None = None) -> list[Sample]:
        """
        Read how one poll came to stand as it does, the oldest sample first.

        Each is what a count of the ballots up to it gives, and the last is how the poll stands.

        :param most: thin them to at most so many.
        """
        ...


class PostgresLedger:
    """The ledger in PostgreSQL, on a connection in autocommit mode. Not thread-safe."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def record(self, items: Sequence[Ballot | Close]) -> Recorded:
        """See `Ledger.record`."""
        with database_errors(), self._connection.transaction():
            lock_ledger(self._connection)
            ids = {item.poll for item in items}
            polls = {poll.id: poll for poll in read_polls(self._connection, ids)}
            unissued = self._unissued(items, polls)
            sifted = sift(items, polls, self._ends(polls.values()), unissued)
            grown = self._insert(sifted.ballots)
            self._sample(polls[poll] for poll in grown)
            changed = grown | self._close(sifted.closes)
            self._refuse(sifted.refused)
            overruled = self._overruled(sifted.ballots, polls)
        return Recorded(changed, sifted.refused, overruled, sifted.dropped)

    def refuse(self, ballot: Ballot, reason: str) -> None:
        """See `Ledger.refuse`."""
        with database_errors():
            self._refuse({ballot: reason})

    def _refuse(self, refused: Mapping[Ballot, str]) -> None:
        if refused:
            columns = {
                "polls": [ballot.poll for ballot in refused],
                "seqs": [ballot.seq for ballot in refused],
                "reasons": list(refused.values()),
            }
            self._connection.execute(QUERIES["refuse_ballots"], columns)

    def _ends(self, polls: Iterable[Poll]) -> dict[int, int]:
        closed = [poll.id for poll in polls if poll.closed]
        if not closed:
            return {}
        return dict(self._connection.execute(QUERIES["ends_of"], {"ids": closed}).fetchall())

    def _unissued(
        self, items: Sequence[Ballot | Close], polls: Mapping[int, Poll]
    ) -> frozenset[tuple[int, str]]:
        """Find who came with a code that is none: it was put into Redis, and not by the desk."""
        coded = {poll.id for poll in polls.values() if poll.identity is Identity.CODE}
        came = {
            (item.poll, item.voter): number
            for item in items
            if item.poll in coded
            and isinstance(item, Ballot)
            and (number := code_of(item.voter)) is not None
        }
        if not came:
            return frozenset()
        columns = {"polls": [poll for poll, _ in came], "numbers": [*came.values()]}
        issued = set(self._connection.execute(QUERIES["issued_codes"], columns).fetchall())
        return frozenset(
            (poll, voter)
            for (poll, voter), number in came.items()
            if (poll, number) not in issued or voter != voter_of(number)
        )

    def _insert(self, ballots: Sequence[Ballot]) -> frozenset[int]:
        if not ballots:
            return frozenset()
        found = self._connection.execute(QUERIES["record_ballots"], rows.columns(ballots))
        return frozenset(poll for (poll,) in found)

    def _sample(self, polls: Iterable[Poll]) -> None:
        traced = {poll.id: poll.traced for poll in polls}
        if traced:
            # It sees what the last statement has made of the tallies, so it is one of its own.
            arguments = {"polls": [*traced], "traced": [each for each in traced if traced[each]]}
            self._connection.execute(QUERIES["sample"], arguments)

    def _close(self, closes: Sequence[Close]) -> frozenset[int]:
        changed: set[int] = set()
        for close in closes:
            arguments = {"poll": close.poll, "seq": close.seq}
            changed.update(p for (p,) in self._connection.execute(QUERIES["close_poll"], arguments))
        return frozenset(changed)

    def _overruled(self, ballots: Sequence[Ballot], polls: Mapping[int, Poll]) -> frozenset[int]:
        fixed = [ballot for ballot in ballots if not polls[ballot.poll].change]
        if not fixed:
            return frozenset()
        found = self._connection.execute(QUERIES["overruled_ballots"], rows.places(fixed))
        return frozenset(seq for (seq,) in found)

    def refusals(self, poll: int) -> dict[str, int]:
        """See `Ledger.refusals`."""
        with database_errors():
            return dict(self._connection.execute(QUERIES["refusals_of"], {"poll": poll}).fetchall())

    def tally(self, poll: int) -> Tally:
        """See `Ledger.tally`."""
        found = self._rows("standing_of", poll=poll)
        return rows.tally(found) if found else Tally(poll=poll)

    def changes(self, since: Bookmark | None = None) -> Changes:
        """See `Ledger.changes`."""
        if since is None or since.source is not self._connection:
            since = Bookmark(self._connection, 0, "0")
        found = self._rows("standings_since", table=since.table, since=since.xmin)
        groups = groupby(found, itemgetter("poll_id"))
        tallies = [rows.tally(list(group)) for poll, group in groups if poll is not None]
        return Changes(tallies, since._replace(table=found[0]["place"], xmin=found[0]["xmin"]))

    def _rows(self, query: str, **arguments: object) -> list[dict[str, Any]]:
        with database_errors(), self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(QUERIES[query], arguments).fetchall()

    def recount(self, poll: int) -> Tally:
        """See `Ledger.recount`."""
        with database_errors():
            found = self._connection.execute(QUERIES["recount"], {"poll": poll}).fetchall()
        (_, _, ballots, cast, last_seq), *marked = found
        counts = {Mark(option, value): count for option, value, count, *_ in marked}
        return Tally(poll=poll, ballots=ballots, counts=counts, cast=cast, last_seq=last_seq)

    def patterns(self, poll: int) -> list[tuple[Marks, int]]:
        """See `Ledger.patterns`."""
        with database_errors():
            found = self._connection.execute(QUERIES["patterns"], {"poll": poll}).fetchall()
        return [(tuple(map(Mark, options, values)), count) for options, values, count in found]

    def timeline(
        self, poll: int, *, most: int | None = None, pause: Callable[[], None] = lambda: None
    ) -> list[Sample]:
        """See `Ledger.timeline`; `pause` is called before each sample is read."""
        kept = thinned(self.sampled(poll), most) if most else None
        return self._samples("samples_of", pause, poll=poll, seconds=kept)

    def sampled(self, poll: int) -> list[int]:
        """List the seconds of which one poll has a sample, the oldest first."""
        with database_errors():
            found = self._connection.execute(QUERIES["seconds_of"], {"poll": poll}).fetchall()
        return [second for (second,) in found]

    def last_sample(self, poll: int) -> Sample | None:
        """Read the last sample of one poll."""
        return next(iter(self._samples("last_sample_of", poll=poll)), None)

    def _samples(
        self, query: str, pause: Callable[[], None] = lambda: None, **arguments: object
    ) -> list[Sample]:
        samples = []
        with database_errors(), self._connection.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(QUERIES[query], arguments):
                pause()
                samples.append(rows.sample(row))
        return samples

    def seals(self, poll: int) -> list[KeptSeal]:
        """Read the seals of one poll, the latest first; at most one is not broken."""
        with database_errors():
            found = self._connection.execute(QUERIES["seals_of"], {"poll": poll}).fetchall()
        return [KeptSeal(*row) for row in found]

    def seal(self, poll: int) -> KeptSeal | None:
        """Read the latest seal of one poll, which may be broken."""
        return next(iter(self.seals(poll)), None)

    def ballots(self, poll: int) -> Iterator[Ballot]:
        """Read a poll's ballots in the order of acceptance, a few thousand rows at a time."""
        with (
            database_errors(),
            self._connection.transaction(),
            self._connection.cursor(name="ballots") as cursor,
        ):
            found = cursor.execute(QUERIES["ballots_of"], {"poll": poll})
            for poll_id, voter, seq, options, values in found:
                yield Ballot(poll_id, voter, seq, tuple(map(Mark, options, values)))
