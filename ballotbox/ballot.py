"""
Ballots and their marks, and how they are written on the list. Pure.

A mark is (option, value): `single` and `multiple` polls mark with 1. A ballot without marks is a
withdrawn vote.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

MAX_VOTER = 128  # characters of a voter's id
MAX_SEQ = 2**53 - 1  # Redis' Lua counts in doubles: above this, neighbours cannot be told apart
_CODE = "code:"
_SMALLINT = 2**15 - 1
_INT = 2**31 - 1


class Mark(NamedTuple):
    """One option marked with a value; both fit PostgreSQL's smallint."""

    option: int
    value: int


Marks = tuple[Mark, ...]


def voter_of(number: int) -> str:
    """Name the voter who has the code of this number."""
    return f"{_CODE}{number}"


def code_of(voter: str) -> int | None:
    """Tell the number of a voter's code, None for voters who are known otherwise."""
    number = voter.removeprefix(_CODE)
    if number == voter or not number.isascii() or not number.isdigit():
        return None
    return min(int(number), _INT)


@dataclass(frozen=True, slots=True)
class Ballot:
    """One voter's marks in one poll, at one place (`seq`) of the order of all ballots."""

    poll: int
    voter: str
    seq: int
    marks: Marks


@dataclass(frozen=True, slots=True)
class Close:
    """The marker behind the last accepted ballot of a poll: from here on the result is final."""

    poll: int
    seq: int


@lru_cache(maxsize=4096)  # few different sets of marks are cast again and again
def encode_marks(marks: Marks) -> str:
    """Write marks as the JSON that stands in an item: `[[1,1],[3,1]]`."""
    return json.dumps([[*mark] for mark in marks], separators=(",", ":"))


def decode_marks(text: str | bytes) -> Marks:
    """Read marks written by `encode_marks`; raises ValueError."""
    return _marks(json.loads(text))


def encode_body(poll: int, voter: str, marks: Marks) -> str:
    """Write what stands in an item behind its sequence number, which only the queue knows."""
    return f"{poll},{json.dumps(voter)},{encode_marks(marks)}"


def encode(ballot: Ballot) -> bytes:
    """Write a whole item of the list, as the queue's script does."""
    return f"[{ballot.seq},{encode_body(ballot.poll, ballot.voter, ballot.marks)}]".encode()


def decode(item: bytes) -> Ballot | Close:
    """
    Read an item of the list.

    :raise ValueError: if it is neither a ballot nor a close marker that the ledger could hold.
    """
    try:
        fields = json.loads(item)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    match fields:
        case [seq, poll]:
            return Close(_number("poll", poll, _INT), _number("seq", seq, MAX_SEQ))
        case [seq, poll, str(voter), marks]:
            return Ballot(
                _number("poll", poll, _INT),
                _voter(voter),
                _number("seq", seq, MAX_SEQ),
                _marks(marks),
            )
    raise ValueError("neither a ballot nor a close marker")


def _number(name: str, value: object, highest: int) -> int:
    if type(value) is not int or not 0 < value <= highest:
        raise ValueError(f"{name} is not a number from 1 to {highest}")
    return value


def _voter(voter: str) -> str:
    if not 0 < len(voter) <= MAX_VOTER or not voter.isprintable():
        raise ValueError(f"voter is not 1 to {MAX_VOTER} printable characters")
    return voter


def _marks(pairs: object) -> Marks:
    if not isinstance(pairs, list):
        raise ValueError("marks are not a list")  # noqa: TRY004 - callers catch one kind
    marks = tuple(_mark(pair) for pair in pairs)
    if len({mark.option for mark in marks}) < len(marks):
        raise ValueError("an option is marked twice")
    return marks


def _mark(pair: object) -> Mark:
    match pair:
        case [option, value]:
            return Mark(_number("option", option, _SMALLINT), _number("value", value, _SMALLINT))
    raise ValueError("a mark is not a pair")
