"""The count by instant-runoff beside the feed: what is counted, when, and what is shown then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ballotbox.ballot import Mark
from ballotbox.errors import LedgerUnavailable
from ballotbox.poll import Kind, Poll, Visibility
from ballotbox.tally import Tally
from result.board import Board, Rounds
from result.runoff import Runoff
from tests.polls import a_poll

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def ranked(**fields: Any) -> Poll:
    """Make a ranked poll."""
    return a_poll(kind=Kind.RANKED, **fields)


def a_tally(ballots: int, *, final: bool = False) -> Tally:
    """Make the tally of so many ballots that all say the same."""
    counts = {Mark(1, 1): ballots, Mark(2, 2): ballots}
    return Tally(poll=1, version=ballots, ballots=ballots, counts=counts, final=final)


class World:
    """A board with one poll, a clock set by hand, and a counter that tells what it is asked."""

    def __init__(self, poll: Poll, tally: Tally) -> None:
        self.now = 0.0
        self.takes = 0.0
        self.asked: list[int] = []
        self.answer: Callable[[], Rounds] = lambda: [{"count": len(self.asked)}]
        self.board = Board(lambda: NOON)
        self.learn(poll, tally)
        self.runoff = Runoff(self.board, self, clock=lambda: self.now)

    def learn(self, poll: Poll, tally: Tally) -> None:
        """Put a poll and how it stands on the board."""
        self.board.learn_polls([poll])
        self.board.learn_tally(tally)

    def rounds(self, poll: Poll) -> Rounds:
        """Count, as far as the runoff can tell."""
        self.asked.append(poll.id)
        self.now += self.takes
        return self.answer()

    def count(self, *, after: float = 0) -> None:
        """Let time pass, then count what is due."""
        self.now += after
        self.runoff.count()

    def shown(self) -> Any:
        """Give the rounds that everybody sees."""
        return self.board.snapshot(self.board.find(1))["rounds"]


def test_it_counts_what_has_changed_and_only_that() -> None:
    """Each standing is counted once, however often somebody looks."""
    world = World(ranked(), a_tally(3))
    assert world.shown() is None
    for _ in range(5):
        world.count(after=2)
    assert (len(world.asked), world.shown()) == (1, [{"count": 1}])
    world.board.learn_tally(a_tally(4))
    world.count(after=2)
    assert world.shown() == [{"count": 2}]


def test_it_counts_a_poll_at_most_once_a_second() -> None:
    """However fast votes come in, and the last of them is counted."""
    world = World(ranked(), a_tally(1))
    for ballots in range(1, 41):
        world.board.learn_tally(a_tally(ballots))
        world.count(after=0.1)
    assert 4 <= len(world.asked) <= 5
    world.count(after=1)
    assert world.board.uncounted() == []


def test_it_rests_longer_than_a_count_takes() -> None:
    """A large poll does not keep the database busy all the time."""
    world = World(ranked(), a_tally(1))
    world.takes = 10
    world.count()
    world.board.learn_tally(a_tally(2))
    world.count(after=29)
    assert len(world.asked) == 1
    world.count(after=1)
    assert len(world.asked) == 2


def test_it_shows_the_last_rounds_until_there_are_new_ones() -> None:
    """While votes come in, rounds that are a moment old are better than none."""
    world = World(ranked(), a_tally(3))
    world.count()
    world.board.learn_tally(a_tally(4))
    assert world.shown() == [{"count": 1}]


def test_it_shows_no_old_rounds_of_a_final_result() -> None:
    """The last word is exact or not said; a seal, which changes no number, changes nothing."""
    world = World(ranked(), a_tally(3))
    world.count()
    world.board.learn_tally(a_tally(4, final=True))
    assert world.shown() is None
    world.count(after=2)
    assert world.shown() == [{"count": 2}]
    world.board.learn_tally(replace(a_tally(4, final=True), version=99))
    world.count(after=2)
    assert (len(world.asked), world.shown()) == (2, [{"count": 2}])


def test_it_forgets_the_rounds_of_what_was_reset() -> None:
    """A new round of voting does not begin with the winner of the last one."""
    world = World(ranked(), a_tally(3))
    world.count()
    world.learn(ranked(starts_seq=9), a_tally(1))
    assert world.shown() is None


def test_it_asks_nobody_about_a_poll_without_ballots() -> None:
    """No votes, no rounds."""
    world = World(ranked(), a_tally(0))
    world.count()
    assert (world.asked, world.shown()) == ([], [])


@pytest.mark.parametrize(
    "poll",
    [
        a_poll(),
        ranked(draft=True),
        ranked(visibility=Visibility.AFTER_CLOSE),
        ranked(visibility=Visibility.ORGANISER),
    ],
)
def test_it_counts_nothing_that_nobody_sees(poll: Poll) -> None:
    """Other kinds have no rounds, and hidden ones are not worth the work."""
    world = World(poll, a_tally(3))
    world.count()
    assert world.asked == []


def test_it_counts_for_voters_what_they_alone_see() -> None:
    """The rounds of an `after_vote` poll are shown with a receipt, and not without."""
    world = World(ranked(visibility=Visibility.AFTER_VOTE), a_tally(3))
    world.count()
    assert world.shown() is None
    assert world.board.snapshot(world.board.find(1), voted=True)["rounds"] == [{"count": 1}]


def fail(error: Exception) -> Rounds:
    """Be away, or broken."""
    raise error


@pytest.mark.parametrize("error", [LedgerUnavailable(), ZeroDivisionError()])
def test_it_tries_again_after_a_fault(error: Exception) -> None:
    """Neither an outage nor a bug ends it, and the other numbers stay."""
    world = World(ranked(), a_tally(3))
    works, world.answer = world.answer, lambda: fail(error)
    world.count()
    assert (world.shown(), world.board.find(1).id) == (None, 1)
    world.answer = works
    world.count(after=30)
    assert world.shown() == [{"count": 2}]
