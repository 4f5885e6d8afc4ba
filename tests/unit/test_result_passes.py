"""Receipts as passes to numbers that only voters may see."""

from __future__ import annotations

import pytest

from ballotbox.receipt import Receipts
from result.passes import Passes
from tests.polls import a_poll

SECRET = "a secret of at least thirty-two letters"


def test_it_admits_who_has_voted() -> None:
    """A receipt that `vote` has issued with the same secret opens its poll."""
    assert Passes(Receipts.of(SECRET)).admit(a_poll(), Receipts.of(SECRET).issue(1, 77))


@pytest.mark.parametrize("receipt", [None, "", "nonsense", "A" * 32, "é" * 32, "x" * 10_000])
def test_it_takes_everybody_else_for_a_stranger(receipt: str | None) -> None:
    """What is not a receipt opens nothing, and is no error either."""
    assert not Passes(Receipts.of(SECRET)).admit(a_poll(), receipt)


def test_it_does_not_admit_voters_of_another_poll() -> None:
    """A receipt is good for its own poll."""
    assert not Passes(Receipts.of(SECRET)).admit(a_poll(), Receipts.of(SECRET).issue(2, 77))


def test_it_does_not_admit_receipts_of_another_secret() -> None:
    """A receipt that was made up, or issued before the secret was changed, opens nothing."""
    assert not Passes(Receipts.of(SECRET)).admit(a_poll(), Receipts.of("x" * 32).issue(1, 77))


def test_it_does_not_admit_voters_whose_ballots_were_thrown_away() -> None:
    """After a reset the old receipts are no pass to the new round."""
    receipts = Receipts.of(SECRET)
    assert not Passes(Receipts.of(SECRET)).admit(a_poll(starts_seq=77), receipts.issue(1, 77))
    assert Passes(Receipts.of(SECRET)).admit(a_poll(starts_seq=77), receipts.issue(1, 78))
