"""
Tokens: what programs show instead of a session. Only a hash of each is kept.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from psycopg.rows import dict_row
from redis import Redis

from admin.database import Connect
from admin.organiser import Organiser, Role
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
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class Tokens:
    """The tokens of all organisers. Those for voting are told to `vote`, by way of Redis."""

    def __init__(self, connect: Connect, redis: Redis) -> None:
        self._connect = connect
        self._redis = redis

    def create(self, organiser: Organiser, name: str, scopes: Iterable[str]) -> tuple[Token, str]:
        """Make a token; its text is given here, and never again. Raises InvalidAccount."""
        wanted = sorted(set(scopes))
        if not wanted or not SCOPES.keys() >= set(wanted):
            raise InvalidAccount(
                Sentence("A token is for one or more of %(scopes)s.", scopes=", ".join(SCOPES))
            )
        if not is_line(name.strip(), most=_NAME):
            raise InvalidAccount(
                Sentence("A token's name has 1 to %(most)s printable characters.", most=_NAME)
            )
        text = _PREFIX + secrets.token_urlsafe(32)
        row = {
            "organiser": organiser.id,
            "name": name.strip(),
            "scopes": wanted,
            "hash": _hash(text),
        }
        with self._connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            token = _token(cursor.execute(QUERIES["add_token"], row).fetchone())
        self.publish()
        return token, text

    def all(self, organiser: Organiser) -> list[Token]:
        """List an organiser's own tokens, the newest first, revoked ones too."""
        with self._connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(QUERIES["tokens_of"], {"organiser": organiser.id})
            return [_token(row) for row in rows]

    def revoke(self, organiser: Organiser, token: int) -> None:
        """Make one's own token worthless, at once; raises UnknownToken. Again is harmless."""
        if not 0 < token <= _MAX_ID:
            raise UnknownToken
        row = {"id": token, "organiser": organiser.id}
        with self._connect() as connection:
            if connection.execute(QUERIES["revoke_token"], row).fetchone() is None:
                raise UnknownToken
        self.publish()

    def find(self, text: str) -> tuple[Organiser, frozenset[str]]:
        """Tell whose token this is, and its scopes; raises NotSignedIn."""
        with self._connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(QUERIES["find_token"], {"hash": _hash(text)}).fetchone()
            if row is None:
                raise NotSignedIn("This token is not valid, or not any more.")
            if row["stale"]:
                cursor.execute(QUERIES["use_token"], {"token": row["token"]})
        known = Organiser(id=row["id"], name=row["name"], role=Role(row["role"]))
        return known, frozenset(row["scopes"])

    def publish(self) -> None:
        """Tell `vote` which tokens may vouch for voters, as after a change of accounts."""
        try:
            with self._connect() as connection:
                publish_vouchers(self._redis, connection)
        except BallotBoxUnavailable:
            _log.warning("the worker tells the tokens to Redis when it is back")


def _hash(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogateescape")).digest()


def _token(row: Any) -> Token:  # noqa: ANN401 - a row of the database
    return Token(**{**row, "scopes": tuple(row["scopes"])})
