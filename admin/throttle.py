"""
How often signing in may be tried: counted in Redis, for all processes together.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from limits import RateLimitItemPerMinute
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis import Redis

from ballotbox.errors import TooManyTries
from ballotbox.redis_client import redis_errors


class Throttle:
    """Count the tries for each name and each address; those that succeed do not count."""

    def __init__(self, redis: Redis, *, tries: int, minutes: int) -> None:
        storage = RedisStorage("redis://", connection_pool=redis.connection_pool)
        self._limiter = FixedWindowRateLimiter(storage)
        self._limit = RateLimitItemPerMinute(tries, minutes)

    @contextmanager
    def trying(self, *, name: str, address: str) -> Iterator[None]:
        """
        Try something that may fail: it counts from the start, so that nobody tries in parallel.

        :raise TooManyTries: before anything is tried.
        :raise BallotBoxUnavailable: if Redis does not answer: nobody is let in uncounted.
        """
        counters = (("name", name.strip().lower()), ("address", address))
        with redis_errors():
            # Both are counted, also where the first is used up.
            allowed = [self._limiter.hit(self._limit, *each) for each in counters]
        if not all(allowed):
            raise TooManyTries
        yield
        with redis_errors():
            for each in counters:
                self._limiter.hit(self._limit, *each, cost=-1)
