"""
The polls as they are published to Redis, for the services that take ballots.

PostgreSQL is where polls live; this copy is what `vote` shows, and what the queue's script decides
by.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, NamedTuple, cast

from redis import Redis
from redis.exceptions import WatchError

from ballotbox.errors import BallotBoxUnavailable, UnknownPoll
from ballotbox.poll import Identity, Poll, microseconds
from ballotbox.redis_client import redis_errors

_INDEX = "polls"
_OVER = "polls:over"
_TOKENS = "tokens"
_ALL = "*"  # no poll's name: in the index once all polls are there
_LONG_AGO = 1  # µs since 1970: when a draft has closed, so that nobody can vote in it


def now(redis: Redis) -> datetime:
    """Tell the time by Redis' clock, which decides when polls open and close."""
    with redis_errors():
        seconds, rest = redis.time()
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=rest)


def stale(redis: Redis, polls: Iterable[Poll]) -> list[Poll]:
    """Give those of these polls that Redis does not have, or has otherwise."""
    polls = list(polls)
    with redis_errors(), redis.pipeline(transaction=False) as pipe:
        for poll in polls:
            pipe.hmget(f"poll:{poll.id}", "definition", "codes", "revision", "names")
            pipe.hmget(_INDEX, *_names(poll))
        answers = pipe.execute()
    return [
        poll
        for poll, (definition, codes, revision, names), index in zip(
            polls, answers[::2], answers[1::2], strict=True
        )
        if definition != poll.to_json().encode()
        or revision != str(poll.revision).encode()
        or names != json.dumps(_names(poll)).encode()
        or set(index) != {str(poll.id).encode()}
        or (poll.identity is Identity.CODE and codes != str(poll.codes).encode())
    ]


def publish(
    redis: Redis,
    poll: Poll,
    *,
    codes: Mapping[str, int] | None = None,
    only_without_ballots: bool = False,
) -> bool:
    """
    Write a poll where the queue's script and `PublishedPolls` read it, in one step.

    It says what is so, and may be said again: whether the poll is new, was edited, reopened or
    reset, follows from what Redis has.

    :param codes: all its single-use codes, to their numbers; None leaves them. A negative number
        says that the code is not valid any more: a ballot that came with it before is still known.
    :return: False if it was not published, since somebody has voted and it was to be published
        only before that.
    :raise BallotBoxUnavailable: if Redis does not answer.
    """
    closes_at = _LONG_AGO if poll.draft else poll.closes_at and microseconds(poll.closes_at)
    arguments: list[Any] = [
        poll.id,
        poll.to_json(),
        microseconds(poll.opens_at) if poll.opens_at else "",
        closes_at or "",
        int(poll.change),
        poll.revision,
        poll.starts_seq,
        poll.reopened_seq,
        int(poll.closed),
        json.dumps(_names(poll)),
        "" if codes is None else json.dumps(dict(codes)),
        poll.codes,
        int(poll.draft),
        int(only_without_ballots),
    ]
    with redis_errors():
        return bool(redis.register_script(_text("publish"))(_keys(poll.id), arguments))


def hold(redis: Redis, poll: int) -> bool:
    """
    Take no ballots for a poll until it is published again, as by `publish` or by the worker.

    :return: False if somebody has voted in it: nothing is changed then.
    :raise BallotBoxUnavailable: if Redis does not answer.
    """
    with redis_errors():
        return bool(redis.register_script(_text("hold"))([f"poll:{poll}"]))


def highest(redis: Redis, poll: int) -> int:
    """Give the highest revision of a poll that was ever published, whether it was kept or not."""
    with redis_errors():
        return int(cast("bytes | None", redis.hget(f"poll:{poll}", "highest")) or 0)


def unpublish(redis: Redis, poll: int) -> None:
    """Take a poll out of Redis; what is known of its voters goes with `forget`."""
    with redis_errors():
        redis.register_script(_text("unpublish"))(_keys(poll), [poll])


def forget(redis: Redis) -> None:
    """Delete what is known of the voters of polls that were deleted or reset: the worker's work."""
    with redis_errors():
        for poll in map(int, cast("set[bytes]", redis.smembers(_OVER))):
            key = f"poll:{poll}"
            keys = [key, f"{key}:voters", f"{key}:replaced", _OVER]
            redis.register_script(_text("forget"))(keys, [poll])


def forget_voters(redis: Redis, polls: Sequence[int]) -> int | None:
    """Delete what is known of the voters of the first of these polls of which anything is known."""
    with redis_errors():
        with redis.pipeline(transaction=False) as pipe:
            for poll in polls:
                pipe.exists(f"poll:{poll}:voters")
            known = pipe.execute()
        first = next((poll for poll, there in zip(polls, known, strict=True) if there), None)
        if first is not None:
            redis.unlink(f"poll:{first}:voters")
    return first


def remember_voted(redis: Redis, polls: Collection[int]) -> None:
    """Note which of these polls somebody has voted in, where version 0.1.0 has not."""
    with redis_errors(), redis.pipeline(transaction=False) as pipe:
        for poll in polls:
            pipe.hexists(f"poll:{poll}", "voted")
            pipe.exists(f"poll:{poll}:voters")
        answers = pipe.execute()
        for poll, noted, voters in zip(polls, answers[::2], answers[1::2], strict=True):
            if voters and not noted:
                key = f"poll:{poll}"
                redis.register_script(_text("voted"))([key, f"{key}:voters"])


def listed(redis: Redis) -> set[int]:
    """Give the ids of all polls that are published, drafts too."""
    with redis_errors():
        return {int(poll) for poll in cast("list[bytes]", redis.hvals(_INDEX))} - {0}


def confirm(redis: Redis, polls: Collection[int]) -> None:
    """
    Say that every poll there is has been published: one that Redis does not know is unknown then.

    To be called by who has just published all that was stale. It costs no write but the first time,
    and says nothing where Redis has lost polls since.
    """
    with redis_errors(), redis.pipeline() as pipe:
        if redis.hexists(_INDEX, _ALL):
            return
        pipe.watch(_INDEX)  # type: ignore[no-untyped-call]
        if set(polls) <= listed(redis):
            pipe.multi()
            pipe.hset(_INDEX, _ALL, "0")
            with suppress(WatchError):  # the next upkeep looks again
                pipe.execute()


def has_ballots(redis: Redis, poll: int) -> bool:
    """Tell whether anybody has voted in a poll, as far as Redis remembers."""
    with redis_errors():
        voted, starts_seq = redis.hmget(f"poll:{poll}", "voted", "starts_seq")
    return int(voted or 0) > int(starts_seq or 0)


def publish_tokens(redis: Redis, tokens: Mapping[str, str]) -> None:
    """
    Write the tokens whose bearers may vouch for voters, if they are not there as they are.

    :param tokens: SHA-256 of a token, in hexadecimal digits, to the id of the organiser whose polls
        are meant, or `*` for everybody's.
    """
    wanted = {name.encode(): value.encode() for name, value in tokens.items()}
    with redis_errors():
        if redis.hgetall(_TOKENS) == wanted:
            return
        with redis.pipeline(transaction=True) as pipe:
            pipe.delete(_TOKENS)
            if tokens:
                pipe.hset(_TOKENS, mapping=cast("dict[Any, Any]", tokens))
            pipe.execute()


def bearer(redis: Redis, digest: str) -> str | None:
    """Tell for whose polls the bearer of a token may vouch: an id, `*` for all, None for none."""
    with redis_errors():
        found = cast("bytes | None", redis.hget(_TOKENS, digest))
    return found.decode() if found is not None else None


def _names(poll: Poll) -> list[str]:
    # A draft is found by who has its secret address, and by nobody else. Numbers can be counted up:
    # what is on no list has none here, so that to ask for it is to ask for what is not there.
    secret = [f"preview:{poll.preview}"] if poll.preview else []
    number = [str(poll.id)] if poll.listed else []
    return secret if poll.draft else [poll.slug, poll.code, *number, *secret]


def _keys(poll: int) -> list[str]:
    key = f"poll:{poll}"
    return [key, f"{key}:codes", _INDEX, _OVER]


def _text(name: str) -> str:
    return files("ballotbox").joinpath("lua", f"{name}.lua").read_text("utf-8")


def _named(polls: Mapping[str, Poll], name: str) -> Poll | None:
    return polls.get(name) or polls.get(name.upper())


def _found(poll: Poll | None, read: _Read) -> Poll:
    if poll is None and not read.complete:
        raise BallotBoxUnavailable("The ballot box is being set up. Try again in a moment.")
    if poll is None:
        raise UnknownPoll
    return poll


class _Read(NamedTuple):
    """What was read at one moment: the polls by name and by id, and whether these are all."""

    polls: dict[str, Poll]
    numbered: dict[int, Poll]
    complete: bool


class PublishedPolls:
    """
    The polls as they are published in Redis, remembered for about a second.

    Thread-safe. What is remembered is for showing and for choosing options; whether a ballot is
    accepted is decided by the queue's script, on Redis' own copy.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        seconds: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis
        self._seconds = seconds
        self._clock = clock
        self._reading = threading.Lock()
        self._read_at = -math.inf
        self._last = _Read({}, {}, complete=False)

    def find(self, name: str, *, fresh: bool = False) -> Poll:
        """
        Find a poll by its slug or its code; by its id, where it is listed; by `preview:…`.

        A draft is found by that last one alone, its secret name.

        :param fresh: read it now, since what is remembered has turned out to be old.
        :raise UnknownPoll: if there is none.
        :raise BallotBoxUnavailable: if Redis does not answer, or not all polls are published yet:
            then nobody can say that this one does not exist.
        """
        read = self._renewed() if fresh else self._fresh()
        poll = _named(read.polls, name)
        if poll is None and self._is_named(name):
            # It was opened since: nobody is told that it does not exist.
            poll = _named(self._renewed().polls, name)
        return _found(poll, read)

    def numbered(self, poll: int, *, fresh: bool = False) -> Poll:
        """
        Give a poll by its id, to who has something of it: a receipt, a code, a token.

        :raise UnknownPoll, BallotBoxUnavailable: as `find` does; a draft is unknown.
        """
        read = self._renewed() if fresh else self._fresh()
        if poll not in read.numbered:
            read = self._renewed()  # opened since
        found = read.numbered.get(poll)
        return _found(None if found is None or found.draft else found, read)

    def _is_named(self, name: str) -> bool:
        with redis_errors():
            return name != _ALL and any(self._redis.hmget(_INDEX, name, name.upper()))

    def all(self) -> list[Poll]:
        """List the polls for everybody, oldest first; raises BallotBoxUnavailable."""
        polls = self._fresh().numbered.values()
        return [each for each in polls if each.listed and not each.draft and not each.archived]

    def _renewed(self) -> _Read:
        self._last = self._read()
        self._read_at = self._clock()
        return self._last

    def _fresh(self) -> _Read:
        age = self._clock() - self._read_at
        if age < self._seconds:
            return self._last
        # One thread reads; the others go on with what is a moment old rather than wait for it, and
        # read for themselves only once it is too old to believe: Redis is away then.
        if self._reading.acquire(blocking=False):
            try:
                self._renewed()
            finally:
                self._reading.release()
        elif age >= 2 * self._seconds:
            return self._read()
        return self._last

    def _read(self) -> _Read:
        with redis_errors():
            index = cast("dict[bytes, bytes]", self._redis.hgetall(_INDEX))
            ids = sorted({int(poll) for poll in index.values()} - {0})
            with self._redis.pipeline(transaction=False) as pipe:
                for poll in ids:
                    pipe.hmget(f"poll:{poll}", "definition", "closed")
                rows = pipe.execute()
        polls = {
            poll: replace(Poll.from_json(definition), closed=closed is not None)
            for poll, (definition, closed) in zip(ids, rows, strict=True)
            if definition is not None
        }
        names = {
            name.decode(): polls[int(poll)] for name, poll in index.items() if int(poll) in polls
        }
        # One that is listed and not there was lost, or withdrawn, between the two questions.
        complete = _ALL.encode() in index and len(polls) == len(ids)
        return _Read(names, polls, complete)
