"""What a poll may be like, and what of it may still be changed."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotbox.catalog import slug_of
from ballotbox.errors import InvalidPoll, NotEditable
from ballotbox.poll import HostSees, Identity, Kind, Option, Poll, State, Visibility
from ballotbox.rules import (
    changes_meaning,
    check_edit,
    check_poll,
    frozen,
    visibilities,
)
from tests.polls import a_poll

NOON = datetime(2026, 12, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
IMAGE = "0123456789abcdef" * 2

OPEN = a_poll(options="abc", kind=Kind.MULTIPLE, opens_at=NOON - HOUR, closes_at=NOON + HOUR)
COMING = replace(OPEN, opens_at=NOON + HOUR, closes_at=NOON + 2 * HOUR)
CLOSED = replace(OPEN, closes_at=NOON)
DRAFT = replace(OPEN, draft=True)

# For each field that an organiser edits, another value than the polls above have.
OTHER: dict[str, Any] = {
    "slug": "another-address",
    "question": "Dogs or cats?",
    "image": IMAGE,
    "options": tuple(Option(id=number, text=text) for number, text in enumerate("abx", 1)),
    "kind": Kind.RANKED,
    "min_choices": 2,
    "max_choices": 2,
    "change": False,
    "identity": Identity.CODE,
    "visibility": Visibility.ORGANISER,
    "listed": False,
    "host_sees": HostSees.VOTERS,
    "opens_at": NOON - 2 * HOUR,
    "closes_at": NOON + 5 * HOUR,
}
MEANING = {
    *("question", "image", "options", "kind", "min_choices", "max_choices"),
    *("identity", "change", "host_sees"),
}
# These are set by what is done with a poll, and not by editing it.
NOT_EDITED = {
    *("id", "code", "owner", "draft", "archived", "closed", "revision", "starts_seq"),
    *("reopened_seq", "codes", "preview"),
}

options_changed = {
    "another text": (Option(id=1, text="x"), *OPEN.options[1:]),
    "another image": (replace(OPEN.options[0], image=IMAGE), *OPEN.options[1:]),
    "one less": OPEN.options[:2],
    "one more": (*OPEN.options, Option(id=4, text="d")),
    "another order": tuple(
        replace(option, id=number) for number, option in enumerate(OPEN.options[::-1], 1)
    ),
}


def refused(before: Poll, *, has_ballots: bool) -> set[str]:
    """Change one field after the other, and tell which of these edits are refused."""
    found = set()
    for name, value in OTHER.items():
        try:
            check_edit(before, replace(before, **{name: value}), has_ballots=has_ballots, now=NOON)
        except NotEditable as error:
            found.add(error.field)
    return found


def test_it_knows_every_field_of_a_poll() -> None:
    """A new field is either edited, and then has its rule and its test, or it is not."""
    assert set(OTHER) | NOT_EDITED == {each.name for each in fields(Poll)}
    assert not set(OTHER) & NOT_EDITED


@pytest.mark.parametrize("has_ballots", [False, True])
def test_it_says_beforehand_what_it_will_refuse(*, has_ballots: bool) -> None:
    """The page shows as fixed exactly what an edit would be refused for, with a sentence."""
    for poll in (DRAFT, COMING, OPEN, CLOSED):
        reasons = frozen(poll, has_ballots=has_ballots, now=NOON)
        assert set(reasons) == refused(poll, has_ballots=has_ballots)
        assert all(reason.endswith(".") for reason in reasons.values())


@pytest.mark.parametrize("poll", [DRAFT, COMING])
def test_it_lets_everything_change_before_the_poll_is_open(poll: Poll) -> None:
    """Nobody can have voted yet."""
    assert refused(poll, has_ballots=False) == set()


def test_it_keeps_the_opening_of_an_open_poll() -> None:
    """It has opened, and people use its address; everything else may change before a ballot."""
    assert refused(OPEN, has_ballots=False) == {"opens_at", "slug"}


def test_it_fixes_what_was_asked_once_a_ballot_is_in() -> None:
    """Question, options, rules: what the ballots answer stays; the close may move."""
    assert refused(OPEN, has_ballots=True) == {*MEANING, "opens_at", "slug"}


@pytest.mark.parametrize("has_ballots", [False, True])
@pytest.mark.parametrize("poll", [CLOSED, replace(OPEN, closed=True)])
def test_it_fixes_everything_of_a_closed_poll(poll: Poll, *, has_ballots: bool) -> None:
    """By time or by hand: but its numbers can still be hidden, and it can go off the lists."""
    assert refused(poll, has_ballots=has_ballots) == set(OTHER) - {"visibility", "listed"}


def test_it_fixes_what_was_asked_where_a_draft_has_ballots() -> None:
    """That should not be; where it is, the ballots still mean what they meant."""
    assert refused(DRAFT, has_ballots=True) == MEANING


@pytest.mark.parametrize("options", options_changed.values(), ids=options_changed.keys())
def test_it_fixes_the_options_once_a_ballot_is_in(options: tuple[Option, ...]) -> None:
    """Text, image, number and order: a ballot names an option by its number alone."""
    after = replace(OPEN, options=options)
    check_edit(OPEN, after, has_ballots=False, now=NOON)
    with pytest.raises(NotEditable, match=r"The options cannot be changed\. Ballots are in"):
        check_edit(OPEN, after, has_ballots=True, now=NOON)
    assert changes_meaning(OPEN, after)


@given(st.sampled_from(Visibility), st.sampled_from(Visibility))
def test_it_hides_numbers_from_more_people_and_never_from_fewer(
    before: Visibility, after: Visibility
) -> None:
    """Who voted under a promise keeps it; before the first ballot nothing was promised."""
    poll = replace(OPEN, visibility=before)
    order = ["always", "after_vote", "after_close", "organiser"]
    looser = order.index(after) < order.index(before)
    assert (after not in visibilities(poll, has_ballots=True, now=NOON)) is looser
    assert after in visibilities(poll, has_ballots=False, now=NOON)
    edited = replace(poll, visibility=after)
    check_edit(poll, edited, has_ballots=False, now=NOON)
    if looser:
        with pytest.raises(NotEditable, match="Who sees the numbers cannot be changed") as raised:
            check_edit(poll, edited, has_ballots=True, now=NOON)
        assert raised.value.field == "visibility"
    else:
        check_edit(poll, edited, has_ballots=True, now=NOON)


def test_it_does_not_show_more_of_a_closed_poll() -> None:
    """Its voters have gone home; what they were told holds, were there ballots or not."""
    poll = replace(CLOSED, visibility=Visibility.AFTER_CLOSE)
    expected = [Visibility.AFTER_CLOSE, Visibility.ORGANISER]
    assert visibilities(poll, has_ballots=False, now=NOON) == expected


def test_it_can_be_closed_by_hand() -> None:
    """That is an edit of the close to this very moment; an earlier one would be a lie."""
    check_edit(OPEN, replace(OPEN, closes_at=NOON), has_ballots=True, now=NOON)
    earlier = replace(OPEN, closes_at=NOON - timedelta(microseconds=1))
    with pytest.raises(InvalidPoll, match="lies in the past") as raised:
        check_edit(OPEN, earlier, has_ballots=True, now=NOON)
    assert raised.value.field == "closes_at"


def test_it_can_be_left_open_until_it_is_closed_by_hand() -> None:
    """A close may be taken away as long as it has not come."""
    check_edit(OPEN, replace(OPEN, closes_at=None), has_ballots=True, now=NOON)


def test_it_does_not_publish_a_draft_whose_close_is_over() -> None:
    """It would be closed the moment it came out; while it is a draft the old time may stay."""
    draft = replace(DRAFT, closes_at=NOON - timedelta(minutes=1))
    check_edit(draft, replace(draft, question="Dogs?"), has_ballots=False, now=NOON)
    with pytest.raises(InvalidPoll, match="lies in the past"):
        check_edit(draft, replace(draft, draft=False), has_ballots=False, now=NOON)


def test_it_lets_a_poll_be_opened_at_once() -> None:
    """From a draft or a coming poll, by moving its opening to this moment."""
    now_open = replace(OPEN, opens_at=NOON)
    for poll in (DRAFT, COMING):
        check_edit(poll, replace(now_open, draft=False), has_ballots=False, now=NOON)
    assert now_open.state(NOON) is State.OPEN


@given(st.sets(st.sampled_from(sorted(OTHER))))
def test_it_tells_which_edits_change_what_a_ballot_means(changed: set[str]) -> None:
    """Those are published only while there is no ballot; who sees what, and when, is not."""
    after = replace(OPEN, **{name: OTHER[name] for name in changed})
    assert changes_meaning(OPEN, after) is bool(changed & MEANING)


def texts(*lines: str) -> tuple[Option, ...]:
    return tuple(Option(id=number, text=text) for number, text in enumerate(lines, 1))


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"question": ""}, "question", "1 to 300 printable"),
        ({"question": " \t "}, "question", "1 to 300 printable"),
        ({"question": "x" * 301}, "question", "1 to 300 printable"),
        ({"question": "\u200d\u00a0\u200f"}, "question", "1 to 300 printable"),
        ({"question": "Cats\nor dogs?"}, "question", "1 to 300 printable"),
        ({"question": "sdog ro \u202estaC"}, "question", "1 to 300 printable"),
        ({"question": "Cats \udcff"}, "question", "1 to 300 printable"),
        ({"image": "../../etc/passwd"}, "image", "32 digits"),
        ({"options": texts("a")}, "options", "2 to 100 options"),
        ({"options": texts(*map(str, range(101)))}, "options", "2 to 100 options"),
        ({"options": texts("a", "a")}, "options", "Two options are the same"),
        ({"options": texts("a", " a ")}, "options", "Two options are the same"),
        ({"options": texts("a", "")}, "options", "1 to 200 printable"),
        ({"options": texts("a", "x" * 201)}, "options", "1 to 200 printable"),
        ({"options": texts("a", "b\0")}, "options", "1 to 200 printable"),
        ({"options": texts("a", "b")[::-1]}, "options", "numbered 1, 2, 3"),
        ({"options": (Option(id=1, text="a"),) * 2}, "options", "numbered 1, 2, 3"),
        ({"options": (*texts("a"), Option(id=2, text="b", image="x"))}, "options", "32 digits"),
        ({"max_choices": 2}, "max_choices", "exactly one choice"),
        ({"kind": Kind.MULTIPLE, "max_choices": 3}, "max_choices", "more choices than options"),
        ({"kind": Kind.RANKED, "max_choices": 3}, "max_choices", "more places than options"),
        ({"kind": Kind.RATING, "max_choices": 3}, "max_choices", "more ratings than options"),
        ({"kind": Kind.MULTIPLE, "min_choices": 3}, "min_choices", "between 1 and the most"),
        ({"kind": Kind.MULTIPLE, "min_choices": 0}, "min_choices", "between 1 and the most"),
        ({"opens_at": NOON, "closes_at": NOON}, "closes_at", "before the opening"),
        ({"slug": "Cats"}, "slug", "a-z, 0-9"),
        ({"slug": "cats--dogs"}, "slug", "a-z, 0-9"),
        ({"slug": "cats/dogs"}, "slug", "a-z, 0-9"),
        ({"slug": "c" * 81}, "slug", "up to 80"),
        ({"slug": "2026"}, "slug", "taken"),
        ({"slug": "preview"}, "slug", "taken"),
    ],
)
def test_it_says_what_no_poll_can_be_like(
    values: dict[str, Any], field: str, sentence: str
) -> None:
    """The first thing that is wrong is named, with its field, in a sentence for people."""
    with pytest.raises(InvalidPoll, match=sentence) as raised:
        check_poll(replace(a_poll(), **values))
    assert raised.value.field == field
    assert str(raised.value).endswith(".")


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"slug": ""},
        {"question": "x" * 300, "image": IMAGE},
        {"question": "Où\u202f? \u3000\u200f\u0645\u06cc\u200c\u062e\u200d\u00a0"},
        {"options": [str(number) for number in range(100)], "kind": Kind.RANKED},
        {"options": ["a", "x" * 200], "kind": Kind.RATING, "min_choices": 2},
        {"opens_at": NOON, "closes_at": NOON + timedelta(microseconds=1)},
        {"closes_at": NOON - HOUR},
        {"slug": "c" * 80},
    ],
)
def test_it_takes_polls_at_the_edge_of_what_is_allowed(values: dict[str, Any]) -> None:
    """What is allowed is allowed to its end, in any script."""
    check_poll(a_poll(**values))


@given(st.text(min_size=1, max_size=300))
def test_it_takes_the_address_that_is_made_of_any_question(question: str) -> None:
    """Whatever is asked, its poll gets an address that a poll can have."""
    check_poll(a_poll(slug=slug_of(question, code="CATS42")))


def test_it_lets_no_poll_with_codes_onto_a_list() -> None:
    """Whoever may vote has a code for it; nobody else has a reason to find it."""
    with pytest.raises(InvalidPoll, match="on no list") as refused:
        check_poll(a_poll(identity=Identity.CODE, listed=True))
    assert refused.value.field == "listed"
    check_poll(a_poll(identity=Identity.CODE, listed=False))
