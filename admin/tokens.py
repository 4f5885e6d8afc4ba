"""
Tokens: what programs show instead of a session. Only a hash of each is kept.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from psycopg.rows import dict_row
from redis import Redis

from admin.database import Connect
from admin.organiser import Holder, Organiser, Role
from admin.sessions import hashed_session
from ballotbox.errors import BallotBoxUnavailable, InvalidAccount, NotSignedIn, UnknownToken
from ballotbox.rules import is_line
from ballotbox.sentence import Sentence
from ballotbox.sql import QUERIES
from ballotbox.vouchers import publish_vouchers

POLLS = "polls"
VOTE_FOR = "vote-for"
SCOPES = {
    POLLS: Sentence("Make polls and look after them, by the API."),
    VOTE_FOR: Sentence("Vote for others: say with each ballot who its voter is."),
}
"""What tokens can be good for, in words."""

DAYS, MOST_DAYS = 90, 365
"""For how many days a token is good, if nothing else is said, and at most."""

_NAME = 100  # characters
_MAX_ID = 2**31 - 1
_PREFIX = "votify_"  # so that one that lies about somewhere is known for what it is
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token, without its text."""

    id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None  # None for those that 0.1.0 has made
    used_at: datetime | None = None
    used_from: str | None = None  # the address of its last use
    revoked_at: datetime | None = None
    parent: int | None = None  # the token that made it

    @property
    def is_over(self) -> bool:
        """Whether its days are over."""
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)


class Tokens:
    """The tokens of all organisers. Those for voting are told to `vote`, by way of Redis."""

    def __init__(self, connect: Connect, redis: Redis) -> None:
        self._connect = connect
        self._redis = redis

    def create(
        self,
        organiser: Organiser,
        name: str,
        scopes: Iterable[str],
        *,
        days: int = DAYS,
        parent: int | None = None,
        session: str = "",
    ) -> tuple[Token, str]:
        """
        Make a token; its text is given here, and never again.

        :param days: for how many it is good.
        :param parent: the token that asks for it, with which it ends at the latest.
        :param session: the text of the session that asks for it.
        :raise InvalidAccount: if there can be no such token.
        :raise NotSignedIn: if the session, the parent or the account has ended meanwhile.
        """
        wanted = sorted(set(scopes))
        if not wanted or not SCOPES.keys() >= set(wanted):
            raise InvalidAccount(
                Sentence("A token is for one or more of %(scopes)s.", scopes=", ".join(SCOPES))
            )
        if not is_line(name.strip(), most=_NAME):
            raise InvalidAccount(
                Sentence("A token's name has 1 to %(most)s printable characters.", most=_NAME)
            )
        if not 1 <= days <= MOST_DAYS:
            raise InvalidAccount(
                Sentence("A token is good for 1 to %(most)s days.", most=MOST_DAYS), field="days"
            )
        text = _PREFIX + secrets.token_urlsafe(32)
        row = {
            "organiser": organiser.id,
            "name": name.strip(),
            "scopes": wanted,
            "hash": _hash(text),
            "days": days,
            "parent": parent,
            "session": hashed_session(session) if session else None,
        }
        with self._connect() as connection, connection.transaction():
            if connection.execute(QUERIES["hold_account"], row).fetchone() is None:
                raise _ended()
            with connection.cursor(row_factory=dict_row) as cursor:
                made = cursor.execute(QUERIES["add_token"], row).fetchone()
        if made is None:
            raise _ended()
        self.publish()
        return _token(made), text

    def all(self, organiser: Organiser) -> list[Token]:
        """List an organiser's own tokens, the newest first, revoked ones too."""
        with self._connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(QUERIES["tokens_of"], {"organiser": organiser.id})
            return [_token(row) for row in rows]

    def revoke(self, organiser: Organiser, token: int) -> None:
        """
        Make one's own token worthless, at once, and all that it has made. Again is harmless.

        :raise UnknownToken: if there is none of this number.
        """
        if not 0 < token <= _MAX_ID:
            raise UnknownToken
        row = {"id": token, "organiser": organiser.id}
        with self._connect() as connection, connection.transaction():
            connection.execute(QUERIES["hold_account"], row)
            if connection.execute(QUERIES["revoke_token"], row).fetchone() is None:
                raise UnknownToken
        self.publish()

    def find(self, text: str, *, address: str = "") -> Holder:
        """Tell who shows this token, from which address; raises NotSignedIn."""
        with self._connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(QUERIES["find_token"], {"hash": _hash(text)}).fetchone()
            if row is None:
                raise _ended()
            if row["stale"]:
                cursor.execute(QUERIES["use_token"], {"token": row["token"], "address": address})
        known = Organiser(id=row["id"], name=row["name"], role=Role(row["role"]))
        return Holder(known, frozenset(row["scopes"]), row["token"])

    def publish(self) -> None:
        """Tell `vote` which tokens may vouch for voters, as after a change of accounts."""
        try:
            with self._connect() as connection:
                publish_vouchers(self._redis, connection)
        except BallotBoxUnavailable:
            _log.warning("the worker tells the tokens to Redis when it is back")


def _ended() -> NotSignedIn:
    return NotSignedIn("This token is not valid, or not any more.")


def _hash(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogateescape")).digest()


def _token(row: Any) -> Token:  # noqa: ANN401 - a row of the database
    return Token(**{**row, "scopes": tuple(row["scopes"])})
