"""
The count of ranked polls by instant-runoff, beside the feed.

Only the rounds need the ballots themselves; everything else that is shown follows from the tally.
So they are counted when a tally has changed, each poll at most once a second, and never by whoever
asks for them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from ballotbox.errors import LedgerUnavailable, in_full
from ballotbox.poll import Poll
from result.board import Board, Rounds

log = logging.getLogger(__name__)

_REST = 1.0  # seconds between two counts of one poll, at least
_REST_PER_COUNT = 3  # as many times as the count took: it never keeps the database busy
_REST_AFTER_A_FAULT = 30.0


class Counter(Protocol):
    """What can count."""

    def rounds(self, poll: Poll) -> Rounds:
        """Count a ranked poll from its ballots; raises LedgerUnavailable."""
        ...


class Runoff:
    """
    Keeps the rounds on the board up to date.

    :param clock: tells seconds that only grow.
    """

    def __init__(self, board: Board, books: Counter, *, clock: Callable[[], float]) -> None:
        self._board = board
        self._books = books
        self._clock = clock
        self._not_before: dict[int, float] = {}

    def count(self) -> None:
        """Count what has changed and has rested; what fails is tried again later."""
        for poll, tally in self._board.uncounted():
            started = self._clock()
            if started < self._not_before.get(poll.id, started):
                continue
            rest = _REST
            try:
                # Without ballots there is nothing to read.
                rounds = self._books.rounds(poll) if tally.ballots else []
                self._board.learn_rounds(poll, tally, rounds)
            except LedgerUnavailable as error:
                log.warning("the rounds of poll %s wait: %s", poll.id, in_full(error))
            except Exception:
                # The other polls, and all other numbers, are right and go on.
                log.exception("the rounds of poll %s cannot be counted", poll.id)
                rest = _REST_AFTER_A_FAULT
            took = self._clock() - started
            self._not_before[poll.id] = self._clock() + max(rest, _REST_PER_COUNT * took)
