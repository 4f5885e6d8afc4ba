"""
How Redis is reached: with limits on every wait, and without repeating anything unasked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from ballotbox.errors import BallotBoxUnavailable
from ballotbox.settings import Settings


def redis_from(settings: Settings, *, timeout: float = 1.0, connections: int = 64) -> Redis:
    """
    Make a client for Redis; it connects when it is used. Thread-safe.

    It never repeats a command by itself: a push whose answer was lost may have arrived, and only
    the one who sent it can say whether twice is harmless.

    :param timeout: seconds to wait for a connection and for each answer.
    """
    return Redis.from_url(
        settings.redis_url,
        password=settings.redis_password or None,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        max_connections=connections,
        retry=Retry(NoBackoff(), 0),
    )


@contextmanager
def redis_errors() -> Iterator[None]:
    """Turn what the Redis client raises into BallotBoxUnavailable."""
    try:
        yield
    except RedisError as error:
        raise BallotBoxUnavailable from error
