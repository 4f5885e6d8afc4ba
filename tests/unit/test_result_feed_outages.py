"""The feed when nothing can be read: what it shows, and how it recovers."""

from __future__ import annotations

import pytest

from ballotbox.errors import LedgerUnavailable
from ballotbox.memory import MemoryLedger
from tests.feeding import NOON, World
from tests.polls import a_poll


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
    assert world.feed.failing == {"postgresql": "Something went wrong."}
    del world.ledger.changes
    world.look()
    assert world.board.fresh


def test_it_says_that_nothing_was_read_yet_rather_than_that_there_is_no_poll() -> None:
    """Before the first answer nobody knows which polls there are."""
    world = World(a_poll())
    world.away = {"postgresql"}
    world.look()
    with pytest.raises(LedgerUnavailable):
        world.board.find("cats-or-dogs-1")
