"""What organisers fill in, turned into a poll."""

from __future__ import annotations

from typing import Any

import pytest

from admin.definition import COPIED, FIELDS, changed
from ballotbox.poll import Identity, Kind, Option, Visibility
from tests.polls import FUTURE, a_poll

THREE = ("Cats", "Dogs", "Fish")


def options(*texts: str) -> list[Option]:
    """Give options without numbers, as a form or a program sends them."""
    return [Option(id=0, text=text) for text in texts]


def test_it_takes_what_is_given_and_leaves_the_rest() -> None:
    """Words become what they stand for; what is not given stays."""
    before = a_poll()
    after = changed(
        before,
        {"question": "Who?", "identity": "code", "visibility": "organiser", "opens_at": FUTURE},
    )
    assert (after.question, after.opens_at) == ("Who?", FUTURE)
    assert (after.identity, after.visibility) == (Identity.CODE, Visibility.ORGANISER)
    assert after.options == before.options
    assert changed(before, {}) == before


def test_it_numbers_options_in_their_order() -> None:
    """From 1, whatever numbers they had before, without space around them."""
    after = changed(a_poll(), {"options": options(" Fish ", "Cats")})
    assert after.options == (Option(id=1, text="Fish"), Option(id=2, text="Cats"))


@pytest.mark.parametrize(
    ("before", "fields", "limits"),
    [
        # What was usual follows the options and the kind.
        ({"kind": Kind.RANKED}, {"options": options("A", "B")}, (1, 2)),
        ({"kind": Kind.MULTIPLE}, {"options": options("A", "B", "C", "D")}, (1, 4)),
        ({}, {"kind": "multiple"}, (1, 3)),
        ({"kind": Kind.MULTIPLE}, {"kind": "single"}, (1, 1)),
        # What was chosen stays, as long as the kind does.
        ({"kind": Kind.MULTIPLE, "max_choices": 2}, {"options": options(*"ABCD")}, (1, 2)),
        ({"kind": Kind.MULTIPLE, "max_choices": 2}, {"min_choices": 2}, (2, 2)),
        ({"kind": Kind.MULTIPLE, "max_choices": 2}, {"kind": "single"}, (1, 1)),
        # What is given holds; None means what is usual.
        ({"kind": Kind.MULTIPLE}, {"min_choices": 2}, (2, 3)),
        ({}, {"kind": "multiple", "max_choices": 2}, (1, 2)),
        ({"kind": Kind.MULTIPLE, "max_choices": 2}, {"max_choices": None}, (1, 3)),
        (
            {"kind": Kind.MULTIPLE, "min_choices": 2, "max_choices": 2},
            {"min_choices": None, "max_choices": None},
            (1, 3),
        ),
    ],
)
def test_it_keeps_limits_that_make_sense(
    before: dict[str, Any], fields: dict[str, Any], limits: tuple[int, int]
) -> None:
    """Nobody has to think of the limits when they add an option, or choose another kind."""
    after = changed(a_poll(options=THREE, **before), fields)
    assert (after.min_choices, after.max_choices) == limits


@pytest.mark.parametrize(
    "fields",
    [{"id": 2}, {"owner": 1}, {"draft": False}, {"revision": 9}, {"kind": "best"}, {"nothing": 1}],
)
def test_it_takes_nothing_that_is_not_an_organisers(fields: dict[str, Any]) -> None:
    """State, owner and numbers are ours; a word that is none is a mistake of the caller."""
    with pytest.raises(ValueError):
        changed(a_poll(), fields)


def test_it_copies_what_is_asked_and_not_when() -> None:
    """A copy has its own address and its own window."""
    assert set(FIELDS) - set(COPIED) == {"slug", "opens_at", "closes_at"}


@pytest.mark.parametrize(
    ("before", "fields", "listed"),
    [
        ({}, {}, True),
        ({}, {"listed": None}, True),
        ({}, {"listed": False}, False),
        ({"listed": False}, {"question": "Who?"}, False),
        ({"listed": False}, {"listed": True}, True),
        # With codes it goes off the lists, and does not come back by itself.
        ({}, {"identity": "code"}, False),
        ({"identity": Identity.CODE}, {"identity": "cookie"}, False),
        ({"identity": Identity.CODE}, {"identity": "cookie", "listed": True}, True),
        # Asked for, it is refused when the poll is checked.
        ({}, {"identity": "code", "listed": True}, True),
    ],
)
def test_it_lists_what_can_be_listed(
    before: dict[str, Any], fields: dict[str, Any], *, listed: bool
) -> None:
    """Nobody has to think of it who makes a poll with codes."""
    assert changed(a_poll(**before), fields).listed is listed
