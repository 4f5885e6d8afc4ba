"""Polls and ballots: made up where a test needs one, drawn at random where it needs all kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from ballotbox.ballot import MAX_SEQ, MAX_VOTER, Ballot, Close, Mark, Marks
from ballotbox.kinds import KINDS, Choice
from ballotbox.poll import Identity, Kind, Option, Poll

CATS: Marks = (Mark(1, 1),)
DOGS: Marks = (Mark(2, 1),)
BOTH: Marks = (Mark(1, 1), Mark(2, 1))
NOTHING: Marks = ()

PAST = datetime.now(UTC) - timedelta(days=1)
FUTURE = datetime.now(UTC) + timedelta(days=1)


def a_poll(id: int = 1, *, options: Sequence[str] = ("Cats", "Dogs"), **fields: Any) -> Poll:  # noqa: A002
    """Make an open poll about cats and dogs in which voters may change, unless told otherwise."""
    defaults: dict[str, Any] = {
        "slug": f"cats-or-dogs-{id}",
        "code": f"CATS{id:02d}",
        "question": "Cats or Dogs?",
        "options": tuple(Option(id=number, text=text) for number, text in enumerate(options, 1)),
    }
    defaults["listed"] = fields.get("identity") is not Identity.CODE
    if kind := fields.get("kind"):
        defaults["max_choices"] = KINDS[kind].limits(len(options))[1]
    return Poll(id=id, **{**defaults, **fields})


def ballots(*choices: tuple[str, int, Marks], poll: int = 1) -> list[Ballot]:
    """Make ballots of (voter, seq, marks)."""
    return [Ballot(poll, voter, seq, marks) for voter, seq, marks in choices]


voters = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=MAX_VOTER)
"""Ids of voters, in any script."""

ids = st.integers(1, 2**31 - 1)
seqs = st.integers(1, MAX_SEQ)
marks_of_any_kind = st.dictionaries(
    st.integers(1, 2**15 - 1), st.integers(1, 2**15 - 1), max_size=8
).map(lambda values: tuple(Mark(option, value) for option, value in values.items()))
any_ballot = st.builds(Ballot, ids, voters, seqs, marks_of_any_kind)
any_close = st.builds(Close, ids, seqs)


@dataclass(frozen=True)
class Election:
    """A poll, its ballots, and the batches in which these come: repeated, in any order."""

    poll: Poll
    ballots: tuple[Ballot, ...]
    batches: tuple[tuple[Ballot | Close, ...], ...]


@st.composite
def elections(draw: st.DrawFn, *, closing: bool = False) -> Election:
    """
    Draw a poll, up to 24 ballots of few voters, and batches that hold each ballot at least once.

    :param closing: whether a close marker comes somewhere among them, with ballots behind it.
    """
    names = [f"option {number}" for number in range(1, draw(st.integers(2, 4)) + 1)]
    kind = draw(st.sampled_from(Kind))
    most = draw(st.integers(1, KINDS[kind].limits(len(names))[1]))
    poll = a_poll(
        options=names,
        kind=kind,
        min_choices=draw(st.integers(1, most)),
        max_choices=most,
        change=draw(st.booleans()),
    )
    marks = _choices(poll)
    cast = tuple(
        Ballot(poll.id, voter, seq, draw(marks))
        for seq, voter in enumerate(draw(st.lists(st.sampled_from("abcd"), max_size=24)), 1)
    )
    items: list[Ballot | Close] = list(draw(st.permutations(cast)))
    if cast:
        items += draw(st.lists(st.sampled_from(cast), max_size=8))
    if closing:
        marker = Close(poll.id, draw(st.integers(1, len(cast) + 1)))
        items.insert(draw(st.integers(0, len(items))), marker)
    return Election(poll, cast, draw(_batches(items)))


def _choices(poll: Poll) -> st.SearchStrategy[Marks]:
    # One in four takes the vote back.
    return st.one_of(st.just(NOTHING), *(choices(poll).map(poll.marks) for _ in range(3)))


def choices(poll: Poll) -> st.SearchStrategy[Choice]:
    """Draw what a voter of a poll may say."""
    options = st.sampled_from([option.id for option in poll.options])
    least, most = poll.min_choices, poll.max_choices
    if poll.kind is Kind.RATING:
        return st.dictionaries(options, st.integers(1, 5), min_size=least, max_size=most)
    return st.lists(options, unique=True, min_size=least, max_size=most)


@st.composite
def _batches(
    draw: st.DrawFn, items: Sequence[Ballot | Close]
) -> tuple[tuple[Ballot | Close, ...], ...]:
    cuts = sorted(draw(st.sets(st.integers(0, len(items)), max_size=4)) | {0, len(items)})
    return tuple(tuple(items[start:end]) for start, end in pairwise(cuts))
