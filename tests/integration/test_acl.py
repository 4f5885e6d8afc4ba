"""What each service's user may do in Redis, and what it may not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError
from redis.retry import Retry

from ballotbox import published
from ballotbox.ballot import encode
from ballotbox.published import PublishedPolls, bearer, publish
from ballotbox.queue import TALLIES_CHANGED, Fate, FateState, RedisQueue
from tests.polls import CATS, DOGS, PAST, a_poll, ballots
from tests.servers import RedisServer
from tests.waiting import eventually

COMMON = [
    ("LPUSH", "votes", "x"),
    ("LPOP", "votes"),
    ("LTRIM", "votes", "1", "-1"),
    ("DEL", "votes"),
    ("UNLINK", "votes"),
    ("RENAME", "votes", "votes:x"),
    ("EXPIRE", "votes", "1"),
    ("DEL", "votes:clock"),
    ("HDEL", "poll:1:voters", "ann"),
    ("LRANGE", "rq:queue:drain", "0", "-1"),
    ("RPUSH", "rq:queue:drain", "x"),
    ("HSET", "rq:job:x", "data", "x"),
    ("GET", "rq:x"),
    ("SET", "anything", "x"),
    ("PUBLISH", "tallies", "1"),
    ("KEYS", "*"),
    ("SCAN", "0"),
    ("CONFIG", "GET", "*"),
    ("CONFIG", "SET", "appendonly", "no"),
    ("ACL", "LIST"),
    ("INFO",),
    ("MONITOR",),
    ("CLIENT", "LIST"),
    ("CLIENT", "KILL", "TYPE", "normal"),
    ("SCRIPT", "FLUSH"),
    ("EVAL", "return 1", "0"),
    ("SAVE",),
    ("BGREWRITEAOF",),
    ("REPLICAOF", "NO", "ONE"),
    ("FLUSHDB",),
    ("FLUSHALL",),
]


@pytest.fixture
def vote(redis: Redis, redis_server: RedisServer) -> Redis:
    """Connect as `vote` to a Redis with a poll and a waiting ballot."""
    publish(redis, a_poll())
    redis.rpush("votes", encode(ballots(("bob", 1, CATS))[0]))
    redis.rpush("rq:queue:drain", "a job")
    return redis_server.client("vote")


def test_it_lets_nobody_in_without_a_password(redis_server: RedisServer) -> None:
    """The default user is off."""
    nobody = Redis(unix_socket_path=str(redis_server.socket), retry=Retry(NoBackoff(), 0))
    with pytest.raises(AuthenticationError):
        nobody.ping()


def test_it_keeps_the_rights_of_the_default_user_for_redis_itself(redis: Redis) -> None:
    """Many versions replay the append-only file as that user: without rights, ballots are lost."""
    default: Any = redis.acl_getuser("default")
    assert "off" in default["flags"]
    assert default["categories"] == ["+@all"]
    assert default["keys"] in (["~*"], [b"*"])  # as newer and older versions write it


def test_it_lets_vote_do_all_that_vote_does(redis: Redis, vote: Redis) -> None:
    """Casting, repeating, receipts, the ballot paper and readiness, with scripts not loaded yet."""
    redis.script_flush()
    queue, polls = RedisQueue(vote), PublishedPolls(vote)
    poll = polls.find("1")
    assert polls.all() == [poll]
    first = queue.cast(poll, "ann", CATS, key="key-1")
    assert queue.cast(poll, "ann", CATS, key="key-1").repeated
    second = queue.cast(poll, "ann", DOGS)
    assert queue.choice(1, "ann") == (second.seq, DOGS)
    assert queue.fate(1, first.seq) == Fate(FateState.REPLACED)
    assert queue.waiting() == 3
    assert queue.code(1, "AAAAA22222") is None
    assert bearer(vote, "aa") is None
    queue.ping()


@pytest.mark.parametrize(
    "command", [*COMMON, ("SUBSCRIBE", "tallies"), ("LRANGE", "votes", "0", "-1")], ids=" ".join
)
def test_it_lets_vote_do_nothing_else(vote: Redis, command: tuple[str, ...]) -> None:
    """Whoever takes over `vote` can neither take ballots away nor run code on the worker."""
    with pytest.raises(NoPermissionError):
        vote.execute_command(*command)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "script",
    [
        "return redis.call('LTRIM', 'votes', 1, 0)",
        "return redis.call('RPUSH', 'rq:queue:drain', 'x')",
        "return redis.call('FLUSHALL')",
    ],
)
def test_it_lets_vote_do_nothing_else_by_a_script_either(vote: Redis, script: str) -> None:
    """Any script may be loaded: what it calls is held to the same rights."""
    with pytest.raises(ResponseError, match=r"permission|can't (run|access)"):
        vote.evalsha(vote.script_load(script), 0)
    assert vote.llen("votes") == 1


@pytest.fixture
def result(vote: Redis, redis_server: RedisServer) -> Redis:
    """Connect as `result` to the same Redis."""
    return redis_server.client("result")


def test_it_lets_result_do_all_that_result_does(redis: Redis, result: Redis) -> None:
    """How much waits, whether a worker lives, and the hint to look."""
    queue = RedisQueue(result)
    queue.ping()
    assert queue.waiting() == 1
    assert queue.worker_silent() is True
    with result.pubsub(ignore_subscribe_messages=True) as hints:  # type: ignore[no-untyped-call]
        hints.subscribe(TALLIES_CHANGED)
        hints.get_message(timeout=5)
        RedisQueue(redis).announce(7)
        message = eventually(lambda: hints.get_message(timeout=1))
    assert message["data"] == b"7"


@pytest.mark.parametrize(
    "command",
    [
        *COMMON,
        ("RPUSH", "votes", "x"),
        ("LRANGE", "votes", "0", "-1"),
        ("SET", "votes:heartbeat", "1"),
        ("GET", "votes:clock"),
        ("HGETALL", "poll:1"),
        ("HGETALL", "poll:1:voters"),
        ("EXISTS", "poll:1"),
        ("SUBSCRIBE", "rq:pubsub:x"),
        ("PSUBSCRIBE", "*"),
    ],
    ids=" ".join,
)
def test_it_lets_result_do_nothing_else(result: Redis, command: tuple[str, ...]) -> None:
    """The most public service can change nothing, and reads no ballot and no voter."""
    with pytest.raises(NoPermissionError):
        result.execute_command(*command)  # type: ignore[no-untyped-call]


@pytest.fixture
def admin(vote: Redis, redis_server: RedisServer) -> Redis:
    """Connect as `admin` to the same Redis."""
    return redis_server.client("admin")


def test_it_lets_admin_do_all_that_admin_does(redis: Redis, admin: Redis) -> None:
    """Polls, codes and tokens are published and withdrawn, with scripts not loaded yet."""
    redis.script_flush()
    poll = a_poll(2)
    assert published.stale(admin, [poll]) == [poll]
    assert published.publish(admin, poll, codes={"AAAAA22222": 1}, only_without_ballots=True)
    assert published.has_ballots(admin, 2) is False
    published.publish_tokens(admin, {"aa": "1"})
    published.unpublish(admin, 2)
    for digits in range(2, 11):
        poll = a_poll(int("1234567890"[:digits]))
        published.publish(admin, poll, codes={"AAAAA22222": 1})
        published.publish(admin, replace(poll, starts_seq=7, revision=2))
        published.unpublish(admin, poll.id)
    assert published.listed(admin) == {1}
    assert published.now(admin) > PAST


@pytest.mark.parametrize(
    "command",
    [
        *[each for each in COMMON if each[-1:] != ("ann",)],
        ("RPUSH", "votes", "x"),
        ("LRANGE", "votes", "0", "-1"),
        ("SET", "votes:heartbeat", "1"),
        ("GET", "votes:clock"),
        ("SUBSCRIBE", "tallies"),
        ("HGETALL", "poll:1:voters"),
        ("HGET", "poll:1:voters", "ann"),
        ("HSET", "poll:1:voters", "ann", "1 1 [[1,1]]"),
        ("EXISTS", "poll:1:voters"),
        ("DEL", "poll:1234567890:voters"),
        ("HGETALL", "poll:12:replaced"),
        ("GET", "poll:x"),
        ("SET", "votes:memory", "99"),
    ],
    ids=" ".join,
)
def test_it_lets_admin_do_nothing_to_the_ballots(admin: Redis, command: tuple[str, ...]) -> None:
    """Whoever takes over the desk adds no ballot, takes none away, and reads of no voter."""
    with pytest.raises(NoPermissionError):
        admin.execute_command(*command)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "command",
    [
        ("FLUSHALL",),
        ("FLUSHDB",),
        ("SWAPDB", "0", "1"),
        ("CONFIG", "SET", "appendonly", "no"),
        ("ACL", "LIST"),
        ("SHUTDOWN", "NOSAVE"),
        ("REPLICAOF", "NO", "ONE"),
        ("MONITOR",),
    ],
    ids=" ".join,
)
def test_it_keeps_the_worker_from_what_nobody_takes_back(
    redis: Redis, redis_server: RedisServer, command: tuple[str, ...]
) -> None:
    """The worker drains the list; it administrates nothing."""
    with pytest.raises(NoPermissionError):
        redis_server.client("worker").execute_command(*command)  # type: ignore[no-untyped-call]
    assert redis.ping()
