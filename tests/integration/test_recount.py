"""`python -m ballotbox.recount`: the proof that the tallies are what the ledger says."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from ballotbox.catalog import add_poll
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Visibility
from ballotbox.recount import recount
from tests.integration.programs import run
from tests.polls import CATS, DOGS, a_poll, ballots
from tests.servers import Database

RECOUNT = "ballotbox.recount"


def test_it_agrees_and_says_so(
    database: Database, connection: psycopg.Connection[Any], ledger: PostgresLedger
) -> None:
    """One line a poll, exit code 0; the rights of a reader are enough."""
    add_poll(connection, a_poll(1))
    add_poll(connection, a_poll(2))
    ledger.record(ballots(("ann", 1, CATS), ("bob", 2, DOGS), ("ann", 3, DOGS)))
    code, output = run(RECOUNT, DATABASE_URL=database.url("votify_worker"))
    assert code == 0
    assert output.splitlines() == [
        "agrees: cats-or-dogs-1: tally 2 of 3 ballots (2×1: 2), ledger 2 of 3 ballots (2×1: 2)",
        "agrees: cats-or-dogs-2: tally 0 of 0 ballots (), ledger 0 of 0 ballots ()",
    ]


def test_it_finds_a_tally_that_was_changed(
    database: Database, connection: psycopg.Connection[Any], ledger: PostgresLedger
) -> None:
    """Exit code 1, and the line names the poll and both results."""
    add_poll(connection, a_poll(1))
    ledger.record(ballots(("ann", 1, CATS)))
    for statement in (
        "UPDATE tallies SET count = count + 1",
        "UPDATE tallies SET count = count - 1; UPDATE standings SET ballots = 2",
        "UPDATE standings SET ballots = 1; DELETE FROM ballots",
    ):
        connection.execute(statement)
        code, output = run(RECOUNT, DATABASE_URL=database.url())
        assert code == 1
        assert output.startswith("DIFFERS: cats-or-dogs-1: tally ")


def test_it_finds_a_number_of_ballots_that_is_wrong(
    database: Database, connection: psycopg.Connection[Any], ledger: PostgresLedger
) -> None:
    """Also where the result is right: how many were cast, and when the last one was, is shown."""
    add_poll(connection, a_poll(1))
    ledger.record(ballots(("ann", 1, CATS), ("ann", 2, DOGS)))
    for wrong, right in (
        ("UPDATE standings SET cast_ballots = 1", "UPDATE standings SET cast_ballots = 2"),
        ("UPDATE standings SET last_seq = 1", "UPDATE standings SET last_seq = 2"),
    ):
        connection.execute(wrong)
        assert run(RECOUNT, DATABASE_URL=database.url())[0] == 1
        connection.execute(right)
    assert run(RECOUNT, DATABASE_URL=database.url())[0] == 0


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE samples SET ballots = 2", "2 of 1 ballots (1×1: 1)"),
        ("UPDATE samples SET cast_ballots = 2", "1 of 2 ballots (1×1: 1)"),
        ("UPDATE samples SET counts = '[[2, 1, 1]]'", "1 of 1 ballots (2×1: 1)"),
        ("UPDATE samples SET seq = 2", "1 of 1 ballots (1×1: 1)"),
        ("DELETE FROM samples", "none"),
    ],
)
def test_it_finds_a_timeline_that_ends_elsewhere(
    database: Database,
    connection: psycopg.Connection[Any],
    ledger: PostgresLedger,
    statement: str,
    found: str,
) -> None:
    """The last sample is how the poll stands; the line says what it is instead."""
    add_poll(connection, a_poll(1))
    ledger.record(ballots(("ann", 1, CATS)))
    connection.execute(statement.encode())
    numbers = "1 of 1 ballots (1×1: 1)"
    assert run(RECOUNT, DATABASE_URL=database.url("votify_worker")) == (
        1,
        f"DIFFERS: cats-or-dogs-1: tally {numbers}, ledger {numbers}, last sample {found}\n",
    )


def test_it_asks_no_counts_of_a_timeline_that_keeps_none(
    connection: psycopg.Connection[Any], ledger: PostgresLedger
) -> None:
    """Where nobody could watch, the turnout is all there is, and it is held against the ledger."""
    add_poll(connection, a_poll(1, visibility=Visibility.ORGANISER))
    ledger.record(ballots(("ann", 1, CATS)))
    assert [each.agrees for each in recount(connection)] == [True]
    connection.execute("UPDATE samples SET ballots = 0")
    assert [each.agrees for each in recount(connection)] == [False]


def test_it_skips_polls_whose_ballots_were_deleted_after_their_time(
    database: Database, connection: psycopg.Connection[Any], ledger: PostgresLedger
) -> None:
    """Nothing is left to count; it says so, and holds the others against their ledger."""
    for number in (1, 2):
        add_poll(connection, a_poll(number))
        ledger.record(ballots(("ann", number, CATS), poll=number))
    connection.execute("DELETE FROM ballots WHERE poll_id = 1")
    connection.execute("UPDATE polls SET purged_at = now() WHERE id = 1")
    code, output = run(RECOUNT, DATABASE_URL=database.url("votify_worker"))
    assert (code, output.splitlines()) == (
        0,
        [
            "agrees: cats-or-dogs-2: tally 1 of 1 ballots (1×1: 1), ledger 1 of 1 ballots (1×1: 1)",
            "skipped: cats-or-dogs-1: its ballots were deleted after their time",
        ],
    )
    connection.execute("DELETE FROM ballots")
    assert run(RECOUNT, DATABASE_URL=database.url("votify_worker"))[0] == 1


def test_it_says_that_it_could_not_look(database: Database) -> None:
    """No answer is no proof: another exit code than "differs", and a sentence."""
    code, output = run(RECOUNT, DATABASE_URL=f"{database.url()}x")
    assert code == 2
    assert output.startswith("votify: The ledger does not answer right now. (connection")
    assert "Traceback" not in output


def test_it_agrees_at_any_moment_while_ballots_are_recorded(
    database: Database, connection: psycopg.Connection[Any], ledger: PostgresLedger
) -> None:
    """Tally and ledger are read in one snapshot, so voting need not stop."""
    add_poll(connection, a_poll(1))
    done = threading.Event()

    def record() -> None:
        try:
            for seq in range(1, 201):
                ledger.record(ballots((f"v{seq % 7}", seq, CATS if seq % 2 else DOGS)))
        finally:
            done.set()

    looks = 0
    with ThreadPoolExecutor(1) as thread:
        recorder = thread.submit(record)
        while not done.is_set():
            (found,) = recount(connection)
            assert found.agrees
            looks += 1
        recorder.result()
    assert looks > 1
    assert ledger.tally(1).ballots == 7
