"""The implementations that a contract is held against: one in memory, one real."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ballotbox.catalog import add_poll
from ballotbox.ledger import Ledger, PostgresLedger
from ballotbox.memory import MemoryLedger, MemoryQueue
from ballotbox.poll import Poll
from ballotbox.published import publish
from ballotbox.queue import RedisQueue

Queue = MemoryQueue | RedisQueue
MakeQueue = Callable[..., Queue]
MakeLedger = Callable[..., Ledger]


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.service)])
def make_queue(request: pytest.FixtureRequest) -> MakeQueue:
    """Give a function that makes a queue which knows some polls: `make_queue(poll, …, limit=…)`."""
    if request.param == "memory":
        return lambda *polls, **options: MemoryQueue(polls, **options)
    redis = request.getfixturevalue("redis")

    def make(*polls: Poll, **options: Any) -> RedisQueue:
        publish(redis, polls)
        return RedisQueue(redis, **options)

    return make


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
        return ledger

    return make
