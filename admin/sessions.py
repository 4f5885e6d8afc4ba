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
_MINUTES = 10  # for which a password that was given counts as just given


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
        self,
        organiser: Organiser,
        *,
        device: str = "",
        instead_of: str | None = None,
        pending: bool = False,
    ) -> str:
        """
        Begin a session and give its text; the one that the browser had before ends.

        :param pending: it lets nobody in: a second factor is to come.
        """
        text = secrets.token_urlsafe(32)
        row = {
            "hash": _hash(text),
            "organiser": organiser.id,
            "device": "".join(filter(str.isprintable, device))[:_DEVICE],
            "pending": pending,
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
            number, name, role, lacking, stale = row
            if stale:
                connection.execute(QUERIES["see_session"], wanted)
        return Organiser(id=number, name=name, role=Role(role), lacks_factor=lacking)

    def find_pending(self, text: str) -> Organiser:
        """Tell who has given the password and no second factor yet; raises NotSignedIn."""
        wanted = {"hash": _hash(text), "minutes": _MINUTES}
        with self._connect() as connection:
            row = connection.execute(QUERIES["find_pending_session"], wanted).fetchone()
        if row is None:
            raise NotSignedIn
        return Organiser(id=row[0], name=row[1], role=Role(row[2]))

    def is_confirmed(self, text: str) -> bool:
        """Tell whether the password was given in this session in the last ten minutes."""
        wanted = {"hash": _hash(text), "minutes": _MINUTES}
        with self._connect() as connection:
            return connection.execute(QUERIES["is_confirmed"], wanted).fetchone() is not None

    def confirm(self, text: str) -> None:
        """Note that the password was given again."""
        with self._connect() as connection:
            connection.execute(QUERIES["confirm_session"], {"hash": _hash(text)})

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
        """End all sessions of an organiser, everywhere, and forget the browsers."""
        with self._connect() as connection, connection.transaction():
            connection.execute(QUERIES["end_sessions"], {"organiser": organiser.id})
            connection.execute(QUERIES["forget_devices"], {"organiser": organiser.id})

    def all(self, organiser: Organiser, *, current: str = "") -> list[Session]:
        """List an organiser's sessions, the latest seen first."""
        wanted = {"organiser": organiser.id, "hash": _hash(current), **self._limits}
        with self._connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return [Session(**row) for row in cursor.execute(QUERIES["sessions_of"], wanted)]


def _hash(text: str) -> bytes:
    # It is random and long: nobody finds a text for a hash, so it need not be a slow one.
    return sha256(text.encode("utf-8", "surrogateescape")).digest()
