"""
The file of a poll's ballots: CSV, under pseudonyms, in an order that tells nothing.

A poll's seal holds the SHA-256 of this file, so it is written in one way only. Its columns are
`pseudonym` (the same voter has the same one within a file), `number` (1, 2 and so on: a voter's
ballots in their order) and `choice`, which is the marks as `1:1 3:1`, each an option and its value;
a withdrawn vote has none. Rows are sorted by pseudonym, which is a salted hash: nothing says when a
ballot came, or after which other one.

Version 1, where a seal of that version stands: the columns `seq`, `voter` and `choice`, in the
order of acceptance.
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

HEADER = b"pseudonym,number,choice\n"
HEADER_1 = b"seq,voter,choice\n"
_CHOICE = rb"((?:[0-9]+:[0-9]+(?: [0-9]+:[0-9]+)*)?)\n"
_ROW = re.compile(rb"([0-9a-f]{24}),([1-9][0-9]{0,18})," + _CHOICE)
_ROW_1 = re.compile(rb"([1-9][0-9]{0,18}),([0-9a-f]{24})," + _CHOICE)
_ROWS_AT_ONCE = 1000


def ballots_file(connection: psycopg.Connection[Any], poll: int) -> Iterator[bytes]:
    """
    Write a poll's file of ballots to be sealed, piece by piece: it may be larger than memory.

    It takes the rights of the worker. The connection needs to allow long statements, and takes no
    other until the last piece is read or the iterator is closed.

    :raise LedgerUnavailable: if PostgreSQL does not answer.
    """
    return _file(connection, "ballots_file", HEADER, poll)


def told_ballots_file(
    connection: psycopg.Connection[Any], poll: int, *, version: int
) -> Iterator[bytes]:
    """
    Write the file of ballots that a seal holds the hash of, as `ballots_file` does.

    The rights of the desk are enough. Without a seal of this version there are no rows.

    :param version: of the seal's format.
    :raise LedgerUnavailable: if PostgreSQL does not answer.
    """
    if version == 1:
        return _file(connection, "told_ballots_file_1", HEADER_1, poll)
    return _file(connection, "told_ballots_file", HEADER, poll)


def _file(
    connection: psycopg.Connection[Any], query: str, header: bytes, poll: int
) -> Iterator[bytes]:
    yield header
    statement = f"COPY ({QUERIES[query].rstrip(';')}) TO STDOUT (FORMAT csv)"
    with (
        database_errors(),
        connection.cursor() as cursor,
        cursor.copy(statement.encode(), {"poll": poll}) as rows,
    ):
        while piece := b"".join(islice(rows, _ROWS_AT_ONCE)):
            yield piece


def read_ballots(lines: Iterable[bytes], *, poll: int, version: int) -> Iterator[Ballot]:
    """
    Read the lines of a poll's file of ballots, each voter's own in their order.

    Of a file of version 2 a ballot's `seq` is its number among its voter's own.

    :param version: of the seal's format.
    :raise ValueError: if it is not such a file.
    """
    lines = iter(lines)
    if next(lines, b"") != (HEADER_1 if version == 1 else HEADER):
        raise ValueError("it does not begin as a file of ballots does")
    read = _read_1 if version == 1 else _read_2
    last = None
    for line_number, line in enumerate(lines, 2):
        ballot = read(line, poll, last)
        if ballot is None:
            raise ValueError(f"line {line_number} is not a ballot")
        yield ballot
        last = ballot


def _read_1(line: bytes, poll: int, _: Ballot | None) -> Ballot | None:
    found = _ROW_1.fullmatch(line)
    return Ballot(poll, found[2].decode(), int(found[1]), _marks(found[3])) if found else None


def _read_2(line: bytes, poll: int, last: Ballot | None) -> Ballot | None:
    found = _ROW.fullmatch(line)
    if not found:
        return None
    ballot = Ballot(poll, found[1].decode(), int(found[2]), _marks(found[3]))
    if last is not None and ballot.voter == last.voter:
        return ballot if ballot.seq == last.seq + 1 else None
    in_order = last is None or ballot.voter > last.voter
    return ballot if ballot.seq == 1 and in_order else None


def _marks(choice: bytes) -> Marks:
    pairs = (pair.split(b":") for pair in choice.split())
    return tuple(Mark(int(option), int(value)) for option, value in pairs)
