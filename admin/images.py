"""
Images of polls: taken in, handed out for good, and cleared away when no poll uses them.

PostgreSQL knows which there are, the store has the files. A row is there before its files and goes
before them, in one transaction each: of two who add and delete the same image, one waits.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, Response, request

from admin.access import PUBLIC, access
from admin.darkroom import develop
from admin.database import Connect
from admin.pictures import files_of
from admin.store import Store
from ballotbox.errors import TooManyImages, Unavailable, UnknownImage, in_full
from ballotbox.sql import QUERIES

_log = logging.getLogger(__name__)
_FILE = re.compile(r"[0-9a-f]{32}(-small)?\.webp")
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image that is kept: its name, and the size of its large file in pixels."""

    name: str
    width: int
    height: int


class Images:
    """The images of all polls."""

    def __init__(self, store: Store, connect: Connect, *, most: int) -> None:
        """
        Keep the files in a store.

        :param connect: lends connections with the rights of the desk.
        :param most: how many images one organiser may have.
        """
        self._store = store
        self._connect = connect
        self._most = most

    def add(self, organiser: int | None, data: bytes) -> Picture:
        """
        Keep an image; the same one again has the same name.

        :param organiser: the id of who sends it.
        :raise InvalidImage: with a sentence for the person who sent it.
        :raise TooManyImages: if they have as many as one may have.
        :raise ImagesUnavailable: if the store does not answer, or others are worked on for long;
            nothing is kept then.
        """
        image = develop(data)
        row = {
            "name": image.name,
            "owner": organiser,
            "width": image.width,
            "height": image.height,
        }
        try:
            self.collect()  # first: what is forgotten makes room
        except Unavailable as error:
            _log.warning("images that nobody uses are cleared away later: %s", in_full(error))
        with self._connect() as connection, connection.transaction():
            # Of two that one organiser sends at once, the other one waits, and is counted with it.
            connection.execute(QUERIES["hold_account"], {"organiser": organiser})
            connection.execute(QUERIES["add_image"], row)
            (there,) = connection.execute(QUERIES["images_of"], row).fetchone() or (0,)
            if there > self._most:
                raise TooManyImages
            for file, content in image.files.items():
                self._store.put(file, content)
        return Picture(name=image.name, width=image.width, height=image.height)

    def read(self, file: str) -> bytes:
        """Give the content of a file such as `{name}-small.webp`; raises UnknownImage."""
        content = self._store.get(file) if _FILE.fullmatch(file) else None
        if content is None:
            raise UnknownImage
        return content

    def drop_unused(self, names: Iterable[str]) -> None:
        """Forget those of some images that no poll uses any more, as when one was deleted."""
        if wanted := sorted(set(names)):
            self._delete("delete_unused_images", names=wanted)

    def collect(self) -> None:
        """Forget some images that were sent a day ago or earlier and that no poll uses."""
        self._delete("delete_forgotten_images")

    def _delete(self, query: str, **values: object) -> None:
        with self._connect() as connection, connection.transaction():
            for (name,) in connection.execute(QUERIES[query], values).fetchall():
                for file in files_of(name):
                    self._store.delete(file)


def blueprint(images: Images) -> Blueprint:
    """Make the route that hands images out."""
    part = Blueprint("images", __name__)

    @part.get("/images/<file>")
    @access(PUBLIC)
    def show_image(file: str) -> Response:
        answer = Response(images.read(file), mimetype="image/webp", headers=_HEADERS)
        answer.set_etag(file.removesuffix(".webp"))
        answer.make_conditional(request)
        return answer

    return part
