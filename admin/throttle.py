"""
How often signing in may be tried: counted in Redis, for all processes together.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

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
        counters = (("name", _folded(name)), ("address", _network(address)))
        with redis_errors():
            # Both are counted, also where the first is used up.
            allowed = [self._limiter.hit(self._limit, *each) for each in counters]
        if not all(allowed):
            raise TooManyTries
        yield
        with redis_errors():
            for each in counters:
                self._limiter.hit(self._limit, *each, cost=-1)


def _folded(name: str) -> str:
    """Write all names that may mean one account in one way, of one length."""
    # PostgreSQL's idea of small letters is not Python's: this one sets apart less than either.
    plain = unicodedata.normalize("NFKD", name.strip()).casefold()
    letters = "".join(filter(lambda letter: not unicodedata.combining(letter), plain))
    return sha256(letters.encode("utf-8", "replace")).hexdigest()


def _network(address: str) -> str:
    """Name what one customer of a provider has: a single address, or 2^64 of the newer ones."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False).network_address)
