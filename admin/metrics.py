"""
What the desk counts, for Prometheus.
"""

from __future__ import annotations

import time

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest


class Metrics:
    """Requests by route and status, acts by outcome. Each application has its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "votify_admin_requests",
            "Requests to the desk and its API.",
            ["route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "votify_admin_seconds",
            "Time from a request to its answer.",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=self._registry,
        )

        self._acts = Counter(
            "votify_admin_acts",
            "Acts at the desk and by its API.",
            ["act", "outcome"],
            registry=self._registry,
        )

    def count_act(self, act: str, outcome: str) -> None:
        """Count what was done or refused."""
        self._acts.labels(act, outcome).inc()

    def watch(self, app: Flask) -> None:
        """Count the requests of an application."""

        @app.before_request
        def start() -> None:
            g.started = time.perf_counter()

        @app.after_request
        def count(answer: Response) -> Response:
            self._seconds.observe(time.perf_counter() - g.started)
            # Not the address: that would be one line for every poll.
            route = request.url_rule.rule if request.url_rule else "none"
            self._requests.labels(route, answer.status_code).inc()
            return answer

    def text(self) -> bytes:
        """Write the counts as Prometheus reads them."""
        return generate_latest(self._registry)
