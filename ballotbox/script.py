"""
A Lua script in Redis, called as cheaply as the client library allows.

The general way through the client takes twice as long as this one: a pool, retries, hooks and
several layers of argument handling for every call. That shows on the path of a vote.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from hashlib import sha1
from typing import Any

from redis import ConnectionPool, Redis
from redis.exceptions import NoScriptError, RedisError

_Connection = Any  # the client library does not annotate what is used of it here

_RESTED = 0.05
"""Seconds without use after which a connection is looked at before it is used: a look costs too."""


class Script:
    """
    A script that is called over one connection for each thread, held as long as the thread lives.

    A call is made once: whether a call whose answer was lost took effect, only the caller can find
    out. A connection that has rested is looked at first, so that a Redis which was restarted in the
    meantime costs nobody an error.
    """

    def __init__(self, redis: Redis, text: str) -> None:
        self._pool = redis.connection_pool
        self._text = text
        # Redis names scripts by this hash; nothing is kept secret by it.
        self._sha = sha1(text.encode(), usedforsecurity=False).hexdigest()
        self._threads = threading.local()

    def __call__(self, keys: list[str], arguments: Sequence[str | int | bytes]) -> Any:  # noqa: ANN401
        """Run the script in Redis; raises RedisError."""
        connection = self._connection()
        try:
            try:
                return _call(connection, "EVALSHA", self._sha, len(keys), *keys, *arguments)
            except NoScriptError:  # Redis is new: the script did not run
                _call(connection, "SCRIPT", "LOAD", self._text)
                return _call(connection, "EVALSHA", self._sha, len(keys), *keys, *arguments)
        except BaseException:
            connection.disconnect()  # whatever comes over it now belongs to this call
            raise

    def _connection(self) -> _Connection:
        held: _Held | None = getattr(self._threads, "held", None)
        if held is None:
            held = self._threads.held = _Held(self._pool)
        return held.get()


class _Held:
    """A thread's connection; given back to the pool when the thread ends."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._connection: _Connection = pool.get_connection()
        self._used_at = time.monotonic()

    def get(self) -> _Connection:
        now = time.monotonic()
        if now - self._used_at > _RESTED and not _is_whole(self._connection):
            self._connection.disconnect()  # it connects again when something is sent
        self._used_at = now
        return self._connection

    def __del__(self) -> None:
        if hasattr(self, "_connection"):
            self._pool.release(self._connection)


def _is_whole(connection: _Connection) -> bool:
    try:
        return not connection.can_read()  # nobody asked anything: an answer can only be its end
    except RedisError:
        return False


def _call(connection: _Connection, *command: str | int | bytes) -> Any:  # noqa: ANN401
    connection.send_packed_command(connection.pack_command(*command), check_health=False)
    return connection.read_response()
