"""The polls as they are published in Redis."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from ballotbox.errors import BallotBoxUnavailable, PollClosed, UnknownCode, UnknownPoll
from ballotbox.poll import Identity, Kind, Poll
from ballotbox.published import (
    PublishedPolls,
    bearer,
    confirm,
    forget,
    has_ballots,
    listed,
    now,
    publish,
    publish_tokens,
    remember_voted,
    stale,
    unpublish,
)
from ballotbox.queue import Code, RedisQueue
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


def publish_all(redis: Redis, polls: list[Poll]) -> None:
    for poll in polls:
        publish(redis, poll)
    confirm(redis, [poll.id for poll in polls])


@pytest.mark.parametrize("name", ["cats-or-dogs-1", "CATS01", "cats01", "1"])
def test_it_finds_a_poll_by_its_slug_its_code_or_its_id(
    redis: Redis, published: PublishedPolls, name: str
) -> None:
    """However people name it, it is the same poll; codes are typed in any case."""
    poll = a_poll(1, opens_at=PAST, closes_at=FUTURE, kind=Kind.MULTIPLE)
    publish_all(redis, [poll, a_poll(2)])
    assert published.find(name) == poll


@pytest.mark.parametrize("name", ["", "3", "01", "dogs", "CATS-OR-DOGS-1", "poll:1", "ß"])
def test_it_says_that_there_is_no_such_poll(
    redis: Redis, published: PublishedPolls, name: str
) -> None:
    """Another name is unknown, once all polls are known."""
    publish_all(redis, [a_poll(1)])
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
    publish_all(redis, polls)
    assert published.all() == polls


def test_it_remembers_what_it_read_for_a_second(
    redis: Redis, published: PublishedPolls, clock: Clock
) -> None:
    """Redis is asked once a second and not for each page."""
    publish(redis, a_poll(1))
    published.all()
    publish(redis, a_poll(2))
    clock.now = 0.9
    assert len(published.all()) == 1
    clock.now = 1.0
    assert len(published.all()) == 2


def test_it_finds_a_poll_that_was_published_since_it_read(
    redis: Redis, published: PublishedPolls
) -> None:
    """Nobody is told that a poll does not exist that was opened in this second."""
    publish(redis, a_poll(1))
    published.all()
    publish(redis, a_poll(2))
    assert published.find("cats02") == a_poll(2)


def test_it_shows_a_poll_as_closed_as_soon_as_the_marker_is_taken(
    redis: Redis, published: PublishedPolls
) -> None:
    """The page does not wait for the worker to say so."""
    publish(redis, a_poll(1))
    RedisQueue(redis).close(1, now=True)
    assert published.find("1").closed is True


def test_it_leaves_out_a_poll_whose_definition_is_gone(
    redis: Redis, published: PublishedPolls
) -> None:
    """An index that points to nothing breaks no page."""
    publish_all(redis, [a_poll(1), a_poll(2)])
    redis.delete("poll:1")
    assert published.all() == [a_poll(2)]


def test_it_says_unavailable_where_redis_is_away() -> None:
    """The adapter's error is the library's, not the driver's."""
    away = PublishedPolls(redis_from(Settings(redis_url="unix:///nowhere/redis.sock")))
    for ask in (away.all, lambda: away.find("1")):
        with pytest.raises(BallotBoxUnavailable):
            ask()


# --- publishing -----------------------------------------------------------------------------------


def test_it_finds_what_is_not_there(redis: Redis) -> None:
    """The worker asks every second; only what is stale costs a write, and an fsync."""
    polls = [a_poll(1), a_poll(2)]
    assert stale(redis, polls) == polls
    publish_all(redis, polls)
    assert stale(redis, polls) == []
    assert stale(redis, [*polls, a_poll(3)]) == [a_poll(3)]
    assert stale(redis, []) == []
    assert listed(redis) == {1, 2}


def contents(redis: Redis) -> dict[Any, Any]:
    """Read all there is; everything that is published is a hash."""
    return {key: redis.hgetall(key) for key in redis.scan_iter()}


def test_it_writes_again_what_was_lost_or_has_changed(redis: Redis) -> None:
    """Whatever part is missing or another, all of the poll is there afterwards."""
    poll = a_poll(1)
    publish(redis, poll)
    everything = contents(redis)
    for lose in (
        redis.flushall,
        lambda: redis.delete("poll:1"),
        lambda: redis.delete("polls"),
        lambda: redis.hdel("polls", poll.code),
        lambda: redis.hset("poll:1", "definition", "{}"),
    ):
        lose()  # type: ignore[no-untyped-call]
        assert stale(redis, [poll]) == [poll]
        publish(redis, poll)
        assert contents(redis) == everything


def test_it_keeps_the_number_of_the_close_marker(redis: Redis) -> None:
    """Publishing a poll again, closed or not as the database knows it, never opens it."""
    poll = a_poll(1)
    publish(redis, poll)
    queue = RedisQueue(redis)
    seq = queue.close(1, now=True)
    publish(redis, replace(poll, question="Dogs or Cats?"))
    publish(redis, replace(poll, closed=True))
    assert queue.close(1) == seq
    assert queue.waiting() == 1


def test_it_publishes_a_closed_poll_as_closed_to_a_redis_that_has_lost_it(redis: Redis) -> None:
    """Nobody votes in a poll that is final, and no second marker is put onto the list."""
    closed = a_poll(1, closed=True)
    publish(redis, closed)
    queue = RedisQueue(redis)
    with pytest.raises(PollClosed):
        queue.cast(closed, "ann", CATS)
    assert queue.close(1, now=True) is None
    assert queue.waiting() == 0


# --- the life of a poll ---------------------------------------------------------------------------


def test_it_tells_the_time_of_redis(redis: Redis) -> None:
    """Opening and closing by hand take the time from the clock that decides."""
    assert abs(now(redis) - datetime.now(UTC)) < timedelta(seconds=5)


def test_it_keeps_a_draft_from_everybody_but_who_has_its_address(
    redis: Redis, published: PublishedPolls
) -> None:
    """Neither slug nor code nor id lead to a draft, no list has it, and nobody can vote in it."""
    draft = a_poll(1, draft=True, preview="0123456789abcdef")
    publish_all(redis, [draft, a_poll(2)])
    for name in (draft.slug, draft.code, "1"):
        with pytest.raises(UnknownPoll):
            published.find(name)
    assert published.find("preview:0123456789abcdef") == draft
    assert published.all() == [a_poll(2)]
    with pytest.raises(PollClosed):
        RedisQueue(redis).cast(draft, "ann", CATS)


def test_it_leads_to_a_poll_that_is_no_draft_any_more(
    redis: Redis, published: PublishedPolls
) -> None:
    """Its names lead to it, its secret address no longer does, and votes are taken."""
    poll = a_poll(1, preview="0123456789abcdef", revision=2)
    publish_all(redis, [replace(poll, draft=True, revision=1), poll])
    assert published.find(poll.slug) == poll
    with pytest.raises(UnknownPoll):
        published.find("preview:0123456789abcdef")
    RedisQueue(redis).cast(poll, "ann", CATS)


def test_it_leaves_archived_polls_out_of_the_list(redis: Redis, published: PublishedPolls) -> None:
    """Their addresses go on working."""
    archived = a_poll(1, archived=True, closed=True)
    publish_all(redis, [archived, a_poll(2)])
    assert published.all() == [a_poll(2)]
    assert published.find(archived.slug) == archived


def test_it_forgets_names_that_a_poll_no_longer_has(
    redis: Redis, published: PublishedPolls
) -> None:
    """A name that another poll has taken since stays with that one."""
    first = a_poll(1)
    publish(redis, first)
    publish(redis, replace(a_poll(2), slug=first.slug))
    publish_all(redis, [replace(first, slug="renamed", code="NEW123", revision=2)])
    assert published.find("renamed").id == 1
    assert published.find(first.slug).id == 2
    with pytest.raises(UnknownPoll):
        published.find(first.code)


def test_it_publishes_a_change_of_meaning_only_before_the_first_ballot(redis: Redis) -> None:
    """Whether somebody has voted is asked in the same step."""
    poll, queue = a_poll(1), RedisQueue(redis)
    other = replace(poll, question="Dogs or Cats?", revision=2)
    publish(redis, poll)
    assert publish(redis, other, only_without_ballots=True) is True
    assert has_ballots(redis, 1) is False
    queue.cast(other, "ann", CATS)
    assert has_ballots(redis, 1) is True
    third = replace(poll, question="Birds?", revision=3)
    assert publish(redis, third, only_without_ballots=True) is False
    assert stale(redis, [other]) == []


def test_it_opens_again_only_what_was_undone(redis: Redis) -> None:
    """A close marker up to `reopened_seq` is forgotten; a later one stays."""
    poll, queue = a_poll(1), RedisQueue(redis)
    publish(redis, poll)
    marker = queue.close(1, now=True)
    assert marker is not None
    reopened = replace(poll, reopened_seq=marker, revision=2)
    publish(redis, reopened)
    queue.cast(reopened, "ann", CATS)
    later = queue.close(1, now=True)
    assert later is not None
    assert later > marker
    publish(redis, reopened)
    with pytest.raises(PollClosed):
        queue.cast(reopened, "bob", CATS)


def test_it_forgets_who_has_voted_when_a_poll_was_reset(redis: Redis) -> None:
    """Who has voted may vote again, and publishing it once more forgets nobody."""
    poll, queue = a_poll(1, change=False), RedisQueue(redis)
    publish(redis, poll)
    queue.cast(poll, "ann", CATS)
    marker = queue.close(1, now=True)
    assert marker is not None
    fresh = replace(poll, starts_seq=marker, reopened_seq=marker, revision=2)
    publish(redis, fresh)
    assert has_ballots(redis, 1) is False
    cast = queue.cast(fresh, "ann", CATS)
    publish(redis, fresh)
    assert queue.choice(1, "ann") == (cast.seq, CATS)


def test_it_publishes_codes_with_their_poll(redis: Redis) -> None:
    """The set is replaced as a whole; what is not in it any more is not valid."""
    poll, queue = a_poll(1, identity=Identity.CODE), RedisQueue(redis)
    publish(redis, poll, codes={"AAAAA22222": 1, "BBBBB33333": 2})
    publish(redis, replace(poll, revision=2))
    assert queue.code(1, "AAAAA22222") == Code("AAAAA22222", 1)
    assert queue.code(1, "nothing") is None
    poll = replace(poll, revision=3, codes=1)
    publish(redis, poll, codes={"BBBBB33333": 2})
    assert queue.code(1, "AAAAA22222") is None
    with pytest.raises(UnknownCode):
        queue.cast(poll, "code:1", CATS, code=Code("AAAAA22222", 1))
    publish(redis, replace(poll, revision=4, codes=2), codes={})
    assert queue.code(1, "BBBBB33333") is None


def test_it_takes_a_poll_away_with_all_that_is_known_of_its_voters(redis: Redis) -> None:
    """Nothing of a deleted poll stays but what the list and the counters hold; voters a moment."""
    poll, queue = a_poll(1, identity=Identity.CODE), RedisQueue(redis)
    publish(redis, poll, codes={"AAAAA22222": 1})
    publish(redis, a_poll(2))
    first = queue.cast(poll, "code:1", CATS, code=Code("AAAAA22222", 1))
    queue.cast(poll, "code:1", CATS, code=Code("AAAAA22222", 1, first.seq))
    unpublish(redis, 1)
    assert listed(redis) == {2}
    forget(redis)
    assert [key for key in redis.scan_iter("poll:1*")] == []  # noqa: C416 - the keys themselves
    assert not redis.exists("polls:over")


def test_it_forgets_the_voters_of_a_reset_poll_until_somebody_votes_anew(redis: Redis) -> None:
    """What is left of them counts for nothing, and goes with the poll."""
    poll, queue = a_poll(1, change=False), RedisQueue(redis)
    publish(redis, poll)
    queue.cast(poll, "ann", CATS)
    marker = queue.close(1, now=True)
    assert marker is not None
    fresh = replace(poll, starts_seq=marker, reopened_seq=marker, revision=2)
    publish(redis, fresh)
    assert queue.choice(1, "ann") is None
    forget(redis)
    assert not redis.exists("poll:1:voters")
    again = queue.cast(fresh, "ann", CATS)
    redis.sadd("polls:over", 1)
    forget(redis)
    assert queue.choice(1, "ann") == (again.seq, CATS)


def test_it_notes_that_somebody_has_voted_where_the_first_version_did_not(redis: Redis) -> None:
    """After an upgrade, what ballots mean stays as fixed as it was."""
    for number in (1, 2):
        publish(redis, a_poll(number))
        redis.hdel(f"poll:{number}", "voted")
    redis.hset("poll:1:voters", "ann", "17 17 [[1,1]]")
    remember_voted(redis, [1, 2, 3])
    assert [has_ballots(redis, number) for number in (1, 2, 3)] == [True, False, False]
    assert not redis.exists("poll:3")
    other = replace(a_poll(1), question="Dogs or Cats?", revision=2)
    assert publish(redis, other, only_without_ballots=True) is False


def test_it_publishes_who_may_vouch_for_voters(redis: Redis) -> None:
    """A token that was revoked is gone at once; the same tokens again cost no write."""
    publish_tokens(redis, {"aa": "7", "bb": "*"})
    assert (bearer(redis, "aa"), bearer(redis, "bb"), bearer(redis, "cc")) == ("7", "*", None)
    publish_tokens(redis, {"bb": "*"})
    assert bearer(redis, "aa") is None
    publish_tokens(redis, {})
    assert bearer(redis, "bb") is None
