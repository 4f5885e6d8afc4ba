"""
What runs beside the server for as long as it lives: each a function that does not return.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import cast

from redis import Redis
from redis.client import PubSub
from redis.exceptions import RedisError

from ballotbox.queue import TALLIES_CHANGED
from result.board import Board
from result.feed import Audience, Feed
from result.runoff import Runoff

_SHORTEST = 0.05  # seconds between two looks: at most 20 pushes a second
_BETWEEN_COUNTS = 0.25  # seconds; the rounds rest for longer by themselves
_BETWEEN_SIGNS = 2.0  # seconds; a page that hears nothing for 4.5 takes its connection for dead


class Pace:
    """
    Says when to look next: every `interval` seconds, and soon after a nudge.

    :param shortest: seconds that lie between two looks whatever happens.
    """

    def __init__(self, interval: float, *, shortest: float = _SHORTEST) -> None:
        self._shortest = min(shortest, interval)
        self._rest = interval - self._shortest
        self._nudged = threading.Event()

    def nudge(self) -> None:
        """End the wait."""
        self._nudged.set()

    def wait(self) -> None:
        """Wait until it is time to look."""
        time.sleep(self._shortest)
        self._nudged.wait(self._rest)
        # Cleared before the look, not after it: a nudge during the look asks for another one.
        self._nudged.clear()


def keep_looking(feed: Feed, pace: Pace) -> None:
    """Look for ever."""
    while True:
        feed.look()
        pace.wait()


def keep_listening(redis: Redis, nudge: Callable[[], None]) -> None:
    """Pass on what workers announce, for ever. Without it the feed still looks every interval."""
    while True:
        try:
            with _pubsub(redis) as ear:
                ear.subscribe(TALLIES_CHANGED)
                while True:
                    if ear.get_message(timeout=_BETWEEN_SIGNS):
                        nudge()
        except RedisError:
            time.sleep(1)  # the feed itself reports that Redis is away


def keep_counting(runoff: Runoff) -> None:
    """Keep the rounds of ranked polls up to date, for ever."""
    while True:
        runoff.count()
        time.sleep(_BETWEEN_COUNTS)


def keep_confirming(board: Board, audience: Audience) -> None:
    """Tell the audience every two seconds how old its numbers are, for ever."""
    while True:
        if board.as_of is not None:
            audience.confirm(board.as_of)
        time.sleep(_BETWEEN_SIGNS)


def _pubsub(redis: Redis) -> PubSub:
    return cast("PubSub", redis.pubsub(ignore_subscribe_messages=True))  # type: ignore[no-untyped-call]
