"""
What the vote service tells Prometheus: how many casts ended how, and how long they took.
"""

from __future__ import annotations

import os
from time import perf_counter
from types import TracebackType

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """
    The service's metrics, in a registry of their own.

    Under gunicorn each process counts for itself, in files below PROMETHEUS_MULTIPROC_DIR (see
    `gunicorn.conf.py`), and whichever is asked adds them all up.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._casts = Counter(
            "votify_casts",
            "Ballots handed in, by what became of them: accepted, or the code of the refusal.",
            ["outcome"],
            registry=self._registry,
        )
        # Made at the start, and its file with it, so that no vote fails for want of either.
        self._accepted = self._casts.labels("accepted")
        self._seconds = Histogram(
            "votify_cast_seconds",
            "Time from reading a ballot to its answer.",
            buckets=_SECONDS,
            registry=self._registry,
        )

    def casting(self) -> _Casting:
        """Time and count one cast: the body of a `with`, whose exception is its outcome."""
        return _Casting(self)

    def ended(self, seconds: float, error: BaseException | None) -> None:
        """Count one cast that took so long, and ended well or with an error."""
        self._seconds.observe(seconds)
        if error is None:
            self._accepted.inc()
        else:
            self._casts.labels(str(getattr(error, "code", "error"))).inc()

    def text(self) -> bytes:
        """Write the metrics in Prometheus' text format."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        everyone = CollectorRegistry()
        MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]
        return generate_latest(everyone)


class _Casting:
    """A class, not a generator: it is on the path of every vote, and costs a third of one."""

    __slots__ = ("_metrics", "_started")

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def __enter__(self) -> None:
        self._started = perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._metrics.ended(perf_counter() - self._started, error)
