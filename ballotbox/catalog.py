"""
The catalog of polls, in PostgreSQL: what is asked, and by which rules.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

import psycopg
from psycopg.rows import dict_row

from ballotbox.poll import Poll
from ballotbox.rules import RESERVED
from ballotbox.sql import QUERIES

# Without 0, O, 1, I and L, which people mix up when they read a code from a screen.
_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_VOTERS_CODE = 10  # characters: nobody guesses one of a thousand among 8e14
_LONGEST_SLUG = 60  # of what is made of a question


def read_polls(connection: psycopg.Connection[Any], ids: Iterable[int] | None = None) -> list[Poll]:
    """Read polls from PostgreSQL, oldest first: those with these ids, or all."""
    wanted = None if ids is None else list(ids)
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(QUERIES["read_polls"], {"ids": wanted})
        return [Poll.from_fields(row) for row in rows]


def add_poll(connection: psycopg.Connection[Any], poll: Poll) -> Poll:
    """Add a poll to PostgreSQL; its id is given out there. Returns it as it was added."""
    fields = {name: value for name, value in asdict(poll).items() if name not in ("id", "options")}
    with connection.transaction():
        row = connection.execute(QUERIES["insert_poll"], fields).fetchone()
        assert row is not None
        texts = [option.text for option in poll.options]
        images = [option.image for option in poll.options]
        options = {"poll": row[0], "texts": texts, "images": images}
        connection.execute(QUERIES["insert_options"], options)
    return replace(poll, id=row[0], preview=row[1])


def new_code() -> str:
    """Make a code of six characters to join a poll by; about 900 million are possible."""
    return _letters(6)


def new_voters_code() -> str:
    """Make a single-use code for a voter, as it is kept: without the hyphen that is printed."""
    return _letters(_VOTERS_CODE)


def _letters(count: int) -> str:
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(count))


def slug_of(question: str, *, code: str) -> str:
    """
    Make a poll's name for addresses out of its question, in a-z, 0-9 and hyphens.

    A question without such letters is named after its code, so that no two are called the same.
    """
    plain = unicodedata.normalize("NFKD", question).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-")
    # Digits alone would be taken for an id, and these have pages of their own.
    if not slug or slug.isdigit() or slug in RESERVED:
        return "-".join(filter(None, ("poll", slug, code.lower())))
    return slug


def hard_to_guess(slug: str) -> str:
    """Give a poll's name an end that nobody guesses, as nobody guesses a voter's code."""
    return f"{slug[:_LONGEST_SLUG].strip('-')}-{new_voters_code().lower()}"
