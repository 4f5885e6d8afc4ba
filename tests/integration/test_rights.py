"""What PostgreSQL itself lets each service do, as its catalogs say: the next table included."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from ballotbox.catalog import add_poll
from ballotbox.migrate import keep_out, migrate
from ballotbox.sql import migrations
from deploy.local import binaries
from deploy.local.layout import ROOT
from tests.polls import a_poll
from tests.servers import Database, PostgresServer

BACKUP = ROOT / "tests/upgrade/0.1.0/database.sql"
OWNER = "votify_owner"
SERVICES = ("votify_worker", "votify_result", "votify_admin")


@pytest.fixture(scope="module")
def database(postgres_server: PostgresServer) -> Iterator[Database]:
    """Give a database as `python -m ballotbox.migrate` leaves it."""
    database = postgres_server.database(migrated=False)
    with database.connect() as connection:
        migrate(connection)
        keep_out(connection)
        add_poll(connection, a_poll(1))
    yield database
    postgres_server.drop(database)


def ask(database: Database, question: str) -> list[tuple[Any, ...]]:
    with database.connect() as connection:
        return connection.execute(question.encode()).fetchall()


def test_it_belongs_to_nobody_who_can_do_everything(database: Database) -> None:
    """Views look, and functions act, with the rights of their owner."""
    owners = ask(
        database,
        "SELECT relname, relowner::regrole::text FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind <> 'i' UNION ALL"
        " SELECT proname, proowner::regrole::text FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace",
    )
    assert {"ballots", "pseudonymous_ballots", "note_change", "reset_poll", "migrations"} <= {
        name for name, _ in owners
    }
    assert [each for each in owners if each[1] != OWNER] == []


def test_it_lends_its_rights_in_functions_that_cannot_be_turned(database: Database) -> None:
    """Each names where it looks for tables, and there what is temporary comes last."""
    functions = ask(database, "SELECT proname, proconfig FROM pg_proc WHERE prosecdef")
    assert {name for name, _ in functions} >= {"salt_poll", "reopen_poll", "reset_poll"}
    for name, configuration in functions:
        assert configuration == ["search_path=pg_catalog, public, pg_temp"], name


def test_it_has_no_role_that_can_do_more(database: Database) -> None:
    """None is a superuser, makes roles or databases, passes over policies, or is in another one."""
    roles = ask(
        database,
        "SELECT rolname, rolcanlogin, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication"
        " OR rolbypassrls, oid IN (SELECT member FROM pg_auth_members)"
        " FROM pg_roles WHERE rolname LIKE 'votify\\_%' ORDER BY rolname",
    )
    assert roles == [
        ("votify_admin", True, False, False),
        ("votify_owner", False, False, False),
        ("votify_result", True, False, False),
        ("votify_worker", True, False, False),
    ]


def test_it_gives_nothing_to_everybody(database: Database) -> None:
    """Whoever may connect may look around, and neither read, run nor make anything."""
    given = ask(
        database,
        "SELECT relname FROM pg_class, aclexplode(relacl) AS given"
        " WHERE relnamespace = 'public'::regnamespace AND given.grantee = 0 UNION ALL"
        " SELECT proname FROM pg_proc,"
        " aclexplode(coalesce(proacl, acldefault('f', proowner))) AS given"
        " WHERE pronamespace = 'public'::regnamespace AND given.grantee = 0",
    )
    assert given == []
    for role in SERVICES:
        rights = ask(
            database,
            f"SELECT has_schema_privilege('{role}', 'public', 'CREATE'),"
            f" has_database_privilege('{role}', current_database(), 'CREATE'),"
            f" has_database_privilege('{role}', current_database(), 'TEMP')",
        )
        assert rights == [(False, False, False)], role


@pytest.mark.parametrize(
    ("table", "readers"),
    [
        ("ballots", ["votify_worker"]),
        ("salts", []),
        ("pseudonymous_ballots", ["votify_worker"]),
        ("numbered_ballots", ["votify_worker"]),
        ("told_ballots", ["votify_admin"]),
        ("told_ballots_1", ["votify_admin"]),
        ("patterns", ["votify_worker", "votify_result"]),
        ("told_patterns", ["votify_admin"]),
        ("tallies", ["votify_worker", "votify_result"]),
        ("told_tallies", ["votify_admin"]),
        ("samples", ["votify_worker", "votify_result"]),
        ("used_codes", ["votify_admin"]),
        ("conclusions", []),
        ("doubts", ["votify_worker", "votify_result", "votify_admin"]),
        ("organisers", ["votify_worker", "votify_admin"]),  # the worker not the password
        ("sessions", ["votify_admin"]),
        ("codes", ["votify_worker", "votify_admin"]),
        ("tokens", ["votify_worker", "votify_admin"]),
        ("tries", ["votify_admin"]),
        ("devices", ["votify_admin"]),
        ("second_factors", ["votify_admin"]),
        ("recovery_codes", ["votify_admin"]),
        ("house", ["votify_admin"]),
    ],
)
def test_it_shows_each_service_what_it_needs(
    database: Database, table: str, readers: list[str]
) -> None:
    """Nobody but who records ballots sees which voter cast one."""
    found = [
        role
        for role in SERVICES
        if ask(database, f"SELECT has_any_column_privilege('{role}', '{table}', 'SELECT')")[0][0]
    ]
    assert found == readers


def test_it_takes_the_backup_of_an_earlier_version(postgres_server: PostgresServer) -> None:
    """As the runbook says, over what is there; then it is brought up to date, and as any other."""
    database = postgres_server.database()
    # Roles are of the server, not of the database: those of the stack are there.
    lines = BACKUP.read_text("utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("CREATE ROLE")]
    command = [str(binaries.postgres("psql")), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1"]
    backup = "\n".join(["DROP OWNED BY votify_owner CASCADE;", *kept])
    try:
        subprocess.run(
            [*command, "-o", "/dev/null", database.url()], input=backup, text=True, check=True
        )
        with database.connect() as connection:
            applied = migrate(connection)
        assert applied == [name for number, name, _ in migrations() if number > 3]
        assert ask(database, "SELECT count(*) > 0 FROM ballots") == [(True,)]
        test_it_belongs_to_nobody_who_can_do_everything(database)
        test_it_lends_its_rights_in_functions_that_cannot_be_turned(database)
    finally:
        postgres_server.drop(database)


@pytest.mark.parametrize("role", ["votify_admin", "votify_worker"])
def test_it_is_not_turned_by_a_table_of_ones_own(database: Database, role: str) -> None:
    """
    A table that is named as one of ours is not taken for it, even by who may make one.

    Its trigger would run with the rights of the owner of the function that writes to it.
    """
    turn = "SELECT reopen_poll(1)" if role == "votify_admin" else "SELECT purge_ballots(0)"
    with database.connect(role) as attacker:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            attacker.execute("CREATE TEMP TABLE standings (poll_id integer)")
        with database.connect() as owner:
            owner.execute(f"GRANT TEMP ON DATABASE {database.name} TO {role}".encode())
        try:
            for table in ("standings", "polls", "seals"):
                attacker.execute(
                    f"CREATE TEMP TABLE {table} (poll_id integer, id integer, final_seq bigint,"
                    " version bigint, closed boolean, purged_at timestamptz, broken_at timestamptz,"
                    " sealed_at timestamptz, reopened_seq bigint)".encode()
                )
                attacker.execute(f"INSERT INTO {table} VALUES (1, 1, 7)".encode())  # noqa: S608
            # The poll is not final: the ledger was looked at. To purge, nothing is due there.
            with suppress(psycopg.errors.ObjectNotInPrerequisiteState):
                assert attacker.execute(turn.encode()).fetchall() == []
            left = attacker.execute(
                "SELECT (SELECT final_seq FROM pg_temp.standings),"
                " (SELECT purged_at FROM pg_temp.polls)"
            ).fetchone()
            assert left == (7, None)
        finally:
            with database.connect() as owner:
                owner.execute(f"REVOKE TEMP ON DATABASE {database.name} FROM {role}".encode())
