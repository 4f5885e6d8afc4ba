"""
Sessions: browsers in which an organiser has signed in. Only a hash of what they show is kept.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from psycopg.rows import dict_row

from admin.database import Connect
from admin.organiser import Organiser, Role
from ballotbox.errors import NotSignedIn
from ballotbox.sql import QUERIES

_DEVICE = 200  # characters of what a browser calls itself
_DAYS = 7  # after which a session ends however much it is used


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser in which an organiser is signed in."""

    id: str  # names it, and lets nobody in
    created_at: datetime
    seen_at: datetime
    device: str
    current: bool  # it is the one that asks


class Sessions:
    """
    Who is signed in where. A session ends after a week, and after `hours` without a request.

    :param begun: is told who has begun a session, and its text.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        hours: int,
        begun: Callable[[Organiser, str], None] = lambda _who, _text: None,
    ) -> None:
        self._connect = connect
        self._begun = begun
        self._limits = {"hours": hours, "days": _DAYS}

    def begin(
        self, organiser: Organiser, *, device: str = "", instead_of: str | None = None
    ) -> str:
        """Begin a session and give its text; the one that the browser had before ends."""
        text = secrets.token_urlsafe(32)
        row = {
            "hash": _hash(text),
            "organiser": organiser.id,
            "device": "".join(filter(str.isprintable, device))[:_DEVICE],
            **self._limits,
        }
        with self._connect() as connection, connection.transaction():
            if instead_of:
                connection.execute(QUERIES["end_session"], {"hash": _hash(instead_of)})
            connection.execute(QUERIES["begin_session"], row)
        self._begun(organiser, text)
        return text

    def find(self, text: str) -> Organiser:
        """Tell who is signed in; raises NotSignedIn."""
        wanted = {"hash": _hash(text), **self._limits}
        with self._connect() as connection:
            row = connection.execute(QUERIES["find_session"], wanted).fetchone()
            if row is None:
                raise NotSignedIn
            number, name, role, stale = row
            if stale:
                connection.execute(QUERIES["see_session"], wanted)
        return Organiser(id=number, name=name, role=Role(role))

    def end(self, text: str) -> None:
        """End a session; harmless if there is none."""
        with self._connect() as connection:
            connection.execute(QUERIES["end_session"], {"hash": _hash(text)})

    def end_one(self, organiser: Organiser, session: str) -> None:
        """End one of an organiser's sessions by its id; harmless if there is none."""
        if not re.fullmatch("[0-9a-f]{64}", session):
            return
        ended = {"organiser": organiser.id, "hash": bytes.fromhex(session)}
        with self._connect() as connection:
            connection.execute(QUERIES["end_session_of"], ended)

    def end_all(self, organiser: Organiser) -> None:
        """End all sessions of an organiser, everywhere."""
        with self._connect() as connection:
            connection.execute(QUERIES["end_sessions"], {"organiser": organiser.id})

    def all(self, organiser: Organiser, *, current: str = "") -> list[Session]:
        """List an organiser's sessions, the latest seen first."""
        wanted = {"organiser": organiser.id, "hash": _hash(current), **self._limits}
        with self._connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return [Session(**row) for row in cursor.execute(QUERIES["sessions_of"], wanted)]


def _hash(text: str) -> bytes:
    # It is random and long: nobody finds a text for a hash, so it need not be a slow one.
    return sha256(text.encode("utf-8", "surrogateescape")).digest()
