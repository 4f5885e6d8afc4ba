"""The implementations that a contract is held against: one in memory, one real."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ballotbox import published
from ballotbox.catalog import add_poll
from ballotbox.ledger import Ledger, PostgresLedger
from ballotbox.memory import MemoryLedger, MemoryQueue
from ballotbox.poll import Poll
from ballotbox.queue import RedisQueue

Queue = MemoryQueue | RedisQueue
MakeQueue = Callable[..., Queue]
Publish = Callable[..., None]
MakeLedger = Callable[..., Ledger]


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.service)])
def make_queue(request: pytest.FixtureRequest) -> MakeQueue:
    """Give a function that makes a queue which knows some polls: `make_queue(poll, …, limit=…)`."""
    if request.param == "memory":
        return lambda *polls, **options: MemoryQueue(polls, **options)
    redis = request.getfixturevalue("redis")

    def make(*polls: Poll, **options: Any) -> RedisQueue:
        for poll in polls:
            published.publish(redis, poll)
        return RedisQueue(redis, **options)

    return make


@pytest.fixture
def publish(make_queue: MakeQueue, request: pytest.FixtureRequest) -> Publish:
    """Give a function that publishes a poll as it is now: `publish(queue, poll, codes)`."""

    def anew(queue: Queue, poll: Poll, codes: Mapping[str, int] | None = None) -> None:
        if isinstance(queue, MemoryQueue):
            queue.publish(poll, codes)
        else:
            published.publish(request.getfixturevalue("redis"), poll, codes=codes)

    return anew


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.service)])
def make_ledger(request: pytest.FixtureRequest) -> MakeLedger:
    """Give a function that makes a ledger which knows the polls 1, 2, …: `make_ledger(poll, …)`."""
    if request.param == "memory":
        return lambda *polls: MemoryLedger(polls)
    connection = request.getfixturevalue("connection")
    ledger: PostgresLedger = request.getfixturevalue("ledger")

    def make(*polls: Poll) -> PostgresLedger:
        for poll in polls:
            assert add_poll(connection, poll).id == poll.id
            connection.execute(
                "UPDATE polls SET starts_seq = %s, reopened_seq = %s WHERE id = %s",
                [poll.starts_seq, poll.reopened_seq, poll.id],
            )
        return ledger

    return make
