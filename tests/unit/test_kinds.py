"""The kinds of poll: what a voter may say, and how it is counted."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotbox.ballot import Mark, Marks
from ballotbox.errors import InvalidBallot
from ballotbox.kinds import KINDS, Choice
from ballotbox.poll import Kind, Poll
from ballotbox.tally import count
from tests.polls import Election, a_poll, choices, elections

every_kind = pytest.mark.parametrize("kind", Kind)


def poll_of(kind: Kind, **fields: int) -> Poll:
    """Make a poll of four options."""
    return a_poll(options="abcd", kind=kind, **fields)


def test_it_has_rules_for_every_kind() -> None:
    """A kind is a word, and one module with its rules under that word."""
    assert set(KINDS) == set(Kind)


@every_kind
@given(data=st.data())
def test_it_gives_back_the_choice_that_was_made(kind: Kind, data: st.DataObject) -> None:
    """A voter who comes again sees what they said, in their order where that counts."""
    poll = poll_of(kind)
    choice = data.draw(choices(poll))
    marks = poll.marks(choice)
    poll.check(marks)
    said = poll.rules.choice(marks)
    assert said == (choice if kind in (Kind.RATING, Kind.RANKED) else sorted(choice))
    assert poll.marks(said) == marks == tuple(sorted(marks))


@every_kind
@given(
    marks=st.dictionaries(st.integers(-1, 5), st.integers(-1, 6), min_size=1, max_size=5),
    least=st.integers(1, 4),
)
def test_it_checks_marks_as_strictly_as_choices(
    kind: Kind, marks: dict[int, int], least: int
) -> None:
    """The ledger takes exactly the marks that a voter's choice could have given."""
    poll = poll_of(kind, min_choices=1 if kind is Kind.SINGLE else least)
    ballot = tuple(Mark(option, value) for option, value in sorted(marks.items()))
    assert is_taken(poll, ballot) is could_be_cast(poll, ballot)


def is_taken(poll: Poll, ballot: Marks) -> bool:
    try:
        poll.check(ballot)
    except Exception:  # noqa: BLE001 - whatever the reason
        return False
    return True


def could_be_cast(poll: Poll, ballot: Marks) -> bool:
    """Ask the other way about: a choice is made of the marks, and has to give the same."""
    options = [mark.option for mark in sorted(ballot, key=lambda mark: mark.value)]
    choice: Choice = dict(ballot) if poll.kind is Kind.RATING else options
    try:
        return poll.marks(choice) == ballot
    except Exception:  # noqa: BLE001
        return False


@every_kind
def test_it_refuses_an_option_that_is_marked_twice(kind: Kind) -> None:
    """Twice the same option is no ballot, however the values differ."""
    with pytest.raises(InvalidBallot):
        poll_of(kind, max_choices=4).check((Mark(1, 1), Mark(1, 2)))
    with pytest.raises(InvalidBallot):
        poll_of(kind, max_choices=4).check((Mark(1, 1), Mark(1, 1)))


@pytest.mark.parametrize(
    ("kind", "choice", "sentence"),
    [
        (Kind.SINGLE, {1: 1}, "takes options, not values"),
        (Kind.MULTIPLE, {1: 1}, "takes options, not values"),
        (Kind.MULTIPLE, [1, 1], "chosen only once"),
        (Kind.RATING, [1, 2], "a value from 1 to 5 for each option"),
        (Kind.RATING, {1: 0}, "rated with 1 to 5"),
        (Kind.RATING, {1: 6}, "rated with 1 to 5"),
        (Kind.RANKED, {1: 1}, "in your order of preference"),
        (Kind.RANKED, [2, 1, 2], "only one place"),
    ],
)
def test_it_says_what_is_wrong_with_a_choice(kind: Kind, choice: Choice, sentence: str) -> None:
    """Each kind has its own form, and a sentence for every other."""
    with pytest.raises(InvalidBallot, match=sentence):
        poll_of(kind).marks(choice)


@pytest.mark.parametrize(
    ("kind", "marks", "sentence"),
    [
        (Kind.MULTIPLE, (Mark(1, 2),), "marked with 1"),
        (Kind.RATING, (Mark(1, 6),), "rated with 1 to 5"),
        (Kind.RANKED, (Mark(1, 2),), "places are 1, 2, 3"),
        (Kind.RANKED, (Mark(1, 1), Mark(2, 1)), "places are 1, 2, 3"),
        (Kind.RANKED, (Mark(1, 1), Mark(2, 3)), "places are 1, 2, 3"),
    ],
)
def test_it_says_what_is_wrong_with_marks(kind: Kind, marks: Marks, sentence: str) -> None:
    """Marks that no choice gives are refused with the reason."""
    with pytest.raises(InvalidBallot, match=sentence):
        poll_of(kind).check(marks)


@every_kind
@given(options=st.integers(2, 100))
def test_it_can_have_the_limits_that_it_proposes(kind: Kind, options: int) -> None:
    """The usual limits of a kind are no problem for it, whatever the number of options."""
    least, most = KINDS[kind].limits(options)
    assert KINDS[kind].problem(options=options, least=least, most=most) is None


@every_kind
@given(least=st.integers(-1, 5), most=st.integers(-1, 5))
def test_it_says_which_limits_it_cannot_have(kind: Kind, least: int, most: int) -> None:
    """Between 1 and the number of options, and the least not above the most; `single` has one."""
    possible = 1 <= least <= most <= (1 if kind is Kind.SINGLE else 3)
    problem = KINDS[kind].problem(options=3, least=least, most=most)
    assert problem is None if possible else problem and problem.endswith(".")


@given(elections())
def test_it_shows_each_option_as_a_naive_count_does(election: Election) -> None:
    """Whatever is shown follows from the tally, and equals what looking at the ballots gives."""
    poll = election.poll
    tally = count(poll.id, election.ballots, change=poll.change)
    counting = last_word(election)
    for option in poll.options:
        shown = poll.rules.option(
            tally.counts, option.id, options=len(poll.options), ballots=tally.ballots
        )
        assert shown == naive(poll, option.id, [dict(marks) for marks in counting])


def last_word(election: Election) -> list[Marks]:
    """Give the marks that count: of each voter the last ballot, or the first."""
    order = election.ballots if election.poll.change else election.ballots[::-1]
    return [marks for marks in {each.voter: each.marks for each in order}.values() if marks]


def naive(poll: Poll, option: int, ballots: list[dict[int, int]]) -> dict[str, object]:
    """Describe an option by looking at each ballot."""
    values = [ballot[option] for ballot in ballots if option in ballot]
    votes = values.count(1) if poll.kind is Kind.RANKED else len(values)
    shown: dict[str, object] = {
        "votes": votes,
        "share": round(votes / len(ballots), 4) if ballots else 0.0,
    }
    if poll.kind is Kind.RATING:
        shown["mean"] = round(sum(values) / len(values), 4) if values else None
        shown["distribution"] = [values.count(value) for value in range(1, 6)]
    if poll.kind is Kind.RANKED:
        shown["points"] = sum(beaten(poll, option, ballot) for ballot in ballots)
        shown["places"] = [values.count(place) for place in range(1, len(poll.options) + 1)]
    return shown


def beaten(poll: Poll, option: int, ballot: dict[int, int]) -> int:
    """Count the options that come after this one on a ballot, or are not on it: Borda's points."""
    nowhere = len(poll.options) + 1
    mine = ballot.get(option, nowhere)
    return sum(ballot.get(other.id, nowhere) > mine for other in poll.options)


def test_it_gives_the_points_of_borda() -> None:
    """Of three options a first place gives two points, a second one point, no place none."""
    rules = KINDS[Kind.RANKED]
    counts = Counter({Mark(1, 1): 2, Mark(1, 2): 3, Mark(1, 3): 4})
    assert rules.option(counts, 1, options=3, ballots=9)["points"] == 2 * 2 + 3 * 1
