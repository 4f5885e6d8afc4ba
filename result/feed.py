"""
The feed: reads what is new, puts it on the board, and pushes it to whoever watches.

Each process runs one. It looks every interval, and at once when a worker announces a change, and
reads only standings that have changed: an audience of any size costs the same queries.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from ballotbox.errors import Unavailable, VotifyError, in_full
from ballotbox.ledger import Bookmark, Changes
from ballotbox.poll import Poll
from ballotbox.tally import Tally
from result.board import Board, Sealing, Snapshot, View
from result.metrics import Metrics

log = logging.getLogger(__name__)

_POLLS_EVERY = timedelta(seconds=1)


class Books(Protocol):
    """What the feed needs of PostgreSQL."""

    def polls(self) -> list[Poll]:
        """Read every poll."""
        ...

    def changes(self, since: Bookmark | None) -> Changes:
        """Read every tally that has changed since, or all; some may have come before."""
        ...

    def seals(self) -> Mapping[int, Sealing]:
        """Read the last seal of each poll, by the poll's id."""
        ...

    def doubts(self) -> Collection[int]:
        """Read which final polls have a tally that is not what the ledger or the seal says."""
        ...


class Line(Protocol):
    """What the feed needs of the queue."""

    def waiting_by_poll(self) -> Mapping[int, int]:
        """Count the ballots that are not counted yet, by the poll's id."""
        ...

    def worker_silent(self) -> bool:
        """Tell whether nobody counts."""
        ...


class Audience(Protocol):
    """Who is pushed to."""

    def watched(self) -> Collection[View]:
        """Name the polls that somebody watches, and as whom."""
        ...

    def show(self, view: View, snapshot: Snapshot) -> None:
        """Push a poll's standing to those who watch it so."""
        ...

    def gone(self, poll: int) -> None:
        """Tell those who watch a poll that it is not shown any more."""
        ...

    def count(self, poll: int, option: int, votes: int) -> None:
        """Push one option's new count to those who watch nothing."""
        ...

    def confirm(self, as_of: datetime) -> None:
        """Tell those who watch that what they were shown was still right at this moment."""
        ...


class Feed:
    """
    Keeps the board up to date and the audience informed.

    While PostgreSQL or Redis does not answer, the board keeps its last numbers and their old time.
    """

    def __init__(
        self,
        board: Board,
        *,
        books: Books,
        line: Line,
        audience: Audience,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._board = board
        self._books = books
        self._line = line
        self._audience = audience
        self._clock = clock
        self._metrics = metrics
        self._read_up_to: Bookmark | None = None
        self._polls_read_at: datetime | None = None
        self._shown: dict[View, Snapshot] = {}
        self._gone: set[int] = set()
        self._differing: Mapping[int, str] = {}
        self.failing: dict[str, str] = {}

    def look(self) -> None:
        """Read what is new and push it. What goes wrong is kept in `failing`, and tried again."""
        with self._metrics.look_seconds.time():
            self._read()
            self._show()

    def _read(self) -> None:
        # The line before the ledger: a ballot that is counted in between is then shown as both
        # counted and waiting for a moment, and never as neither.
        answered = [self._try("redis", self._read_line), self._try("postgresql", self._read_ledger)]
        if all(answered):
            self._board.confirm()

    def _try(self, part: str, read: Callable[[], None]) -> bool:
        try:
            read()
        except Exception as error:
            # A bug must not end the feed and leave pages that look alive: it is as bad as an outage
            # and treated like one. It is logged once, and named by /readyz as long as it lasts.
            if part not in self.failing:
                trace = None if isinstance(error, Unavailable) else error
                log.warning("%s does not answer: %s", part, in_full(error), exc_info=trace)
            self._metrics.failures.labels(part).inc()
            ours = error if isinstance(error, VotifyError) else VotifyError()
            self.failing[part] = ours.sentence
            return False
        if self.failing.pop(part, None) is not None:
            log.info("%s answers again", part)
        return True

    def _read_line(self) -> None:
        self._board.learn_line(
            waiting=self._line.waiting_by_poll(), worker_silent=self._line.worker_silent()
        )

    def _read_ledger(self) -> None:
        try:
            given, read_up_to = self._books.changes(self._read_up_to)
            tallies = [tally for tally in given if not self._board.has(tally)]
            are_due = self._polls_are_due(tallies)
            if are_due:
                self._board.learn_polls(self._books.polls())
                self._board.learn_seals(self._books.seals())
                self._board.learn_doubts(self._books.doubts())
                self._polls_read_at = self._clock()
        except Exception:
            # It may come back as an older copy of itself: begin again, and read all there is.
            self._read_up_to, self._polls_read_at = None, None
            raise
        self._read_up_to = read_up_to
        for tally in tallies:
            self._learn(tally)
        if are_due:
            self._say_what_differs()

    def _say_what_differs(self) -> None:
        differing = self._board.differing()
        self._metrics.differing.set(len(differing))
        for poll in differing.keys() - self._differing.keys():
            log.error("the final numbers of poll %d are not the %s's", poll, differing[poll])
        self._differing = differing

    def _polls_are_due(self, tallies: Iterable[Tally]) -> bool:
        if self._polls_read_at is None:
            return True
        # abs(): the clock may be set back.
        if abs(self._clock() - self._polls_read_at) >= _POLLS_EVERY:
            return True
        return any(
            # It was closed, sealed, reopened, or is new, or is a draft no more.
            tally.final or self._board.is_final(tally.poll) or not self._board.shows(tally.poll)
            for tally in tallies
        )

    def _learn(self, tally: Tally) -> None:
        if not self._board.knows(tally.poll):
            return  # deleted since; a new poll is known by now
        before = self._counts(tally.poll)
        self._board.learn_tally(tally)
        for option, votes in self._counts(tally.poll).items():
            if votes is not None and votes != before.get(option):
                self._audience.count(tally.poll, option, votes)

    def _counts(self, poll: int) -> dict[int, int | None]:
        if not self._board.lists(poll):
            return {}
        options = self._board.snapshot(self._board.find(poll))["options"]
        return {option["id"]: option["votes"] for option in options}

    def _show(self) -> None:
        watched = self._audience.watched()
        # Also to who came since the last look and was shown it then: nobody can come after it went.
        gone = {view.poll for view in watched if not self._board.shows(view.poll)}
        for poll in gone - self._gone:
            self._audience.gone(poll)
        self._gone = gone
        shown: dict[View, Snapshot] = {}
        for view in watched:
            if not self._board.shows(view.poll):
                continue
            snapshot = self._board.snapshot(self._board.poll(view.poll), voted=view.voted)
            shown[view] = {**snapshot, "as_of": None}
            if shown[view] != self._shown.get(view):
                self._audience.show(view, snapshot)
        self._shown = shown
