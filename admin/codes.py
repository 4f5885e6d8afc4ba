"""
Single-use codes: handed out by organisers, each good for one vote in one poll.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from admin.organiser import Organiser
from admin.register import MAX_ID, Held, Register
from ballotbox.catalog import new_voters_code
from ballotbox.errors import InvalidPoll, UnknownCodeNumber, WrongState
from ballotbox.poll import Identity
from ballotbox.rules import is_line
from ballotbox.sentence import Sentence
from ballotbox.sql import QUERIES

AT_ONCE = 10_000
PER_POLL = 100_000
NAME = 100  # characters
_PIECE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code. `used` is None where that is not told; what for is told nowhere."""

    number: int
    text: str  # ten characters
    name: str = ""  # for whom it is, as the organiser says
    used: bool | None = False
    revoked_at: datetime | None = None

    @property
    def printed(self) -> str:
        """As it is printed: XXXXX-XXXXX."""
        return f"{self.text[:5]}-{self.text[5:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePage:
    """A part of a poll's codes; `next` is the cursor for the following one."""

    codes: Sequence[Code]
    next: str | None


@dataclass(frozen=True, slots=True)
class CodeCounts:
    """How many codes a poll has; `used` is None where that is not told."""

    all: int
    used: int | None
    revoked: int  # used or not


class Codes:
    """The codes of polls. Who asks comes first; other people's polls raise UnknownPoll."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def generate(
        self, who: Organiser, poll: int, count: int, *, names: Sequence[str] = ()
    ) -> list[Code]:
        """
        Make codes, for these names from the first on; they are valid at once.

        :raise WrongState: if voters of the poll are known otherwise.
        :raise InvalidPoll: for too many, or a name that cannot be printed.
        """
        named = [name.strip() for name in names][:count]
        _check_request(count, named)
        with self._register.held(who, poll) as held:
            if held.poll.identity is not Identity.CODE:
                raise WrongState("The voters of this poll are not known by codes.")
            made = _add(held, named + [""] * (count - len(named)))
            self._register.publish_held(held)
        return made

    def page(
        self, who: Organiser, poll: int, *, cursor: str | None = None, limit: int = 100
    ) -> CodePage:
        """List codes in the order of their numbers."""
        self._register.check(who, poll)
        codes = self._read(poll, after=_number(cursor), limit=limit + 1)
        after = str(codes[limit - 1].number) if len(codes) > limit else None
        return CodePage(codes=codes[:limit], next=after)

    def each(self, who: Organiser, poll: int) -> Iterator[Code]:
        """Give all codes, however many, piece by piece; the poll is looked for at once."""
        self._register.check(who, poll)
        return self._each(poll)

    def counts(self, who: Organiser, poll: int) -> CodeCounts:
        """Count a poll's codes."""
        self._register.check(who, poll)
        with self._register.connect() as connection:
            row = connection.execute(QUERIES["tell_codes"], {"poll": poll}).fetchone()
        return CodeCounts(*(row or (0, None, 0)))

    def revoke(self, who: Organiser, poll: int, number: int) -> None:
        """Make a code worthless, at once; raises UnknownCodeNumber. Again is harmless."""
        if not 0 < number <= MAX_ID:
            raise UnknownCodeNumber
        with self._register.held(who, poll) as held:
            wanted = {"poll": poll, "number": number}
            if held.connection.execute(QUERIES["revoke_code"], wanted).fetchone() is None:
                raise UnknownCodeNumber
            self._register.publish_held(held)

    def _each(self, poll: int) -> Iterator[Code]:
        piece = self._read(poll, after=0, limit=_PIECE)
        while piece:
            yield from piece
            piece = self._read(poll, after=piece[-1].number, limit=_PIECE)

    def _read(self, poll: int, *, after: int, limit: int) -> list[Code]:
        wanted = {"poll": poll, "after": after, "limit": limit}
        with (
            self._register.connect() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            return [Code(**row) for row in cursor.execute(QUERIES["read_codes"], wanted)]


def _check_request(count: int, names: Sequence[str]) -> None:
    if not 1 <= count <= AT_ONCE:
        raise InvalidPoll(
            Sentence("Make 1 to %(most)s codes at once.", most=AT_ONCE), field="count"
        )
    for name in names:
        if name and not is_line(name, most=NAME):
            told = Sentence("A name has up to %(most)s printable characters.", most=NAME)
            raise InvalidPoll(told, field="names")


def _add(held: Held, names: Sequence[str]) -> list[Code]:
    poll = held.poll.id
    row: Any = held.connection.execute(QUERIES["count_codes"], {"poll": poll}).fetchone()
    there, last = row
    if there + len(names) > PER_POLL:
        told = Sentence("A poll has at most %(most)s codes.", most=PER_POLL)
        raise InvalidPoll(told, field="count")
    wanted = {
        "poll": poll,
        "numbers": list(range(last + 1, last + len(names) + 1)),
        "codes": [new_voters_code() for _ in names],
        "names": list(names),
        "now": held.now,  # by the clock that says when the poll was opened
    }
    with held.connection.cursor(row_factory=dict_row) as cursor:
        return [Code(**made) for made in cursor.execute(QUERIES["add_codes"], wanted)]


def _number(cursor: str | None) -> int:
    if not cursor or not cursor.isascii() or not cursor.isdigit() or len(cursor) > 10:  # noqa: PLR2004
        return 0
    return min(int(cursor), MAX_ID)
