"""The feed: what is read, what is pushed, and what is said when nothing can be read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from ballotbox.ballot import Ballot, Close, Mark
from ballotbox.errors import BallotBoxUnavailable, LedgerUnavailable, UnknownPoll
from ballotbox.memory import MemoryLedger, MemoryQueue
from ballotbox.poll import Poll, Visibility
from ballotbox.tally import Tally
from result.board import Board, Snapshot
from result.feed import Feed
from result.metrics import Metrics
from tests.polls import a_poll

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class World:
    """A feed on a ledger and a queue in memory, with a clock that is set by hand."""

    def __init__(self, *polls: Poll) -> None:
        self.now = NOON
        self.known = list(polls)
        self.ledger = MemoryLedger(polls)
        self.queue = MemoryQueue(polls, clock=lambda: int(self.now.timestamp() * 1_000_000))
        self.queue.beat(1_000_000)
        self.away: set[str] = set()
        self.reads = 0
        self.room: set[int] = set()
        self.shown: list[tuple[int, Snapshot]] = []
        self.counted: list[tuple[int, int, int]] = []
        self._seq = 0
        self.board = Board(lambda: self.now)
        self.feed = Feed(
            self.board,
            books=self,
            line=self,
            audience=self,
            clock=lambda: self.now,
            metrics=Metrics(),
        )

    def look(self, *, after: float = 0) -> None:
        """Let time pass, then look once."""
        self.now += timedelta(seconds=after)
        self.feed.look()

    def vote(self, poll: int, *options: int) -> None:
        """Record a ballot of a new voter for each option."""
        for option in options:
            self._seq += 1
            self.ledger.record([Ballot(poll, f"voter-{self._seq}", self._seq, (Mark(option, 1),))])

    def close(self, poll: int) -> None:
        """Record a close marker."""
        self._seq += 1
        self.ledger.record([Close(poll, self._seq)])

    # What the feed asks of PostgreSQL …

    def polls(self) -> list[Poll]:
        self._answer("postgresql")
        self.reads += 1
        return self.known

    def changes(self, since: int) -> list[Tally]:
        self._answer("postgresql")
        return self.ledger.changes(since)

    def _answer(self, part: str) -> None:
        if part in self.away:
            raise {"postgresql": LedgerUnavailable, "redis": BallotBoxUnavailable}[part]

    # … of Redis …

    def waiting(self) -> int:
        self._answer("redis")
        return self.queue.waiting()

    def worker_silent(self) -> bool:
        self._answer("redis")
        return self.queue.worker_silent()

    # … and of the audience.

    def watched(self) -> Iterable[int]:
        return self.room

    def show(self, poll: int, snapshot: Snapshot) -> None:
        self.shown.append((poll, snapshot))

    def count(self, poll: int, option: int, votes: int) -> None:
        self.counted.append((poll, option, votes))

    def confirm(self, as_of: datetime) -> None:
        raise NotImplementedError

    def votes(self, poll: int = 1) -> list[int | None]:
        """Give the votes of each option as the board shows them."""
        options = self.board.snapshot(self.board.find(poll))["options"]
        return [option["votes"] for option in options]


def test_it_shows_what_the_ledger_says() -> None:
    """After a look, a poll's snapshot is what is recorded."""
    world = World(a_poll())
    world.vote(1, 1, 1, 2)
    world.look()
    snapshot = world.board.snapshot(world.board.find("cats-or-dogs-1"))
    assert (snapshot["ballots"], world.votes()) == (3, [2, 1])
    assert [option["share"] for option in snapshot["options"]] == [0.6667, 0.3333]


def test_it_pushes_a_change_once_to_those_who_watch() -> None:
    """One change is one push; a look without a change pushes nothing."""
    world = World(a_poll(), a_poll(2))
    world.room = {1}
    world.look()
    world.shown.clear()
    world.vote(1, 1, 1, 2)
    world.vote(2, 1)
    world.look()
    world.look(after=0.25)
    assert [(poll, snapshot["ballots"]) for poll, snapshot in world.shown] == [(1, 3)]


def test_it_pushes_what_changes_without_a_vote() -> None:
    """A longer line, a silent worker and the end of the window are news too."""
    world = World(a_poll(closes_at=NOON + timedelta(seconds=60)))
    world.room = {1}
    world.look()
    world.shown.clear()
    world.queue.cast(a_poll(), "somebody", (Mark(1, 1),))
    world.look()
    world.queue.beat(0)
    world.look()
    world.look(after=60)
    seen = [(s["waiting"], s["worker_silent"], s["poll"]["state"]) for _, s in world.shown]
    assert seen == [(1, False, "open"), (1, True, "open"), (1, True, "closed")]


def test_it_tells_strangers_only_what_has_changed() -> None:
    """Who watches nothing hears each option's new count, once."""
    world = World(a_poll())
    world.vote(1, 1)
    world.look()
    world.counted.clear()
    world.vote(1, 2)
    world.look()
    world.look()
    assert world.counted == [(1, 2, 1)]


@pytest.mark.parametrize("visibility", [Visibility.AFTER_CLOSE, Visibility.ORGANISER])
def test_it_keeps_hidden_numbers_from_everybody(visibility: Visibility) -> None:
    """No count of a hidden poll reaches a snapshot or a stranger, and no push betrays a vote."""
    world = World(a_poll(visibility=visibility))
    world.room = {1}
    world.look()
    world.shown.clear()
    world.vote(1, 1, 1, 2)
    world.look()
    assert world.votes() == [None, None]
    assert world.board.snapshot(world.board.find(1))["ballots"] is None
    assert (world.shown, world.counted) == ([], [])


def test_it_shows_hidden_numbers_once_they_are_final() -> None:
    """After the close, numbers that were hidden until then are pushed to everybody."""
    world = World(a_poll(visibility=Visibility.AFTER_CLOSE))
    world.room = {1}
    world.vote(1, 1, 1, 2)
    world.look()
    world.close(1)
    world.look()
    assert world.votes() == [2, 1]
    assert world.shown[-1][1]["final"]
    assert world.counted == [(1, 1, 2), (1, 2, 1)]


def test_it_keeps_the_last_numbers_and_their_time_while_postgresql_is_away() -> None:
    """Old numbers stay, with the time when they were right, and are not called fresh."""
    world = World(a_poll())
    world.vote(1, 1)
    world.look()
    world.away = {"postgresql"}
    world.look(after=10)
    assert world.votes() == [1, 0]
    assert (world.board.as_of, world.board.fresh) == (NOON, False)
    assert list(world.feed.failing) == ["postgresql"]


def test_it_goes_on_counting_while_redis_is_away() -> None:
    """New counts are shown, and not called fresh: nobody knows how many ballots wait."""
    world = World(a_poll())
    world.look()
    world.away = {"redis"}
    world.vote(1, 2)
    world.look(after=10)
    assert (world.votes(), world.board.fresh) == ([0, 1], False)


def test_it_catches_up_when_they_are_back() -> None:
    """After an outage one look shows everything that was recorded meanwhile."""
    world = World(a_poll())
    world.look()
    world.away = {"postgresql", "redis"}
    world.vote(1, 1, 2, 2)
    world.look(after=10)
    world.away = set()
    world.look()
    assert (world.votes(), world.board.fresh, world.feed.failing) == ([1, 2], True, {})


def test_it_believes_an_older_database_that_comes_back() -> None:
    """A database that was put back to an older copy is shown as it is, lower numbers and all."""
    world = World(a_poll())
    world.vote(1, 1, 1, 1)
    world.look()
    world.away = {"postgresql"}
    world.look()
    world.ledger, world.away = MemoryLedger(world.known), set()
    world.vote(1, 2)
    world.look()
    assert world.votes() == [0, 1]


def test_it_survives_its_own_bugs() -> None:
    """Whatever a part raises, the feed names it, goes on, and recovers."""
    world = World(a_poll())
    world.look()
    world.ledger.changes = lambda _: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    world.look(after=10)
    assert "ZeroDivisionError" in world.feed.failing["postgresql"]
    del world.ledger.changes
    world.look()
    assert world.board.fresh


def test_it_finds_a_new_poll_with_its_first_look() -> None:
    """A poll that has a standing is there at once, one that has none within a second."""
    world = World(a_poll())
    world.look()
    world.known = [*world.known, a_poll(2)]
    with pytest.raises(UnknownPoll):
        world.board.find("cats-or-dogs-2")
    world.look(after=1)
    assert world.board.find("cats-or-dogs-2").id == 2


def test_it_forgets_a_poll_that_was_deleted() -> None:
    """A deleted poll is unknown, and its watchers are no trouble."""
    world = World(a_poll(), a_poll(2))
    world.room = {1, 2}
    world.look()
    world.known = world.known[:1]
    world.look(after=1)
    with pytest.raises(UnknownPoll):
        world.board.find(2)


def test_it_does_not_read_every_poll_at_every_look() -> None:
    """Between two seconds only standings are read."""
    world = World(a_poll())
    for _ in range(20):
        world.look(after=0.05)
    assert world.reads <= 3


def test_it_says_that_nothing_was_read_yet_rather_than_that_there_is_no_poll() -> None:
    """Before the first answer nobody knows which polls there are."""
    world = World(a_poll())
    world.away = {"postgresql"}
    world.look()
    with pytest.raises(LedgerUnavailable):
        world.board.find("cats-or-dogs-1")
