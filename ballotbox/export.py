"""
The file of a poll's ballots: CSV, under pseudonyms, in the order of acceptance.

A poll's seal holds the SHA-256 of this file, so it is written in one way only. Its columns are
`seq`, `voter` (a pseudonym: the same voter has the same one within a poll) and `choice`, which is
the marks as `1:1 3:1`, each an option and its value; a withdrawn vote has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import psycopg

from ballotbox.ballot import Ballot, Mark, Marks
from ballotbox.postgres import database_errors
from ballotbox.sql import QUERIES

HEADER = b"seq,voter,choice\n"
_ROW = re.compile(rb"([1-9][0-9]{0,18}),([0-9a-f]{24}),((?:[0-9]+:[0-9]+(?: [0-9]+:[0-9]+)*)?)\n")
_ROWS_AT_ONCE = 1000


def ballots_file(connection: psycopg.Connection[Any], poll: int) -> Iterator[bytes]:
    """
    Write a poll's file of ballots, piece by piece: it may be larger than memory.

    The rights of the desk are enough. The connection needs to allow long statements, and takes no
    other until the last piece is read or the iterator is closed.

    :raise LedgerUnavailable: if PostgreSQL does not answer.
    """
    yield HEADER
    rows_of_it = QUERIES["ballots_file"].rstrip(";")
    statement = f"COPY ({rows_of_it}) TO STDOUT (FORMAT csv)"
    with (
        database_errors(),
        connection.cursor() as cursor,
        cursor.copy(statement.encode(), {"poll": poll}) as rows,
    ):
        while piece := b"".join(islice(rows, _ROWS_AT_ONCE)):
            yield piece


def read_ballots(lines: Iterable[bytes], *, poll: int) -> Iterator[Ballot]:
    """
    Read the lines of a poll's file of ballots.

    :raise ValueError: if it is not such a file.
    """
    lines = iter(lines)
    if next(lines, b"") != HEADER:
        raise ValueError("it does not begin as a file of ballots does")
    for number, line in enumerate(lines, 2):
        if not (found := _ROW.fullmatch(line)):
            raise ValueError(f"line {number} is not a ballot")
        yield Ballot(poll, found[2].decode(), int(found[1]), _marks(found[3]))


def _marks(choice: bytes) -> Marks:
    pairs = (pair.split(b":") for pair in choice.split())
    return tuple(Mark(int(option), int(value)) for option, value in pairs)
