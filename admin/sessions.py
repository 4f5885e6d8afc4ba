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
from typing import Any

import psycopg
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
        after: str | None = None,
        pending: bool = False,
    ) -> str:
        """
        Begin a session and give its text; the one that the browser had before ends.

        :param after: the one that waited for a second factor.
        :param pending: it lets nobody in: a second factor is to come.
        :raise NotSignedIn: if the password or the factor was changed, or `after` ended, meanwhile.
        """
        text = secrets.token_urlsafe(32)
        row = {
            "hash": hashed_session(text),
            "organiser": organiser.id,
            "device": "".join(filter(str.isprintable, device))[:_DEVICE],
            "pending": pending,
            **self._limits,
        }
        with self._connect() as connection, connection.transaction():
            held = connection.execute(QUERIES["hold_account"], row).fetchone()
            if held is None or organiser.proof not in ("", held[0]):
                raise NotSignedIn
            if organiser.proof and not pending and _has_factor(connection, organiser):
                raise NotSignedIn
            if before := after or instead_of:
                ended = connection.execute(QUERIES["end_session"], {"hash": hashed_session(before)})
                if after and not ended.rowcount:
                    raise NotSignedIn
            connection.execute(QUERIES["begin_session"], row)
        self._begun(organiser, text)
        return text

    def find(self, text: str) -> Organiser:
        """Tell who is signed in; raises NotSignedIn."""
        wanted = {"hash": hashed_session(text), **self._limits}
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
        wanted = {"hash": hashed_session(text), "minutes": _MINUTES}
        with self._connect() as connection:
            row = connection.execute(QUERIES["find_pending_session"], wanted).fetchone()
        if row is None:
            raise NotSignedIn
        return Organiser(id=row[0], name=row[1], role=Role(row[2]))

    def is_confirmed(self, text: str) -> bool:
        """Tell whether the password was given in this session in the last ten minutes."""
        wanted = {"hash": hashed_session(text), "minutes": _MINUTES}
        with self._connect() as connection:
            return connection.execute(QUERIES["is_confirmed"], wanted).fetchone() is not None

    def confirm(self, text: str) -> None:
        """Note that the password was given again."""
        with self._connect() as connection:
            connection.execute(QUERIES["confirm_session"], {"hash": hashed_session(text)})

    def end(self, text: str) -> None:
        """End a session; harmless if there is none."""
        with self._connect() as connection:
            connection.execute(QUERIES["end_session"], {"hash": hashed_session(text)})

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
        wanted = {"organiser": organiser.id, "hash": hashed_session(current), **self._limits}
        with self._connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return [Session(**row) for row in cursor.execute(QUERIES["sessions_of"], wanted)]


def _has_factor(connection: psycopg.Connection[Any], organiser: Organiser) -> bool:
    found = connection.execute(QUERIES["find_factor"], {"organiser": organiser.id})
    return found.fetchone() is not None


def hashed_session(text: str) -> bytes:
    """Give what is kept of a session."""
    # It is random and long: nobody finds a text for a hash, so it need not be a slow one.
    return sha256(text.encode("utf-8", "surrogateescape")).digest()
