"""The fields of a ballot: what is taken, and what is refused in a sentence."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given

from ballotbox.errors import IdentityRequired, InvalidBallot, UnknownPoll
from tests.polls import voters
from vote.fields import declared_voter, idempotency_key, number, poll_name

ODD: list[Any] = [True, False, 1.0, 1e300, float("nan"), [1], {"id": 1}, 10**18, -(10**4000), b"1"]


@pytest.mark.parametrize(("given_as", "meant"), [(1, 1), ("1", 1), ("007", 7), (-3, -3)])
def test_it_takes_ids_as_numbers_and_as_digits(given_as: object, meant: int) -> None:
    """Clients write ids either way."""
    assert number(given_as, "optionId") == meant


@pytest.mark.parametrize("value", [*ODD, None, "", "one", " 1", "1 ", "+1", "1.0", "१", "9" * 19])
def test_it_takes_nothing_else_for_an_id(value: object) -> None:
    """A bool is no number, nor is what only looks like one."""
    with pytest.raises(InvalidBallot, match="optionId is not a number"):
        number(value, "optionId")


@pytest.mark.parametrize(
    ("given_as", "name"), [(1, "1"), ("1", "1"), ("cats-or-dogs", "cats-or-dogs")]
)
def test_it_takes_a_poll_by_id_or_name(given_as: object, name: str) -> None:
    """A poll is named by its id, its slug or its code."""
    assert poll_name(given_as) == name


@pytest.mark.parametrize("value", [*ODD, None, ""])
def test_it_refuses_what_names_no_poll(value: object) -> None:
    """What is neither an id nor a name is an invalid ballot."""
    with pytest.raises(InvalidBallot):
        poll_name(value)


@pytest.mark.parametrize("name", ["\0", "a\nb", "katzen-oder-hünde", "\ud800"])
def test_it_knows_no_poll_by_a_name_that_none_can_have(name: str) -> None:
    """Such a name is looked up nowhere: not every store could even hold it."""
    with pytest.raises(UnknownPoll):
        poll_name(name)


@given(voters.filter(lambda voter: voter.isprintable() and bool(voter.strip())))
def test_it_takes_a_declared_voter_in_any_script(voter: str) -> None:
    """A name is the voter, and stays the same however often it is taken."""
    taken = declared_voter(voter)
    assert taken == unicodedata.normalize("NFC", voter).strip()
    assert declared_voter(taken) == taken


@pytest.mark.parametrize(
    "spelled", ["Zoë Müller", "Zoe\u0308 Mu\u0308ller", " Zoë Müller", "Zoë Mu\u0308ller  "]
)
def test_it_takes_what_looks_the_same_for_the_same_voter(spelled: str) -> None:
    """Spaces around a name, and how its letters are composed, make no second voter."""
    assert declared_voter(spelled) == "Zoë Müller"


def test_it_takes_a_number_for_a_declared_voter() -> None:
    """Older clients send their user's number; as text it is the same voter."""
    assert declared_voter(4711) == declared_voter("4711") == "4711"


@pytest.mark.parametrize("user", [None, ""])
def test_it_asks_for_a_declared_voter(user: object) -> None:
    """Who says nothing is asked who it is."""
    with pytest.raises(IdentityRequired):
        declared_voter(user)


@pytest.mark.parametrize("user", [*ODD, " ", "a\0b", "a\nb", "\ud800", "x" * 129, "\u200b"])
def test_it_refuses_a_declared_voter_nobody_could_read(user: object) -> None:
    """A voter has 1 to 128 printable characters."""
    with pytest.raises(InvalidBallot):
        declared_voter(user)


@pytest.mark.parametrize("key", [None, "12345678", "a key, with spaces", "~" * 128])
def test_it_takes_an_idempotency_key(key: str | None) -> None:
    """A key has 8 to 128 printable ASCII characters, or is not there."""
    assert idempotency_key(key) == key


@pytest.mark.parametrize(
    "key", ["", "1234567", "~" * 129, "schlüssel", "12345678\n", "1234\x00678"]
)
def test_it_refuses_other_keys(key: str) -> None:
    """A key that cannot be kept is refused, not ignored: the client relies on it."""
    with pytest.raises(InvalidBallot):
        idempotency_key(key)
