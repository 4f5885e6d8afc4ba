"""
The RQ worker, and the composition root of the worker's process.
"""

from __future__ import annotations

import gc
import logging
import signal
import sys
import warnings
from contextlib import suppress
from types import FrameType
from typing import Any

from redis.exceptions import OutOfMemoryError, RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested

from ballotbox import logs
from ballotbox.postgres import postgres_from
from ballotbox.queue import RedisQueue
from ballotbox.redis_client import redis_from
from ballotbox.seal import signing_key
from ballotbox.settings import Settings
from worker import jobs, metrics, sealer

QUEUE = "drain"
_JOB = "worker.jobs.drain_slice"
_PAUSE = 0.5

_log = logging.getLogger("votify.worker")


class DrainWorker(SimpleWorker):
    """
    An RQ worker that always has a slice of the drain to run.

    Whenever its queue is empty it enqueues the next slice. So it is armed again after any crash,
    of any process, without a schedule, a lease, or somebody to clean up: what RQ itself needs more
    than a minute for.
    """

    max_connection_wait_time = 1.0

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> Any:  # noqa: ANN401
        """See `rq.worker.BaseWorker.dequeue_job_and_maintain_ttl`."""
        if jobs.stopping.is_set():
            raise StopRequested
        queue = self.queues[0]
        if queue.is_empty():
            queue.enqueue(_JOB, job_timeout=30, result_ttl=0, failure_ttl=3600, ttl=60)
        return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Finish the batch in hand, then leave: the slice is told, so that nobody waits for it."""
        jobs.stopping.set()
        # RQ notes the request in Redis, which may be away.
        with suppress(RedisError):
            super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def subscribe(self) -> None:
        """Listen for no commands: whoever may stop the worker sends it a signal."""


def make_worker(settings: Settings) -> DrainWorker:
    """
    Make the worker with its one queue; several queues would be popped without a safety net.

    :raise RedisError: if Redis does not answer.
    """
    redis = redis_from(settings, timeout=30.0)
    queue = Queue(QUEUE, connection=redis, serializer="json")
    with warnings.catch_warnings():
        # It may not look at the clients of Redis, and so does not learn its own address.
        warnings.filterwarnings("ignore", message="CLIENT (LIST|SETNAME)")
        return DrainWorker(
            [queue],
            connection=redis,
            serializer="json",
            worker_ttl=30,
            maintenance_interval=60,
            log_job_description=False,
        )


def run(settings: Settings) -> None:
    """
    Work until SIGTERM or SIGINT; a Redis that is away is waited for.

    :raise SettingsError: if there is no key to seal results with.
    """
    key = signing_key(settings.require_seal_key())
    logs.configure(settings)
    logging.getLogger("rq").setLevel(logging.WARNING)
    logging.getLogger("rq.worker").addFilter(_is_news)
    if settings.metrics_bind:
        queue = RedisQueue(redis_from(settings))
        checks = {"redis": queue.ping, "postgres": lambda: postgres_from(settings).close()}
        metrics.serve(settings.metrics_bind, checks)
    sealer.start(settings, key, jobs.stopping)
    gc.freeze()  # what is loaded by now stays, and need not be looked at
    while not jobs.stopping.is_set():
        _work(settings)


def _work(settings: Settings) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: jobs.stopping.set())
    # RQ gives up at any error of Redis; nothing is lost by beginning anew.
    try:
        make_worker(settings).work(logging_level="WARNING", with_scheduler=False)
    except OutOfMemoryError:
        _log.warning("Redis is full: ballots are counted without RQ, which finds no room there")
        try:
            jobs.drain_slice()
        except Exception:  # noqa: BLE001 - a fault of the program, which RQ would have kept
            _log.exception("ballots could not be counted")
        return
    except RedisError:
        pass
    if not jobs.stopping.is_set():
        _log.warning("the worker could not go on with Redis; it begins anew")
        jobs.stopping.wait(_PAUSE)


def _is_news(_: logging.LogRecord) -> bool:
    # RQ tells of each lost connection in pages of traceback.
    return not isinstance(sys.exc_info()[1], RedisError)
