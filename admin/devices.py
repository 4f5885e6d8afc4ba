"""
Browsers in which an organiser has signed in before. Each carries a cookie, of which a hash is kept.

It lets nobody in. It gives the browser tries at the password of its own account that nobody else
can use up: see `admin.throttle`.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

from admin.database import Connect
from admin.organiser import Organiser
from admin.throttle import hashed_name
from ballotbox.sql import QUERIES

DAYS = 180
"""For how many days after the last time that somebody signed in with it a browser is known."""

_MOST = 100  # of one organiser: whoever signs in by a program gets a new one each time


class Devices:
    """The browsers of all organisers. They are forgotten with the password, and all at once."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    def find(self, text: str, name: str) -> bytes | None:
        """Give the hash of a browser that has signed in with this name; None if it has not."""
        device = _hash(text)
        wanted = {"hash": device, "days": DAYS}
        with self._connect() as connection:
            row = connection.execute(QUERIES["find_device"], wanted).fetchone()
        return device if row and hashed_name(row[0]) == hashed_name(name) else None

    def remember(self, organiser: Organiser, text: str = "") -> str:
        """
        Remember the browser in which somebody signs in, and give the text of its cookie.

        :param text: what it has shown; kept, if that is a browser of theirs already.
        """
        seen = {"hash": _hash(text), "organiser": organiser.id, "days": DAYS, "most": _MOST}
        with self._connect() as connection:
            if text and connection.execute(QUERIES["see_device"], seen).fetchone():
                return text
            # Never one that somebody else may have put there.
            made = secrets.token_urlsafe(32)
            connection.execute(QUERIES["add_device"], {**seen, "hash": _hash(made)})
        return made


def _hash(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogateescape")).digest()
