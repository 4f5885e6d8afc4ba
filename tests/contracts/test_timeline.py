"""
The timeline of a poll, whichever ledger keeps it: exact at every sample, and nothing too much.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotbox.ballot import Ballot, Close, Mark
from ballotbox.ledger import Ledger
from ballotbox.memory import MemoryLedger
from ballotbox.poll import Kind, Visibility
from ballotbox.tally import count
from ballotbox.timeline import SECOND, Sample
from tests.contracts.conftest import Books, MakeLedger, as_of
from tests.polls import BOTH, CATS, DOGS, NOTHING, Election, a_poll, ballots, elections

CAT, DOG = Mark(1, 1), Mark(2, 1)
WATCHED = st.sampled_from([Visibility.ALWAYS, Visibility.AFTER_VOTE])
UNWATCHED = st.sampled_from([Visibility.AFTER_CLOSE, Visibility.ORGANISER])


def spread(item: Ballot | Close) -> Ballot | Close:
    """Put the items of an election two or three into a second."""
    return replace(item, seq=item.seq * SECOND * 2 // 5)


def hold(ledger: Ledger, poll: int, election: Election) -> None:
    """Record an election's batches under the id of a poll, spread over some seconds."""
    for batch in election.batches:
        ledger.record([as_of(poll, spread(item)) for item in batch])


def assert_exact(ledger: Ledger, poll: int, election: Election) -> None:
    """Hold each sample against a count of the ballots up to it, and the last against the tally."""
    cast = [each for each in map(spread, election.ballots) if isinstance(each, Ballot)]
    timeline = ledger.timeline(poll)
    for sample in timeline:
        so_far = [ballot for ballot in cast if ballot.seq <= sample.seq]
        expected = count(poll, so_far, change=election.poll.change)
        counts = expected.counts if election.poll.traced else None
        assert sample == Sample(sample.seq, expected.ballots, expected.cast, counts)
    seconds = [sample.second for sample in timeline]
    assert seconds == sorted(set(seconds))
    assert (timeline[-1].seq if timeline else None) == ledger.tally(poll).last_seq


@given(elections(), WATCHED | UNWATCHED)
def test_it_is_exact_at_every_sample_in_memory(election: Election, visibility: Visibility) -> None:
    """Whatever comes, in whatever order, however often: also with changed and withdrawn votes."""
    election = replace(election, poll=replace(election.poll, visibility=visibility))
    ledger = MemoryLedger([election.poll])
    hold(ledger, 1, election)
    assert_exact(ledger, 1, election)


@pytest.mark.service
@given(elections(), WATCHED | UNWATCHED)
def test_it_is_exact_at_every_sample_in_postgresql(
    books: Books, election: Election, visibility: Visibility
) -> None:
    """As in memory, and sample for sample the same."""
    election = replace(election, poll=replace(election.poll, visibility=visibility))
    ledger, poll = books.open(election)
    memory = MemoryLedger([election.poll])
    hold(ledger, poll, election)
    hold(memory, 1, election)
    assert_exact(ledger, poll, election)
    assert ledger.timeline(poll) == memory.timeline(1)


def test_it_is_thinned_for_who_wants_few(make_ledger: MakeLedger) -> None:
    """Evenly in time, with the first and the last; the ledger keeps them all."""
    ledger = make_ledger(a_poll(1))
    for second in range(1, 21):
        ledger.record(ballots((f"v{second}", second * SECOND, CATS)))
    few = ledger.timeline(1, most=8)
    assert [sample.second for sample in few] == [1, 3, 7, 11, 15, 19, 20]
    assert [sample.ballots for sample in few] == [1, 3, 7, 11, 15, 19, 20]
    assert ledger.timeline(1, most=20) == ledger.timeline(1)
    assert len(ledger.timeline(1)) == 20


def test_it_is_empty_before_the_first_ballot(make_ledger: MakeLedger) -> None:
    """A poll without ballots, a closed one too, and one that does not exist have no samples."""
    ledger = make_ledger(a_poll(1), a_poll(2))
    ledger.record([Close(2, SECOND)])
    assert [ledger.timeline(poll) for poll in (1, 2, 9)] == [[], [], []]


def test_it_keeps_one_sample_for_a_second(make_ledger: MakeLedger) -> None:
    """The last of it: a busy second costs no more than a quiet one."""
    ledger = make_ledger(a_poll(1))
    ledger.record(ballots(("ann", 5 * SECOND, CATS), ("bob", 5 * SECOND + 1, CATS)))
    ledger.record(ballots(("cid", 6 * SECOND - 1, DOGS)))
    ledger.record(ballots(("dan", 6 * SECOND, DOGS)))
    assert ledger.timeline(1) == [
        Sample(6 * SECOND - 1, 3, 3, {CAT: 2, DOG: 1}),
        Sample(6 * SECOND, 4, 4, {CAT: 2, DOG: 2}),
    ]


def test_it_shows_votes_that_are_changed_and_withdrawn(make_ledger: MakeLedger) -> None:
    """The numbers go down again, and every ballot counts as cast."""
    ledger = make_ledger(a_poll(1, kind=Kind.MULTIPLE))
    for second, marks in enumerate((BOTH, DOGS, NOTHING), 1):
        ledger.record(ballots(("ann", second * SECOND, marks)))
    assert ledger.timeline(1) == [
        Sample(1 * SECOND, 1, 1, {CAT: 1, DOG: 1}),
        Sample(2 * SECOND, 1, 2, {DOG: 1}),
        Sample(3 * SECOND, 0, 3, {}),
    ]


def test_it_adds_nothing_for_what_is_there_already(make_ledger: MakeLedger) -> None:
    """A batch that comes again, and the close, leave the timeline as it is."""
    ledger = make_ledger(a_poll(1))
    batch = ballots(("ann", 1 * SECOND, CATS), ("bob", 2 * SECOND, DOGS))
    ledger.record(batch)
    before = ledger.timeline(1)
    ledger.record([*batch, Close(1, 3 * SECOND)])
    assert ledger.timeline(1) == before


def test_it_drops_the_samples_that_a_late_ballot_was_not_in(make_ledger: MakeLedger) -> None:
    """One that was put aside and put back comes late: what it makes wrong is not kept."""
    ledger = make_ledger(a_poll(1), a_poll(2))
    for second, voter in ((1, "ann"), (3, "bob"), (4, "cid")):
        ledger.record(ballots((voter, second * SECOND, CATS)))
        ledger.record(ballots((voter, second * SECOND, CATS), poll=2))
    ledger.record(ballots(("dan", 2 * SECOND, DOGS)))
    assert ledger.timeline(1) == [
        Sample(1 * SECOND, 1, 1, {CAT: 1}),
        Sample(4 * SECOND, 4, 4, {CAT: 3, DOG: 1}),
    ]
    assert len(ledger.timeline(2)) == 3


@pytest.mark.parametrize(("options", "traced"), [(31, True), (32, False)])
def test_it_keeps_only_the_turnout_of_long_rankings(
    make_ledger: MakeLedger,
    options: int,
    traced: bool,  # noqa: FBT001
) -> None:
    """A count of each place of each option, for each second, grows with the square of them."""
    poll = a_poll(1, kind=Kind.RANKED, options=[f"option {n}" for n in range(options)])
    ledger = make_ledger(poll)
    ledger.record(ballots(("ann", SECOND, poll.marks(range(1, options + 1)))))
    (sample,) = ledger.timeline(1)
    assert (sample.ballots, sample.cast) == (1, 1)
    assert (sample.counts is not None) is traced


@pytest.mark.parametrize("visibility", Visibility)
def test_it_keeps_only_the_turnout_where_nobody_could_watch(
    make_ledger: MakeLedger, visibility: Visibility
) -> None:
    """Who was seen to vote at noon must not be found out by what has changed at noon."""
    ledger = make_ledger(a_poll(1, visibility=visibility))
    ledger.record(ballots(("ann", SECOND, CATS)))
    (sample,) = ledger.timeline(1)
    assert (sample.ballots, sample.cast) == (1, 1)
    open_to_some = visibility in (Visibility.ALWAYS, Visibility.AFTER_VOTE)
    assert sample.counts == ({CAT: 1} if open_to_some else None)
