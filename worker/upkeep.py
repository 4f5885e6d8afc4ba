"""
What has to happen about once a second, whether ballots come or not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import psycopg
from redis import Redis

from ballotbox.catalog import read_polls
from ballotbox.postgres import database_errors
from ballotbox.published import publish
from ballotbox.queue import BallotQueue

_log = logging.getLogger("votify.worker")


def upkeep(queue: BallotQueue, redis: Redis, connection: psycopg.Connection[Any]) -> None:
    """
    Publish the polls where Redis lacks them, and close those whose time has come.

    :raise LedgerUnavailable, BallotBoxUnavailable: try again in a moment.
    """
    with database_errors():
        polls = read_polls(connection)
    if written := publish(redis, polls):
        _log.info("polls published", extra={"polls": written})
    for poll in polls:
        if poll.closes_at is not None and not poll.closed:
            queue.close(poll.id)


class Every:
    """Do something at most once in so many seconds; the first call does it at once."""

    def __init__(self, seconds: float, do: Callable[[], None], clock: Callable[[], float]) -> None:
        self._seconds, self._do, self._clock = seconds, do, clock
        self._due = clock()

    def __call__(self) -> None:
        """Do it, if it is due."""
        if self._clock() >= self._due:
            self._do()
            self._due = self._clock() + self._seconds
