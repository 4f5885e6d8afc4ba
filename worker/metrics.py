"""
What the worker tells about itself on its own port: numbers for Prometheus, and its health.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import Counter, Gauge, Histogram, make_wsgi_app

from ballotbox.health import readiness
from ballotbox.version import VERSION

RECORDED = Counter("votify_items_recorded", "Items taken off the list after they were recorded.")
REJECTED = Counter("votify_items_rejected", "Items that could not be recorded.", ["reason"])
OVERTAKEN = Counter("votify_drain_overtaken", "Batches that another drain had settled first.")
FAILURES = Counter("votify_drain_failures", "Steps that failed and were left for later.", ["part"])
SEALED = Counter("votify_polls_sealed", "Final results that were sealed.")
DOUBTED = Gauge(
    "votify_polls_doubted", "Final results whose tally is not what the ledger or the seal says."
)
WAITING = Gauge("votify_waiting", "Ballots that are accepted and not recorded yet.")
REDIS_FULL = Gauge(
    "votify_redis_memory_percent", "How full Redis is, in percent of maxmemory; 0 without one."
)
BATCH_SECONDS = Histogram(
    "votify_drain_step_seconds",
    "Time from peek to settle of a batch.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)

Check = Callable[[], object]


def serve(bind: str, checks: Mapping[str, Check]) -> None:
    """Answer `/metrics`, `/healthz` and `/readyz` on host:port, from a thread of its own."""
    metrics = make_wsgi_app()

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/metrics":
                page: Iterable[bytes] = metrics(environ, start_response)
                return page
            case "/healthz":
                status, body = "200 OK", {"status": "alive", "version": VERSION}
            case "/readyz":
                body, ready = readiness(checks)
                status = "200 OK" if ready else "503 Service Unavailable"
            case _:
                status, body = "404 Not Found", {"status": "no such page"}
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(body).encode()]

    host, _, port = bind.rpartition(":")
    server = make_server(host, int(port), app, handler_class=_QuietHandler)
    threading.Thread(target=server.serve_forever, daemon=True, name="metrics").start()


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing: a probe every few seconds is not news."""
