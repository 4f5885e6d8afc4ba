"""What the result service reads of PostgreSQL, with the rights that it has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from ballotbox.catalog import add_poll
from ballotbox.errors import LedgerUnavailable
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Kind
from ballotbox.postgres import postgres_from
from ballotbox.settings import Settings
from ballotbox.timeline import SECOND
from result.books import Books
from tests.polls import BOTH, CATS, a_poll, ballots
from tests.servers import Database


@pytest.fixture
def books(database: Database) -> Iterator[Books]:
    """Give the books as the result service opens them."""
    settings = Settings(database_url=database.url("votify_result"))
    books = Books(partial(postgres_from, settings, statement_timeout=2000))
    yield books
    books.close()


def test_it_reads_timelines(books: Books, database: Database, ledger: PostgresLedger) -> None:
    """The samples that the worker keeps; of a poll that does not exist there are none."""
    with database.connect() as owner:
        add_poll(owner, a_poll(1, kind=Kind.MULTIPLE))
    ledger.record(ballots(("ann", 1 * SECOND, CATS)))
    ledger.record(ballots(("bob", 2 * SECOND, BOTH)))
    timeline = books.timeline(1)
    assert timeline == ledger.timeline(1)
    assert [sample.ballots for sample in timeline] == [1, 2]
    assert books.timeline(9) == []


def test_it_reads_few_samples_however_many_there_are(
    books: Books, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker thins a timeline only now and then; and each may be long, so others go between."""
    with database.connect() as owner:
        add_poll(owner, a_poll(1))
        owner.execute(
            "INSERT INTO samples SELECT 1, n, n * 1000000, n, n, '[]'"
            " FROM generate_series(1::bigint, 719) AS n"
        )
    turns: list[None] = []
    monkeypatch.setattr("result.books._give_way", lambda: turns.append(None))
    timeline = books.timeline(1)
    assert len(turns) == len(timeline)
    assert 180 <= len(timeline) <= 360
    assert (timeline[0].ballots, timeline[-1].ballots) == (1, 719)


def test_it_reads_on_after_postgresql_was_restarted(books: Books, database: Database) -> None:
    """Whoever asks first afterwards is answered, too: PostgreSQL is there."""
    assert books.timeline(1) == []
    with database.connect() as owner:
        (left,) = owner.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE usename = 'votify_result' AND datname = current_database()"
        ).fetchone() or (0,)
    assert left == 1
    assert books.timeline(1) == []


def test_it_says_that_it_cannot_read_and_reads_again(books: Books, database: Database) -> None:
    """A connection that breaks costs one question."""
    with database.connect() as owner:
        add_poll(owner, a_poll(1))
        books.timeline(1)
        owner.execute("ALTER TABLE samples RENAME TO gone")
        with pytest.raises(LedgerUnavailable):
            books.timeline(1)
        owner.execute("ALTER TABLE gone RENAME TO samples")
    assert books.timeline(1) == []
