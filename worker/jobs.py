"""
The job that RQ runs: drain the list for a few seconds.

The worker runs it in its own process, so that the connections made here outlive a slice.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import psycopg

from ballotbox.errors import BallotBoxUnavailable, Unavailable, in_full
from ballotbox.ledger import PostgresLedger
from ballotbox.postgres import postgres_from
from ballotbox.published import listed, remember_voted
from ballotbox.queue import CROWDED, RedisQueue
from ballotbox.redis_client import redis_from
from ballotbox.settings import Settings
from worker import drain, metrics
from worker.upkeep import Every, make_room, thin, upkeep

HEARTBEAT = 5
"""Seconds for which a sign of life is believed."""

SLICE = 3.0
"""Seconds that one job drains: short, so that RQ's own view of the worker stays fresh."""

ANNOUNCE = 0.05
"""Seconds between two hints that tallies have changed: the eye wants no more than 20 a second."""

THIN = 10.0
"""Seconds between two looks at the timelines of polls that have new ballots."""

_IDLE = 0.5
_PAUSE = 0.2

stopping = threading.Event()
"""Set when the worker is asked to stop: the slice ends after the batch in hand."""

_log = logging.getLogger("votify.worker")


class Drainer:
    """
    The parts of a drain, connected when they are needed and again after a failure.

    Not thread-safe: it belongs to the one thread that runs jobs.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._redis = redis_from(settings, timeout=5.0)
        self.queue = RedisQueue(self._redis)
        self._connection: psycopg.Connection[Any] | None = None
        self._changed: set[int] = set()
        self._grown: set[int] = set()
        self._noted = False
        self._announce = Every(ANNOUNCE, self._announce_now, time.monotonic)
        self._upkeep = Every(1.0, self._upkeep_now, time.monotonic)
        self._thin = Every(THIN, self._thin_now, time.monotonic)
        self._beat = Every(1.0, lambda: self.queue.beat(HEARTBEAT), time.monotonic)

    def connection(self) -> psycopg.Connection[Any]:
        """Give the connection to PostgreSQL; raises LedgerUnavailable."""
        if self._connection is None or self._connection.broken:
            self._connection = postgres_from(self._settings)
        return self._connection

    def forget_connection(self) -> None:
        """Close the connection to PostgreSQL, in whatever state it is."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def work(self) -> bool:
        """
        Do one step and what is due beside it.

        :return: whether to go on at once; False if another drain is at work and may go on alone.
        :raise Unavailable: if PostgreSQL or Redis does not answer.
        """
        self._upkeep()
        self._thin()
        wait = ANNOUNCE if self._changed else _IDLE
        step = drain.step(self.queue, PostgresLedger(self.connection()), wait=wait)
        self._beat()  # only here: it says that a step has just gone through, whatever was in it
        if step.items:
            metrics.BATCH_SECONDS.observe(step.seconds)
            metrics.RECORDED.inc(step.recorded)
        for each in step.rejected:
            metrics.REJECTED.labels(each.reason.partition(":")[0]).inc()
            _log.warning("item rejected", extra={"reason": each.reason, "seq": each.seq})
        self._changed |= step.changed
        self._grown |= step.changed
        if self._changed:
            self._announce()
        if step.overtaken:
            metrics.OVERTAKEN.inc()
        return not step.overtaken

    def _announce_now(self) -> None:
        for poll in self._changed:
            self.queue.announce(poll)
        self._changed.clear()

    def _upkeep_now(self) -> None:
        metrics.WAITING.set(self.queue.waiting())  # first: also while PostgreSQL is away
        percent = self.queue.look_for_room()
        metrics.REDIS_FULL.set(percent)
        try:
            if not self._noted:  # once: only version 0.1.0 has left voters without a note
                remember_voted(self._redis, listed(self._redis))
                self._noted = True
            upkeep(self.queue, self._redis, self.connection())
            if percent >= CROWDED:
                make_room(self._redis, self.connection())
        except BallotBoxUnavailable as error:
            # A full Redis takes no polls, and is emptied of its ballots all the same.
            _log.warning("polls are left as they are in Redis: %s", error)

    def _thin_now(self) -> None:
        grown, self._grown = self._grown, set()
        if grown:
            # What fails is done with the next ballots: charts can wait, and votes cannot.
            thin(self.connection(), grown)


_drainer: Drainer | None = None


def drain_slice(seconds: float = SLICE) -> None:
    """
    Drain for some seconds, or until the worker is asked to stop.

    A part that does not answer is waited for. Any other failure is a fault in the program: it is
    raised, for RQ to keep with its traceback; the ballots stay on the list.
    """
    global _drainer  # noqa: PLW0603 - RQ calls a function by name; this is what it finds there
    if _drainer is None:
        _drainer = Drainer(Settings.read())
    deadline = time.monotonic() + seconds
    try:
        while not stopping.is_set() and time.monotonic() < deadline:
            if not _drainer.work():
                stopping.wait(_PAUSE)
    except Unavailable as error:
        part = "redis" if isinstance(error, BallotBoxUnavailable) else "postgres"
        metrics.FAILURES.labels(part).inc()
        _log.warning("ballots wait: %s", in_full(error))
        _drainer.forget_connection()
        stopping.wait(_PAUSE)
    except BaseException:
        # RQ's timeout lands here too, in the middle of anything: start afresh, but not in a rush.
        metrics.FAILURES.labels("program").inc()
        _drainer.forget_connection()
        stopping.wait(1)
        raise
