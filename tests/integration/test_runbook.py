"""The programs of the runbook, as they stand there, on a real Redis and a real PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from redis import Redis

from ballotbox.ballot import encode
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Poll
from ballotbox.queue import FateState, RedisQueue
from ballotbox.recount import recount
from deploy.local.layout import ROOT
from tests.docs.reading import programs
from tests.following import Follower
from tests.polls import CATS, DOGS, ballots
from tests.servers import Database, RedisServer

Run = Callable[..., str]


@pytest.fixture
def run(redis_server: RedisServer, database: Database) -> Run:
    """Give a function that runs the program below a heading of the runbook."""

    def run(heading: str, number: int = 0) -> str:
        found = [each.text for each in programs("docs/runbook.md") if each.heading == heading]
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "REDIS_URL": redis_server.url("worker"),
            "DATABASE_URL": database.url(),
        }
        return subprocess.run(
            [sys.executable, "-"],
            input=found[number],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    return run


def test_it_makes_a_tally_anew(
    run: Run, connection: psycopg.Connection[Any], ledger: PostgresLedger, poll: Poll
) -> None:
    """After it the recount agrees, and whoever reads by version sees the right numbers."""
    ledger.record(ballots(("ann", 10, CATS), ("bob", 11, CATS), ("eve", 12, DOGS)))
    right = ledger.tally(poll.id)
    reader = Follower(ledger)
    reader.look()
    connection.execute("UPDATE tallies SET count = 7 WHERE option_id = 1")
    connection.execute("UPDATE standings SET ballots = 9")
    run("The recount differs")
    assert all(each.agrees for each in recount(connection))
    (mended,) = reader.look()
    assert mended.matches(right)
    assert mended.version > right.version


@pytest.fixture
def rejected(redis: Redis) -> bytes:
    """Put a ballot of an unknown poll aside, with garbage before it, as the worker does."""
    (ballot,) = ballots(("ann", 10, CATS))
    item = encode(ballot)
    for each, reason in ((b"garbage", "unreadable: x"), (item, "unknown_poll")):
        redis.rpush("votes:rejected", json.dumps({"item": each.decode(), "reason": reason}))
    redis.hset("votes:refused", "10", "unknown_poll")
    return item


def test_it_shows_what_was_rejected(run: Run, rejected: bytes) -> None:
    """An entry a line, with its reason."""
    lines = [json.loads(line) for line in run("Look at what was rejected", 0).splitlines()]
    assert [line["reason"] for line in lines] == ["unreadable: x", "unknown_poll"]
    assert lines[1]["item"] == rejected.decode()


def test_it_puts_back_what_was_rejected(
    run: Run, redis: Redis, queue: RedisQueue, rejected: bytes
) -> None:
    """Only what has the reason goes back, once, and its receipt says no longer "not counted"."""
    run("Look at what was rejected", 1)
    run("Look at what was rejected", 1)
    assert queue.peek(9) == [rejected]
    assert queue.rejected() == 1
    assert queue.waiting_by_poll() == {1: 1}
    assert queue.fate(1, 10).state is FateState.RECEIVED


def test_it_forgets_who_has_voted(
    run: Run, queue: RedisQueue, make_poll: Callable[..., Poll]
) -> None:
    """Then they may vote again."""
    poll = make_poll(change=False)
    first = queue.cast(poll, "ann", CATS).seq
    run("Restore")
    assert queue.cast(poll, "ann", CATS).seq > first
