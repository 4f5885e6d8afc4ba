"""
The composition root of the vote service. Nothing connects before the first request.
"""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Flask, Response, jsonify
from redis import Redis

from ballotbox import logs
from ballotbox.health import readiness
from ballotbox.poll import iso
from ballotbox.published import PublishedPolls, bearer
from ballotbox.queue import RedisQueue
from ballotbox.receipt import Receipts
from ballotbox.redis_client import redis_from
from ballotbox.settings import Settings
from ballotbox.version import VERSION
from vote import errors, front, pages, paper, receipts
from vote.api import MAX_BODY, Api
from vote.booth import Booth, Box, Polls
from vote.guesses import Guesses
from vote.identity import Voters
from vote.metrics import Metrics
from web import language


def create_app(
    settings: Settings | None = None,
    *,
    redis: Redis | None = None,
    queue: Box | None = None,
    polls: Polls | None = None,
    guesses: Guesses | None = None,
) -> Flask:
    """
    Put the service together.

    :param settings: taken from the environment if not given.
    :param redis: the client for Redis; made from the settings if not given.
    :param queue: where ballots go; the queue in Redis if not given.
    :param polls: where polls are found; those published in Redis if not given.
    :param guesses: counts codes that are tried in vain, by a clock of its own if not given.
    """
    if settings is None:
        settings = Settings.read()
        logs.configure(settings)
    secret = settings.require_secret_key()
    redis = redis or redis_from(settings, connections=2 * settings.vote_threads + 2)
    booth = Booth(
        polls=polls or PublishedPolls(redis),
        queue=queue or _queue(redis, settings),
        voters=Voters(secret, secure=settings.cookie_secure),
        receipts=Receipts.of(secret),
        metrics=Metrics(),
        bearer=partial(bearer, redis),
        guesses=guesses or Guesses(),
    )
    app = Flask(__name__, static_folder=None)  # NGINX serves the files in static/
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    language.install(app, "vote")
    app.jinja_env.filters |= {
        "iso": iso,
        "seconds_left": pages.seconds_left,
    }
    for part in (front.blueprint(booth), paper.blueprint(booth)):
        app.register_blueprint(part)
    app.register_blueprint(receipts.blueprint(booth, settings.public_url))
    app.register_blueprint(_operations(booth))
    errors.install(app)
    app.wsgi_app = Api(booth, app.wsgi_app)  # type: ignore[method-assign]
    return app


def _queue(redis: Redis, settings: Settings) -> RedisQueue:
    return RedisQueue(
        redis,
        limit=settings.queue_limit,
        voter_interval=60_000_000 // settings.voter_rate if settings.voter_rate else 0,
        voter_burst=settings.voter_burst,
    )


def _operations(booth: Booth) -> Blueprint:
    """Make the routes for whoever runs the service; NGINX does not pass them on."""
    operations = Blueprint("operations", __name__)

    @operations.get("/healthz")
    def healthz() -> Response:
        return jsonify(ok=True, version=VERSION)

    @operations.get("/readyz")
    def readyz() -> tuple[Response, int]:
        answer, ready = readiness({"redis": booth.queue.ping})
        return jsonify(answer), 200 if ready else 503

    @operations.get("/metrics")
    def show_metrics() -> Response:
        return Response(
            booth.metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8"
        )

    return operations
