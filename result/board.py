"""
The board: the latest standing of every poll, as far as this process has read it.

Whoever asks how a poll stands is answered from here, so that a reader costs no query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from ballotbox.errors import LedgerUnavailable, UnknownPoll
from ballotbox.poll import Poll
from ballotbox.tally import Tally, snapshot

Snapshot = dict[str, Any]
"""A poll's standing in its public shape, made by `ballotbox.tally.snapshot`."""


class Board:
    """
    What is known, and since when.

    :param clock: tells the time, aware.
    :param fresh_for: how long numbers count as live after they were read.
    """

    def __init__(
        self, clock: Callable[[], datetime], *, fresh_for: timedelta = timedelta(seconds=5)
    ) -> None:
        self._clock = clock
        self._fresh_for = fresh_for
        self._polls: dict[int, Poll] = {}
        self._ids: dict[str, int] = {}
        self._tallies: dict[int, Tally] = {}
        self._waiting = 0
        self._worker_silent = False
        self._as_of: datetime | None = None

    @property
    def as_of(self) -> datetime | None:
        """When everything here was last known to be right; None before the first time."""
        return self._as_of

    def age(self) -> timedelta:
        """Tell how old the numbers are; before there are any, as old as can be."""
        return self._clock() - self._as_of if self._as_of else timedelta.max

    @property
    def fresh(self) -> bool:
        """Tell whether the numbers may be called live."""
        return self.age() < self._fresh_for

    def find(self, name: str | int) -> Poll:
        """
        Find a poll by its slug or its id.

        :raise UnknownPoll: if there is none.
        :raise LedgerUnavailable: if nothing was read yet, so that nobody can say there is none.
        """
        if self._as_of is None:
            raise LedgerUnavailable("The results are being set up. Try again in a moment.")
        poll = self._polls.get(self._ids.get(str(name), 0))
        if poll is None:
            raise UnknownPoll
        return poll

    def polls(self) -> list[Poll]:
        """List every poll, oldest first; raises LedgerUnavailable like `find`."""
        if self._as_of is None:
            raise LedgerUnavailable("The results are being set up. Try again in a moment.")
        return list(self._polls.values())

    def knows(self, poll: int) -> bool:
        """Tell whether there is a poll with this id."""
        return poll in self._polls

    def snapshot(self, poll: Poll) -> Snapshot:
        """Describe how a poll stands; numbers that are hidden from strangers are not in it."""
        return snapshot(
            poll,
            self._tallies.get(poll.id) or Tally(poll=poll.id),
            waiting=self._waiting,
            worker_silent=self._worker_silent,
            now=self._clock(),
            as_of=self._as_of or self._clock(),
        )

    def learn_polls(self, polls: Iterable[Poll]) -> None:
        """Replace the polls by these; one that is gone takes its numbers with it."""
        self._polls = {poll.id: poll for poll in polls}
        # A slug is never made of digits alone, so an id cannot stand in for a slug.
        self._ids = {str(poll.id): poll.id for poll in self._polls.values()}
        self._ids.update((poll.slug, poll.id) for poll in self._polls.values())
        self._tallies = {
            poll: tally for poll, tally in self._tallies.items() if poll in self._polls
        }
        self._as_of = self._as_of or self._clock()

    def learn_tally(self, tally: Tally) -> None:
        """Replace a poll's numbers."""
        self._tallies[tally.poll] = tally

    def learn_line(self, *, waiting: int, worker_silent: bool) -> None:
        """Replace what is known of the ballots that wait."""
        self._waiting = waiting
        self._worker_silent = worker_silent

    def confirm(self) -> None:
        """Note that everything here, the ballots that wait included, was right just now."""
        self._as_of = self._clock()
