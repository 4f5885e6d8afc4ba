"""How ballots are written on the list and read from it."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotbox.ballot import (
    MAX_SEQ,
    Ballot,
    Close,
    Mark,
    decode,
    decode_marks,
    encode,
    encode_body,
    encode_marks,
)
from tests.polls import BOTH, CATS, any_ballot, any_close, marks_of_any_kind

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(any_ballot)
def test_it_reads_back_every_ballot_it_wrote(ballot: Ballot) -> None:
    """A ballot is the same on both sides of the list."""
    assert decode(encode(ballot)) == ballot


@given(any_close)
def test_it_reads_back_every_close_marker(close: Close) -> None:
    """A close marker is `[seq, poll]`, as the queue's script writes it."""
    assert decode(f"[{close.seq},{close.poll}]".encode()) == close


@given(any_ballot)
def test_it_writes_an_item_as_one_line_of_ascii(ballot: Ballot) -> None:
    """An item is plain text, whatever script the voter's id is written in: tools can show it."""
    assert encode(ballot).isascii()
    assert b"\n" not in encode(ballot)


@given(any_ballot)
def test_it_writes_the_body_that_stands_behind_the_sequence_number(ballot: Ballot) -> None:
    """The queue's script only puts its number in front of the body."""
    body = encode_body(ballot.poll, ballot.voter, ballot.marks)
    assert encode(ballot) == f"[{ballot.seq},{body}]".encode()


@given(marks_of_any_kind)
def test_it_reads_back_marks(marks: tuple[Mark, ...]) -> None:
    """Marks alone are written as they stand in an item."""
    assert decode_marks(encode_marks(marks)) == marks


def test_it_writes_marks_as_pairs() -> None:
    """The shape on the list is part of the documented format."""
    assert encode_marks(BOTH) == "[[1,1],[2,1]]"
    assert encode(Ballot(7, "Zoë", 42, CATS)) == b'[42,7,"Zo\\u00eb",[[1,1]]]'


@given(st.binary(max_size=200))
def test_it_raises_nothing_but_value_error_on_any_bytes(item: bytes) -> None:
    """The drain puts aside what raises ValueError; anything else would stop it."""
    with suppress(ValueError):
        decode(item)


@given(json_values)
def test_it_raises_nothing_but_value_error_on_any_json(value: object) -> None:
    """JSON of every shape is either an item or refused as one."""
    try:
        item = decode(json.dumps(value).encode())
    except ValueError:
        return
    assert isinstance(item, Ballot | Close)


@given(any_ballot, st.integers(0, 3), json_values)
def test_it_reads_no_ballot_with_a_field_of_another_kind(
    ballot: Ballot, field: int, value: object
) -> None:
    """A ballot with one field replaced by anything is a ballot the ledger can hold, or refused."""
    fields = json.loads(encode(ballot))
    fields[field] = value
    try:
        item = decode(json.dumps(fields).encode())
    except ValueError:
        return
    assert decode(encode(item)) == item if isinstance(item, Ballot) else True


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (b"", "Expecting value"),
        (b"garbage", "Expecting value"),
        (b"\xff\xfe\x00", "."),
        (b"null", "neither"),
        (b"{}", "neither"),
        (b"[]", "neither"),
        (b"[1]", "neither"),
        (b'[1,1,"a"]', "neither"),
        (b"[1,1,7,[]]", "neither"),
        (b'[1,1,"a",[],0]', "neither"),
        (b'[0,1,"a",[]]', "seq"),
        (b'[-1,1,"a",[]]', "seq"),
        (b'[1.0,1,"a",[]]', "seq"),
        (b'[true,1,"a",[]]', "seq"),
        (b'["1",1,"a",[]]', "seq"),
        (b'[NaN,1,"a",[]]', "seq"),
        (b'[9007199254740992,1,"a",[]]', "seq"),
        (b'[1,0,"a",[]]', "poll"),
        (b'[1,2147483648,"a",[]]', "poll"),
        (b"[1,2147483648]", "poll"),
        (b'[1,1,"",[]]', "voter"),
        (b'[1,1,"' + b"a" * 129 + b'",[]]', "voter"),
        (b'[1,1,"a\\u0000b",[]]', "voter"),
        (b'[1,1,"a\\nb",[]]', "voter"),
        (b'[1,1,"\\u2028",[]]', "voter"),
        (b'[1,1,"\\ud800",[]]', "voter"),
        (b'[1,1,"a",{}]', "marks"),
        (b'[1,1,"a",null]', "marks"),
        (b'[1,1,"a",[1]]', "pair"),
        (b'[1,1,"a",["11"]]', "pair"),
        (b'[1,1,"a",[[1]]]', "pair"),
        (b'[1,1,"a",[[1,1,1]]]', "pair"),
        (b'[1,1,"a",[[32768,1]]]', "option"),
        (b'[1,1,"a",[[0,1]]]', "option"),
        (b'[1,1,"a",[[1,true]]]', "value"),
        (b'[1,1,"a",[[1,32768]]]', "value"),
        (b'[1,1,"a",[[1,1],[1,2]]]', "twice"),
        (b"[" * 100_000, "."),
        (b"[" + b"9" * 10_000 + b",1]", "."),
    ],
)
def test_it_refuses_what_the_ledger_could_not_hold(item: bytes, reason: str) -> None:
    """Wrong types, numbers too large and characters that PostgreSQL cannot store are refused."""
    with pytest.raises(ValueError, match=reason):
        decode(item)


def test_it_takes_the_largest_numbers_that_everybody_can_count_to() -> None:
    """Sequence numbers end where Redis' Lua, which counts in doubles, could not tell two apart."""
    largest = Ballot(2**31 - 1, "a", MAX_SEQ, (Mark(32767, 32767),))
    assert decode(encode(largest)) == largest
    assert float(MAX_SEQ) != float(MAX_SEQ + 1)
