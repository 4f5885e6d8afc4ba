"""
Whatever comes, in whatever order: the ledgers agree with each other and with the definition.

`ballotbox.tally.count` is the definition. It is slow and plain; the ledgers are held to it.
"""

from __future__ import annotations

import pytest
from hypothesis import given

from ballotbox.ballot import Marks
from ballotbox.ledger import Ledger, Recorded
from ballotbox.memory import MemoryLedger
from ballotbox.tally import count, patterns
from tests.contracts.conftest import Books, as_of
from tests.following import Follower
from tests.polls import Election, elections


def record(ledger: Ledger, poll: int, election: Election) -> list[Recorded]:
    """Record an election's batches under the id of a poll."""
    return [ledger.record([as_of(poll, item) for item in batch]) for batch in election.batches]


def outcome(recorded: Recorded, poll: int) -> tuple[bool, dict[int, str], frozenset[int]]:
    """Give what came of a batch, whatever the poll's id."""
    assert recorded.changed <= {poll}
    refused = {ballot.seq: reason for ballot, reason in recorded.refused.items()}
    return poll in recorded.changed, refused, recorded.overruled


@given(elections())
def test_it_counts_in_memory_as_the_definition_says(election: Election) -> None:
    """The ledger that other tests stand on is right itself."""
    ledger = MemoryLedger([election.poll])
    record(ledger, 1, election)
    assert ledger.tally(1).agrees_with(count(1, election.ballots, change=election.poll.change))
    assert same_patterns(ledger.patterns(1), election)


@pytest.mark.service
@given(elections())
def test_it_counts_in_postgresql_as_the_definition_says(books: Books, election: Election) -> None:
    """Tally, recount and definition are one result, for any ballots, order, repeats and batches."""
    ledger, poll = books.open(election)
    record(ledger, poll, election)
    expected = count(poll, election.ballots, change=election.poll.change)
    assert ledger.tally(poll).agrees_with(expected)
    assert ledger.recount(poll) == expected
    assert same_patterns(ledger.patterns(poll), election)


def same_patterns(found: list[tuple[Marks, int]], election: Election) -> bool:
    """Tell whether the marks that count, from which a runoff is counted, are those expected."""
    expected = patterns(election.ballots, change=election.poll.change)
    # Neither the order of the marks on a ballot says anything, nor that of the rows.
    return sorted((tuple(sorted(marks)), number) for marks, number in found) == sorted(
        expected.items()
    )


@pytest.mark.service
@given(elections(closing=True))
def test_it_answers_in_postgresql_as_in_memory(books: Books, election: Election) -> None:
    """Both say the same of every batch: what has changed, what is refused, what is overruled."""
    ledger, poll = books.open(election)
    memory = MemoryLedger([election.poll])
    for real, pure in zip(record(ledger, poll, election), record(memory, 1, election), strict=True):
        assert outcome(real, poll) == outcome(pure, 1)
    assert ledger.tally(poll).agrees_with(memory.tally(1))
    assert ledger.tally(poll).final == memory.tally(1).final
    assert ledger.tally(poll).agrees_with(ledger.recount(poll))


@pytest.mark.service
@given(elections(closing=True))
def test_it_gives_a_new_version_exactly_when_the_numbers_change(
    books: Books, election: Election
) -> None:
    """A reader who follows what changes misses nothing, and is woken for nothing else."""
    ledger, poll = books.open(election)
    reader = Follower(ledger)
    reader.look()
    for batch in election.batches:
        before = ledger.tally(poll)
        ledger.record([as_of(poll, item) for item in batch])
        after = ledger.tally(poll)
        same = after.matches(before) and after.final == before.final
        assert (after.version == before.version) is same
        assert reader.look() == ([] if same else [after])
