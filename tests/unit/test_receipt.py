"""Receipts: what they carry, and that they cannot be made up."""

import string
import subprocess
from base64 import urlsafe_b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotbox.ballot import MAX_SEQ
from ballotbox.errors import UnknownReceipt
from ballotbox.receipt import Receipts
from ballotbox.receipt_key import receipt_key
from deploy.local.layout import ROOT

RECEIPTS = Receipts.of("a secret of the tests")
ALPHABET = string.ascii_letters + string.digits + "-_"
ALPHABET_64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
# Issued by 0.1.0 with the same secret, for the ballot 1795252535840333 in poll 7.
OLD = "GuV1-PK6EZxDi2jPAAZgxc2uTk0AAAAH"


@given(poll=st.integers(1, 2**31 - 1), seq=st.integers(1, MAX_SEQ))
def test_it_finds_the_ballot_again(poll: int, seq: int) -> None:
    """A receipt names its ballot, whatever the poll and the sequence number."""
    code = RECEIPTS.issue(poll, seq)
    assert RECEIPTS.read(code) == (poll, seq)
    assert len(code) == 38
    assert set(code) <= set(ALPHABET)


def test_it_is_the_same_for_the_same_ballot() -> None:
    """A repeated request is given the same receipt again."""
    assert RECEIPTS.issue(1, 1000) == RECEIPTS.issue(1, 1000)


@given(place=st.integers(0, 37), letter=st.sampled_from(ALPHABET))
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


@pytest.mark.parametrize("old", [False, True], ids=["today", "0.1.0"])
@pytest.mark.parametrize("mangle", ["{}=", "{}==", " {}", "{}\n", "{}A", "!{}", "{}.", "-{}"])
def test_it_knows_one_spelling_only(mangle: str, *, old: bool) -> None:
    """What a lenient decoder would overlook is refused as well."""
    code = OLD if old else RECEIPTS.issue(1, 2)
    assert RECEIPTS.read(code)
    with pytest.raises(UnknownReceipt):
        RECEIPTS.read(mangle.format(code))


@pytest.mark.parametrize("old", [False, True], ids=["today", "0.1.0"])
def test_it_knows_the_letters_of_addresses_only(*, old: bool) -> None:
    """The plain alphabet of base64 is another spelling, and so is a bit that nothing needs."""
    codes = [OLD] if old else [RECEIPTS.issue(1, seq) for seq in range(1, 200)]
    others = {code.translate(str.maketrans("-_", "+/")) for code in codes} - set(codes)
    assert others
    if not old:
        others |= {code[:-1] + ALPHABET_64[ALPHABET_64.index(code[-1]) + 1] for code in codes}
    for code in others:
        with pytest.raises(UnknownReceipt):
            RECEIPTS.read(code)


def test_it_tells_nothing_of_the_ballot() -> None:
    """Two ballots that follow each other have receipts with nothing in common."""
    receipts = [RECEIPTS.issue(7, 1_795_252_535_840_333 + number) for number in range(100)]
    packed = [urlsafe_b64decode(each + "==") for each in receipts]
    for seq in range(100):
        number = (1_795_252_535_840_333 + seq).to_bytes(8, "big")
        assert not any(number[1:7] in each for each in packed)
    assert len({each[:4] for each in packed}) == len({each[-4:] for each in packed}) == 100


def test_it_reads_those_of_0_1_0() -> None:
    """Whoever has kept one finds the ballot with it."""
    assert RECEIPTS.read(OLD) == (7, 1_795_252_535_840_333)
    assert RECEIPTS.issue(7, 1_795_252_535_840_333) != OLD


def test_it_does_not_know_those_of_another_secret() -> None:
    """Only who has the secret can issue receipts."""
    with pytest.raises(UnknownReceipt):
        RECEIPTS.read(Receipts.of("another secret of the tests").issue(1, 2))


@pytest.mark.parametrize(
    "secret", ["0123456789abcdef", "ab" * 32, "xyz" * 30, 'long, of "Ümläuten", \\n and %d']
)
def test_it_has_the_same_key_in_containers(secret: str) -> None:
    """There a script derives it: what it gives reads the receipts that `vote` issues."""
    script = ROOT / "deploy" / "compose" / "receipt-key.sh"
    told = subprocess.run(
        ["sh", str(script)], input=f"{secret}\n", capture_output=True, text=True, check=True
    )
    assert told.stdout == f"{receipt_key(secret)}\n"
