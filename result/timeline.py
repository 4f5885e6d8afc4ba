"""
The timeline of a poll as it is sent: columns of numbers, one for each sample.

It is read when somebody asks for it, once for each change and at most once a second, however many
ask.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ballotbox.ballot import Mark
from ballotbox.errors import LedgerUnavailable
from ballotbox.poll import Option, Poll, iso, moment
from ballotbox.timeline import Sample
from result.board import Board

Timeline = dict[str, Any]

_REST = 1.0  # seconds between two looks at one poll, at least
_REST_PER_LOOK = 10  # as many times as the look took: it never keeps the sockets waiting for long
_MOST_KEPT = 200  # polls
_TOO_MANY = {"places"}  # options by options: the points that they give are enough for a picture


def hidden(poll: Poll) -> Timeline:
    """Give the timeline of a poll to somebody who may not see its numbers."""
    return {"poll": poll.slug, "hidden": True, "at": [], "ballots": [], "cast": [], "options": []}


def shape(
    poll: Poll, samples: Sequence[Sample], *, pause: Callable[[], None] = lambda: None
) -> Timeline:
    """
    Write samples as columns, as the numbers of a poll are written.

    Where only the turnout is known of some of them, the options are left out of all.

    :param samples: the oldest first.
    :param pause: called again and again meanwhile, for who must not keep others waiting.
    """
    traced = all(sample.counts is not None for sample in samples)
    return {
        "poll": poll.slug,
        "hidden": False,
        "at": [iso(moment(sample.seq)) for sample in samples],
        "ballots": [sample.ballots for sample in samples],
        "cast": [sample.cast for sample in samples],
        "options": [_columns(poll, each, samples, pause) for each in poll.options]
        if traced
        else [],
    }


def _columns(
    poll: Poll, option: Option, samples: Sequence[Sample], pause: Callable[[], None]
) -> dict[str, Any]:
    pause()

    def numbers(counts: Mapping[Mark, int] | None, ballots: int) -> dict[str, Any]:
        return poll.rules.option(
            counts or {}, option.id, options=len(poll.options), ballots=ballots
        )

    rows = [numbers(sample.counts, sample.ballots) for sample in samples]
    names = [name for name in numbers({}, 0) if name not in _TOO_MANY]
    columns = {name: [row[name] for row in rows] for name in names}
    return {"id": option.id, "text": option.text, **columns}


@dataclass(frozen=True, slots=True)
class _Kept:
    """A timeline, the version of the numbers that it has, and until when it will do."""

    timeline: Timeline
    version: int
    good_until: float


class Timelines:
    """
    The timelines of all polls, each read again when its numbers have changed. Thread-safe.

    :param read: gives the samples of a poll by its id; raises LedgerUnavailable.
    :param clock: tells seconds that only grow.
    """

    def __init__(
        self, board: Board, read: Callable[[int], Sequence[Sample]], *, clock: Callable[[], float]
    ) -> None:
        self._board = board
        self._read = read
        self._clock = clock
        self._kept: dict[int, _Kept] = {}
        self._turn = threading.Lock()
        self._not_before = clock()

    def of(self, poll: Poll, *, voted: bool) -> Timeline:
        """
        Give the timeline of a poll, as far as the viewer may see its numbers.

        :param voted: whether the viewer has shown a receipt of this poll.
        :raise LedgerUnavailable: if it cannot be read.
        """
        tally = self._board.tally(poll)
        if not poll.shows_numbers(final=tally.final, voted=voted):
            return hidden(poll)
        with self._turn:
            kept = self._kept.get(poll.id)
            if kept is None or (kept.version != tally.version and self._clock() >= kept.good_until):
                kept = self._look(poll, tally.version)
            return kept.timeline

    def _look(self, poll: Poll, version: int) -> _Kept:
        started = self._clock()
        if started < self._not_before:
            raise LedgerUnavailable  # who waits for a turn does not wait for the same answer again
        try:
            timeline = shape(poll, self._read(poll.id), pause=_give_way)
        except LedgerUnavailable:
            self._not_before = self._clock() + _REST
            raise
        now = self._clock()
        rest = max(_REST, _REST_PER_LOOK * (now - started))
        self._kept[poll.id] = kept = _Kept(timeline, version, now + rest)
        while len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return kept


def _give_way() -> None:
    # Every socket of this process waits meanwhile.
    time.sleep(0)
