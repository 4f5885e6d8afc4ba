"""
The polls as they are published to Redis, for the services that take ballots.

PostgreSQL is where polls live; this copy is what `vote` shows, and what the queue's script decides
by.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from redis import Redis
from redis.client import Pipeline

from ballotbox.errors import BallotBoxUnavailable, UnknownPoll
from ballotbox.poll import Poll, microseconds
from ballotbox.redis_client import redis_errors

_INDEX = "polls"


def publish(redis: Redis, polls: Sequence[Poll]) -> int:
    """
    Write polls where the queue's script and `PublishedPolls` read them, if they are not there.

    :return: how many were written; none on most calls, which then costs Redis no write.
    :raise BallotBoxUnavailable: if Redis does not answer.
    """
    with redis_errors():
        stale = _unpublished(redis, polls)
        if stale:
            with redis.pipeline(transaction=True) as pipe:
                for poll in stale:
                    _write(pipe, poll)
                pipe.execute()
    return len(stale)


def _unpublished(redis: Redis, polls: Sequence[Poll]) -> list[Poll]:
    with redis.pipeline(transaction=False) as pipe:
        for poll in polls:
            pipe.hget(f"poll:{poll.id}", "definition")
            pipe.hmget(_INDEX, poll.slug, poll.code, str(poll.id))
        answers = pipe.execute()
    return [
        poll
        for poll, definition, index in zip(polls, answers[::2], answers[1::2], strict=True)
        if definition != poll.to_json().encode() or set(index) != {str(poll.id).encode()}
    ]


def _write(pipe: Pipeline, poll: Poll) -> None:
    key = f"poll:{poll.id}"
    rules: dict[Any, Any] = {
        "definition": poll.to_json(),
        "opens_at": microseconds(poll.opens_at) if poll.opens_at else "",
        "closes_at": microseconds(poll.closes_at) if poll.closes_at else "",
        "change": int(poll.change),
    }
    pipe.hset(key, mapping=rules)
    if poll.closed:
        # Only where Redis has forgotten it: the close marker's own number stays otherwise.
        pipe.hsetnx(key, "closed", 0)
    pipe.hset(_INDEX, mapping=dict.fromkeys((poll.slug, poll.code, str(poll.id)), poll.id))


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
        self._polls: dict[str, Poll] = {}

    def find(self, name: str) -> Poll:
        """
        Find a poll by its slug, its code or its id.

        :raise UnknownPoll: if there is none.
        :raise BallotBoxUnavailable: if Redis does not answer, or no poll is published: then nobody
            can say that this one does not exist.
        """
        polls = self._fresh()
        if not polls:
            raise BallotBoxUnavailable("The ballot box is being set up. Try again in a moment.")
        poll = polls.get(name) or polls.get(name.upper())
        if poll is None:
            raise UnknownPoll
        return poll

    def all(self) -> list[Poll]:
        """List every published poll, oldest first; raises BallotBoxUnavailable."""
        return sorted(set(self._fresh().values()), key=lambda poll: poll.id)

    def _fresh(self) -> dict[str, Poll]:
        age = self._clock() - self._read_at
        if age < self._seconds:
            return self._polls
        # One thread reads; the others go on with what is a moment old rather than wait for it, and
        # read for themselves only once it is too old to believe: Redis is away then.
        if self._reading.acquire(blocking=False):
            try:
                self._polls = self._read()
                self._read_at = self._clock()
            finally:
                self._reading.release()
        elif age >= 2 * self._seconds:
            return self._read()
        return self._polls

    def _read(self) -> dict[str, Poll]:
        with redis_errors():
            index = cast("dict[bytes, bytes]", self._redis.hgetall(_INDEX))
            ids = sorted({int(poll) for poll in index.values()})
            with self._redis.pipeline(transaction=False) as pipe:
                for poll in ids:
                    pipe.hmget(f"poll:{poll}", "definition", "closed")
                rows = pipe.execute()
        polls = {
            poll: replace(Poll.from_json(definition), closed=closed is not None)
            for poll, (definition, closed) in zip(ids, rows, strict=True)
            if definition is not None
        }
        return {
            name.decode(): polls[int(poll)] for name, poll in index.items() if int(poll) in polls
        }
