"""What the worker does about once a second, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from redis import Redis

from ballotbox.ballot import Close, decode
from ballotbox.catalog import add_poll
from ballotbox.errors import BallotBoxUnavailable, LedgerUnavailable
from ballotbox.poll import Poll
from ballotbox.published import PublishedPolls
from ballotbox.queue import RedisQueue
from ballotbox.redis_client import redis_from
from ballotbox.settings import Settings
from tests.polls import CATS, FUTURE, PAST, a_poll
from worker.jobs import Drainer
from worker.upkeep import upkeep

Connection = psycopg.Connection[Any]


@pytest.fixture
def drainer(settings: Settings) -> Iterator[Drainer]:
    """Give what a slice of the drain works with."""
    drainer = Drainer(settings)
    yield drainer
    drainer.forget_connection()


def test_it_publishes_and_closes(redis: Redis, queue: RedisQueue, connection: Connection) -> None:
    """Once or twice, the result is the same: each poll published, each that is over closed."""
    polls = [
        add_poll(connection, a_poll(1)),
        add_poll(connection, a_poll(2, closes_at=PAST)),
        add_poll(connection, a_poll(3, closes_at=FUTURE)),
    ]
    for _ in range(2):
        upkeep(queue, redis, connection)
        assert [poll.id for poll in PublishedPolls(redis).all()] == [poll.id for poll in polls]
        (item,) = queue.peek(10)
        marker = decode(item)
        assert marker == Close(2, marker.seq)


def test_it_gives_a_sign_of_life_where_there_is_no_poll(
    queue: RedisQueue, drainer: Drainer
) -> None:
    """Nothing to do is no trouble."""
    drainer.work()
    assert not queue.worker_silent()


def test_it_gives_no_sign_of_life_where_ballots_cannot_be_recorded(
    queue: RedisQueue, drainer: Drainer, connection: Connection, make_poll: Callable[..., Poll]
) -> None:
    """Who reads polls and cannot write ballots does not drain, as with a disk that is full."""
    queue.cast(make_poll(), "ada", CATS)
    connection.execute("REVOKE INSERT ON ballots FROM votify_worker")
    with pytest.raises(LedgerUnavailable):
        drainer.work()
    assert queue.worker_silent()
    assert queue.waiting() == 1


def test_it_gives_no_sign_of_life_where_postgresql_does_not_answer(
    queue: RedisQueue, drainer: Drainer, connection: Connection
) -> None:
    """Who cannot record does not drain, however alive the process is."""
    connection.execute("ALTER TABLE polls RENAME TO gone")
    with pytest.raises(LedgerUnavailable):
        drainer.work()
    assert queue.worker_silent()


def test_it_says_which_part_does_not_answer(queue: RedisQueue, connection: Connection) -> None:
    """An absent Redis is the ballot box, not the ledger."""
    add_poll(connection, a_poll(1))
    away = redis_from(Settings(redis_url="unix:///nowhere/redis.sock"))
    with pytest.raises(BallotBoxUnavailable):
        upkeep(queue, away, connection)


def test_it_closes_no_poll_again_that_is_final(
    redis: Redis, queue: RedisQueue, connection: Connection
) -> None:
    """Even a Redis that has forgotten the close gets no second marker."""
    add_poll(connection, a_poll(1, closes_at=PAST))
    connection.execute("UPDATE polls SET closed = true")
    upkeep(queue, redis, connection)
    assert queue.waiting() == 0
