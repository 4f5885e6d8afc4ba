"""Receipts: what they carry, and that they cannot be made up."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotbox.ballot import MAX_SEQ
from ballotbox.errors import UnknownReceipt
from ballotbox.receipt import Receipts

RECEIPTS = Receipts("a secret of the tests")
ALPHABET = string.ascii_letters + string.digits + "-_"


@given(poll=st.integers(1, 2**31 - 1), seq=st.integers(1, MAX_SEQ))
def test_it_finds_the_ballot_again(poll: int, seq: int) -> None:
    """A receipt names its ballot, whatever the poll and the sequence number."""
    code = RECEIPTS.issue(poll, seq)
    assert RECEIPTS.read(code) == (poll, seq)
    assert len(code) == 32
    assert set(code) <= set(ALPHABET)


def test_it_is_the_same_for_the_same_ballot() -> None:
    """A repeated request is given the same receipt again."""
    assert RECEIPTS.issue(1, 1000) == RECEIPTS.issue(1, 1000)


@given(place=st.integers(0, 31), letter=st.sampled_from(ALPHABET))
def test_it_does_not_know_a_changed_one(place: int, letter: str) -> None:
    """With any one character changed, a receipt is nobody's."""
    code = RECEIPTS.issue(7, 1_795_252_535_840_333)
    changed = code[:place] + letter + code[place + 1 :]
    if changed != code:
        with pytest.raises(UnknownReceipt):
            RECEIPTS.read(changed)


@given(st.text(max_size=64))
def test_it_does_not_know_what_it_did_not_issue(code: str) -> None:
    """Whatever somebody makes up is refused, and breaks nothing."""
    with pytest.raises(UnknownReceipt):
        RECEIPTS.read(code)


@pytest.mark.parametrize("mangle", ["{}=", " {}", "{}\n", "{}A", "!{}"])
def test_it_knows_one_spelling_only(mangle: str) -> None:
    """What a lenient decoder would overlook is refused as well."""
    with pytest.raises(UnknownReceipt):
        RECEIPTS.read(mangle.format(RECEIPTS.issue(1, 2)))


def test_it_does_not_know_those_of_another_secret() -> None:
    """Only who has the secret can issue receipts."""
    with pytest.raises(UnknownReceipt):
        RECEIPTS.read(Receipts("another secret of the tests").issue(1, 2))
