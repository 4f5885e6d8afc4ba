"""What the worker and `result` may rely on, whichever ledger they are given."""

from __future__ import annotations

import itertools

import pytest

from ballotbox.ballot import Ballot, Close, Mark
from ballotbox.ledger import Ledger
from ballotbox.poll import Kind
from ballotbox.tally import Tally
from tests.contracts.conftest import MakeLedger
from tests.following import Follower
from tests.polls import BOTH, CATS, DOGS, NOTHING, a_poll, ballots

CAT, DOG = Mark(1, 1), Mark(2, 1)


def numbers(ledger: Ledger, poll: int = 1) -> tuple[int, dict[Mark, int]]:
    """Give the ballots and counts of a tally, and check that the recount agrees."""
    tally = ledger.tally(poll)
    assert tally.agrees_with(ledger.recount(poll))
    return tally.ballots, dict(tally.counts)


# --- recording ------------------------------------------------------------------------------------


def test_it_counts_what_it_records(make_ledger: MakeLedger) -> None:
    """Ballots of several voters add up, each poll for itself."""
    ledger = make_ledger(a_poll(1), a_poll(2, kind=Kind.MULTIPLE))
    recorded = ledger.record(
        [
            *ballots(("ann", 1, CATS), ("bob", 2, DOGS), ("cid", 3, CATS)),
            *ballots(("ann", 4, BOTH), poll=2),
        ]
    )
    assert recorded.changed == {1, 2}
    assert (recorded.refused, recorded.overruled) == ({}, frozenset())
    assert numbers(ledger) == (3, {CAT: 2, DOG: 1})
    assert numbers(ledger, 2) == (1, {CAT: 1, DOG: 1})


def test_it_has_a_tally_of_nothing_before_the_first_ballot(make_ledger: MakeLedger) -> None:
    """A new poll, and one that does not exist, have no ballots and are not final."""
    ledger = make_ledger(a_poll(1))
    for poll in (1, 2):
        assert numbers(ledger, poll) == (0, {})
        assert ledger.tally(poll).final is False


def test_it_records_nothing_of_nothing(make_ledger: MakeLedger) -> None:
    """An empty batch is no error and no change."""
    ledger = make_ledger(a_poll(1))
    assert ledger.record([]).changed == frozenset()


def test_it_changes_nothing_when_a_batch_comes_again(make_ledger: MakeLedger) -> None:
    """A drain that was killed before it could settle simply records once more."""
    ledger = make_ledger(a_poll(1))
    batch = ballots(("ann", 1, CATS), ("bob", 2, DOGS), ("ann", 3, DOGS))
    ledger.record(batch)
    before = ledger.tally(1)
    assert ledger.record(batch).changed == frozenset()
    assert ledger.record(batch[1:]).changed == frozenset()
    assert ledger.tally(1) == before
    assert numbers(ledger) == (2, {DOG: 2})


def test_it_records_a_ballot_once_that_stands_in_a_batch_twice(make_ledger: MakeLedger) -> None:
    """The list may hold the same item twice."""
    ledger = make_ledger(a_poll(1))
    ledger.record(ballots(("ann", 1, CATS), ("ann", 1, CATS)))
    assert numbers(ledger) == (1, {CAT: 1})


@pytest.mark.parametrize("change", [True, False])
def test_it_comes_to_the_same_result_in_any_order(
    make_ledger: MakeLedger,
    change: bool,  # noqa: FBT001
) -> None:
    """Batches may reach the ledger in any order: the order of acceptance decides."""
    cast = [("ann", 1, CATS), ("ann", 2, DOGS), ("ann", 3, NOTHING), ("ann", 4, BOTH)]
    orders = list(itertools.permutations(cast))
    polls = [a_poll(i, kind=Kind.MULTIPLE, change=change) for i in range(1, len(orders) + 1)]
    ledger = make_ledger(*polls)
    for poll, order in zip(polls, orders, strict=True):
        for ballot in ballots(*order, poll=poll.id):
            ledger.record([ballot])
        expected = (1, {CAT: 1, DOG: 1}) if change else (1, {CAT: 1})
        assert numbers(ledger, poll.id) == expected


def test_it_counts_the_latest_ballot_where_voters_may_change(make_ledger: MakeLedger) -> None:
    """Within a batch, across batches, and when the older one comes late."""
    ledger = make_ledger(a_poll(1))
    ledger.record(ballots(("ann", 1, CATS), ("ann", 5, DOGS)))
    assert numbers(ledger) == (1, {DOG: 1})
    ledger.record(ballots(("ann", 7, CATS)))
    assert numbers(ledger) == (1, {CAT: 1})
    ledger.record(ballots(("ann", 6, DOGS)))
    assert numbers(ledger) == (1, {CAT: 1})


def test_it_counts_the_first_ballot_where_voters_may_not_change(make_ledger: MakeLedger) -> None:
    """The ledger holds to the rule itself: Redis may have forgotten who voted."""
    ledger = make_ledger(a_poll(1, change=False))
    ledger.record(ballots(("ann", 5, CATS)))
    recorded = ledger.record(ballots(("ann", 7, DOGS), ("bob", 8, DOGS)))
    assert recorded.overruled == {7}
    assert recorded.refused == {}
    assert numbers(ledger) == (2, {CAT: 1, DOG: 1})
    assert ledger.record(ballots(("ann", 3, DOGS))).overruled == frozenset()
    assert numbers(ledger) == (2, {DOG: 2})


def test_it_names_overruled_ballots_within_a_batch_and_again(make_ledger: MakeLedger) -> None:
    """A repeated batch is answered as the first time: the drain may need to tell once more."""
    ledger = make_ledger(a_poll(1, change=False))
    batch = ballots(("ann", 1, CATS), ("ann", 2, DOGS))
    assert ledger.record(batch).overruled == {2}
    assert ledger.record(batch).overruled == {2}
    assert numbers(ledger) == (1, {CAT: 1})


def test_it_overrules_nobody_who_may_change(make_ledger: MakeLedger) -> None:
    """A replaced ballot is not an overruled one."""
    ledger = make_ledger(a_poll(1))
    assert ledger.record(ballots(("ann", 1, CATS), ("ann", 2, DOGS))).overruled == frozenset()


def test_it_takes_a_withdrawn_vote_back(make_ledger: MakeLedger) -> None:
    """A ballot without marks leaves nothing of the voter in the numbers, until the next one."""
    ledger = make_ledger(a_poll(1))
    ledger.record(ballots(("ann", 1, CATS), ("bob", 2, DOGS)))
    assert ledger.record(ballots(("ann", 3, NOTHING))).changed == {1}
    assert numbers(ledger) == (1, {DOG: 1})
    ledger.record(ballots(("ann", 4, DOGS)))
    assert numbers(ledger) == (2, {DOG: 2})


def test_it_tells_voters_apart_by_every_character(make_ledger: MakeLedger) -> None:
    """No collation, case or white space makes two voters one."""
    ledger = make_ledger(a_poll(1))
    voters = [
        "ann",
        "Ann",
        "ann ",
        " ann",
        "änn",
        "a\u0308nn",
        "\uff41nn",
        "NULL",
        "{}",
        "\\N",
        "'",
        '"',
    ]
    ledger.record(ballots(*((voter, seq, CATS) for seq, voter in enumerate(voters, 1))))
    assert numbers(ledger) == (len(voters), {CAT: len(voters)})


# --- what is refused ------------------------------------------------------------------------------


def test_it_refuses_ballots_that_no_voter_could_have_cast(make_ledger: MakeLedger) -> None:
    """The list may hold what `vote` never wrote; the ballots around it are recorded."""
    ledger = make_ledger(a_poll(1))
    batch = [
        *ballots(("ann", 1, CATS)),
        *ballots(("bob", 2, CATS), poll=9),
        *ballots(("cid", 3, (Mark(3, 1),)), ("dan", 4, BOTH), ("eve", 5, (Mark(1, 2),))),
        *ballots(("fay", 6, DOGS)),
    ]
    recorded = ledger.record(batch)
    assert recorded.refused == {
        batch[1]: "unknown_poll",
        batch[2]: "unknown_option",
        batch[3]: "too_many_choices",
        batch[4]: "invalid_ballot",
    }
    assert recorded.changed == {1}
    assert numbers(ledger) == (2, {CAT: 1, DOG: 1})
    assert ledger.record(batch).refused == recorded.refused


def test_it_refuses_a_ballot_behind_the_close_marker(make_ledger: MakeLedger) -> None:
    """Nothing that came after the close gets into a final result; what came before does."""
    ledger = make_ledger(a_poll(1), a_poll(2))
    early, late = ballots(("ann", 1, CATS), ("bob", 3, CATS))
    other = Ballot(2, "ann", 4, CATS)
    recorded = ledger.record([early, Close(1, 2), late, other])
    assert recorded.refused == {late: "poll_closed"}
    assert numbers(ledger) == (1, {CAT: 1})
    assert numbers(ledger, 2) == (1, {CAT: 1})


def test_it_refuses_a_ballot_behind_a_marker_of_an_earlier_batch(make_ledger: MakeLedger) -> None:
    """A final result is sealed: it stays what it is in every batch to come."""
    ledger = make_ledger(a_poll(1))
    ledger.record([*ballots(("ann", 1, CATS)), Close(1, 2)])
    final = ledger.tally(1)
    late = Ballot(1, "bob", 3, DOGS)
    recorded = ledger.record([late])
    assert recorded.refused == {late: "poll_closed"}
    assert recorded.changed == frozenset()
    assert ledger.tally(1) == final


def test_it_takes_a_ballot_from_before_the_marker_however_late(make_ledger: MakeLedger) -> None:
    """A ballot that was accepted in time counts, and one that is repeated is not refused."""
    ledger = make_ledger(a_poll(1))
    first, second = ballots(("ann", 1, CATS), ("bob", 2, DOGS))
    ledger.record([first, Close(1, 3)])
    assert ledger.record([first, second, Close(1, 3)]).refused == {}
    assert numbers(ledger) == (2, {CAT: 1, DOG: 1})


def test_it_remembers_what_it_refused_by_reason(make_ledger: MakeLedger) -> None:
    """Each refused ballot of a known poll is noted once, however often its batch comes."""
    ledger = make_ledger(a_poll(1), a_poll(2))
    batch: list[Ballot | Close] = [
        *ballots(("ann", 1, BOTH), ("bob", 2, BOTH), ("cid", 3, CATS), ("dan", 4, (Mark(9, 1),))),
        Ballot(7, "eve", 5, CATS),
        Close(1, 6),
        Ballot(1, "fay", 7, CATS),
    ]
    for _ in range(2):
        ledger.record(batch)
    assert ledger.refusals(1) == {"too_many_choices": 2, "unknown_option": 1, "poll_closed": 1}
    assert ledger.refusals(2) == ledger.refusals(7) == {}


def test_it_notes_what_could_not_be_recorded(make_ledger: MakeLedger) -> None:
    """Once, with the reason it was given first; a poll that is unknown has nothing to note."""
    ledger = make_ledger(a_poll(1))
    (ballot,) = ballots(("ann", 1, CATS))
    for reason in ("unrecordable", "something else"):
        ledger.refuse(ballot, reason)
    ledger.refuse(Ballot(7, "ann", 2, CATS), "unrecordable")
    assert ledger.refusals(1) == {"unrecordable": 1}
    assert ledger.refusals(7) == {}
    assert ledger.recount(1).ballots == 0


# --- what was undone ------------------------------------------------------------------------------


def test_it_drops_ballots_of_what_was_reset(make_ledger: MakeLedger) -> None:
    """They may come again after a crash: nothing is left of them, not even a refusal."""
    ledger = make_ledger(a_poll(1, starts_seq=5, reopened_seq=5))
    old, new = ballots(("ann", 5, CATS), ("ann", 6, DOGS))
    recorded = ledger.record([old, new])
    assert recorded.dropped == {old: "poll_reset"}
    assert recorded.refused == {}
    assert ledger.refusals(1) == {}
    assert numbers(ledger) == (1, {DOG: 1})


@pytest.mark.parametrize(("starts_seq", "reopened_seq"), [(0, 5), (5, 0)])
def test_it_ignores_close_markers_that_were_undone(
    make_ledger: MakeLedger, starts_seq: int, reopened_seq: int
) -> None:
    """The marker that a reopening or a reset took back closes the poll no second time."""
    ledger = make_ledger(a_poll(1, starts_seq=starts_seq, reopened_seq=reopened_seq))
    recorded = ledger.record([Close(1, 5), *ballots(("ann", 6, CATS))])
    assert recorded.changed == {1}
    assert recorded.refused == {}
    assert ledger.tally(1).final is False
    assert ledger.record([Close(1, 7)]).changed == {1}
    assert ledger.tally(1).final is True


# --- the close ------------------------------------------------------------------------------------


def test_it_is_final_once_the_close_marker_is_recorded(make_ledger: MakeLedger) -> None:
    """The marker changes the standing, once."""
    ledger = make_ledger(a_poll(1), a_poll(2))
    ledger.record(ballots(("ann", 1, CATS)))
    assert ledger.tally(1).final is False
    assert ledger.record([Close(1, 2)]).changed == {1}
    assert ledger.tally(1).final is True
    assert ledger.tally(2).final is False
    version = ledger.tally(1).version
    assert ledger.record([Close(1, 2), Close(1, 9)]).changed == frozenset()
    assert ledger.tally(1).version == version
    assert numbers(ledger) == (1, {CAT: 1})


def test_it_keeps_the_first_of_two_close_markers(make_ledger: MakeLedger) -> None:
    """Redis may have forgotten that it closed the poll; the first marker was the end."""
    ledger = make_ledger(a_poll(1))
    ledger.record([Close(1, 2)])
    ledger.record([Close(1, 9)])
    between = Ballot(1, "ann", 5, CATS)
    assert ledger.record([between]).refused == {between: "poll_closed"}


def test_it_ignores_a_marker_of_an_unknown_poll(make_ledger: MakeLedger) -> None:
    """There is nothing to close, and the items around it are recorded."""
    ledger = make_ledger(a_poll(1))
    recorded = ledger.record([Close(9, 1), *ballots(("ann", 2, CATS))])
    assert recorded.changed == {1}
    assert recorded.refused == {}


# --- versions -------------------------------------------------------------------------------------


def test_it_gives_a_higher_version_with_every_change(make_ledger: MakeLedger) -> None:
    """By one for each batch with ballots of the poll, and for its close marker."""
    ledger = make_ledger(a_poll(1))
    versions = [ledger.tally(1).version]
    for seq in (1, 2, 3):
        ledger.record(ballots((f"v{seq}", seq, CATS)))
        versions.append(ledger.tally(1).version)
    ledger.record([Close(1, 4)])
    versions.append(ledger.tally(1).version)
    assert versions == [*range(versions[0], versions[0] + 5)]
    assert versions[0] > 0


def test_it_keeps_the_version_of_a_poll_while_others_change(make_ledger: MakeLedger) -> None:
    """Whoever sees one poll cannot tell from it how many vote in another, which may be hidden."""
    ledger = make_ledger(a_poll(1), a_poll(2))
    before = ledger.tally(1)
    for seq in range(1, 8):
        ledger.record(ballots((f"v{seq}", seq, CATS), poll=2))
    ledger.record([Close(2, 9)])
    assert ledger.tally(1) == before


def test_it_keeps_the_version_where_nothing_is_new(make_ledger: MakeLedger) -> None:
    """`changed` names the polls whose standing is another now; nobody is told of the others."""
    ledger = make_ledger(a_poll(1))
    ledger.record(ballots(("ann", 1, CATS)))
    before = ledger.tally(1)
    assert ledger.record(ballots(("ann", 1, CATS))).changed == frozenset()
    assert ledger.tally(1) == before


@pytest.mark.parametrize(
    "batch",
    [
        ballots(("ann", 2, CATS)),
        ballots(("bob", 3, NOTHING)),
        ballots(("bob", 4, CATS), ("bob", 5, NOTHING)),
    ],
    ids=["the same choice", "a blank ballot", "voted and withdrawn"],
)
def test_it_changes_the_version_with_each_ballot_that_is_new(
    make_ledger: MakeLedger, batch: list[Ballot]
) -> None:
    """How many ballots there are, and when the last one came, is shown though no vote changes."""
    ledger = make_ledger(a_poll(1))
    ledger.record(ballots(("ann", 1, CATS)))
    before = ledger.tally(1)
    assert ledger.record(batch).changed == {1}
    after = ledger.tally(1)
    assert after.agrees_with(before)
    assert after.version > before.version
    assert (after.cast, after.last_seq) == (1 + len(batch), batch[-1].seq)


def test_it_changes_the_version_where_only_the_marks_change(make_ledger: MakeLedger) -> None:
    """As many ballots as before may still be another result."""
    ledger = make_ledger(a_poll(1))
    ledger.record(ballots(("ann", 1, CATS)))
    before = ledger.tally(1).version
    assert ledger.record(ballots(("ann", 2, DOGS))).changed == {1}
    assert ledger.tally(1).version > before


def test_it_lists_what_has_changed_since_the_last_look(make_ledger: MakeLedger) -> None:
    """A reader asks from where it was, and misses nothing."""
    ledger = make_ledger(a_poll(1), a_poll(2), a_poll(3))
    reader = Follower(ledger)
    assert [tally.poll for tally in reader.look()] == [1, 2, 3]
    assert reader.look() == []
    ledger.record([*ballots(("ann", 1, CATS)), Close(3, 2)])
    assert reader.look() == [ledger.tally(1), ledger.tally(3)]
    assert reader.look() == []


def test_it_gives_all_there_is_to_who_comes_from_another_ledger(make_ledger: MakeLedger) -> None:
    """A bookmark says nothing of what it was not made of."""
    ledger = make_ledger(a_poll(1), a_poll(2))
    _, bookmark = ledger.changes()
    tallies, _ = ledger.changes(bookmark._replace(source=object()))
    assert [tally.poll for tally in tallies] == [1, 2]


def test_it_lists_all_options_of_a_changed_poll(make_ledger: MakeLedger) -> None:
    """A change comes as the whole standing, not as what is new in it."""
    ledger = make_ledger(a_poll(1))
    ledger.record(ballots(("ann", 1, CATS)))
    reader = Follower(ledger)
    reader.look()
    ledger.record(ballots(("bob", 2, DOGS)))
    (tally,) = reader.look()
    assert (tally.ballots, tally.counts) == (2, {CAT: 1, DOG: 1})


def test_it_leaves_out_options_that_nobody_marks_any_more(make_ledger: MakeLedger) -> None:
    """A count that went back to zero looks like one that never was."""
    ledger = make_ledger(a_poll(1))
    ledger.record(ballots(("ann", 1, CATS)))
    ledger.record(ballots(("ann", 2, DOGS)))
    assert ledger.tally(1).counts == {DOG: 1}


# --- recounting -----------------------------------------------------------------------------------


def test_it_recounts_from_the_ledger_alone(make_ledger: MakeLedger) -> None:
    """A recount has what the ballots say and nothing else: neither a version nor a close."""
    ledger = make_ledger(a_poll(1, kind=Kind.MULTIPLE))
    ledger.record([*ballots(("ann", 1, BOTH), ("bob", 2, CATS), ("bob", 3, NOTHING)), Close(1, 4)])
    assert ledger.recount(1) == Tally(
        poll=1, ballots=1, counts={CAT: 1, DOG: 1}, cast=3, last_seq=3
    )


@pytest.mark.parametrize("change", [True, False])
def test_it_tells_the_different_ballots_that_count(
    make_ledger: MakeLedger,
    change: bool,  # noqa: FBT001
) -> None:
    """How many ballots have the same marks: what cannot be had from the tallies."""
    first, second = (Mark(1, 1), Mark(2, 2)), (Mark(1, 2), Mark(2, 1))
    ledger = make_ledger(a_poll(1, kind=Kind.RANKED, max_choices=2, change=change), a_poll(2))
    cast = [("ann", 1, first), ("bob", 2, second), ("cid", 3, first), ("dan", 4, NOTHING)]
    ledger.record(ballots(*cast, ("bob", 5, CATS), ("eve", 6, second)))
    assert sorted(ledger.patterns(1)) == sorted(
        [(first, 2), (second, 1), (CATS, 1)] if change else [(first, 2), (second, 2)]
    )
    assert ledger.patterns(2) == ledger.patterns(9) == []
