"""`python -m ballotbox.migrate`: once, however often and by however many it is run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from ballotbox import migrate as program
from ballotbox.ballot import Mark
from ballotbox.catalog import read_polls
from ballotbox.ledger import PostgresLedger
from ballotbox.migrate import ensure_first_poll, migrate, set_passwords
from ballotbox.poll import Visibility
from ballotbox.recount import recount
from ballotbox.settings import Settings
from ballotbox.sql import migrations
from ballotbox.timeline import Sample
from tests.integration.programs import run, start
from tests.servers import Database, PostgresServer
from tests.waiting import eventually

MIGRATE = "ballotbox.migrate"


@pytest.fixture
def empty(postgres_server: PostgresServer) -> Iterator[Database]:
    """Give a database in which nothing is."""
    database = postgres_server.database(migrated=False)
    yield database
    postgres_server.drop(database)


def test_it_prepares_an_empty_database_once_however_many_run_at_once(empty: Database) -> None:
    """Each of five processes succeeds; together they do what one would have done."""
    environ = {
        "DATABASE_URL": empty.url(),
        "WORKER_DATABASE_PASSWORD": "it's one",
        "RESULT_DATABASE_PASSWORD": 'it"s another',
        "POLL_QUESTION": "Tea or coffee?",
        "POLL_OPTIONS": "Tea,Coffee",
    }
    processes = [start(MIGRATE, **environ) for _ in range(5)]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 5, outputs
    assert sum(output.count("migration applied") for output in outputs) == len(migrations())
    with empty.connect() as connection:
        (poll,) = read_polls(connection)
        applied = connection.execute("SELECT number FROM migrations ORDER BY number").fetchall()
    assert [number for (number,) in applied] == [number for number, _, _ in migrations()]
    assert poll.slug == "tea-or-coffee"
    assert [option.text for option in poll.options] == ["Tea", "Coffee"]


def test_it_applies_each_migration_once_in_a_race(empty: Database) -> None:
    """Whoever comes first does it; the others wait and find it done."""
    start_together = threading.Barrier(4)

    def take_part(_: int) -> list[str]:
        with empty.connect() as connection:
            start_together.wait()
            return migrate(connection)

    with ThreadPoolExecutor(4) as threads:
        applied = [name for names in threads.map(take_part, range(4)) for name in names]
    assert applied == [name for _, name, _ in migrations()]


def test_it_sets_passwords_in_a_race(database: Database) -> None:
    """PostgreSQL lets two who alter one role at the same moment fail: they take turns."""
    settings = Settings(worker_database_password="one", result_database_password="other")
    start_together = threading.Barrier(4)

    def take_part(_: int) -> None:
        with database.connect() as connection:
            start_together.wait()
            for _ in range(10):
                set_passwords(connection, settings)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(take_part, range(4)))


def test_it_does_nothing_the_second_time(empty: Database) -> None:
    """What is there stays: POLL_… describe the first poll of an empty database and no other."""
    assert run(MIGRATE, DATABASE_URL=empty.url())[0] == 0
    with empty.connect() as connection:
        before = read_polls(connection)
    code, output = run(MIGRATE, DATABASE_URL=empty.url(), POLL_QUESTION="Something else?")
    assert (code, output) == (0, "")
    with empty.connect() as connection:
        assert read_polls(connection) == before
    assert [poll.slug for poll in before] == ["cats-or-dogs"]


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"POLL_KIND": "guess"}, "POLL_KIND: use one of single, multiple, rating, ranked."),
        ({"POLL_OPTIONS": "Cats"}, "POLL_OPTIONS: use 2 to 100 options with commas between them."),
        (
            {"POLL_KIND": "multiple", "POLL_MAX_CHOICES": "3"},
            "POLL_MAX_CHOICES: There cannot be more choices than options.",
        ),
    ],
)
def test_it_stops_at_a_bad_setting_with_one_sentence(
    environ: dict[str, str], sentence: str
) -> None:
    """It says so at once, without waiting for a database, and with a code of its own."""
    code, output = run(MIGRATE, DATABASE_URL="postgresql:///x?host=/nowhere", **environ)
    assert (code, output) == (2, f"votify: {sentence}\n")


def test_it_waits_for_a_database_that_is_not_there_yet(postgres_server: PostgresServer) -> None:
    """At the start of everything PostgreSQL may be the slowest."""
    late = Database(postgres_server.layout, "late")
    with start(MIGRATE, DATABASE_URL=late.url()) as process:
        with Database(postgres_server.layout, "postgres").connect() as connection:
            refused = "SELECT sum(sessions) FROM pg_stat_database"
            before = connection.execute(refused).fetchone()
            eventually(lambda: process.poll() is None and before is not None)
            connection.execute("CREATE DATABASE late STRATEGY file_copy")
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    postgres_server.drop(late)


def test_it_applies_all_or_nothing(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails leaves the database as it was before the first of the run."""
    broken = [*migrations(), (99, "broken", "CREATE TABLE half_done (); SELECT 1 / 0")]
    monkeypatch.setattr(program, "migrations", lambda: broken)
    with empty.connect() as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            migrate(connection)
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        assert tables == []
        monkeypatch.undo()
        assert migrate(connection) == [name for _, name, _ in migrations()]


def test_it_applies_only_what_is_new(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later release brings its own migrations to a database that is in use."""
    newer = [*migrations(), (99, "newer", "CREATE TABLE newer ()")]
    monkeypatch.setattr(program, "migrations", lambda: newer)
    assert migrate(connection) == ["newer"]
    assert migrate(connection) == []


def test_it_makes_the_first_poll_only_where_there_is_none(
    connection: psycopg.Connection[Any],
) -> None:
    """A second call, with whatever settings, makes none."""
    first = ensure_first_poll(connection, Settings())
    assert first is not None
    assert (first.id, first.slug) == (1, "cats-or-dogs")
    assert ensure_first_poll(connection, Settings(poll_question="Another?")) is None
    assert read_polls(connection) == [first]


def test_it_gives_the_roles_the_passwords_that_are_set(
    connection: psycopg.Connection[Any],
) -> None:
    """In containers the services prove who they are; the passwords are kept as hashes."""
    passwords = "SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE 'votify\\_%'"
    settings = Settings(worker_database_password="o'ne", admin_database_password="another")
    set_passwords(connection, settings)
    kept = dict(connection.execute(passwords).fetchall())
    assert kept["votify_worker"].startswith("SCRAM-SHA-256$")
    assert kept["votify_admin"].startswith("SCRAM-SHA-256$")
    set_passwords(connection, Settings())
    assert dict(connection.execute(passwords).fetchall()) == kept


# --- from one release to the next -----------------------------------------------------------------


def add_poll_of_then(
    connection: psycopg.Connection[Any], number: int, visibility: Visibility = Visibility.ALWAYS
) -> None:
    """Add a poll about cats and dogs with the columns that there were."""
    connection.execute(
        "INSERT INTO polls (slug, code, question, kind, max_choices, change, identity, visibility)"
        " VALUES (%s, %s, 'Cats or Dogs?', 'single', 1, true, 'cookie', %s)",
        (f"cats-or-dogs-{number}", f"CATS{number:02d}", visibility),
    )
    connection.execute(
        "INSERT INTO options VALUES (%(poll)s, 1, 'Cats'), (%(poll)s, 2, 'Dogs')", {"poll": number}
    )
    connection.execute("INSERT INTO standings (poll_id) VALUES (%s)", [number])


def test_it_finds_the_extent_of_polls_that_are_there(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database of the release before the timeline: all its polls agree with their ledger."""
    monkeypatch.setattr(program, "migrations", lambda: migrations()[:2])
    with empty.connect() as connection:
        migrate(connection)
        for number, visibility in enumerate((Visibility.ALWAYS, Visibility.ORGANISER), 1):
            add_poll_of_then(connection, number, visibility)
            connection.execute(
                "INSERT INTO ballots VALUES (%(poll)s, 'ann', 1500000, '{1}', '{1}'),"
                " (%(poll)s, 'ann', 2500000, '{2}', '{1}'), (%(poll)s, 'bob', 3500000, '{}', '{}')",
                {"poll": number},
            )
            connection.execute(
                "INSERT INTO tallies VALUES (%s, 1, 1, 0), (%s, 2, 1, 1)", [number] * 2
            )
            connection.execute("UPDATE standings SET ballots = 1")
        add_poll_of_then(connection, 3)
        monkeypatch.undo()
        migrate(connection)

        found = recount(connection)
        assert [each.agrees for each in found] == [True] * 3
        assert [(each.tally.cast, each.tally.last_seq) for each in found] == [
            *([(3, 3_500_000)] * 2),
            (0, None),
        ]
        assert [each.sample for each in found] == [
            Sample(3_500_000, 1, 3, {Mark(2, 1): 1}),
            Sample(3_500_000, 1, 3, None),
            None,
        ]


def test_it_finds_in_the_seal_how_many_ballots_were_deleted(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the ledger was deleted after its time, the seal is what still says it."""
    monkeypatch.setattr(program, "migrations", lambda: migrations()[:2])
    with empty.connect() as connection:
        migrate(connection)
        add_poll_of_then(connection, 1)
        connection.execute("UPDATE polls SET closed = true, purged_at = now()")
        connection.execute("UPDATE standings SET ballots = 2, final_seq = 9")
        connection.execute("""INSERT INTO seals VALUES (1, 5, '{"ledger":{"ballots":7}}')""")
        connection.execute("""INSERT INTO seals VALUES (1, 9, '{"ledger":{"ballots":3}}')""")
        monkeypatch.undo()
        migrate(connection)
        tally = PostgresLedger(connection).tally(1)
    assert (tally.ballots, tally.cast, tally.last_seq) == (2, 3, None)
