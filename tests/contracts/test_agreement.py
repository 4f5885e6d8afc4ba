"""
Whatever comes, in whatever order: the ledgers agree with each other and with the definition.

`ballotbox.tally.count` is the definition. It is slow and plain; the ledgers are held to it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import given

from ballotbox.ballot import Ballot, Close, Marks
from ballotbox.catalog import add_poll
from ballotbox.ledger import Ledger, PostgresLedger, Recorded
from ballotbox.memory import MemoryLedger
from ballotbox.postgres import postgres_from
from ballotbox.settings import Settings
from ballotbox.tally import count, patterns
from tests.polls import Election, elections
from tests.servers import PostgresServer


class Books:
    """A ledger in PostgreSQL for many elections: each is held in a new poll of its own."""

    def __init__(self, owner: psycopg.Connection[Any], ledger: PostgresLedger) -> None:
        self._owner, self._ledger = owner, ledger
        self._numbers = itertools.count(1)

    def open(self, election: Election) -> tuple[Ledger, int]:
        """Add the election's poll; gives the ledger and the id to record ballots under."""
        number = next(self._numbers)
        poll = replace(election.poll, slug=f"poll-{number}", code=f"{number:06d}")
        return self._ledger, add_poll(self._owner, poll).id


@pytest.fixture(scope="module")
def books(postgres_server: PostgresServer) -> Iterator[Books]:
    """Give one database for all examples."""
    database = postgres_server.database()
    settings = Settings(database_url=database.url("votify_worker"))
    with database.connect() as owner, postgres_from(settings) as connection:
        yield Books(owner, PostgresLedger(connection))
    postgres_server.drop(database)


def record(ledger: Ledger, poll: int, election: Election) -> list[Recorded]:
    """Record an election's batches under the id of a poll."""
    return [ledger.record([as_of(poll, item) for item in batch]) for batch in election.batches]


def as_of(poll: int, item: Ballot | Close) -> Ballot | Close:
    """Give an item as one of another poll."""
    if isinstance(item, Close):
        return Close(poll, item.seq)
    return Ballot(poll, item.voter, item.seq, item.marks)


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
    """A reader who looks only at versions misses no change and is woken for nothing else."""
    ledger, poll = books.open(election)
    for batch in election.batches:
        before = ledger.tally(poll)
        ledger.record([as_of(poll, item) for item in batch])
        after = ledger.tally(poll)
        same = after.agrees_with(before) and after.final == before.final
        assert (after.version == before.version) is same
        assert ledger.changes(before.version) == ([] if same else [after])
