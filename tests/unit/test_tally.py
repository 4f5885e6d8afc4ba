"""The definition of the count, and how a standing is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from ballotbox.ballot import Ballot, Mark
from ballotbox.poll import Kind, Visibility
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


def shown(tally: Tally, **fields: Any) -> dict[str, Any]:
    return snapshot(a_poll(**fields), tally, waiting=3, worker_silent=False, now=NOW, as_of=NOW)


def test_it_shows_votes_and_shares_of_every_option() -> None:
    """Shares are of the counting ballots, to four digits; an option without votes has zero."""
    tally = count(1, ballots(("ann", 1, CATS), ("bob", 2, CATS), ("cid", 3, DOGS)), change=True)
    answer = shown(tally, options=("Cats", "Dogs", "Fish"))
    assert answer["options"] == [
        {"id": 1, "text": "Cats", "votes": 2, "share": 0.6667},
        {"id": 2, "text": "Dogs", "votes": 1, "share": 0.3333},
        {"id": 3, "text": "Fish", "votes": 0, "share": 0.0},
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


def test_it_has_the_public_shape() -> None:
    """Programs outside rely on these names."""
    answer = shown(Tally(poll=1, version=42, final=True), closes_at=NOW)
    assert set(answer) >= {
        *("poll", "version", "ballots", "options", "waiting", "worker_silent", "as_of", "final")
    }
    assert set(answer["poll"]) >= {
        *("id", "slug", "code", "question", "kind", "state", "opens_at", "closes_at")
    }
    assert answer["version"] == 42
    assert answer["final"] is True
    assert answer["as_of"] == "2026-12-24T12:00:00Z"
    assert (answer["poll"]["state"], answer["poll"]["opens_at"]) == ("closed", None)


@pytest.mark.parametrize("visibility", [Visibility.AFTER_CLOSE, Visibility.ORGANISER])
def test_it_hides_every_number_of_a_poll_that_hides_them(visibility: Visibility) -> None:
    """Hidden numbers are not sent at all, nor anything they could be guessed from."""
    tally = Tally(poll=1, version=42, ballots=7, counts={Mark(1, 1): 4, Mark(2, 1): 3})
    answer = shown(tally, visibility=visibility)
    assert answer["hidden"] is True
    assert answer["ballots"] is answer["version"] is None
    for option in answer["options"]:
        assert option["votes"] is option["share"] is None
