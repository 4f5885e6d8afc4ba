"""The vote service with the real Redis, with no more rights there than it needs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import pytest
from flask import Flask
from redis import Redis
from werkzeug.test import TestResponse

from ballotbox.poll import Identity
from ballotbox.published import publish
from ballotbox.queue import RedisQueue
from ballotbox.redis_client import redis_from
from ballotbox.settings import Settings
from tests.polls import a_poll
from tests.servers import RedisServer
from tests.voting import SECRET, told, waiting_ballots
from tests.waiting import eventually
from vote.app import create_app

CATS = {"pollId": 1, "optionId": 1}
DOGS = {"pollId": 1, "optionId": 2}
PAPER = "/vote/cats-or-dogs"
JSON = {"Accept": "application/json"}
POLLS = [
    a_poll(1, slug="cats-or-dogs"),
    a_poll(2, change=False),
    a_poll(3, identity=Identity.DECLARED),
]


@contextmanager
def app_for(server: RedisServer) -> Iterator[Flask]:
    """Publish the polls to a Redis and make a service for it, as the user `vote`."""
    with server.client() as client:
        for poll in POLLS:
            publish(client, poll)
    settings = Settings(secret_key=SECRET, redis_url=server.url("vote"))
    with redis_from(settings) as redis:
        yield create_app(settings, redis=redis)


@contextmanager
def stopped(server: RedisServer) -> Iterator[None]:
    """Let a Redis be there and say nothing, as one whose machine has stalled."""
    with server.client() as client:
        process = client.info("server")["process_id"]
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


@contextmanager
def killed(server: RedisServer) -> Iterator[None]:
    """Let a Redis be gone, and come back with its data."""
    server.kill()
    yield
    server.start()


def timed(request: Callable[[], TestResponse]) -> tuple[int, float]:
    """Send a request; give its status, and the seconds it took."""
    start = time.monotonic()
    return request().status_code, time.monotonic() - start


@pytest.fixture
def app(redis: Redis, redis_server: RedisServer) -> Iterator[Flask]:
    """Give a service for the empty Redis, in which only the polls are."""
    assert redis.dbsize() == 0
    with app_for(redis_server) as app:
        yield app


def test_it_takes_a_vote_from_paper_to_count(app: Flask, redis: Redis) -> None:
    """Everything that a voter and a program ask for is within the rights of the user `vote`."""
    browser, queue = app.test_client(), RedisQueue(redis)
    assert browser.get(PAPER).status_code == 200
    answer = browser.post("/vote", json=CATS)
    receipt = f"/vote/receipt/{told(answer)['receipt']}"
    assert told(browser.get(receipt, headers=JSON))["state"] == "received"
    (batch,) = [queue.peek(10)]
    assert queue.settle(batch, counted=2**52, rejected=[])
    assert told(browser.get(receipt, headers=JSON))["state"] == "counted"
    assert "Your vote: Cats." in browser.get(PAPER).text
    assert browser.get("/readyz").status_code == 200


def test_it_accepts_a_double_tap_once(app: Flask, redis: Redis) -> None:
    """However many of one request arrive at the same moment, one ballot is accepted."""
    headers = {"Idempotency-Key": "one request of somebody"}

    def send(_: int) -> str:
        answer = app.test_client().post("/vote", json=CATS, headers=headers)
        return str(told(answer)["receipt"])

    with ThreadPoolExecutor(16) as threads:
        receipts = set(threads.map(send, range(64)))
    assert len(receipts) == 1
    assert len(waiting_ballots(RedisQueue(redis))) == 1


def test_it_accepts_one_vote_of_a_voter_who_sends_many_at_once(app: Flask, redis: Redis) -> None:
    """Where a vote cannot be changed, of many at the same moment one is accepted."""
    browser = app.test_client()
    cookie = browser.get(PAPER).headers["Set-Cookie"].split(";")[0]

    def send(option: int) -> int:
        ballot = {"pollId": 2, "optionId": option}
        answer = app.test_client(use_cookies=False).post(
            "/vote", json=ballot, headers={"Cookie": cookie}
        )
        return answer.status_code

    with ThreadPoolExecutor(16) as threads:
        statuses = list(threads.map(send, [1, 2] * 16))
    assert sorted(set(statuses)) == [202, 400]
    assert statuses.count(202) == 1
    assert len(waiting_ballots(RedisQueue(redis))) == 1


def test_it_tells_no_poll_unknown_while_none_is_published(redis: Redis, app: Flask) -> None:
    """A Redis that has lost everything is an empty box for a moment, not an unknown poll."""
    redis.flushall()
    answer = app.test_client().post("/vote", json=CATS)
    assert (answer.status_code, told(answer)["code"]) == (503, "ballot_box_unavailable")


@pytest.mark.parametrize("fault", [stopped, killed])
def test_it_answers_soon_while_redis_is_away_and_goes_on_afterwards(
    own_redis: RedisServer, fault: Callable[[RedisServer], AbstractContextManager[None]]
) -> None:
    """Each page and ballot is answered within two seconds, many at once; then voting goes on."""
    paper = {"option": "2", "key": "made-by-a-page"}
    key = {"Idempotency-Key": "sent again and again"}
    with app_for(own_redis) as app:
        browser = app.test_client()
        assert browser.get(PAPER).status_code == 200
        receipt = f"/vote/receipt/{told(browser.post('/vote', json=DOGS))['receipt']}"
        requests: list[Callable[[], TestResponse]] = [
            lambda: app.test_client().post("/vote", json=CATS, headers=key),
            lambda: app.test_client().post(PAPER, data=paper),
            lambda: app.test_client().get(receipt),
            lambda: app.test_client().get("/readyz"),
        ]
        with fault(own_redis):
            with ThreadPoolExecutor(16) as threads:
                answers = list(threads.map(timed, requests * 4))
            kept = browser.post(PAPER, data=paper)
        assert {status for status, _ in answers} == {503}
        assert max(seconds for _, seconds in answers) < 2
        assert 'value="2" required checked' in kept.text

        eventually(lambda: requests[0]().status_code == 202)
    with own_redis.client() as client:
        assert [1] in [choice for _, choice in waiting_ballots(RedisQueue(client))]


def test_it_needs_no_postgresql_not_even_its_driver() -> None:
    """Voting goes on while the database is away: the service does not know that there is one."""
    program = "import sys, vote.app; print('psycopg' in sys.modules)"
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
