"""
The result service, put together: the only place that knows every part.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import socketio
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from ballotbox.postgres import postgres_from
from ballotbox.queue import RedisQueue
from ballotbox.receipt import Receipts
from ballotbox.redis_client import redis_from
from ballotbox.settings import Settings
from result import dashboard, embed, errors, gallery, pages, service, stage
from result.board import Board
from result.books import Books
from result.feed import Feed
from result.gallery import Prints, draw_png
from result.loops import Pace, keep_confirming, keep_counting, keep_listening, keep_looking
from result.metrics import Metrics
from result.passes import Passes
from result.protocol import make_server
from result.runoff import Runoff
from result.sockets import Sockets
from result.standing import Standings
from result.timeline import Timelines
from web import language

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

_SOCKET_PATHS = ("/socket.io/", "/result/socket.io/")
_STATEMENT_TIMEOUT = 2000  # milliseconds
_COUNT_TIMEOUT = 60_000  # milliseconds, to read the rankings on all ballots of a poll


@dataclass(frozen=True, slots=True)
class Service:
    """What a server needs: an application, what to keep running beside it, and how to end it."""

    wsgi: WSGIApplication
    tasks: tuple[Callable[[], None], ...]
    close: Callable[[], None]


def create(settings: Settings, *, async_mode: str) -> Service:
    """
    Put the service together; nothing connects before its tasks run.

    :param async_mode: what python-socketio runs on: `eventlet`, or `threading` for one that needs
        no patched standard library.
    """
    metrics, board, redis = Metrics(), Board(_now), redis_from(settings)
    passes = Passes(Receipts(settings.require_receipt_key()))
    server = make_server(async_mode)
    sockets = Sockets(server, board, passes, metrics)
    # Each has a connection of its own: none of them waits for another.
    books, archive = _books(settings), _books(settings)
    runoff = Runoff(board, _books(settings, timeout=_COUNT_TIMEOUT), clock=time.monotonic)
    feed = Feed(
        board, books=books, line=RedisQueue(redis), audience=sockets, clock=_now, metrics=metrics
    )
    pace = Pace(settings.tally_interval_ms / 1000)
    metrics.age_seconds.set_function(lambda: board.age().total_seconds())
    timelines = Timelines(board, archive.timeline, clock=time.monotonic)
    app = create_app(
        board,
        feed,
        metrics,
        passes=passes,
        seal=archive.seal,
        timelines=timelines,
        public_url=settings.public_url,
        embed_origins=settings.embed_origins,
    )
    return Service(
        wsgi=_divide(server, app),
        tasks=(
            partial(keep_looking, feed, pace),
            partial(keep_listening, redis, pace.nudge),
            partial(keep_counting, runoff),
            partial(keep_confirming, board, sockets),
        ),
        close=sockets.close,
    )


def create_app(
    board: Board,
    feed: Feed,
    metrics: Metrics,
    *,
    passes: Passes,
    seal: Callable[[int], str | None],
    timelines: Timelines,
    public_url: str = "",
    embed_origins: str = "*",
) -> Flask:
    """
    Make the Flask application: everything but the sockets.

    :param seal: gives the seal of a poll as it is handed out, or None.
    :param public_url: the address of this site; empty where it is that of each request.
    :param embed_origins: which sites may frame a result, as the setting says.
    """
    # NGINX serves the static files itself; this is for who runs the service without it.
    app = Flask(__name__, static_folder="static", static_url_path="/result/static")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    language.install(app, "result")
    app.register_blueprint(dashboard.blueprint(board))
    standings = Standings(board, passes, public_url=public_url)
    embeds = embed_origins != "none"
    app.register_blueprint(pages.blueprint(board, standings, seal, timelines, embeds=embeds))
    app.register_blueprint(gallery.blueprint(standings, Prints(draw_png, clock=time.monotonic)))
    app.register_blueprint(stage.blueprint(board, standings))
    app.register_blueprint(embed.blueprint(board, origins=embed_origins))
    app.register_blueprint(service.blueprint(board, feed, metrics))
    errors.install(app)
    # Only the router is before us, and it says how the reader came.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=1)  # type: ignore[method-assign]
    return app


def _divide(server: socketio.Server, app: Flask) -> WSGIApplication:
    def divide(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if f"{environ['PATH_INFO']}/".startswith(_SOCKET_PATHS):
            # Compression costs 93 KB for each socket, and messages are short.
            environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
            answer: Iterable[bytes] = server.handle_request(environ, start_response)
            return answer
        try:
            return app(environ, start_response)
        except Exception:
            log.exception("%s failed", environ["PATH_INFO"])  # the server keeps it to itself
            raise

    return divide


def _books(settings: Settings, *, timeout: int = _STATEMENT_TIMEOUT) -> Books:
    return Books(partial(postgres_from, settings, statement_timeout=timeout))


def _now() -> datetime:
    return datetime.now(UTC)
