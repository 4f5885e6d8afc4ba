"""Accepting ballots in a real Redis: its clock, its restarts, its losses."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import TimeoutError as RedisTimeoutError

from ballotbox.ballot import MAX_SEQ, Ballot, Close, decode
from ballotbox.errors import (
    AlreadyVoted,
    BallotBoxUnavailable,
    InvalidBallot,
    PollClosed,
    PollNotOpen,
)
from ballotbox.poll import Identity, Poll, microseconds
from ballotbox.published import publish
from ballotbox.queue import Cast, Fate, FateState, RedisQueue, Rejected
from ballotbox.redis_client import redis_from
from ballotbox.settings import Settings
from tests.polls import CATS, DOGS, a_poll
from tests.servers import RedisServer
from tests.waiting import eventually


def redis_time(redis: Redis, *, later: float = 0) -> datetime:
    """Read Redis' clock."""
    seconds, microsecond = redis.time()
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microsecond, seconds=later)


@pytest.fixture
def publish_poll(redis: Redis) -> Callable[..., Poll]:
    """Give a function that publishes a poll as `a_poll` makes it."""

    def make(**fields: Any) -> Poll:
        poll = a_poll(**fields)
        publish(redis, poll)
        return poll

    return make


@pytest.fixture
def cats(publish_poll: Callable[..., Poll]) -> Poll:
    return publish_poll()


# --- the clock ------------------------------------------------------------------------------------


def test_it_opens_by_the_clock_of_redis(
    redis: Redis, queue: RedisQueue, publish_poll: Callable[..., Poll]
) -> None:
    """No ballot has a number from before the opening, whatever clocks the services have."""
    opens_at = redis_time(redis, later=0.2)
    poll = publish_poll(opens_at=opens_at)
    with pytest.raises(PollNotOpen):
        queue.cast(poll, "ann", CATS)

    def accepted() -> int:
        try:
            return queue.cast(poll, "ann", CATS).seq
        except PollNotOpen:
            return 0

    assert eventually(accepted, seconds=5) >= microseconds(opens_at)


def test_it_closes_by_the_clock_of_redis(
    redis: Redis, queue: RedisQueue, publish_poll: Callable[..., Poll]
) -> None:
    """The last ballot has a number from before the end; nothing needs to run for that."""
    closes_at = redis_time(redis, later=1)
    poll = publish_poll(closes_at=closes_at)
    seqs: list[int] = []

    def vote_on_and_on() -> None:
        while redis_time(redis) < closes_at + timedelta(seconds=5):
            seqs.append(queue.cast(poll, f"v{len(seqs)}", CATS).seq)

    with pytest.raises(PollClosed):
        vote_on_and_on()
    assert seqs
    assert seqs[-1] < microseconds(closes_at) <= microseconds(redis_time(redis))
    assert queue.waiting() == len(seqs)


def test_it_lets_a_voter_change_after_the_clock_was_set_back(redis: Redis, cats: Poll) -> None:
    """An allowance that was written while the clock was an hour ahead holds nobody up."""
    queue = RedisQueue(redis, voter_interval=1_000_000, voter_burst=10)
    first = queue.cast(cats, "ada", CATS)
    ahead = first.seq + 3_600_000_000
    redis.hset(f"poll:{cats.id}:voters", "ada", f"{first.seq} {ahead} [[1,1]]")

    assert queue.cast(cats, "ada", DOGS).seq > first.seq


def test_it_counts_on_where_the_clock_was_set_back(
    redis: Redis, queue: RedisQueue, cats: Poll
) -> None:
    """The last number lies in the future: the next ones still grow, one by one."""
    future = microseconds(redis_time(redis, later=86_400))
    redis.set("votes:clock", future)
    assert [queue.cast(cats, f"v{i}", CATS).seq for i in range(3)] == [
        future + 1,
        future + 2,
        future + 3,
    ]
    assert queue.close(1, now=True) == future + 4


def test_it_gives_higher_numbers_after_redis_has_lost_everything(
    redis: Redis, queue: RedisQueue, cats: Poll
) -> None:
    """The ledger still has the old numbers: they must not come again."""
    before = queue.cast(cats, "ann", CATS).seq
    redis.flushall()
    publish(redis, cats)
    assert queue.cast(cats, "bob", CATS).seq > before


def test_it_gives_no_number_that_nobody_could_read(
    redis: Redis, queue: RedisQueue, cats: Poll
) -> None:
    """At the end of the numbers it turns ballots away: accepted ones could not be counted."""
    redis.set("votes:clock", MAX_SEQ - 1)
    assert queue.cast(cats, "ann", CATS).seq == MAX_SEQ
    with pytest.raises(BallotBoxUnavailable):
        queue.cast(cats, "bob", CATS)
    assert [decode(item) for item in queue.peek(10)] == [Ballot(1, "ann", MAX_SEQ, CATS)]
    assert queue.choice(1, "bob") is None


# --- what Redis loses -----------------------------------------------------------------------------


def test_it_takes_no_ballot_for_a_poll_that_redis_has_lost(
    redis: Redis, queue: RedisQueue, cats: Poll
) -> None:
    """A missing poll is never open, nor "closed": the voter is asked to try again."""
    redis.flushall()
    with pytest.raises(BallotBoxUnavailable):
        queue.cast(cats, "ann", CATS)
    assert redis.keys() == []


def test_it_takes_no_ballot_for_half_a_poll(redis: Redis, queue: RedisQueue, cats: Poll) -> None:
    """Rules that are not all there are no rules to accept by."""
    for field in ("opens_at", "closes_at", "change"):
        redis.hdel("poll:1", field)
        with pytest.raises(BallotBoxUnavailable):
            queue.cast(cats, "ann", CATS)
        redis.delete("poll:1")
        publish(redis, cats)


def test_it_loads_its_scripts_again_when_redis_has_forgotten_them(
    redis: Redis, queue: RedisQueue, cats: Poll
) -> None:
    """Nobody restarts `vote` because somebody ran SCRIPT FLUSH."""
    for voter in ("ann", "bob"):
        redis.script_flush()
        seq = queue.cast(cats, voter, CATS).seq
        redis.script_flush()
        assert queue.settle(queue.peek(1), counted=seq, rejected=[])
    redis.script_flush()
    assert queue.close(1, now=True)


def test_it_loses_nothing_that_was_accepted_when_redis_is_killed(own_redis: RedisServer) -> None:
    """SIGKILL in the middle of a storm: every ballot whose voter was told so is there again."""
    cats = a_poll(change=False)
    publish(own_redis.client(), cats)
    queue = RedisQueue(redis_from(Settings(redis_url=own_redis.url("vote"))))

    def vote(voter: int) -> list[int]:
        accepted: list[int] = []
        try:
            while True:
                accepted.append(queue.cast(cats, f"{voter}-{len(accepted)}", CATS, key="k").seq)
        except BallotBoxUnavailable:
            return accepted

    with ThreadPoolExecutor(8) as threads:
        voters = [threads.submit(vote, number) for number in range(8)]
        eventually(lambda: own_redis.client().llen("votes") > 100)
        own_redis.kill()
        accepted = {seq for voter in voters for seq in voter.result()}
    own_redis.start()

    after = RedisQueue(redis_from(Settings(redis_url=own_redis.url())))
    kept = [decode(item).seq for item in after.peek(1_000_000)]
    assert accepted <= set(kept)
    assert kept == sorted(set(kept))
    with pytest.raises(AlreadyVoted):
        after.cast(cats, "0-0", DOGS)
    assert after.cast(cats, "0-0", CATS, key="k").repeated
    assert after.cast(cats, "new", CATS).seq > kept[-1]


def test_it_takes_the_next_vote_after_redis_was_restarted(own_redis: RedisServer) -> None:
    """However soon Redis is back: a connection that died meanwhile costs nobody a 503."""
    cats = a_poll()
    publish(own_redis.client(), cats)
    queue = RedisQueue(redis_from(Settings(redis_url=own_redis.url("vote"))))
    queue.cast(cats, "ann", CATS)
    own_redis.kill()
    killed = time.monotonic()
    eventually(lambda: time.monotonic() - killed > 0.1)  # no supervisor is quicker
    own_redis.start()

    assert queue.cast(cats, "bob", CATS).seq


def test_it_runs_on_a_redis_that_promises_to_keep_what_it_has(redis: Redis) -> None:
    """The configuration that all the other promises stand on is really in force."""
    promised = {
        "appendonly": "yes",
        "appendfsync": "always",
        "no-appendfsync-on-rewrite": "no",
        "maxmemory-policy": "noeviction",
    }
    assert {name: redis.config_get(name)[name] for name in promised} == promised


def test_it_turns_ballots_away_when_redis_is_full(own_redis: RedisServer) -> None:
    """A full Redis refuses, and keeps what it has: the voter is asked to try again."""
    redis, cats = own_redis.client(), a_poll()
    publish(redis, cats)
    queue = RedisQueue(redis_from(Settings(redis_url=own_redis.url("vote"))))
    queue.cast(cats, "ann", CATS)
    redis.config_set("maxmemory", 1)
    with pytest.raises(BallotBoxUnavailable):
        queue.cast(cats, "bob", CATS)
    assert queue.waiting() == 1
    redis.config_set("maxmemory", 0)
    queue.cast(cats, "bob", CATS)


def test_it_settles_in_a_full_redis(own_redis: RedisServer) -> None:
    """What empties the list must work above all when there is no room, poison or not."""
    redis, cats = own_redis.client(), a_poll()
    publish(redis, cats)
    queue = RedisQueue(redis)
    seq = queue.cast(cats, "ann", CATS).seq
    redis.config_set("maxmemory", 1)
    batch = queue.peek(1)
    rejected = [Rejected(batch[0], "unrecordable", seq)]
    assert queue.settle(batch, counted=seq, rejected=rejected)
    assert (queue.waiting(), queue.rejected()) == (0, 1)
    assert queue.fate(1, seq) == Fate(FateState.REJECTED, "unrecordable")


def test_it_goes_on_with_the_same_client_after_a_restart(own_redis: RedisServer) -> None:
    """Old connections and loaded scripts are gone; at most a moment of 503 is seen."""
    cats = a_poll()
    queue = RedisQueue(redis_from(Settings(redis_url=own_redis.url("vote"))))
    publish(own_redis.client(), cats)
    first = queue.cast(cats, "ann", CATS).seq
    own_redis.kill()
    with pytest.raises(BallotBoxUnavailable):
        queue.cast(cats, "ann", DOGS)
    own_redis.start()
    assert queue.cast(cats, "ann", DOGS).seq > first


# --- what the client must not do ------------------------------------------------------------------


def test_it_says_unavailable_within_a_moment_where_redis_is_away() -> None:
    """Nobody waits for a Redis that is not there."""
    queue = RedisQueue(redis_from(Settings(redis_url="unix:///nowhere/redis.sock")))
    started = time.monotonic()
    for ask in (
        lambda: queue.cast(a_poll(), "ann", CATS),
        lambda: queue.choice(1, "ann"),
        lambda: queue.fate(1, 1),
        lambda: queue.close(1),
        lambda: queue.peek(1, wait=1),
        lambda: queue.settle([b"x"], counted=1, rejected=[]),
        lambda: queue.announce(1),
        lambda: queue.beat(1),
        queue.waiting,
        queue.rejected,
        queue.worker_silent,
        queue.ping,
    ):
        with pytest.raises(BallotBoxUnavailable):
            ask()
    assert time.monotonic() - started < 5


def test_it_casts_once_where_the_answer_is_lost(own_redis: RedisServer) -> None:
    """The client does not repeat by itself; with its key the voter may, and gets one ballot."""
    cats = a_poll()
    publish(own_redis.client(), cats)
    queue = RedisQueue(redis_from(Settings(redis_url=own_redis.url("vote")), timeout=0.3))
    queue.cast(cats, "bob", CATS)
    own_redis.signal(signal.SIGSTOP)
    with pytest.raises(BallotBoxUnavailable):
        queue.cast(cats, "ann", CATS, key="key-1")
    own_redis.signal(signal.SIGCONT)
    eventually(lambda: queue.waiting() == 2)
    assert queue.cast(cats, "ann", CATS, key="key-1").repeated is True
    assert queue.waiting() == 2


def test_it_repeats_no_command_by_itself(own_redis: RedisServer) -> None:
    """Whether twice is harmless, only the one who sent the command can say."""
    client = redis_from(Settings(redis_url=own_redis.url()), timeout=0.4)
    client.ping()
    own_redis.signal(signal.SIGSTOP)
    # While a client that repeats would be at its second attempt.
    threading.Timer(0.6, own_redis.signal, [signal.SIGCONT]).start()
    with pytest.raises(RedisTimeoutError):
        client.rpush("sent", "once")
    eventually(lambda: own_redis.client().exists("sent"))
    assert client.lrange("sent", 0, -1) == [b"once"]


def test_it_keeps_the_order_of_what_came_while_it_waited(
    redis: Redis, queue: RedisQueue, cats: Poll
) -> None:
    """The head is moved onto itself: not behind what came with it."""
    with ThreadPoolExecutor(1) as thread:
        seen = thread.submit(queue.peek, 10, wait=20)
        eventually(lambda: int(redis.info("clients")["blocked_clients"]) == 1)
        redis.rpush("votes", "first", "second", "third")
        assert seen.result() == [b"first", b"second", b"third"]
    assert redis.lrange("votes", 0, -1) == [b"first", b"second", b"third"]


# --- what stays in Redis of a stranger's vote -----------------------------------------------------

LONG_NAME = "\N{MICROSCOPE}" * 128
LONG_KEY = "k" * 128


@pytest.mark.parametrize(
    ("voter", "key"),
    [("DkPvOU0pYl2cYtYwHRbVzg", None), ("DkPvOU0pYl2cYtYwHRbVzg", LONG_KEY), (LONG_NAME, LONG_KEY)],
    ids=["cookie", "key", "name and key"],
)
def test_it_keeps_few_bytes_of_a_voter(
    redis: Redis, queue: RedisQueue, cats: Poll, voter: str, key: str | None
) -> None:
    """However long a name and a key are, an entry is short, and is all there is."""
    before = set(redis.keys())
    for number in range(100):
        queue.cast(cats, f"{voter[:-3]}{number:03}", CATS, key=key)
    assert set(redis.keys()) - before == {b"votes", b"votes:clock", b"poll:1:voters"}
    kept = redis.hgetall("poll:1:voters")
    assert len(kept) == 100
    assert max(len(name) + len(entry) for name, entry in kept.items()) < 90


def test_it_knows_a_voter_with_a_long_name_from_before(redis: Redis, queue: RedisQueue) -> None:
    """The first version kept the whole name: who has voted under it has voted."""
    fixed, free = a_poll(2, change=False), a_poll(3)
    for poll in (fixed, free):
        publish(redis, poll)
        redis.hset(f"poll:{poll.id}:voters", LONG_NAME, "17 17 [[2,1]]")
        assert queue.choice(poll.id, LONG_NAME) == (17, DOGS)
    with pytest.raises(AlreadyVoted):
        queue.cast(fixed, LONG_NAME, CATS)
    changed = queue.cast(free, LONG_NAME, CATS)
    assert queue.choice(3, LONG_NAME) == (changed.seq, CATS)
    assert queue.fate(3, 17) == Fate(FateState.REPLACED)


def test_it_repeats_what_was_accepted_before_the_upgrade(
    redis: Redis, queue: RedisQueue, cats: Poll
) -> None:
    """A request whose answer was lost then, and is sent again now, is no second ballot."""
    redis.set("votes:idem:1:ann\nkey-1", "17 [[1,1]]")
    redis.set("votes:idem:1:by the key\nkey-2", "18 [[1,1]]")
    assert queue.cast(cats, "ann", CATS, key="key-1") == Cast(17, repeated=True, former=True)
    again = queue.cast(cats, "by poll and key", CATS, key="key-2", former="by the key")
    assert again == Cast(18, repeated=True, former=True)
    with pytest.raises(InvalidBallot):
        queue.cast(cats, "ann", DOGS, key="key-1")
    assert queue.waiting() == 0


def test_it_refuses_strangers_before_voters_and_voters_before_who_was_invited(
    redis: Redis, queue: RedisQueue, publish_poll: Callable[..., Poll]
) -> None:
    """As Redis fills, a flood of strangers shuts out strangers, and nobody else."""
    poll = publish_poll()
    coded = a_poll(2, identity=Identity.CODE)
    publish(redis, coded, codes={"AAAAA22222": 1, "BBBBB33333": 2})
    queue.cast(poll, "known", CATS)

    def accepted(percent: int) -> dict[str, bool]:
        redis.set("votes:memory", percent)
        who = str(percent)
        casts = {
            "stranger": lambda: queue.cast(poll, f"stranger {who}", CATS),
            "voter": lambda: queue.cast(poll, "known", DOGS),
            "vouched for": lambda: queue.cast(poll, f"user:{who}", CATS, invited=True),
            "code": lambda: queue.cast(
                coded, "code:1", CATS, code=queue.code(2, "AAAAA22222"), key="the same key"
            ),
        }
        found = {}
        for name, cast in casts.items():
            try:
                found[name] = bool(cast())
            except BallotBoxUnavailable:
                found[name] = False
        return found

    names = ("stranger", "voter", "vouched for", "code")
    for percent, admitted in [(79, 4), (80, 3), (89, 3), (90, 2), (94, 2), (95, 1), (100, 1)]:
        # The code's request is a repeat from the second time on: that is always answered.
        expected = {name: name in names[4 - admitted :] for name in names}
        assert accepted(percent) == expected, percent
    with pytest.raises(BallotBoxUnavailable):
        queue.cast(coded, "code:2", CATS, code=queue.code(2, "BBBBB33333"))
    redis.delete("votes:memory")
    queue.cast(poll, "a stranger", CATS)


def test_it_notes_how_full_redis_is_where_that_matters(own_redis: RedisServer) -> None:
    """It is said from three quarters on, in a full Redis as well, and taken back by itself."""
    redis = own_redis.client()
    queue = RedisQueue(own_redis.client("worker"))
    assert (queue.look_for_room(), redis.get("votes:memory")) == (0, None)
    used = int(redis.info("memory")["used_memory"])
    for most, noted in ((2 * used, False), (int(used * 1.2), True), (used // 2, True)):
        redis.config_set("maxmemory", most)
        percent = queue.look_for_room()
        assert redis.get("votes:memory") == (str(percent).encode() if noted else None)
    redis.config_set("maxmemory", 0)
    assert (queue.look_for_room(), redis.get("votes:memory")) == (0, None)


def test_it_closes_and_tells_of_itself_in_a_full_redis(own_redis: RedisServer) -> None:
    """Counting goes on there, so its end must be marked and its signs of life be heard."""
    redis, cats = own_redis.client(), a_poll()
    publish(redis, cats)
    redis.config_set("maxmemory", 1)
    queue = RedisQueue(own_redis.client("worker"))
    queue.beat(5)
    assert not queue.worker_silent()
    seq = queue.close(1, now=True)
    assert decode(queue.peek(1)[0]) == Close(1, seq or 0)


def test_it_leaves_no_trace_of_a_ballot_it_refused(
    redis: Redis, queue: RedisQueue, publish_poll: Callable[..., Poll]
) -> None:
    """A refusal writes nothing: neither a number nor a voter nor a key."""
    over = publish_poll(closes_at=redis_time(redis))
    keys = set(redis.keys())
    with pytest.raises(PollClosed):
        queue.cast(over, "ann", CATS, key="key-1")
    assert set(redis.keys()) == keys
