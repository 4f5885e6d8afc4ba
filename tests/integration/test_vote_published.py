"""The vote service over what is published in Redis: half of it, drafts, codes, and what is old."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from redis import Redis

from ballotbox import published
from ballotbox.catalog import add_poll
from ballotbox.errors import BallotBoxUnavailable, UnknownPoll
from ballotbox.poll import Identity
from ballotbox.published import PublishedPolls, publish, stale
from ballotbox.queue import RedisQueue
from ballotbox.settings import Settings
from tests.polls import CATS, a_poll
from tests.servers import RedisServer
from tests.voting import SECRET, checked, text_of, told
from vote.app import create_app
from worker.upkeep import upkeep

PAPER = "/vote/cats-or-dogs-1"
CODE = "AAAAA22222"
BY_CODE = a_poll(question="Who wins?", identity=Identity.CODE, codes=1)
BALLOT = {"pollId": 1, "optionId": 2, "code": "aaaaa-22222"}
FILLED = {"option": "2", "code": "AAAAA-22222", "key": "made-by-a-page"}


@pytest.fixture
def browser(redis: Redis, redis_server: RedisServer) -> Callable[[], FlaskClient]:
    """Give a function that makes a browser without cookies, at one vote service."""
    settings = Settings(secret_key=SECRET, redis_url=redis_server.url("vote"))
    # Each browser comes to a process of its own: nothing is remembered from the one before.
    return lambda: create_app(settings).test_client()


# --- a Redis that has lost its data ---------------------------------------------------------------


def test_it_tells_no_poll_unknown_before_all_of_them_are_there(redis: Redis) -> None:
    """Polls are published one by one: until the last is there, nobody can say what is missing."""
    polls = [a_poll(1), a_poll(2)]
    publish(redis, polls[0])
    with pytest.raises(BallotBoxUnavailable):
        PublishedPolls(redis).find("cats-or-dogs-2")
    assert PublishedPolls(redis).find("cats-or-dogs-1") == polls[0]
    publish(redis, polls[1])
    published.confirm(redis, [1, 2])
    assert PublishedPolls(redis).all() == polls
    assert published.listed(redis) == {1, 2}
    with pytest.raises(UnknownPoll):
        PublishedPolls(redis).find("cats-or-dogs-3")


def test_it_does_not_call_complete_what_was_lost_since_it_was_published(redis: Redis) -> None:
    """Redis may lose everything between the last look of the worker and its word on it."""
    published.confirm(redis, [1, 2])
    with pytest.raises(BallotBoxUnavailable):
        PublishedPolls(redis).find("cats-or-dogs-2")
    publish(redis, a_poll(1))
    published.confirm(redis, [1, 2])
    with pytest.raises(BallotBoxUnavailable):
        PublishedPolls(redis).find("cats-or-dogs-2")


def test_it_tells_no_poll_unknown_that_is_lost_while_polls_are_read(redis: Redis) -> None:
    """The list was read before the loss, and what it lists after it."""
    publish(redis, a_poll(1))
    published.confirm(redis, [1])
    redis.delete("poll:1")
    with pytest.raises(BallotBoxUnavailable):
        PublishedPolls(redis).find("cats-or-dogs-1")


def test_it_takes_no_ballot_for_a_poll_that_an_older_release_has_published(redis: Redis) -> None:
    """The worker publishes it anew in a moment, and the voter tries again."""
    publish(redis, a_poll())
    redis.hdel("poll:1", "revision")
    with pytest.raises(BallotBoxUnavailable):
        RedisQueue(redis).cast(a_poll(), "ann", CATS)


def test_it_notices_codes_that_were_not_published(redis: Redis) -> None:
    """A set of codes has a version of its own: who leaves the codes out has not published them."""
    publish(redis, BY_CODE)
    assert stale(redis, [BY_CODE]) == [BY_CODE]
    publish(redis, BY_CODE, codes={CODE: 1})
    assert stale(redis, [BY_CODE]) == []
    edited = replace(BY_CODE, revision=2)
    publish(redis, edited)
    assert stale(redis, [edited]) == []


def test_it_tells_polls_unknown_again_once_the_worker_has_published_all(
    redis: Redis, connection: psycopg.Connection[Any], browser: Callable[[], FlaskClient]
) -> None:
    """An empty Redis is filled within a look of the worker, polls or none."""
    upkeep(RedisQueue(redis), redis, connection)
    assert browser().get(PAPER).status_code == 404
    add_poll(connection, a_poll())
    redis.flushall()
    assert browser().get("/vote/another").status_code == 503
    upkeep(RedisQueue(redis), redis, connection)
    assert browser().get(PAPER).status_code == 200
    assert browser().get("/vote/another").status_code == 404


# --- closing --------------------------------------------------------------------------------------


def test_it_shows_a_poll_as_closed_to_who_came_too_late(
    redis: Redis, browser: Callable[[], FlaskClient]
) -> None:
    """What is remembered says that it is open; the script has just said that it is not."""
    publish(redis, a_poll())
    voter = browser()
    assert voter.get(PAPER).status_code == 200
    RedisQueue(redis).close(1, now=True)
    page = voter.post(PAPER, data=FILLED)
    assert page.status_code == 400
    assert "This poll is closed." in text_of(page)
    assert "<button" not in page.text


# --- codes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [True, False])
def test_it_tells_nobody_what_was_voted_with_a_code(
    redis: Redis, browser: Callable[[], FlaskClient], *, change: bool
) -> None:
    """The organiser has the sheet of codes, and learns from none of them what was voted."""
    publish(redis, replace(BY_CODE, change=change), codes={CODE: 1})
    unused = browser().get(f"{PAPER}?code={CODE}")
    assert browser().post(PAPER, data=FILLED).status_code == 303
    organiser = browser()
    page = organiser.get(f"{PAPER}?code={CODE}")
    assert "Your vote" not in page.text
    assert "your vote" not in page.text
    assert checked(page) == checked(unused) == []
    refused = organiser.post(PAPER, data={**FILLED, "option": "", "key": "another-paper"})
    assert checked(refused) == []
    assert "your vote" not in refused.text


def test_it_shows_a_vote_with_a_code_to_the_browser_that_cast_it(
    redis: Redis, browser: Callable[[], FlaskClient]
) -> None:
    """On the receipt and on the paper, as far as no later vote was cast with this code."""
    publish(redis, BY_CODE, codes={CODE: 1})
    voter = browser()
    receipt = voter.post(PAPER, data=FILLED).headers["Location"]
    assert "Your vote Dogs" in text_of(voter.get(receipt))
    assert "Your vote: Dogs." in text_of(voter.get(PAPER))
    assert "Your vote" not in text_of(browser().get(PAPER))
    anybody = browser().post(PAPER, data={**FILLED, "option": "1", "key": "from-another-phone"})
    assert anybody.status_code == 400
    assert "Your vote: Dogs." in text_of(voter.get(PAPER))
    shown = {"receipt": receipt.rpartition("/")[2]}
    assert browser().post("/vote", json={**BALLOT, **shown}).status_code == 202
    assert "Your vote:" not in text_of(voter.get(PAPER))


def test_it_says_that_a_code_was_used(redis: Redis, browser: Callable[[], FlaskClient]) -> None:
    """Whoever comes second is told why, by either door."""
    publish(redis, replace(BY_CODE, change=False), codes={CODE: 1})
    assert browser().post("/vote", json=BALLOT).status_code == 202
    answer = browser().post("/vote", json=BALLOT)
    assert (answer.status_code, told(answer)["code"]) == (400, "already_voted")
    assert told(answer)["detail"] == "This code has been used."
    assert "This code has been used" in text_of(browser().post(PAPER, data=FILLED))
