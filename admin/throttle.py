"""
How often signing in may be tried: counted in PostgreSQL, for all processes together.

Nobody keeps somebody else out: what is refused for long is what one address has tried with one
name, or one browser by itself. A name alone, and an address alone, are slowed down: after more
tries in a minute than people make, the rest of that minute. A browser that has signed in before is
held to none of these but its own.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

from psycopg import Connection

from admin.database import Connect
from ballotbox.allowance import network
from ballotbox.errors import TooManyTries
from ballotbox.sql import QUERIES

NAME_A_MINUTE = 30
"""Tries with one name, from all addresses: a password that is taken stands that for years."""

ADDRESS_A_MINUTE = 120
"""Tries from one address: a hall of organisers at once, and a tenth of a processor."""

_MINUTE = 60  # seconds


@dataclass(frozen=True, slots=True)
class _Count:
    """Something of which so many tries may fail in so many seconds."""

    key: bytes
    most: int
    seconds: int
    name: bytes | None = None


class Throttle:
    """Count tries that may fail; those that succeed do not count."""

    def __init__(self, connect: Connect, *, tries: int, minutes: int) -> None:
        self._connect = connect
        self._tries = tries
        self._seconds = minutes * _MINUTE

    @contextmanager
    def trying(
        self, *, name: str, address: str, device: bytes | None = None, second: bool = False
    ) -> Iterator[None]:
        """
        Try something that may fail: it counts from the start, so that nobody tries in parallel.

        :param second: it is a second factor: who tries it knows the password already.
        :param device: of a browser that has signed in with this name, see `Devices.find`.
        :raise TooManyTries: before anything is tried.
        :raise LedgerUnavailable: if PostgreSQL does not answer: nobody is let in uncounted.
        """
        counts = self._counts(name, address, device, second=second)
        with self._connect() as connection:
            _count(connection, counts)
        yield
        with self._connect() as connection:
            connection.execute(QUERIES["uncount_tries"], {"keys": [each.key for each in counts]})

    def _counts(
        self, name: str, address: str, device: bytes | None, *, second: bool
    ) -> list[_Count]:
        who, place = hashed_name(name), network(address).encode()
        own = (self._tries, self._seconds)
        if device is not None:
            return [_Count(_key(b"device", device), *own, who)]
        if second:
            # Six digits are soon found from many addresses, and no stranger gets here.
            return [_Count(_key(b"second", who), *own, who)]
        return [
            _Count(_key(b"pair", who, place), *own, who),
            _Count(_key(b"name", who), NAME_A_MINUTE, _MINUTE, who),
            _Count(_key(b"address", place), ADDRESS_A_MINUTE, _MINUTE),
        ]


def hashed_name(name: str) -> bytes:
    """Write all names that may mean one account in one way, of one length."""
    # PostgreSQL's idea of small letters is not Python's: this one sets apart less than either.
    plain = unicodedata.normalize("NFKD", name.strip()).casefold()
    letters = "".join(filter(lambda letter: not unicodedata.combining(letter), plain))
    return sha256(letters.encode("utf-8", "replace")).digest()


def _count(connection: Connection, counts: list[_Count]) -> None:
    wanted = {
        "keys": [each.key for each in counts],
        "names": [each.name for each in counts],
        "most": [each.most for each in counts],
        "seconds": [each.seconds for each in counts],
    }
    connection.execute(QUERIES["clear_tries"])
    # Most of a flood ends here, and writes nothing.
    _check(connection.execute(QUERIES["exhausted_tries"], wanted).fetchone())
    # What is refused for one of them is counted for none: who goes on after too many tries does not
    # use up what others with this name, or at this address, may.
    with connection.transaction():
        _check(connection.execute(QUERIES["count_tries"], wanted).fetchone())


def _check(row: tuple[float | None] | None) -> None:
    seconds = row[0] if row else None
    if seconds is not None:
        raise TooManyTries(seconds=math.ceil(seconds))


def _key(kind: bytes, *parts: bytes) -> bytes:
    return sha256(b"\0".join((kind, *parts))).digest()
