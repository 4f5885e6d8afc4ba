"""The polls as they are published in Redis."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from ballotbox.errors import BallotBoxUnavailable, PollClosed, UnknownPoll
from ballotbox.poll import Kind
from ballotbox.published import PublishedPolls, publish
from ballotbox.queue import RedisQueue
from ballotbox.redis_client import redis_from
from ballotbox.settings import Settings
from tests.polls import CATS, FUTURE, PAST, a_poll


class Clock:
    """A clock that goes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def published(redis: Redis, clock: Clock) -> PublishedPolls:
    return PublishedPolls(redis, seconds=1, clock=clock)


@pytest.mark.parametrize("name", ["cats-or-dogs-1", "CATS01", "cats01", "1"])
def test_it_finds_a_poll_by_its_slug_its_code_or_its_id(
    redis: Redis, published: PublishedPolls, name: str
) -> None:
    """However people name it, it is the same poll; codes are typed in any case."""
    poll = a_poll(1, opens_at=PAST, closes_at=FUTURE, kind=Kind.MULTIPLE)
    publish(redis, [poll, a_poll(2)])
    assert published.find(name) == poll


@pytest.mark.parametrize("name", ["", "3", "01", "dogs", "CATS-OR-DOGS-1", "poll:1", "ß"])
def test_it_says_that_there_is_no_such_poll(
    redis: Redis, published: PublishedPolls, name: str
) -> None:
    """Another name is unknown, as long as any poll is known."""
    publish(redis, [a_poll(1)])
    with pytest.raises(UnknownPoll):
        published.find(name)


def test_it_cannot_say_so_while_nothing_is_published(published: PublishedPolls) -> None:
    """An empty Redis has lost the polls: "try again" is the truth, "unknown" is not."""
    with pytest.raises(BallotBoxUnavailable):
        published.find("cats-or-dogs-1")
    assert published.all() == []


def test_it_lists_every_poll_once_from_the_oldest(redis: Redis, published: PublishedPolls) -> None:
    """Each poll has three names in the index and stands in the list once."""
    polls = [a_poll(number) for number in range(1, 13)]
    publish(redis, polls)
    assert published.all() == polls


def test_it_remembers_what_it_read_for_a_second(
    redis: Redis, published: PublishedPolls, clock: Clock
) -> None:
    """Redis is asked once a second and not for each page."""
    publish(redis, [a_poll(1)])
    published.all()
    publish(redis, [a_poll(2)])
    clock.now = 0.9
    assert len(published.all()) == 1
    clock.now = 1.0
    assert len(published.all()) == 2


def test_it_shows_a_poll_as_closed_as_soon_as_the_marker_is_taken(
    redis: Redis, published: PublishedPolls
) -> None:
    """The page does not wait for the worker to say so."""
    publish(redis, [a_poll(1)])
    RedisQueue(redis).close(1, now=True)
    assert published.find("1").closed is True


def test_it_leaves_out_a_poll_whose_definition_is_gone(
    redis: Redis, published: PublishedPolls
) -> None:
    """An index that points to nothing breaks no page."""
    publish(redis, [a_poll(1), a_poll(2)])
    redis.delete("poll:1")
    assert published.all() == [a_poll(2)]


def test_it_says_unavailable_where_redis_is_away() -> None:
    """The adapter's error is the library's, not the driver's."""
    away = PublishedPolls(redis_from(Settings(redis_url="unix:///nowhere/redis.sock")))
    for ask in (away.all, lambda: away.find("1")):
        with pytest.raises(BallotBoxUnavailable):
            ask()


# --- publishing -----------------------------------------------------------------------------------


def test_it_writes_only_what_is_not_there(redis: Redis) -> None:
    """Publishing is asked for every second: it must cost no write, and no fsync, most times."""
    polls = [a_poll(1), a_poll(2)]
    assert publish(redis, polls) == 2
    assert publish(redis, polls) == 0
    assert publish(redis, [*polls, a_poll(3)]) == 1
    assert publish(redis, []) == 0


def contents(redis: Redis) -> dict[Any, Any]:
    """Read all there is; everything that is published is a hash."""
    return {key: redis.hgetall(key) for key in redis.scan_iter()}


def test_it_writes_again_what_was_lost_or_has_changed(redis: Redis) -> None:
    """Whatever part is missing or another, all of the poll is there afterwards."""
    poll = a_poll(1)
    publish(redis, [poll])
    everything = contents(redis)
    for lose in (
        redis.flushall,
        lambda: redis.delete("poll:1"),
        lambda: redis.delete("polls"),
        lambda: redis.hdel("polls", poll.code),
        lambda: redis.hset("poll:1", "definition", "{}"),
    ):
        lose()  # type: ignore[no-untyped-call]
        assert publish(redis, [poll]) == 1
        assert contents(redis) == everything


def test_it_keeps_the_number_of_the_close_marker(redis: Redis) -> None:
    """Publishing a poll again, closed or not as the database knows it, never opens it."""
    poll = a_poll(1)
    publish(redis, [poll])
    queue = RedisQueue(redis)
    seq = queue.close(1, now=True)
    publish(redis, [replace(poll, question="Dogs or Cats?")])
    publish(redis, [replace(poll, closed=True)])
    assert queue.close(1) == seq
    assert queue.waiting() == 1


def test_it_publishes_a_closed_poll_as_closed_to_a_redis_that_has_lost_it(redis: Redis) -> None:
    """Nobody votes in a poll that is final, and no second marker is put onto the list."""
    closed = a_poll(1, closed=True)
    publish(redis, [closed])
    queue = RedisQueue(redis)
    with pytest.raises(PollClosed):
        queue.cast(closed, "ann", CATS)
    assert queue.close(1, now=True) is None
    assert queue.waiting() == 0
