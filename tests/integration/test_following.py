"""Following what changes in PostgreSQL: whoever commits when, and whatever it is put back to."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import partial
from typing import Any

import psycopg
import pytest

from ballotbox.catalog import add_poll
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Poll
from ballotbox.postgres import postgres_from
from ballotbox.settings import Settings
from ballotbox.sql import QUERIES
from deploy.local import binaries
from result.books import Books
from tests.following import Follower
from tests.polls import CATS, DOGS, a_poll, ballots
from tests.servers import Database

Connection = psycopg.Connection[Any]
FUTURE = "9000000000000"


@pytest.fixture
def poll(connection: Connection) -> Poll:
    """Add a poll."""
    return add_poll(connection, a_poll())


@pytest.fixture
def worker(database: Database) -> Iterator[Connection]:
    """Give a connection as the worker has it."""
    with postgres_from(Settings(database_url=database.url("votify_worker"))) as connection:
        yield connection


@pytest.fixture
def books(database: Database) -> Iterator[Books]:
    """Give the books of a result service."""
    settings = Settings(database_url=database.url("votify_result"))
    books = Books(partial(postgres_from, settings, statement_timeout=2000))
    yield books
    books.close()


def put_back(connection: Connection, changed: str, **values: int) -> None:
    """Write standings as a restore does, which brings the transactions of another time along."""
    rest = "".join(f", {name} = {value}" for name, value in values.items())
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")  # without triggers
        connection.execute(f"UPDATE standings SET changed = '{changed}'{rest}".encode())  # noqa: S608


def leave(database: Database) -> None:
    """End the connections of `result`, as PostgreSQL does when it is started again."""
    with database.connect() as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'votify_result' AND datname = current_database()"
        )


# --- whoever commits when -------------------------------------------------------------------------


def test_it_shows_what_commits_late(database: Database, connection: Connection) -> None:
    """
    Of two who change polls at once the one who began first may end last: both are seen.

    Whoever asked for all above the last transaction that was seen would miss it for good.
    """
    late, early = (add_poll(connection, a_poll(number)).id for number in (1, 2))
    change = "UPDATE standings SET final_seq = 9 WHERE poll_id = %s"
    with database.connect("votify_result") as own, database.connect("votify_worker") as slow:
        reader = Follower(PostgresLedger(own))
        reader.look()
        with slow.transaction():
            slow.execute(change, [late])
            connection.execute(change, [early])
            assert [tally.poll for tally in reader.look()] == [early]
            assert reader.look() == []
        assert [tally.poll for tally in reader.look()] == [late]
    highest = connection.execute("SELECT poll_id FROM standings ORDER BY changed DESC").fetchone()
    assert highest == (early,)  # so that it was not in their order


def test_it_gives_a_version_for_whatever_writes_a_standing(
    connection: Connection, worker: Connection, poll: Poll
) -> None:
    """Nobody who changes one has to think of it, by hand or in a function; only upwards."""
    before = PostgresLedger(worker).tally(poll.id).version
    reader = Follower(PostgresLedger(worker))
    reader.look()
    connection.execute("UPDATE standings SET ballots = 7, version = 1, changed = '3'")
    (tally,) = reader.look()
    assert (tally.ballots, tally.version) == (7, before + 1)


def test_it_looks_up_what_changed_by_an_index(connection: Connection, database: Database) -> None:
    """A look at a thousand polls of which none has changed reads no row of them."""
    connection.execute(
        "INSERT INTO polls (slug, code, question, kind, max_choices, change, identity, visibility)"
        " SELECT 'p' || n, to_char(n, 'FM000000'), 'q', 'single', 1, true, 'cookie', 'always'"
        " FROM generate_series(1, 1000) AS n"
    )
    connection.execute("INSERT INTO standings (poll_id) SELECT id FROM polls")
    connection.execute("VACUUM ANALYZE standings")
    with postgres_from(Settings(database_url=database.url("votify_result"))) as own:
        _, bookmark = PostgresLedger(own).changes()
        since = {"table": bookmark.table, "since": bookmark.xmin}
        own.execute("SET plan_cache_mode = force_generic_plan")
        question = f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {QUERIES['standings_since']}"
        plan = own.execute(question.encode(), since, prepare=True).fetchall()
    lines = [line for (line,) in plan]
    (condition,) = (line for line in lines if "Index Cond: ((changed >=" in line)
    assert "changed <" in condition
    assert any("rows=0" in line for line in lines if "standings" in line)


# --- whatever it is put back to -------------------------------------------------------------------


def test_it_follows_a_dump_in_a_server_whose_transactions_are_younger(
    connection: Connection, database: Database, worker: Connection
) -> None:
    """Its rows are of the future: read once, not with every look, and again when they change."""
    for number in (1, 2):
        add_poll(connection, a_poll(number))
    put_back(connection, FUTURE, ballots=3)
    with database.connect("votify_result") as own:
        reader = Follower(PostgresLedger(own))
        assert [tally.ballots for tally in reader.look()] == [3, 3]
        reader.look()
        assert reader.given == []
        PostgresLedger(worker).record(ballots(("ann", 1, CATS), poll=2))
        assert [(tally.poll, tally.ballots) for tally in reader.look()] == [(2, 4)]


@pytest.mark.parametrize("changed", ["3", FUTURE])
def test_it_reads_all_there_is_when_postgresql_was_started_again(
    connection: Connection, database: Database, poll: Poll, books: Books, changed: str
) -> None:
    """
    It may be an older copy of itself, whose changes have other numbers than those seen.

    The books ask again over a new connection, so that nobody hears of it otherwise.
    """
    connection.execute("UPDATE standings SET ballots = 7")
    (seen,), bookmark = books.changes(None)
    put_back(connection, changed, ballots=5, version=seen.version - 1)
    leave(database)
    (tally,), bookmark = books.changes(bookmark)
    assert (tally.ballots, tally.version) == (5, seen.version - 1)
    connection.execute("UPDATE standings SET ballots = 6")
    assert [tally.ballots for tally in books.changes(bookmark).tallies] == [6]


def test_it_reads_a_backup_that_is_put_back_while_it_runs(
    connection: Connection, database: Database, poll: Poll, ledger: PostgresLedger
) -> None:
    """As the runbook says, but for the stopping: what the page shows is what there is."""
    ledger.record(ballots(("ann", 1, CATS)))
    url = database.url()
    dump = subprocess.run(
        [str(binaries.postgres("pg_dump")), "--clean", "--if-exists", url],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    with database.connect("votify_result") as own:
        reader = Follower(PostgresLedger(own))
        ledger.record(ballots(("bob", 2, DOGS), ("cid", 3, DOGS)))
        assert [tally.ballots for tally in reader.look()] == [3]
        assert reader.look() == []
        subprocess.run(
            [str(binaries.postgres("psql")), "-Xq1", "-o/dev/null", "-vON_ERROR_STOP=1", url],
            input=f"DROP OWNED BY votify_owner CASCADE;\n{dump}",
            text=True,
            check=True,
        )
        assert [tally.ballots for tally in reader.look()] == [1]
        ledger.record(ballots(("bob", 2, DOGS)))
        assert [tally.ballots for tally in reader.look()] == [2]


def test_it_reads_rows_that_are_put_back_alone(connection: Connection, database: Database) -> None:
    """A restore of the data alone, into the tables that are there, is a change like any other."""
    add_poll(connection, a_poll())
    kept = connection.execute("SELECT * FROM standings").fetchone()
    connection.execute("UPDATE standings SET ballots = 7")
    with database.connect("votify_result") as own:
        reader = Follower(PostgresLedger(own))
        reader.look()
        connection.execute("TRUNCATE standings")
        places = ", ".join(["%s"] * len(kept or ()))
        connection.execute(f"INSERT INTO standings VALUES ({places})".encode(), kept)  # noqa: S608
        assert [tally.ballots for tally in reader.look()] == [0]
