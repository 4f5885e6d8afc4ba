"""
The composition root of the desk. Nothing connects before the first request.
"""

from __future__ import annotations

from collections.abc import Callable

from argon2 import PasswordHasher
from flask import Blueprint, Flask, Response, jsonify
from redis import Redis
from werkzeug.middleware.proxy_fix import ProxyFix

from admin import access, api, audit, desk, errors, images, note
from admin.access import PUBLIC
from admin.accounts import Accounts
from admin.codes import Codes
from admin.database import Database
from admin.devices import Devices
from admin.factors import Factors
from admin.images import Images
from admin.journal import Journal
from admin.metrics import Metrics
from admin.parts import Parts
from admin.polls import Office
from admin.register import Register
from admin.sessions import Sessions
from admin.store import store_from
from admin.throttle import Throttle
from admin.tokens import Tokens
from ballotbox import logs
from ballotbox.health import readiness
from ballotbox.poll import iso
from ballotbox.published import now
from ballotbox.redis_client import redis_from
from ballotbox.settings import Settings
from ballotbox.version import VERSION
from web import language

MAX_BODY = 6 * 1024 * 1024  # bytes: an image of 5 MB, sent as a form


def create_app(parts: Parts | None = None) -> Flask:
    """
    Put the service together.

    :param parts: made from the environment if not given.
    """
    if parts is None:
        settings = Settings.read()
        logs.configure(settings)
        parts = make_parts(settings)
    app = Flask(__name__, static_folder="static", static_url_path="/admin/static")
    app.view_functions["static"] = access.access(PUBLIC)(app.view_functions["static"])
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["COOKIE_SECURE"] = parts.settings.cookie_secure
    app.config["MAX_FORM_MEMORY_SIZE"] = 1024 * 1024
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {"iso": iso}
    language.install(app, "admin")
    app.register_blueprint(desk.blueprint(parts))
    app.register_blueprint(api.blueprint(parts))
    app.register_blueprint(images.blueprint(parts.images))
    metrics = Metrics()
    app.register_blueprint(_operations(parts.accounts, parts.redis, metrics))
    errors.install(app)
    access.install(app, parts)
    audit.install(app, parts.journal, parts, metrics)
    # Only NGINX can reach this service, and says who is on its other side.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    return app


def make_parts(settings: Settings, *, hasher: PasswordHasher | None = None) -> Parts:
    """
    Put together what can be done, by whichever door.

    :param hasher: hashes passwords; with argon2id at the library's own costs if not given.
    """
    redis = redis_from(settings, connections=2 * settings.admin_threads + 2)
    database = Database(settings)
    connect = database.connect
    images = Images(store_from(settings), connect, most=settings.image_limit)
    register = Register(connect, redis, stream=database.stream, changed=note.poll_changed)
    tokens = Tokens(connect, redis)
    return Parts(
        settings=settings,
        redis=redis,
        database=database,
        accounts=Accounts(connect, first=settings, changed=tokens.publish, hasher=hasher),
        sessions=Sessions(connect, hours=settings.session_hours, begun=note.came_in),
        devices=Devices(connect),
        factors=Factors(connect),
        tokens=tokens,
        office=Office(register, drop_images=images.drop_unused),
        codes=Codes(register),
        images=images,
        journal=Journal(connect),
        throttle=Throttle(connect, tries=settings.login_tries, minutes=settings.login_minutes),
    )


def _operations(accounts: Accounts, redis: Redis, metrics: Metrics) -> Blueprint:
    """Make the routes for whoever runs the service; NGINX does not pass them on."""
    operations = Blueprint("operations", __name__)

    @operations.get("/healthz")
    @access.access(PUBLIC)
    def healthz() -> Response:
        return jsonify(ok=True, version=VERSION)

    @operations.get("/readyz")
    @access.access(PUBLIC)
    def readyz() -> tuple[Response, int]:
        # Whoever waits for the desk to be ready can sign in then.
        checks: dict[str, Callable[[], object]] = {
            "postgres": accounts.ensure_first_owner,
            "redis": lambda: now(redis),
        }
        answer, ready = readiness(checks)
        return jsonify(answer), 200 if ready else 503

    @operations.get("/metrics")
    @access.access(PUBLIC)
    def show_metrics() -> Response:
        return Response(metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")

    @operations.record_once
    def count(state: object) -> None:
        metrics.watch(state.app)  # type: ignore[attr-defined]

    return operations
