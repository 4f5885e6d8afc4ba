"""The definition of the count, and how a standing is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotbox.ballot import Ballot, Mark
from ballotbox.kinds import ranking_rounds
from ballotbox.poll import Kind, Visibility, microseconds
from ballotbox.tally import Tally, count, snapshot
from tests.polls import BOTH, CATS, DOGS, NOTHING, Election, a_poll, ballots, elections

NOW = datetime(2026, 12, 24, 12, tzinfo=UTC)


def test_it_counts_the_last_ballot_of_a_voter_who_may_change() -> None:
    """Of each voter counts the ballot with the highest number."""
    cast = ballots(("ann", 1, CATS), ("bob", 2, CATS), ("ann", 3, DOGS))
    assert count(1, cast, change=True).counts == {Mark(1, 1): 1, Mark(2, 1): 1}


def test_it_counts_the_first_ballot_of_a_voter_who_may_not_change() -> None:
    """Where change is off, a second ballot, however it got here, does not count."""
    cast = ballots(("ann", 1, CATS), ("ann", 3, DOGS))
    assert count(1, cast, change=False).counts == {Mark(1, 1): 1}


def test_it_leaves_out_withdrawn_votes() -> None:
    """A ballot without marks takes the voter's vote back."""
    cast = ballots(("ann", 1, CATS), ("bob", 2, DOGS), ("ann", 3, NOTHING))
    tally = count(1, cast, change=True)
    assert (tally.ballots, tally.counts) == (1, {Mark(2, 1): 1})


@given(elections())
def test_it_does_not_depend_on_the_order_of_arrival(election: Election) -> None:
    """The order of acceptance decides, not the order in which ballots reach the ledger."""
    arrived = [each for batch in election.batches for each in batch if isinstance(each, Ballot)]
    change = election.poll.change
    assert count(1, arrived, change=change) == count(1, election.ballots, change=change)


@given(elections())
def test_it_counts_no_voter_twice(election: Election) -> None:
    """There are never more counting ballots than voters, nor more marks than these can make."""
    tally = count(1, election.ballots, change=election.poll.change)
    assert tally.ballots <= len({ballot.voter for ballot in election.ballots})
    assert sum(tally.counts.values()) <= tally.ballots * election.poll.max_choices


def test_it_agrees_with_the_same_numbers_of_another_version() -> None:
    """A tally that once had a count of zero is no other result."""
    zeros = Tally(poll=1, version=9, ballots=1, counts={Mark(1, 1): 1, Mark(2, 1): 0}, final=True)
    assert zeros.agrees_with(Tally(poll=1, ballots=1, counts={Mark(1, 1): 1}))
    assert not zeros.agrees_with(Tally(poll=1, ballots=2, counts={Mark(1, 1): 1}))
    assert not zeros.agrees_with(Tally(poll=1, ballots=1, counts={Mark(2, 1): 1}))


def test_it_agrees_with_the_same_result_of_other_ballots() -> None:
    """Who withdraws and votes the same again changes no result, and it is not the same ledger."""
    once = count(1, ballots(("ann", 1, CATS)), change=True)
    again = count(1, ballots(("ann", 1, CATS), ("ann", 2, NOTHING), ("ann", 3, CATS)), change=True)
    assert once.agrees_with(again)
    assert not once.matches(again)
    assert not once.matches(replace(once, last_seq=2))
    assert not once.matches(replace(once, cast=2))
    assert not once.matches(replace(once, ballots=2))
    assert once.matches(replace(once, version=7, final=True))


@given(elections())
def test_it_counts_every_ballot_that_was_cast(election: Election) -> None:
    """Replaced and withdrawn ones and those that were overruled too, each once."""
    cast = [*election.ballots, *election.ballots]
    tally = count(1, cast, change=election.poll.change)
    assert tally.cast == len(election.ballots)
    assert tally.last_seq == max((ballot.seq for ballot in cast), default=None)


def shown(
    tally: Tally,
    *,
    voted: bool = False,
    rounds: list[dict[str, Any]] | None = None,
    sealed: datetime | None = None,
    **fields: Any,
) -> dict[str, Any]:
    return snapshot(
        a_poll(**fields),
        tally,
        waiting=3,
        worker_silent=False,
        now=NOW,
        as_of=NOW,
        voted=voted,
        rounds=rounds,
        sealed=sealed,
    )


def test_it_shows_votes_and_shares_of_every_option() -> None:
    """Shares are of the counting ballots, to four digits; an option without votes has zero."""
    tally = count(1, ballots(("ann", 1, CATS), ("bob", 2, CATS), ("cid", 3, DOGS)), change=True)
    answer = shown(tally, options=("Cats", "Dogs", "Fish"))
    assert answer["options"] == [
        {"id": 1, "text": "Cats", "image": None, "votes": 2, "share": 0.6667},
        {"id": 2, "text": "Dogs", "image": None, "votes": 1, "share": 0.3333},
        {"id": 3, "text": "Fish", "image": None, "votes": 0, "share": 0.0},
    ]
    assert (answer["ballots"], answer["waiting"], answer["hidden"]) == (3, 3, False)


def test_it_shows_shares_of_voters_where_several_options_may_be_chosen() -> None:
    """In a multiple poll shares may add up to more than one."""
    tally = count(1, ballots(("ann", 1, BOTH), ("bob", 2, CATS)), change=True)
    answer = shown(tally, kind=Kind.MULTIPLE)
    assert [option["share"] for option in answer["options"]] == [1.0, 0.5]


def test_it_shows_a_poll_without_ballots() -> None:
    """No ballots is a share of zero, not a division by it."""
    answer = shown(Tally(poll=1))
    assert [option["share"] for option in answer["options"]] == [0.0, 0.0]


def test_it_shows_how_many_were_cast_and_when_the_last_one_was() -> None:
    """The time is that of the last ballot, whatever it said; before the first there is none."""
    last = datetime(2026, 12, 24, 11, 59, 58, 250_000, tzinfo=UTC)
    cast = [("ann", 1, CATS), ("ann", microseconds(last), NOTHING)]
    answer = shown(count(1, ballots(*cast), change=True))
    assert (answer["ballots"], answer["cast"]) == (0, 2)
    assert answer["changed_at"] == "2026-12-24T11:59:58.250000Z"
    nothing = shown(Tally(poll=1))
    assert (nothing["cast"], nothing["changed_at"]) == (0, None)


def test_it_has_the_public_shape() -> None:
    """Programs outside rely on these names."""
    answer = shown(Tally(poll=1, version=42, final=True), closes_at=NOW)
    assert set(answer) >= {
        *("poll", "version", "ballots", "options", "waiting", "worker_silent", "as_of", "final"),
        *("hidden", "rounds", "sealed", "cast", "changed_at"),
    }
    assert set(answer["poll"]) >= {
        *("id", "slug", "code", "question", "image", "kind", "state", "opens_at", "closes_at"),
        *("min_choices", "max_choices", "change", "identity", "visibility"),
    }
    assert answer["version"] == 42
    assert answer["final"] is True
    assert answer["as_of"] == "2026-12-24T12:00:00Z"
    assert (answer["poll"]["state"], answer["poll"]["opens_at"]) == ("closed", None)


def test_it_shows_mean_and_distribution_of_a_rating() -> None:
    """Of each option: how many rated it, how often each value was given, and their mean."""
    marks = ((Mark(1, 5), Mark(2, 1)), (Mark(1, 4),), (Mark(1, 4),))
    cast = ballots(*((f"voter {n}", n, each) for n, each in enumerate(marks, 1)))
    cats, dogs, fish = shown(
        count(1, cast, change=True), kind=Kind.RATING, options=("Cats", "Dogs", "Fish")
    )["options"]
    assert (cats["votes"], cats["share"]) == (3, 1.0)
    assert (cats["mean"], cats["distribution"]) == (4.3333, [0, 0, 0, 2, 1])
    assert (dogs["votes"], dogs["mean"], dogs["share"]) == (1, 1.0, 0.3333)
    assert (fish["votes"], fish["mean"], fish["distribution"]) == (0, None, [0] * 5)


def test_it_shows_places_points_and_rounds_of_a_ranking() -> None:
    """First places are the votes; points and places follow from the tally, rounds are given."""
    marks = ((Mark(1, 1), Mark(2, 2)), (Mark(1, 2), Mark(2, 1)), (Mark(2, 1),))
    cast = ballots(*((f"voter {n}", n, each) for n, each in enumerate(marks, 1)))
    rounds = ranking_rounds([1, 2], [(each, 1) for each in marks])
    answer = shown(count(1, cast, change=True), kind=Kind.RANKED, rounds=rounds)
    cats, dogs = answer["options"]
    assert (cats["votes"], cats["share"], cats["points"], cats["places"]) == (1, 0.3333, 1, [1, 1])
    assert (dogs["votes"], dogs["share"], dogs["points"], dogs["places"]) == (2, 0.6667, 2, [2, 1])
    assert answer["rounds"] == rounds
    assert answer["rounds"][-1]["elected"] == 2


def test_it_shows_since_when_a_result_is_sealed() -> None:
    """The time of the seal is written like every other, and there is none before."""
    assert shown(Tally(poll=1))["sealed"] is None
    assert shown(Tally(poll=1, final=True), sealed=NOW)["sealed"] == "2026-12-24T12:00:00Z"


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    "visibility", [Visibility.AFTER_VOTE, Visibility.AFTER_CLOSE, Visibility.ORGANISER]
)
def test_it_hides_every_number_of_a_poll_that_hides_them(
    visibility: Visibility, kind: Kind
) -> None:
    """Hidden numbers are not sent at all, nor anything they could be guessed from."""
    counts = {Mark(1, 1): 4, Mark(2, 1): 3}
    tally = Tally(poll=1, version=42, ballots=7, counts=counts, cast=9, last_seq=99)
    answer = shown(tally, visibility=visibility, kind=kind, rounds=[{"votes": 7}])
    assert answer["hidden"] is True
    names = ("ballots", "cast", "changed_at", "version", "waiting", "rounds")
    assert [answer[name] for name in names] == [None] * len(names)
    for option, open_option in zip(
        answer["options"], shown(tally, kind=kind)["options"], strict=True
    ):
        assert set(option) == set(open_option)
        numbers = {name: value for name, value in option.items() if value is not None}
        assert set(numbers) == {"id", "text"}


@given(elections(), st.sampled_from([Visibility.AFTER_VOTE, Visibility.AFTER_CLOSE]))
def test_it_says_the_same_to_a_stranger_whatever_was_voted(
    election: Election, visibility: Visibility
) -> None:
    """A hidden snapshot does not depend on the ballots in any way."""
    poll = replace(election.poll, visibility=visibility)
    tallies = [count(1, election.ballots, change=poll.change), Tally(poll=1)]
    answers = [
        snapshot(poll, tally, waiting=waiting, worker_silent=False, now=NOW, as_of=NOW)
        for waiting, tally in enumerate(tallies)
    ]
    assert answers[0] == answers[1]


def test_it_shows_hidden_numbers_to_those_who_have_voted() -> None:
    """In an after_vote poll a receipt is the pass; in others it opens nothing."""
    tally = Tally(poll=1, version=42, ballots=7, counts={Mark(1, 1): 4, Mark(2, 1): 3})
    answer = shown(tally, visibility=Visibility.AFTER_VOTE, voted=True)
    assert (answer["hidden"], answer["ballots"]) == (False, 7)
    assert shown(tally, visibility=Visibility.AFTER_CLOSE, voted=True)["hidden"] is True
