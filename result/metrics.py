"""
The numbers that this service keeps about itself, for Prometheus.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_LOOK_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)


class Metrics:
    """One registry and what is in it; every process counts for itself."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.look_seconds = Histogram(
            "votify_result_look_seconds",
            "Time to read what is new and to push it.",
            buckets=_LOOK_BUCKETS,
            registry=registry,
        )
        self.failures = Counter(
            "votify_result_look_failures",
            "Looks at which a part did not answer.",
            ["part"],
            registry=registry,
        )
        self.differing = Gauge(
            "votify_result_differing",
            "Final results whose numbers are not what the ledger or the seal says.",
            registry=registry,
        )
        self.pushes = Counter(
            "votify_result_pushes", "Messages pushed, by event.", ["event"], registry=registry
        )
        self.clients = Gauge(
            "votify_result_clients", "Sockets that are connected.", registry=registry
        )
        self.age_seconds = Gauge(
            "votify_result_age_seconds", "How old the numbers on the board are.", registry=registry
        )
