"""The implementations that a contract is held against: one in memory, one real."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from ballotbox import published
from ballotbox.ballot import Ballot, Close
from ballotbox.catalog import add_poll
from ballotbox.ledger import Ledger, PostgresLedger
from ballotbox.memory import MemoryLedger, MemoryQueue
from ballotbox.poll import Poll
from ballotbox.postgres import postgres_from
from ballotbox.queue import RedisQueue
from ballotbox.settings import Settings
from tests.polls import Election
from tests.servers import PostgresServer

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


class Books:
    """A ledger in PostgreSQL for many elections: each is held in a new poll of its own."""

    def __init__(self, owner: psycopg.Connection[Any], ledger: PostgresLedger) -> None:
        self._owner, self._ledger = owner, ledger
        self._numbers = itertools.count(1)

    def open(self, election: Election) -> tuple[Ledger, int]:
        """Add the election's poll; gives the ledger and the id to record ballots under."""
        number = next(self._numbers)
        poll = replace(election.poll, slug=f"poll-{number}", code=f"{number:06d}")
        return self._ledger, add_poll(self._owner, poll).id


@pytest.fixture(scope="module")
def books(postgres_server: PostgresServer) -> Iterator[Books]:
    """Give one database for all examples."""
    database = postgres_server.database()
    settings = Settings(database_url=database.url("votify_worker"))
    with database.connect() as owner, postgres_from(settings) as connection:
        yield Books(owner, PostgresLedger(connection))
    postgres_server.drop(database)


def as_of(poll: int, item: Ballot | Close) -> Ballot | Close:
    """Give an item as one of another poll."""
    if isinstance(item, Close):
        return Close(poll, item.seq)
    return Ballot(poll, item.voter, item.seq, item.marks)
