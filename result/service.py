"""
The doors for who runs the service: alive, ready, and the numbers about itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ballotbox.errors import Unavailable
from ballotbox.health import readiness
from ballotbox.version import VERSION
from result import answers
from result.board import Board
from result.feed import Feed
from result.metrics import Metrics


def blueprint(board: Board, feed: Feed, metrics: Metrics) -> Blueprint:
    """Make the routes that the router keeps to itself."""
    service = Blueprint("service", __name__)
    checks = {part: _part(feed, part) for part in ("postgresql", "redis")}
    checks["feed"] = lambda: _moving(board)

    @service.get("/healthz")
    def healthz() -> Response:
        """Say that the process answers, and which Votify it is of."""
        return answers.data(json.dumps({"ok": True, "version": VERSION}), "application/json")

    @service.get("/readyz")
    def readyz() -> Response:
        """Say whether the numbers are live, and if not, what fails."""
        answer, ready = readiness(checks)
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return answers.data(json.dumps(answer), "application/json", status)

    @service.get("/metrics")
    def numbers() -> Response:
        """Give the metrics to Prometheus."""
        return answers.data(generate_latest(metrics.registry).decode(), CONTENT_TYPE_LATEST)

    return service


def _part(feed: Feed, part: str) -> Callable[[], None]:
    def check() -> None:
        if part in feed.failing:
            raise Unavailable(feed.failing[part])

    return check


def _moving(board: Board) -> None:
    # A part that hangs raises nothing: the feed just does not come back.
    if not board.fresh:
        since = board.as_of.isoformat() if board.as_of else "the start"
        raise Unavailable(f"Nothing was read since {since}.")
