"""
What has to happen about once a second, whether ballots come or not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Any

import psycopg
from redis import Redis

from ballotbox import published
from ballotbox.catalog import read_polls
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Identity, Poll
from ballotbox.postgres import database_errors, lock_ledger
from ballotbox.queue import BallotQueue
from ballotbox.sql import QUERIES
from ballotbox.timeline import MOST, thinned
from ballotbox.vouchers import publish_vouchers

_log = logging.getLogger("votify.worker")


def upkeep(queue: BallotQueue, redis: Redis, connection: psycopg.Connection[Any]) -> None:
    """
    Make Redis know what PostgreSQL knows of the polls, and close those whose time has come.

    :raise LedgerUnavailable, BallotBoxUnavailable: try again in a moment.
    """
    # Redis first: a poll that is made in between is then in PostgreSQL only, and not gone.
    listed = published.listed(redis)
    with database_errors():
        polls = read_polls(connection)
    complete = True
    for poll in published.stale(redis, polls):
        if publish_held(redis, connection, poll.id):
            _log.info("poll published", extra={"poll": poll.id})
        else:
            complete = False
    for gone in listed - {poll.id for poll in polls}:
        published.unpublish(redis, gone)
        _log.info("poll withdrawn: it was deleted", extra={"poll": gone})
    published.forget(redis)
    if complete:
        published.confirm(redis, [poll.id for poll in polls])
    with database_errors():
        publish_vouchers(redis, connection)
    for poll in polls:
        if poll.closes_at is not None and not poll.closed and not poll.draft:
            queue.close(poll.id)


def publish_held(redis: Redis, connection: psycopg.Connection[Any], poll: int) -> bool:
    """
    Publish a poll as it is at this moment, while nobody can change it.

    What was read before may be old by now: the desk may have published a newer edit.

    :return: False if somebody is changing it, who will publish it, or if it is gone.
    """
    with database_errors(), connection.transaction():
        if connection.execute(QUERIES["hold_poll"], {"poll": poll}).fetchone() is None:
            return False
        (held,) = read_polls(connection, [poll])
        published.publish(redis, held, codes=_codes(connection, held))
    return True


def _codes(connection: psycopg.Connection[Any], poll: Poll) -> dict[str, int] | None:
    if poll.identity is not Identity.CODE:
        return None
    return dict(connection.execute(QUERIES["codes_of"], {"poll": poll.id}).fetchall())


def make_room(redis: Redis, connection: psycopg.Connection[Any]) -> None:
    """
    Forget who has voted in a poll that was sealed an hour ago or earlier, the oldest first.

    It takes no votes, and the ledger has them: no count changes by it. What ends is that the paper
    shows a voter their vote and, should the poll be reopened, that a second vote of theirs is
    refused at once: the ledger refuses it then.

    :raise LedgerUnavailable, BallotBoxUnavailable: try again in a moment.
    """
    with database_errors():
        sealed = connection.execute(QUERIES["sealed_for_an_hour"]).fetchall()
    forgotten = published.forget_voters(redis, [poll for (poll,) in sealed])
    if forgotten is not None:
        _log.warning("voters of an old poll forgotten, to make room", extra={"poll": forgotten})


def thin(connection: psycopg.Connection[Any], polls: Collection[int]) -> None:
    """
    Thin the timelines of these polls that have twice as many samples as they need.

    :raise LedgerUnavailable: try again in a moment.
    """
    crowd = {"polls": list(polls), "most": 2 * MOST}
    with database_errors():
        crowded = connection.execute(QUERIES["crowded"], crowd).fetchall()
    for (poll,) in crowded:
        # Under the lock: a ballot that comes late takes samples away as well.
        with database_errors(), connection.transaction():
            lock_ledger(connection)
            kept = thinned(PostgresLedger(connection).sampled(poll), MOST)
            connection.execute(QUERIES["thin_samples"], {"poll": poll, "kept": kept})


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
