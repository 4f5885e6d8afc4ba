"""The feed: what is read, and what is pushed to whom."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from ballotbox.ballot import Mark
from ballotbox.errors import UnknownPoll
from ballotbox.ledger import Changes
from ballotbox.memory import MemoryLedger
from ballotbox.outcome import Numbers
from ballotbox.poll import Visibility
from result.board import Sealing, View
from tests.feeding import NOON, World
from tests.polls import CATS, a_poll, ballots

SEALED = Sealing(NOON, numbers=Numbers(0, 0, [{"id": 1, "votes": 0}, {"id": 2, "votes": 0}]))


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
    world.room = {View(1)}
    world.look()
    world.shown.clear()
    world.vote(1, 1, 1, 2)
    world.vote(2, 1)
    world.look()
    world.look(after=0.25)
    assert [(view.poll, snapshot["ballots"]) for view, snapshot in world.shown] == [(1, 3)]


def test_it_pushes_what_changes_without_a_vote() -> None:
    """A longer line, a silent worker and the end of the window are news too."""
    world = World(a_poll(closes_at=NOON + timedelta(seconds=60)))
    world.room = {View(1)}
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
    world.room = {View(1)}
    world.look()
    world.shown.clear()
    world.vote(1, 1, 1, 2)
    world.look()
    assert world.votes() == [None, None]
    assert world.board.snapshot(world.board.find(1))["ballots"] is None
    assert (world.shown, world.counted) == ([], [])


def test_it_pushes_numbers_to_voters_that_strangers_do_not_get() -> None:
    """In a poll that shows its numbers after the vote, one change is news to voters alone."""
    world = World(a_poll(visibility=Visibility.AFTER_VOTE))
    world.room = {View(1), View(1, voted=True)}
    world.look()
    world.shown.clear()
    world.vote(1, 1, 1, 2)
    world.look()
    assert [(view.voted, snapshot["ballots"]) for view, snapshot in world.shown] == [(True, 3)]
    assert (world.votes(), world.counted) == ([None, None], [])


def test_it_tells_watchers_that_a_poll_is_not_shown_any_more() -> None:
    """A poll that becomes a draft again is gone for who watches it, once, and may come back."""
    world = World(a_poll())
    world.room = {View(1)}
    world.look()
    world.shown.clear()
    world.known = [a_poll(draft=True)]
    world.look(after=1)
    world.look(after=1)
    assert (world.told_gone, world.shown) == ([1], [])
    world.known = [a_poll()]
    world.look(after=1)
    assert [view.poll for view, _ in world.shown] == [1]


def test_it_tells_who_came_just_before_a_poll_went() -> None:
    """Between two looks somebody begins to watch, and the poll becomes a draft: it is gone."""
    world = World(a_poll())
    world.look()
    world.room = {View(1)}
    world.known = [a_poll(draft=True)]
    world.look(after=1)
    assert world.told_gone == [1]


def test_it_says_nothing_of_a_draft() -> None:
    """No push and no count of a poll that only its organiser knows."""
    world = World(a_poll(draft=True))
    world.room = {View(1)}
    world.vote(1, 1)
    world.look()
    assert (world.shown, world.counted) == ([], [])


def test_it_pushes_that_a_result_was_sealed() -> None:
    """A seal is news to who watches, and so is that it was broken."""
    world = World(a_poll())
    world.room = {View(1)}
    world.close(1)
    world.look()
    world.sealings = {1: SEALED}
    world.look(after=1)
    world.sealings = {1: SEALED._replace(broken_at=NOON + timedelta(hours=1))}
    world.look(after=1)
    seals = [snapshot["sealed"] for _, snapshot in world.shown]
    assert seals == [None, "2026-11-21T12:00:00Z", None]


def test_it_says_that_final_numbers_are_in_doubt(caplog: pytest.LogCaptureFixture) -> None:
    """Not those that were sealed, or not the ledger's: pushed, logged once and counted."""
    world = World(a_poll())
    world.room = {View(1)}
    world.vote(1, 1)
    world.look()
    world.shown.clear()
    world.sealings = {1: SEALED}
    world.look(after=1)
    world.close(1)
    world.look(after=1)
    world.look(after=1)
    assert world.metrics.differing._value.get() == 1
    world.sealings, world.doubted = {}, {1}
    world.look(after=1)
    world.doubted = set()
    world.look(after=1)
    seen = [(snapshot["final"], snapshot["differs"]) for _, snapshot in world.shown]
    assert seen == [(False, None), (True, "seal"), (True, "ledger"), (True, None)]
    assert [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR] == [
        "the final numbers of poll 1 are not the seal's"
    ]
    assert world.metrics.differing._value.get() == 0


def test_it_shows_hidden_numbers_once_they_are_final() -> None:
    """After the close, numbers that were hidden until then are pushed to everybody."""
    world = World(a_poll(visibility=Visibility.AFTER_CLOSE))
    world.room = {View(1)}
    world.vote(1, 1, 1, 2)
    world.look()
    world.close(1)
    world.look()
    assert world.votes() == [2, 1]
    assert world.shown[-1][1]["final"]
    assert world.counted == [(1, 1, 2), (1, 2, 1)]


def test_it_finds_a_new_poll_with_its_first_look() -> None:
    """A poll that has a standing is there at once, one that has none within a second."""
    world = World(a_poll())
    world.look()
    world.known = [*world.known, a_poll(2)]
    with pytest.raises(UnknownPoll):
        world.board.find("cats-or-dogs-2")
    world.look(after=1)
    assert world.board.find("cats-or-dogs-2").id == 2


def test_it_tells_strangers_of_the_first_votes_in_a_poll_that_was_a_draft() -> None:
    """They may all have come within the second in which it was opened, and none after them."""
    world = World(a_poll(draft=True))
    world.look()
    world.known = [a_poll()]
    world.vote(1, 1, 1, 2)
    world.look(after=0.25)
    world.look(after=1)
    assert world.counted == [(1, 1, 2), (1, 2, 1)]


def test_it_forgets_a_poll_that_was_deleted() -> None:
    """A deleted poll is unknown, and its watchers are told once."""
    world = World(a_poll(), a_poll(2))
    world.room = {View(1), View(2), View(2, voted=True)}
    world.look()
    world.known = world.known[:1]
    world.look(after=1)
    world.look(after=1)
    with pytest.raises(UnknownPoll):
        world.board.find(2)
    assert world.told_gone == [2]


def test_it_hears_of_a_reopening_at_once() -> None:
    """A result that is final no more is not shown as closed for another second."""
    world = World(a_poll(closed=True))
    world.close(1)
    world.look()
    assert world.board.snapshot(world.board.find(1))["poll"]["state"] == "closed"
    world.known = [a_poll(reopened_seq=1)]
    world.ledger = MemoryLedger([a_poll(), a_poll(2)])
    world.ledger.record(ballots(("ann", 2, CATS), ("bob", 3, CATS)))  # a version that is higher
    world.look()
    assert world.board.snapshot(world.board.find(1))["poll"]["state"] == "open"


def test_it_leaves_what_it_is_given_again() -> None:
    """PostgreSQL gives a change again as long as another one is under way that began before it."""
    world = World(a_poll(), a_poll(2, draft=True))
    world.room = {View(1)}
    world.close(1)
    world.vote(2, 1)
    world.look()
    everything, _ = world.ledger.changes()
    world.shown.clear()
    world.ledger.changes = lambda since: Changes(everything, since)  # type: ignore[method-assign,assignment,arg-type]
    reads = world.reads
    for _ in range(10):
        world.look(after=0.01)
    assert (world.reads, world.shown) == (reads, [])


def test_it_tells_how_many_wait_of_the_poll_itself() -> None:
    """Who watches one poll does not learn how many have voted in another, not even by a push."""
    world = World(a_poll(), a_poll(2))
    world.room = {View(1)}
    world.look()
    world.shown.clear()
    world.queue.cast(a_poll(2), "somebody", (Mark(1, 1),))
    world.look()
    assert world.shown == []
    world.queue.cast(a_poll(), "somebody", (Mark(1, 1),))
    world.look()
    assert [snapshot["waiting"] for _, snapshot in world.shown] == [1]


def test_it_does_not_read_every_poll_at_every_look() -> None:
    """Between two seconds only standings are read."""
    world = World(a_poll())
    for _ in range(20):
        world.look(after=0.05)
    assert world.reads <= 3


def test_it_tells_strangers_nothing_of_a_poll_that_is_on_no_list() -> None:
    """Who watches it by its address has its numbers as ever."""
    world = World(a_poll(listed=False))
    world.room = {View(1)}
    world.look()
    world.shown.clear()
    world.vote(1, 1, 2)
    world.look()
    assert [snapshot["ballots"] for _, snapshot in world.shown] == [2]
    assert world.counted == []


def test_it_pushes_what_is_asked_when_a_poll_opens() -> None:
    """Before, it is told when that is; the first counts come to strangers with the opening."""
    world = World(a_poll(opens_at=NOON + timedelta(seconds=60)))
    world.room = {View(1)}
    world.look()
    world.vote(1, 1)
    world.look()
    world.look(after=60)
    (_, before), (_, then) = world.shown
    assert (before["poll"]["question"], before["options"]) == (None, [])
    assert (then["poll"]["question"], then["poll"]["state"]) == ("Cats or Dogs?", "open")
    world.vote(1, 2)
    world.look()
    assert {option for _, option, _ in world.counted} <= {1, 2}
