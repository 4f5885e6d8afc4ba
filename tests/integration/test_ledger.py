"""What only the ledger in PostgreSQL can show: rights, limits, recorders at the same moment."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ballotbox.ballot import Ballot, Close, Mark
from ballotbox.catalog import add_poll, read_polls
from ballotbox.errors import LedgerUnavailable
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Identity, Kind, Option, Poll, Visibility
from ballotbox.postgres import Unrecordable, postgres_from
from ballotbox.settings import Settings
from ballotbox.sql import QUERIES
from ballotbox.tally import Tally, count
from tests.following import Follower
from tests.polls import CATS, DOGS, FUTURE, PAST, a_poll, ballots
from tests.servers import Database

Connection = psycopg.Connection[Any]


@pytest.fixture
def poll(connection: Connection) -> Poll:
    """Add a poll; it is not published, for nothing here needs Redis."""
    return add_poll(connection, a_poll())


@pytest.fixture
def worker(database: Database) -> Iterator[Connection]:
    """Give a connection as the worker has it."""
    settings = Settings(database_url=database.url("votify_worker"))
    with postgres_from(settings) as connection:
        yield connection


# --- polls ----------------------------------------------------------------------------------------


def test_it_reads_back_the_polls_it_was_given(connection: Connection) -> None:
    """Every rule survives, options keep their order, and ids are given out in order."""
    connection.execute("INSERT INTO organisers (name, password, role) VALUES ('a', 'b', 'owner')")
    connection.execute("INSERT INTO images (name, width, height) VALUES ('cat', 9, 9)")
    polls = [
        a_poll(1, options=("z", "a", "Ünï", "'; --"), preview="secret"),
        a_poll(
            2,
            image="cat",
            owner=1,
            draft=True,
            archived=True,
            preview="another",
            kind=Kind.MULTIPLE,
            min_choices=2,
            change=False,
            identity=Identity.DECLARED,
            visibility=Visibility.AFTER_CLOSE,
            opens_at=PAST,
            closes_at=FUTURE,
        ),
    ]
    pictured = Option(id=1, text="Cats", image="cat")
    polls[1] = replace(polls[1], options=(pictured, polls[1].options[1]))
    assert [add_poll(connection, poll) for poll in polls] == polls
    assert read_polls(connection) == polls
    assert read_polls(connection, [2, 9]) == polls[1:]
    assert read_polls(connection, []) == []


def test_it_makes_up_the_secret_address_of_a_poll(connection: Connection) -> None:
    """Nobody can guess where a draft can be looked at."""
    first, second = add_poll(connection, a_poll(1)), add_poll(connection, a_poll(2))
    assert len({first.preview, second.preview, ""}) == 3
    assert read_polls(connection) == [first, second]


@pytest.mark.parametrize("again", ["slug", "code"])
def test_it_has_one_poll_of_a_name(connection: Connection, poll: Poll, again: str) -> None:
    """Slug and code lead to one poll; a poll that cannot be added leaves nothing behind."""
    other = a_poll(2, **{again: getattr(poll, again)})
    with pytest.raises(psycopg.errors.UniqueViolation):
        add_poll(connection, other)
    assert read_polls(connection) == [poll]


# --- what a row is refused for, and what says nothing about it -----------------------------------


@pytest.mark.parametrize("voter", ["\0", "a\0b", "a\nb", "\n"])
def test_it_refuses_a_voter_that_postgresql_could_not_hold(
    ledger: PostgresLedger, poll: Poll, voter: str
) -> None:
    """Such ballots cannot be read from the list; if they came, they would not shift the others."""
    cast = ballots(("ann", 1, CATS), (voter, 2, CATS), ("cid", 3, DOGS))
    with pytest.raises(Unrecordable):
        ledger.record(cast)
    assert list(ledger.ballots(poll.id)) == []
    assert ledger.record([cast[0], cast[2]]).changed == {1}
    assert list(ledger.ballots(poll.id)) == [cast[0], cast[2]]


def test_it_records_nothing_of_a_batch_with_a_row_that_is_refused(
    connection: Connection, ledger: PostgresLedger, poll: Poll
) -> None:
    """All or nothing: the tallies are never ahead of the ledger."""
    connection.execute("ALTER TABLE ballots ADD CHECK (voter <> 'bad')")
    with pytest.raises(Unrecordable):
        ledger.record([*ballots(("ann", 1, CATS), ("bad", 2, CATS)), Close(1, 3)])
    assert ledger.tally(1) == Tally(poll=1, version=ledger.tally(1).version)
    assert read_polls(connection) == [poll]


def break_connection(owner: Connection, worker: Connection) -> None:
    owner.execute("SELECT pg_terminate_backend(%s)", [worker.info.backend_pid])


def keep_the_lock(owner: Connection, worker: Connection) -> None:
    owner.execute(sql.SQL("SELECT pg_advisory_lock({})").format(0x766F746573))
    worker.execute("SET lock_timeout = 50")


def let_it_take_too_long(owner: Connection, worker: Connection) -> None:
    keep_the_lock(owner, worker)
    worker.execute("SET lock_timeout = 0; SET statement_timeout = 50")


def allow_reading_only(owner: Connection, worker: Connection) -> None:
    worker.execute("SET default_transaction_read_only = on")


def take_the_table_away(owner: Connection, worker: Connection) -> None:
    owner.execute("ALTER TABLE ballots RENAME TO gone")


def take_the_right_away(owner: Connection, worker: Connection) -> None:
    owner.execute("REVOKE INSERT ON ballots FROM votify_worker")


def make_a_standing_impossible(owner: Connection, worker: Connection) -> None:
    owner.execute("ALTER TABLE standings ADD CHECK (cast_ballots = 0)")


def make_a_tally_impossible(owner: Connection, worker: Connection) -> None:
    owner.execute("ALTER TABLE tallies ADD CHECK (count < 0)")


@pytest.mark.parametrize(
    "trouble",
    [
        break_connection,
        keep_the_lock,
        let_it_take_too_long,
        allow_reading_only,
        take_the_table_away,
        take_the_right_away,
        make_a_standing_impossible,
        make_a_tally_impossible,
    ],
)
def test_it_never_blames_a_ballot_for_the_trouble_of_the_database(
    connection: Connection,
    worker: Connection,
    poll: Poll,
    trouble: Callable[[Connection, Connection], None],
) -> None:
    """Unrecordable means that a ballot is put aside: for anything else, ballots wait."""
    trouble(connection, worker)
    with pytest.raises(LedgerUnavailable):
        PostgresLedger(worker).record(ballots(("ann", 1, CATS)))


def test_it_records_on_the_same_connection_after_a_timeout(
    connection: Connection, worker: Connection, poll: Poll
) -> None:
    """The transaction that failed is rolled back and not in the way."""
    keep_the_lock(connection, worker)
    ledger = PostgresLedger(worker)
    with pytest.raises(LedgerUnavailable):
        ledger.record(ballots(("ann", 1, CATS)))
    connection.execute("SELECT pg_advisory_unlock_all()")
    assert ledger.record(ballots(("ann", 1, CATS))).changed == {1}


def test_it_has_a_limit_on_every_wait(worker: Connection) -> None:
    """No statement, lock or stopped recorder holds the drain up for longer than seconds."""
    limits = {
        "statement_timeout": "4s",
        "lock_timeout": "3s",
        "idle_in_transaction_session_timeout": "5s",
    }
    for name, limit in limits.items():
        assert worker.execute(f"SHOW {name}".encode()).fetchone() == (limit,)


def test_it_refuses_ballots_with_a_code_that_was_never_issued(
    connection: Connection, worker: Connection
) -> None:
    """Whoever can write codes into Redis alone, as the desk can, adds no ballot without a trace."""
    coded = add_poll(connection, a_poll(identity=Identity.CODE))
    add_codes = "INSERT INTO codes (poll_id, number, code) VALUES (%s, 7, 'AAAAA22222')"
    connection.execute(add_codes, [coded.id])
    never = ("code:0", "code:8", "code:07", "code:99999999999")
    voters = ("code:7", *never, "user:8", "code:x")
    cast = [Ballot(coded.id, voter, seq, CATS) for seq, voter in enumerate(voters, 1)]
    recorded = PostgresLedger(worker).record(cast)
    assert {ballot.voter: reason for ballot, reason in recorded.refused.items()} == dict.fromkeys(
        never, "unknown_code"
    )
    assert PostgresLedger(worker).tally(coded.id).ballots == 3
    named = add_poll(connection, a_poll(2, identity=Identity.DECLARED))
    assert not PostgresLedger(worker).record([Ballot(named.id, "code:8", 9, CATS)]).refused


def test_it_says_unavailable_where_postgresql_is_away(database: Database) -> None:
    """The adapter's error is the library's, not the driver's."""
    for url in ("postgresql:///votify?host=/nowhere", f"{database.url()}x", "nonsense"):
        with pytest.raises(LedgerUnavailable):
            postgres_from(Settings(database_url=url))


def test_it_waits_for_the_disk(worker: Connection) -> None:
    """The list is trimmed after the commit, so the commit must have been written."""
    assert worker.execute("SHOW synchronous_commit").fetchone() == ("on",)


# --- recorders at the same moment -----------------------------------------------------------------


@pytest.mark.parametrize("change", [True, False])
def test_it_stays_exact_with_several_recorders_at_once(
    database: Database,
    connection: Connection,
    change: bool,  # noqa: FBT001
) -> None:
    """Four recorders with the same ballots in other batches and orders: each counts once."""
    add_poll(connection, a_poll(change=change))
    dice = random.Random(7)
    cast = ballots(
        *((f"v{dice.randrange(40)}", seq, dice.choice([CATS, DOGS, ()])) for seq in range(1, 401))
    )

    def record(seed: int) -> None:
        dice = random.Random(seed)
        mine = dice.sample(cast, len(cast))
        with postgres_from(Settings(database_url=database.url("votify_worker"))) as own:
            ledger = PostgresLedger(own)
            while mine:
                size = dice.randint(1, 40)
                ledger.record(mine[:size])
                mine = mine[size:]

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(record, range(4)))

    ledger = PostgresLedger(connection)
    assert list(ledger.ballots(1)) == cast
    assert ledger.recount(1) == count(1, cast, change=change)
    assert ledger.tally(1).agrees_with(ledger.recount(1))


def test_it_shows_every_change_to_a_reader_who_asks_for_what_is_new(
    database: Database, connection: Connection
) -> None:
    """Whoever follows what changes while several record ends with what there is."""
    polls = [add_poll(connection, a_poll(number)).id for number in (1, 2, 3)]

    def record(poll: int) -> None:
        with postgres_from(Settings(database_url=database.url("votify_worker"))) as own:
            ledger = PostgresLedger(own)
            for seq in range(1, 101):
                ledger.record(ballots((f"v{seq}", seq, CATS), poll=poll))

    versions: dict[int, list[int]] = {poll: [] for poll in polls}
    with ThreadPoolExecutor(3) as threads, database.connect("votify_result") as own:
        reader = Follower(PostgresLedger(own))
        recorders = [threads.submit(record, poll) for poll in polls]
        while not all(recorder.done() for recorder in recorders):
            for tally in reader.look():
                assert tally.counts == ({Mark(1, 1): tally.ballots} if tally.ballots else {})
                versions[tally.poll].append(tally.version)
        for recorder in recorders:
            recorder.result()
        reader.look()
    assert {poll: each.ballots for poll, each in reader.seen.items()} == dict.fromkeys(polls, 100)
    assert all(each == sorted(each) for each in versions.values())


# --- rights ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["votify_worker", "votify_result"])
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ballots",
        "UPDATE ballots SET voter = 'x'",
        "TRUNCATE ballots",
        "TRUNCATE tallies",
        "DELETE FROM tallies",
        "DELETE FROM standings",
        "DELETE FROM polls",
        "INSERT INTO polls (slug, code, question) VALUES ('a', 'ABCDEF', 'x')",
        "UPDATE polls SET question = 'x'",
        "UPDATE polls SET change = true",
        "UPDATE options SET text = 'x'",
        "INSERT INTO options VALUES (1, 9, 'x')",
        "ALTER TABLE ballots ADD x integer",
        "DROP TABLE ballots",
        "CREATE TABLE x ()",
        "UPDATE migrations SET name = 'x'",
        "CREATE ROLE x",
        "COPY polls TO PROGRAM 'true'",
        "UPDATE seals SET broken_at = NULL",
        "DELETE FROM seals",
        "DELETE FROM refusals",
        "SELECT salt FROM salts",
        "SELECT password FROM organisers",
        "SELECT hash FROM sessions",
        "UPDATE tokens SET revoked_at = NULL",
        "SELECT reopen_poll(1)",
        "SELECT reset_poll(1)",
    ],
)
def test_it_lets_no_service_touch_what_is_not_its_own(
    database: Database, poll: Poll, role: str, statement: str
) -> None:
    """The ledger is append-only by right, not by promise, and polls are not the worker's."""
    with database.connect(role) as own, pytest.raises(psycopg.errors.InsufficientPrivilege):
        own.execute(statement.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT voter FROM ballots",
        "DELETE FROM ballots",
        "INSERT INTO ballots VALUES (1, 'x', 1, '{1}', '{1}')",
        "SELECT salt FROM salts",
        "INSERT INTO salts VALUES (1)",
        "UPDATE tallies SET count = 0",
        "UPDATE standings SET final_seq = NULL",
        "UPDATE samples SET ballots = 0",
        "INSERT INTO seals VALUES (1, 1, 'x')",
        "UPDATE seals SET broken_at = NULL",
        "DELETE FROM refusals",
        "SELECT purge_ballots(0)",
        "ALTER FUNCTION reopen_poll COST 1",
        "CREATE TABLE x ()",
    ],
)
def test_it_lets_the_desk_neither_read_nor_change_ballots(
    database: Database, poll: Poll, statement: str
) -> None:
    """Who breaks into the desk learns nobody's vote, and changes no number."""
    with (
        database.connect("votify_admin") as own,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        own.execute(statement.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT FROM pseudonymous_ballots",
        "SELECT FROM refusals",
        "SELECT FROM codes",
        "SELECT FROM organisers",
        "INSERT INTO ballots VALUES (1, 'x', 1, '{1}', '{1}')",
        "INSERT INTO tallies VALUES (1, 1, 1, 1)",
        "UPDATE tallies SET count = 0",
        "UPDATE standings SET ballots = 0",
        "INSERT INTO samples VALUES (1, 0, 1, 1, 1)",
        "DELETE FROM samples",
        "UPDATE polls SET closed = true",
    ],
)
def test_it_lets_result_write_nothing(database: Database, poll: Poll, statement: str) -> None:
    """The most public service cannot change a number."""
    with (
        database.connect("votify_result") as own,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        own.execute(statement.encode())


def test_it_lets_result_read_all_that_result_shows(
    database: Database, ledger: PostgresLedger, poll: Poll
) -> None:
    """Polls, standings, what was marked together how often, how it came to be."""
    ledger.record(ballots(("ann", 1, CATS)))
    with database.connect("votify_result") as own:
        reader = PostgresLedger(own)
        assert read_polls(own) == [poll]
        assert reader.changes().tallies == [reader.tally(1)] == [ledger.tally(1)]
        assert reader.patterns(1) == ledger.patterns(1) == [((Mark(1, 1),), 1)]
        assert reader.timeline(1) == ledger.timeline(1)


# --- the ledger itself ----------------------------------------------------------------------------


def test_it_gives_the_ballots_in_the_order_of_acceptance(
    ledger: PostgresLedger, poll: Poll
) -> None:
    """Whatever order they were recorded in, with their marks as they were cast."""
    cast = ballots(("zoë", 1, CATS), ("ann", 2, ()), ("bob", 3, DOGS), ("ann", 4, CATS))
    ledger.record(cast[2:])
    ledger.record(cast[:2])
    assert list(ledger.ballots(poll.id)) == cast
    assert list(ledger.ballots(9)) == []


def test_it_reads_standings_without_counting_ballots(connection: Connection, poll: Poll) -> None:
    """Reading the results costs the same with ten votes or ten million."""
    one = {"poll": 1}
    for name, arguments in (
        *(
            ("standings_since", {"table": 0, "since": "0"}),
            ("standing_of", one),
            ("samples_of", {**one, "seconds": None}),
        ),
        ("sample", {"polls": [1], "traced": [1]}),
    ):
        plan = connection.execute(f"EXPLAIN {QUERIES[name]}".encode(), arguments).fetchall()
        assert not any("on ballots" in line for (line,) in plan)


def test_it_keeps_large_batches_whole(ledger: PostgresLedger, poll: Poll) -> None:
    """The largest batch of a drain is one transaction like any other."""
    cast = [Ballot(1, f"v{seq}", seq, CATS if seq % 3 else DOGS) for seq in range(1, 2001)]
    assert ledger.record(cast).changed == {1}
    assert ledger.tally(1).counts == {Mark(1, 1): 1334, Mark(2, 1): 666}
