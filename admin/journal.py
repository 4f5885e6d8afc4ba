"""
The log of what organisers do: rows that are added, and neither changed nor deleted.

A row is written before its act is done, and gets its outcome once. So what was done has its row
whenever the process dies: one without an outcome then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Json

from admin.database import Connect
from ballotbox.errors import VotifyError
from ballotbox.sql import QUERIES

DONE = "done"
UNCHANGED = "unchanged"
"""The outcome of what was sent and asked for no change, such as one more line in a form."""

STRANGERS = 1000
"""How many rows an hour strangers can leave, all together; metrics count what is left out."""

_PIECE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """
    What an act is done to. What is found by a number is called as it is at this moment.

    :param rest: what else it is done to, such as `code:12`.
    :param tried: the name of the account that somebody tried to come in as.
    """

    poll: int | None = None
    account: int | None = None
    token: int | None = None
    rest: str = ""
    name: str = ""
    tried: str | None = None

    @property
    def text(self) -> str:
        """Write it as it is kept, beside the poll."""
        if self.account is not None:
            return f"account:{self.account}"
        return self.rest if self.token is None else f"token:{self.token}"


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """
    Who acts: an organiser, by what they show and from where; else a stranger.

    :param via: `session:` and the beginning of its hash; `command` or `settings` for the operator.
    :param token: the hash of a token, in place of a session.
    """

    id: int | None = None
    name: str = ""
    via: str = ""
    token: bytes | None = None
    address: str | None = None


def operator(via: str) -> By:
    """Name who runs Votify, by `command` or by `settings`."""
    return By(name="operator", via=via)


class Row(NamedTuple):
    """A row that was written: its number, and what was found for it."""

    id: int
    via: str
    subject: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An act as it was written down; `outcome` is None where nobody has said how it ended."""

    id: int
    at: datetime
    organiser_id: int | None
    organiser: str
    via: str
    address: str | None
    act: str
    outcome: str | None
    poll_id: int | None
    subject: str
    name: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    Which acts to give; None: all.

    :param outcome: as it is kept, or `refused` for every error, or `unknown`.
    :param day: from midnight to midnight in UTC.
    """

    organiser: int | None = None
    act: str | None = None
    poll: int | None = None
    outcome: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of the log, the newest first; `next` is the cursor for the following one."""

    acts: Sequence[Act]
    next: str | None


class Journal:
    """The log, in PostgreSQL. Its methods raise LedgerUnavailable."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    def begin(self, act: str, by: By, subject: Subject) -> Row:
        """Write down that somebody who is known is about to act."""
        with self._connect() as connection:
            row = write(connection, act, by, subject)
        assert row is not None, "only what strangers do may be left out"
        return row

    def finish(
        self, number: int, outcome: str, subject: Subject, details: Mapping[str, Any]
    ) -> None:
        """Say how an act has ended, and to what it was done; a second time changes nothing."""
        row = {
            "id": number,
            "outcome": outcome,
            "poll": subject.poll,
            "subject": subject.text,
            "name": subject.name,
            "details": Json(dict(details)),
        }
        with self._connect() as connection:
            connection.execute(QUERIES["finish_act"], row)

    def add(
        self, act: str, by: By, subject: Subject, outcome: str, details: Mapping[str, Any]
    ) -> Row | None:
        """
        Write down an act that has ended. None where it is left out.

        That is what strangers did in the same minute before, or more than STRANGERS in an hour.
        """
        with self._connect() as connection:
            return write(connection, act, by, subject, outcome, details)

    @contextmanager
    def command(self, act: str, name: str) -> Iterator[None]:
        """Write down what the operator does from the command line, to what has this name."""
        # A terminal may send bytes that are no text.
        subject = Subject(name=name.encode("utf-8", "replace").decode())
        row = self.begin(act, operator("command"), subject)
        outcome = "error"
        try:
            yield
            outcome = DONE
        except VotifyError as error:
            outcome = error.code
            raise
        finally:
            self.finish(row.id, outcome, subject, {})

    def page(self, wanted: Wanted, *, cursor: str | None = None, limit: int = 50) -> Page:
        """Give a part of the log; a cursor that we did not make starts from the front."""
        acts = self._read(wanted, before=_place(cursor), limit=limit + 1)
        after = str(acts[limit - 1].id) if len(acts) > limit else None
        return Page(acts=acts[:limit], next=after)

    def each(self, wanted: Wanted) -> Iterator[Act]:
        """Give all of it, however long, piece by piece."""
        piece = self._read(wanted, before=None, limit=_PIECE)
        while piece:
            yield from piece
            piece = self._read(wanted, before=piece[-1].id, limit=_PIECE)

    def names(self) -> list[str]:
        """List the names of the acts that there are."""
        with self._connect() as connection:
            return [name for (name,) in connection.execute(QUERIES["act_names"])]

    def _read(self, wanted: Wanted, *, before: int | None, limit: int) -> list[Act]:
        day = wanted.day and datetime.combine(wanted.day, time(), UTC)
        asked = {
            **asdict(wanted),
            "before": before,
            "limit": limit,
            "since": day,
            "until": day and day + timedelta(days=1),
        }
        with self._connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return [Act(**row) for row in cursor.execute(QUERIES["find_acts"], asked)]


def write(  # noqa: PLR0917 - what a row holds, in its order
    connection: psycopg.Connection[Any],
    act: str,
    by: By,
    subject: Subject,
    outcome: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> Row | None:
    """Write an act down in a transaction of somebody else's; None if it is left out."""
    values = {
        "act": act,
        "organiser_id": by.id,
        "organiser": by.name,
        "via": by.via,
        "shown": by.token,
        "address": by.address,
        "outcome": outcome,
        "poll": subject.poll,
        "account": subject.account,
        "token": subject.token,
        "tried": subject.tried,
        "subject": subject.text,
        "name": subject.name,
        "details": Json(dict(details or {})),
        "most": STRANGERS,
    }
    row = connection.execute(QUERIES["begin_act"], values).fetchone()
    return row and Row(*row)


def _place(cursor: str | None) -> int | None:
    if not cursor or not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:  # noqa: PLR2004
        return None
    return int(cursor)
