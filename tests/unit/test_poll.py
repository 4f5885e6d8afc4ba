"""What a poll asks, and its rules."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotbox.ballot import Mark
from ballotbox.errors import InvalidBallot, TooFewChoices, TooManyChoices, UnknownOption
from ballotbox.poll import Identity, Kind, Poll, State, Visibility, iso, microseconds
from tests.polls import a_poll

NOON = datetime(2026, 12, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)

aware_times = st.integers(-(10**15), 7 * 10**15).map(
    lambda number: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=number)
)


def test_it_is_open_where_it_has_no_window() -> None:
    """A poll without times is open until somebody closes it."""
    assert a_poll().state(NOON) is State.OPEN
    assert a_poll(closed=True).state(NOON) is State.CLOSED


def test_it_is_open_from_its_start_and_not_at_its_end() -> None:
    """The window includes its first moment and excludes its last."""
    poll = a_poll(opens_at=NOON, closes_at=NOON + HOUR)
    states = [poll.state(NOON + d) for d in (-TICK, 0 * TICK, HOUR - TICK, HOUR)]
    assert states == [State.COMING, State.OPEN, State.OPEN, State.CLOSED]


def test_it_is_nothing_but_a_draft_until_it_is_opened() -> None:
    """Whatever the window says, a draft is known to its organiser alone."""
    assert a_poll(draft=True, opens_at=NOON).state(NOON) is State.DRAFT
    assert a_poll(draft=True, closes_at=NOON, closed=True).state(NOON) is State.DRAFT


def test_it_stays_closed_whatever_the_clock_says() -> None:
    """A close marker was taken: no clock opens the poll again."""
    poll = a_poll(opens_at=NOON, closed=True)
    assert poll.state(NOON - HOUR) is State.CLOSED


def test_it_marks_the_chosen_options_in_the_order_of_the_poll() -> None:
    """The same choice gives the same marks, in whatever order it was clicked."""
    poll = a_poll(options="abc", kind=Kind.MULTIPLE)
    assert poll.marks([3, 1]) == poll.marks([1, 3]) == (Mark(1, 1), Mark(3, 1))


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ([], InvalidBallot, "Choose an option."),
        ([1, 1], InvalidBallot, "An option can be chosen only once."),
        ([3], UnknownOption, "The poll has no such option."),
        ([0], UnknownOption, "The poll has no such option."),
        ([1, 2], TooManyChoices, "This poll takes one choice."),
    ],
)
def test_it_refuses_a_choice_that_breaks_its_rules(
    options: list[int], error: type[Exception], sentence: str
) -> None:
    """Each refusal is an error of its own, with a sentence for the voter."""
    with pytest.raises(error) as raised:
        a_poll().marks(options)
    assert str(raised.value) == sentence


def test_it_says_how_many_choices_it_takes() -> None:
    """The sentence names the limit."""
    poll = a_poll(options="abc", kind=Kind.MULTIPLE, max_choices=2)
    with pytest.raises(TooManyChoices, match="at most 2 choices"):
        poll.marks([1, 2, 3])


def test_it_says_how_many_choices_it_asks_for() -> None:
    """Fewer than asked for are refused, with the number; none at all takes the vote back."""
    poll = a_poll(options="abc", kind=Kind.MULTIPLE, min_choices=2)
    with pytest.raises(TooFewChoices, match="at least 2 choices"):
        poll.marks([1])
    with pytest.raises(TooFewChoices):
        poll.check((Mark(1, 1),))
    poll.check(())


@given(st.lists(st.integers(-1, 5), max_size=6), st.integers(1, 4))
def test_it_accepts_in_check_exactly_what_it_marks(options: list[int], most: int) -> None:
    """What `vote` makes of a voter's choice is what the ledger takes, and nothing more."""
    poll = a_poll(options="abcd", kind=Kind.MULTIPLE, max_choices=most)
    marks = tuple(Mark(option, 1) for option in options)
    allowed = bool(options) and len(set(options)) == len(options) <= most
    if allowed and all(1 <= option <= 4 for option in options):
        poll.check(marks)
        assert set(poll.marks(options)) == set(marks)
    elif options:
        with pytest.raises((InvalidBallot, UnknownOption, TooManyChoices)):
            poll.check(marks)


def test_it_takes_a_withdrawn_ballot_and_no_other_value() -> None:
    """No marks at all is a withdrawn vote; a choice is marked with 1."""
    a_poll().check(())
    with pytest.raises(InvalidBallot):
        a_poll().check((Mark(1, 2),))


@given(
    st.builds(
        a_poll,
        kind=st.sampled_from(Kind),
        identity=st.sampled_from(Identity),
        visibility=st.sampled_from(Visibility),
        change=st.booleans(),
        closed=st.booleans(),
        question=st.text(st.characters(exclude_categories=["C"]), min_size=1),
        opens_at=st.none() | aware_times,
        closes_at=st.none() | aware_times,
    )
)
def test_it_reads_back_the_json_it_wrote(poll: Poll) -> None:
    """A poll is the same poll in another process."""
    assert Poll.from_json(poll.to_json()) == poll
    assert Poll.from_json(poll.to_json().encode()) == poll


def test_it_reads_what_another_release_wrote() -> None:
    """Fields that are not known yet are left out, and those that were not known then are usual."""
    values = json.loads(a_poll().to_json())
    values["colour"] = values["options"][0]["colour"] = "red"
    del values["min_choices"], values["revision"], values["options"][1]["image"]
    assert Poll.from_json(json.dumps(values)) == a_poll()


@pytest.mark.parametrize("identity", Identity)
@pytest.mark.parametrize("written", [{}, {"listed": True}, {"listed": False}])
def test_it_lists_no_poll_with_codes_whoever_wrote_it(
    identity: Identity, written: dict[str, bool]
) -> None:
    """A release that knew no lists showed all; polls with codes are taken off them by reading."""
    values = json.loads(a_poll(identity=identity).to_json())
    del values["listed"]
    poll = Poll.from_json(json.dumps(values | written))
    assert poll.listed is (identity is not Identity.CODE and written.get("listed", True))


def test_it_keeps_times_in_utc() -> None:
    """A time given in another zone is the same moment, written in UTC."""
    vienna = timezone(timedelta(hours=1))
    poll = a_poll(opens_at=NOON.astimezone(vienna))
    assert json.loads(poll.to_json())["opens_at"] == "2026-12-24T12:00:00Z"
    assert Poll.from_json(poll.to_json()).opens_at == NOON


@pytest.mark.parametrize("text", ["", "[]", "7", "{}", "null", '{"id": 1}', '{"options": [1]}'])
def test_it_reads_nothing_else(text: str) -> None:
    """What is no poll raises one of the documented errors."""
    with pytest.raises((ValueError, KeyError, TypeError)):
        Poll.from_json(text)


@given(aware_times)
def test_it_counts_microseconds_exactly(time: datetime) -> None:
    """A time becomes microseconds without the rounding of floats."""
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds(time)) == time


def test_it_writes_times_for_people_and_programs_alike() -> None:
    """ISO 8601 in UTC, with a Z."""
    assert iso(NOON + TICK) == "2026-12-24T12:00:00.000001Z"


@pytest.mark.parametrize(
    ("visibility", "stranger", "voter", "final"),
    [
        (Visibility.ALWAYS, True, True, True),
        (Visibility.AFTER_VOTE, False, True, True),
        (Visibility.AFTER_CLOSE, False, False, True),
        (Visibility.ORGANISER, False, False, False),
    ],
)
def test_it_shows_its_numbers_by_its_visibility(
    visibility: Visibility, *, stranger: bool, voter: bool, final: bool
) -> None:
    """Hidden numbers are shown to those who have voted, or to all once they are final, or never."""
    poll = a_poll(visibility=visibility)
    assert poll.shows_numbers(final=False) is stranger
    assert poll.shows_numbers(final=False, voted=True) is voter
    assert poll.shows_numbers(final=True) is final
    assert poll.shows_numbers(final=True, voted=True) is final


def test_it_lists_visibilities_from_the_open_to_the_secret() -> None:
    """Each shows what the next one shows, and more: the rules for edits stand on this order."""
    views = [
        {
            (final, voted)
            for final in (False, True)
            for voted in (False, True)
            if a_poll(visibility=visibility).shows_numbers(final=final, voted=voted)
        }
        for visibility in Visibility
    ]
    assert all(more > less for more, less in pairwise(views))
