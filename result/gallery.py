"""
The doors of pictures: a result as it may stand in posts and on pages of other sites.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, request
from flask_babel import get_locale

from ballotbox.allowance import network
from ballotbox.errors import Unavailable
from result import answers, picture
from result.standing import Standing, Standings
from web import client

log = logging.getLogger(__name__)

_PROGRAM = Path(__file__).with_name("png.py")
_LONGEST = 10  # seconds that a picture may take
_REST = 1.0  # seconds in which one picture is not made anew
_MOST_KEPT = 200
_MOST_WAITING = 4  # pictures for which one network waits: others wait for them no second

Key = tuple[object, ...]


class PictureUnavailable(Unavailable):
    """The picture could not be made. Try again in a moment."""

    code = "picture_unavailable"


def blueprint(standings: Standings, prints: Prints) -> Blueprint:
    """Make the routes of the pictures."""
    gallery = Blueprint("gallery", __name__, url_prefix="/result")

    @gallery.get("/<name>.svg")
    def poll_svg(name: str) -> Response:
        """Draw how one poll stands, for the viewer's own letters."""
        standing = standings.of(name)
        return answers.data(_svg(standing), "image/svg+xml", headers=_headers(standing))

    @gallery.get("/<name>.png")
    def poll_png(name: str) -> Response:
        """Draw how one poll stands, for where no SVG is taken."""
        standing = standings.of(name)
        # Who sees other numbers, or reads another language, never gets this picture.
        hidden, host = standing.shown["hidden"], standing.host
        key = (standing.poll.id, hidden, host, str(get_locale()), _theme())
        asker = network(client.address(request.environ))
        drawn = prints.of(key, _svg(standing), asker=asker)
        return answers.data(drawn, "image/png", headers=_headers(standing))

    return gallery


def _svg(standing: Standing) -> str:
    locale = get_locale()
    return picture.draw(
        standing.shown,
        host=standing.host,
        theme=_theme(),
        mirrored=locale is not None and locale.text_direction == "rtl",
    )


def _theme() -> str:
    theme = request.args.get("theme", "")
    return theme if theme in picture.THEMES else "light"


def _headers(standing: Standing) -> dict[str, str]:
    return {
        # What only voters see is not for a cache that others ask, too.
        "Cache-Control": "no-store" if standing.voted else "public, max-age=5",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Vary": "Accept-Language, Cookie",
    }


@dataclass(frozen=True, slots=True)
class _Print:
    svg: str
    png: bytes
    made_at: float


class Prints:
    """
    Pictures as dots, made one at a time, each at most once a second and not again unchanged.

    Many may wait for the same one. For others only few of one asker are in the line: whoever asks
    for ever new ones keeps nobody else from theirs.

    :param draw: makes a PNG of an SVG, or raises PictureUnavailable.
    :param clock: tells seconds that only grow.
    :param patience: how many seconds one waits for others' pictures.
    """

    def __init__(
        self, draw: Callable[[str], bytes], *, clock: Callable[[], float], patience: float = 3
    ) -> None:
        self._draw = draw
        self._clock = clock
        self._patience = patience
        self._kept: dict[Key, _Print] = {}
        self._turn = threading.Lock()
        self._lines: dict[str, Counter[Key]] = {}  # for what each asker waits

    def of(self, key: Key, svg: str, *, asker: str) -> bytes:
        """
        Give a picture as dots, or, where it has changed within a second, as it was then.

        :param key: tells pictures apart that must not be taken for one another.
        :param asker: tells apart for whom it is.
        :raise PictureUnavailable: if it cannot be made now.
        """
        if kept := self._found(key, svg):
            return kept.png
        with self._in_line(key, asker):
            # Somebody else may have asked for the same one, and been first.
            return (self._found(key, svg) or self._make(key, svg)).png

    @contextmanager
    def _in_line(self, key: Key, asker: str) -> Iterator[None]:
        line = self._lines.setdefault(asker, Counter())
        if key not in line and len(line) >= _MOST_WAITING:
            raise PictureUnavailable
        line[key] += 1
        try:
            if not self._turn.acquire(timeout=self._patience):
                raise PictureUnavailable
            try:
                yield
            finally:
                self._turn.release()
        finally:
            line[key] -= 1
            if not line[key]:
                del line[key]
            if not line:
                self._lines.pop(asker, None)

    def _found(self, key: Key, svg: str) -> _Print | None:
        kept = self._kept.get(key)
        if kept and (kept.svg == svg or self._clock() < kept.made_at + _REST):
            return kept
        return None

    def _make(self, key: Key, svg: str) -> _Print:
        made = _Print(svg, self._draw(svg), self._clock())
        self._kept.pop(key, None)  # the oldest stands first
        self._kept[key] = made
        if len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return made


def draw_png(svg: str) -> bytes:
    """Have a picture drawn by another process; raises PictureUnavailable."""
    command = [sys.executable, "-I", str(_PROGRAM)]
    try:
        done = subprocess.run(  # noqa: S603 - a program of ours, and nothing of the request in it
            command, input=svg.encode(), capture_output=True, check=True, timeout=_LONGEST
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.exception("a picture cannot be drawn")
        raise PictureUnavailable from error
    return done.stdout
