"""Readiness names what fails."""

from __future__ import annotations

import pytest

from ballotbox.errors import BallotBoxUnavailable
from ballotbox.health import readiness


def fails() -> None:
    raise BallotBoxUnavailable("Redis is away.")


def test_it_is_ready_when_every_part_answers() -> None:
    """Nothing failing means ready."""
    assert readiness({"redis": lambda: 1, "postgres": lambda: None}) == (
        {"ok": ["redis", "postgres"], "failing": {}},
        True,
    )


def test_it_names_the_part_that_fails_and_asks_the_others_too() -> None:
    """Whoever is called at night sees at once which part it is."""
    assert readiness({"redis": fails, "postgres": lambda: None}) == (
        {"ok": ["postgres"], "failing": {"redis": "Redis is away."}},
        False,
    )


def test_it_hides_no_fault_of_the_program() -> None:
    """A check that is broken is not a part that is away."""
    with pytest.raises(ZeroDivisionError):
        readiness({"redis": lambda: 1 / 0})
