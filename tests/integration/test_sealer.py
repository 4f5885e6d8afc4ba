"""Sealing final results, the file of ballots, and deleting ballots after their time."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from ballotbox.ballot import Ballot, Close, Mark, Marks
from ballotbox.catalog import add_poll
from ballotbox.errors import LedgerUnavailable
from ballotbox.export import HEADER, HEADER_1, ballots_file, told_ballots_file
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Identity, Kind, Poll
from ballotbox.postgres import lock_ledger
from ballotbox.recount import recount
from ballotbox.seal import signing_key, verify
from ballotbox.settings import Settings
from ballotbox.sql import QUERIES
from ballotbox.tally import Tally
from tests.following import Follower
from tests.polls import BOTH, CATS, DOGS, NOTHING, a_poll, ballots
from tests.servers import Database
from tests.waiting import eventually
from worker import checker, metrics
from worker import sealer as module
from worker.sealer import Sealer, start

Connection = psycopg.Connection[Any]
KEY = signing_key("a secret that is long enough")
PUBLIC = KEY.public_key().public_bytes_raw().hex()
CAST = ballots(("ann", 1, CATS), ("bob", 2, DOGS), ("ann", 3, DOGS), ("cid", 4, NOTHING))


@pytest.fixture
def as_worker(database: Database) -> Settings:
    """Give the settings of a worker that only needs PostgreSQL."""
    return Settings(database_url=database.url("votify_worker"))


@pytest.fixture
def sealer(as_worker: Settings) -> Iterator[Sealer]:
    """Give what seals, with the rights of the worker."""
    sealer = Sealer(as_worker, KEY)
    yield sealer
    sealer.forget_connection()


@pytest.fixture
def final(connection: Connection, ledger: PostgresLedger) -> Poll:
    """Give a poll that is final, with four ballots."""
    poll = add_poll(connection, a_poll())
    ledger.record([*CAST, Close(poll.id, 5)])
    return poll


def sealed(ledger: PostgresLedger, connection: Connection, poll: int = 1) -> Any:
    """Give what is sealed of a poll, after a full check of its valid seal."""
    seal = ledger.seal(poll)
    assert seal is not None
    assert seal.broken_at is None
    lines = told(connection, poll).splitlines(keepends=True)
    return verify(seal.document.encode(), PUBLIC, lines).document


def told(connection: Connection, poll: int = 1, *, version: int = 2) -> bytes:
    """Give the file of ballots, as the desk does."""
    return b"".join(told_ballots_file(connection, poll, version=version))


def seal_all(settings: Settings) -> None:
    """Seal and delete what is due, as one worker's thread would."""
    sealer = Sealer(settings, KEY)
    try:
        sealer.work()
    finally:
        sealer.forget_connection()


def reopen(desk: Connection, poll: int = 1, *, how: str = "reopen_poll") -> None:
    """Do what the desk does, with its rights."""
    desk.execute(f"SELECT {how}(%s)".encode(), [poll])


# --- sealing --------------------------------------------------------------------------------------


def test_it_seals_a_result_that_is_final(
    sealer: Sealer, ledger: PostgresLedger, admin_connection: Connection, final: Poll
) -> None:
    """The seal holds, with the ballots as the desk exports them."""
    sealer.work()
    document = sealed(ledger, admin_connection)
    assert document["poll"]["slug"] == final.slug
    assert [option["votes"] for option in document["result"]["options"]] == [0, 2]
    assert "closed_seq" not in document
    assert document["previous"] == []
    seal = ledger.seal(1)
    assert seal is not None
    assert document["sealed_at"] == seal.sealed_at.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("change", [True, False])
@pytest.mark.parametrize(
    ("kind", "marks"),
    [
        (Kind.MULTIPLE, (BOTH, CATS)),
        (Kind.RATING, ((Mark(1, 5), Mark(2, 1)), (Mark(2, 3),))),
        (Kind.RANKED, ((Mark(1, 2), Mark(2, 1)), (Mark(1, 1),))),
    ],
)
def test_it_seals_every_kind(  # noqa: PLR0917 - fixtures
    sealer: Sealer,
    connection: Connection,
    ledger: PostgresLedger,
    kind: Kind,
    marks: tuple[Marks, ...],
    change: bool,  # noqa: FBT001
) -> None:
    """What is sealed follows from the ballots, which are counted again here."""
    poll = add_poll(connection, a_poll(kind=kind, change=change))
    cast = [Ballot(poll.id, f"v{seq % 5}", seq, marks[seq % 2]) for seq in range(1, 20)]
    ledger.record([*cast, Close(poll.id, 20)])
    sealer.work()
    document = sealed(ledger, connection)
    assert document["result"]["ballots"] == 5
    assert document["counts"]["accepted"] == 19
    assert ("rounds" in document["result"]) is (kind is Kind.RANKED)


def test_it_accounts_for_every_accepted_ballot(
    sealer: Sealer, connection: Connection, ledger: PostgresLedger
) -> None:
    """Counted, replaced, withdrawn and rejected by reason: together they are all of them."""
    poll = add_poll(connection, a_poll(change=False))
    odd = ballots(("eve", 6, BOTH), ("fay", 7, (Mark(9, 1),)))
    late = ballots(("gil", 9, CATS))
    ledger.record([*CAST, *odd, Close(poll.id, 8), *late])
    ledger.refuse(Ballot(poll.id, "hal", 4, CATS), "unrecordable")
    sealer.work()
    assert sealed(ledger, connection)["counts"] == {
        "accepted": 8,
        "counted": 2,
        "replaced": 0,
        "withdrawn": 1,
        "rejected": {
            "already_voted": 1,
            "poll_closed": 1,
            "too_many_choices": 1,
            "unknown_option": 1,
            "unrecordable": 1,
        },
    }


def test_it_seals_once_and_only_what_is_final(
    sealer: Sealer, connection: Connection, ledger: PostgresLedger, final: Poll
) -> None:
    """A poll that goes on has no seal, and one seal is enough."""
    going_on = add_poll(connection, a_poll(2))
    assert sealer.seal_next() is True
    assert sealer.seal_next() is False
    assert len(ledger.seals(final.id)) == 1
    assert ledger.seal(going_on.id) is None


def test_it_seals_a_poll_without_a_ballot(
    sealer: Sealer, connection: Connection, ledger: PostgresLedger
) -> None:
    """That nobody voted is a result."""
    for number, kind in enumerate(Kind, 1):
        add_poll(connection, a_poll(number, kind=kind))
        ledger.record([Close(number, number)])
    sealer.work()
    for number in range(1, len(Kind) + 1):
        assert sealed(ledger, connection, number)["counts"]["accepted"] == 0


def test_it_lets_everybody_who_shows_the_poll_hear_of_the_seal(
    sealer: Sealer, ledger: PostgresLedger, final: Poll
) -> None:
    """The standing has a new version, and the same numbers."""
    before = ledger.tally(final.id)
    reader = Follower(ledger)
    reader.look()
    sealer.work()
    assert reader.look() == [replace(before, version=before.version + 1)]


def doubted(connection: Connection) -> list[int]:
    """Name the polls that are noted as in doubt."""
    return [poll for (poll,) in connection.execute(QUERIES["doubted"])]


def test_it_does_not_seal_a_tally_that_the_ballots_do_not_give(
    sealer: Sealer,
    connection: Connection,
    ledger: PostgresLedger,
    final: Poll,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It says so once, seals the others, and this one when it is right again, however that came."""
    connection.execute("UPDATE tallies SET count = 7")
    other = add_poll(connection, a_poll(2))
    ledger.record([Close(other.id, 6)])
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            sealer.work()
    assert [record.getMessage() for record in caplog.records] == [
        "not sealed: the tally is not the ledger's"
    ]
    assert ledger.seal(final.id) is None
    assert ledger.seal(other.id) is not None
    assert doubted(connection) == [final.id]
    connection.execute("UPDATE tallies SET count = CASE option_id WHEN 2 THEN 2 ELSE 0 END")
    eventually(lambda: sealer.work() or ledger.seal(final.id))
    assert doubted(connection) == []


@pytest.mark.parametrize(
    ("statement", "wrong", "right"),
    [
        ("UPDATE tallies SET count = {} WHERE option_id = 2", "7", "2"),
        ("UPDATE standings SET ballots = {}", "7", "2"),
        ("UPDATE standings SET cast_ballots = {}", "7", "4"),
        ("UPDATE ballots SET option_ids = '{{{}}}' WHERE voter = 'bob'", "1", "2"),
        ("UPDATE seals SET document = {}", "'x' || document", "substr(document, 2)"),
        (
            "UPDATE seals SET document = replace(document, {})",
            """'"votes":2', '"votes":3'""",
            """'"votes":3', '"votes":2'""",
        ),
    ],
)
def test_it_finds_what_was_changed_by_hand_after_the_seal(  # noqa: PLR0917 - fixtures
    sealer: Sealer,
    connection: Connection,
    final: Poll,
    statement: str,
    wrong: str,
    right: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A row of the tally, the ledger or the seal: noted, logged and counted until it fits again."""
    sealer.work()
    assert doubted(connection) == []
    with caplog.at_level(logging.INFO):
        connection.execute(statement.format(wrong).encode())
        eventually(lambda: sealer.work() or doubted(connection) == [final.id])
        assert metrics.DOUBTED._value.get() == 1
        connection.execute(statement.format(right).encode())
        eventually(lambda: sealer.work() or doubted(connection) == [])
        assert metrics.DOUBTED._value.get() == 0
    assert [record.getMessage() for record in caplog.records] == [
        "a sealed result is not what its ballots or its seal say",
        "a sealed result is what its ballots and its seal say",
    ]


def test_it_counts_sealed_polls_again_at_a_sensible_cost(
    sealer: Sealer,
    as_worker: Settings,
    connection: Connection,
    ledger: PostgresLedger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One at a look at most, each in its turn, and then it rests a hundred times as long."""
    for number in (1, 2, 3):
        add_poll(connection, a_poll(number))
        ledger.record([Close(number, number)])
    sealer.work()
    clock, counted = [0.0], []
    recounted = PostgresLedger.recount

    def counting(own: PostgresLedger, poll: int) -> Tally:
        counted.append(poll)
        clock[0] += 2
        return recounted(own, poll)

    monkeypatch.setattr(PostgresLedger, "recount", counting)
    monkeypatch.setattr(checker, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    other = Sealer(as_worker, KEY)
    for _ in range(3):
        for _ in range(3):
            other.work()
        clock[0] += 200
    other.forget_connection()
    assert counted == [1, 2, 3]


# --- codes, and votes by vouching -----------------------------------------------------------------


def test_it_seals_what_became_of_the_codes(
    sealer: Sealer, connection: Connection, ledger: PostgresLedger, admin_connection: Connection
) -> None:
    """Issued, before the opening or after it, used, and revoked, whether they were used or not."""
    opened = datetime(2026, 1, 2, tzinfo=UTC)
    add_poll(connection, a_poll(identity=Identity.CODE, opens_at=opened))
    for number, day in enumerate((1, 1, 1, 3, 3), 1):
        revoked = opened if number < 3 else None
        connection.execute(
            "INSERT INTO codes (poll_id, number, code, created_at, revoked_at)"
            " VALUES (1, %s, %s, %s, %s)",
            (number, f"C{number}", opened.replace(day=day), revoked),
        )
    cast = ballots(
        *(("code:1", 1, CATS), ("code:4", 2, CATS), ("code:5", 3, NOTHING)),
        *(("user:7", 4, DOGS), ("user:8", 5, DOGS), ("user:8", 6, NOTHING)),
    )
    ledger.record([*cast, Close(1, 9)])
    sealer.work()
    admin_connection.execute("SELECT conclude_poll(1)")
    document = sealed(ledger, admin_connection)
    expected = {"issued": 5, "issued_after_opening": 2, "used": 3, "revoked": 2}
    assert (document["codes"], document["vouched"]) == (expected, 1)


def test_it_takes_a_poll_without_an_opening_as_open_since_it_was_made(
    sealer: Sealer, connection: Connection, ledger: PostgresLedger
) -> None:
    """As the first poll of a database is."""
    add_poll(connection, a_poll(identity=Identity.CODE))
    connection.execute(
        "INSERT INTO codes (poll_id, number, code, created_at)"
        " SELECT 1, 1, 'A', created_at FROM polls UNION ALL SELECT 1, 2, 'B', now() FROM polls"
    )
    ledger.record([Close(1, 9)])
    sealer.work()
    seal = ledger.seal(1)
    assert seal is not None
    codes = json.loads(seal.document)["codes"]
    assert (codes["issued"], codes["issued_after_opening"]) == (2, 1)


def test_it_seals_no_codes_where_voters_have_none(
    sealer: Sealer, connection: Connection, ledger: PostgresLedger, final: Poll
) -> None:
    """And a name that somebody has given is no voter whom a program vouches for."""
    add_poll(connection, a_poll(2, identity=Identity.DECLARED))
    ledger.record([*ballots(("user:1", 6, CATS), poll=2), Close(2, 7)])
    sealer.work()
    for number in (final.id, 2):
        document = sealed(ledger, connection, number)
        assert (document["codes"], document["vouched"]) == (None, 0)


# --- seals that are broken ------------------------------------------------------------------------


def test_it_breaks_the_seal_visibly_when_the_poll_is_reopened(
    sealer: Sealer,
    connection: Connection,
    ledger: PostgresLedger,
    admin_connection: Connection,
    final: Poll,
) -> None:
    """The next seal names the one before, by its hash and the moment it was broken."""
    sealer.work()
    before = ledger.timeline(final.id)
    reopen(admin_connection)
    assert ledger.timeline(final.id) == before
    first = ledger.seal(final.id)
    assert first is not None
    assert first.broken_at is not None
    sealer.work()
    assert ledger.seals(final.id) == [first]

    assert ledger.record([*CAST, Close(1, 5)]).changed == frozenset()
    ledger.record([*ballots(("dan", 6, CATS)), Close(final.id, 7)])
    sealer.work()
    document = sealed(ledger, connection)
    assert document["result"]["ballots"] == 3
    (previous,) = document["previous"]
    assert previous["sha256"] == hashlib.sha256(first.document.encode()).hexdigest()
    assert previous["sealed_at"] == json.loads(first.document)["sealed_at"]
    assert previous["broken_at"] > previous["sealed_at"]


def test_it_seals_a_new_round_after_a_reset(
    sealer: Sealer,
    connection: Connection,
    ledger: PostgresLedger,
    admin_connection: Connection,
    final: Poll,
) -> None:
    """Of the old round nothing is left but its broken seal, even if its batch comes again."""
    sealer.work()
    reopen(admin_connection, how="reset_poll")
    nothing = ledger.tally(final.id)
    assert (nothing.ballots, nothing.cast, nothing.last_seq) == (0, 0, None)
    assert ledger.timeline(final.id) == []
    assert ledger.record([*CAST, Close(1, 5)]).changed == frozenset()
    ledger.record([*ballots(("ann", 6, CATS)), Close(final.id, 7)])
    sealer.work()
    document = sealed(ledger, connection)
    assert document["counts"]["accepted"] == document["result"]["ballots"] == 1
    assert len(document["previous"]) == 1


@pytest.mark.parametrize("how", ["reopen_poll", "reset_poll"])
def test_it_undoes_only_what_is_final(
    connection: Connection, ledger: PostgresLedger, admin_connection: Connection, how: str
) -> None:
    """While last ballots are being counted nobody can say which ones a reset throws away."""
    poll = add_poll(connection, a_poll())
    ledger.record(CAST)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        reopen(admin_connection, how=how)
    assert ledger.tally(poll.id).ballots == 2


def in_the_middle(monkeypatch: pytest.MonkeyPatch, happening: Callable[[], None]) -> None:
    """Let something happen while the ballots are read for a seal."""

    def interrupted(connection: Connection, poll: int) -> Iterator[bytes]:
        happening()
        yield from ballots_file(connection, poll)

    monkeypatch.setattr(module, "ballots_file", interrupted)


def test_it_keeps_no_seal_of_a_poll_that_is_reopened_meanwhile(
    sealer: Sealer,
    ledger: PostgresLedger,
    admin_connection: Connection,
    final: Poll,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The seal would stand there unbroken while people vote."""
    in_the_middle(monkeypatch, lambda: reopen(admin_connection))
    with pytest.raises(LedgerUnavailable):
        sealer.seal_next()
    assert ledger.seals(final.id) == []
    assert sealer.seal_next() is False


def test_it_keeps_no_seal_of_numbers_that_change_meanwhile(
    sealer: Sealer,
    ledger: PostgresLedger,
    connection: Connection,
    final: Poll,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A ballot from before the close may be put back on the list; the next look seals it, too."""
    in_the_middle(monkeypatch, lambda: ledger.record(ballots(("eve", 3, CATS))) and None)
    with pytest.raises(LedgerUnavailable):
        sealer.seal_next()
    assert ledger.seals(final.id) == []
    assert sealer.seal_next() is True
    assert sealed(ledger, connection)["counts"]["accepted"] == 5


def test_it_holds_up_neither_the_drain_nor_the_desk(
    sealer: Sealer,
    connection: Connection,
    ledger: PostgresLedger,
    final: Poll,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While the ballots of one poll are read, others are voted in, and polls are edited."""
    other = add_poll(connection, a_poll(2))

    def happening() -> None:
        assert ledger.record(ballots(("ann", 6, CATS), poll=other.id)).changed == {other.id}
        connection.execute("UPDATE polls SET question = 'Really?' WHERE id = 1")

    in_the_middle(monkeypatch, happening)
    assert sealer.seal_next() is True
    assert sealed(ledger, connection)["poll"]["question"] == final.question


def test_it_leaves_the_sealing_to_one_of_several_workers(
    sealer: Sealer,
    as_worker: Settings,
    ledger: PostgresLedger,
    final: Poll,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To read a large poll twice at once would be for nothing."""
    other = Sealer(as_worker, KEY)
    looks = []
    in_the_middle(monkeypatch, lambda: looks.append(other.seal_next()))
    assert sealer.seal_next() is True
    assert looks == [False]
    assert len(ledger.seals(final.id)) == 1
    other.forget_connection()


def test_it_seals_each_poll_once_with_several_workers(
    as_worker: Settings, connection: Connection, ledger: PostgresLedger
) -> None:
    """Whoever comes first: nobody fails for good."""
    for number in range(1, 9):
        add_poll(connection, a_poll(number))
        ledger.record([Close(number, number)])

    def seal(_: int) -> None:
        own = Sealer(as_worker, KEY)
        eventually(lambda: _all_sealed(own, connection_of_its_own))
        own.forget_connection()

    connection_of_its_own = PostgresLedger(connection)
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(seal, range(3)))
    assert [len(ledger.seals(number)) for number in range(1, 9)] == [1] * 8


def _all_sealed(own: Sealer, ledger: PostgresLedger) -> bool:
    try:
        own.work()
    except LedgerUnavailable:
        return False
    return all(ledger.seal(number) for number in range(1, 9))


# --- the thread -----------------------------------------------------------------------------------


def test_it_goes_on_in_its_thread_whatever_fails(
    as_worker: Settings,
    connection: Connection,
    ledger: PostgresLedger,
    final: Poll,
) -> None:
    """PostgreSQL without its table is trouble of the moment."""
    connection.execute("ALTER TABLE seals RENAME TO gone")
    stopping = threading.Event()
    start(as_worker, KEY, stopping)
    failures = metrics.FAILURES.labels("sealer")
    before = failures._value.get()
    eventually(lambda: failures._value.get() > before)
    connection.execute("ALTER TABLE gone RENAME TO seals")
    eventually(lambda: ledger.seal(final.id) is not None)
    stopping.set()
    eventually(lambda: "sealer" not in {thread.name for thread in threading.enumerate()})


# --- the file of ballots --------------------------------------------------------------------------


def test_it_writes_the_ballots_under_pseudonyms(
    sealer: Sealer,
    connection: Connection,
    ledger: PostgresLedger,
    admin_connection: Connection,
    final: Poll,
) -> None:
    """The same voter has the same name within a poll, and another one in the next."""
    add_poll(connection, a_poll(2))
    ledger.record([*ballots(("ann", 6, CATS), poll=2), Close(2, 7)])
    sealer.work()
    file = told(admin_connection, final.id)
    head, *rows = file.splitlines(keepends=True)
    assert head == HEADER
    voters, numbers, choices = zip(*(row.rstrip().split(b",") for row in rows), strict=True)
    twice = voters[numbers.index(b"2")]
    ann = [choice for voter, choice in zip(voters, choices, strict=True) if voter == twice]
    assert ann == [b"1:1", b"2:1"]
    assert sorted(choices) == [b"", b"1:1", b"2:1", b"2:1"]
    assert len({*voters}) == 3
    other = told(admin_connection, 2)
    assert twice not in other
    assert b"ann" not in other
    assert told(admin_connection, final.id) == file


def test_it_writes_nothing_of_when_a_ballot_came(
    sealer: Sealer, connection: Connection, ledger: PostgresLedger, admin_connection: Connection
) -> None:
    """By pseudonym, which is a salted hash; the numbers are each voter's own, from 1."""
    add_poll(connection, a_poll())
    first = 1_795_715_801_275_366
    cast = [Ballot(1, f"v{n}", first + n, CATS if n % 2 else DOGS) for n in range(200)]
    ledger.record([*cast, Close(1, first + 200)])
    sealer.work()
    rows = [line.split(b",") for line in told(admin_connection).splitlines()[1:]]
    assert [row[:2] for row in rows] == sorted([row[0], b"1"] for row in rows)
    assert [row[2] for row in rows] != [b"1:1" if n % 2 else b"2:1" for n in range(200)]
    assert b"17957158" not in told(admin_connection)


def test_it_writes_no_file_before_the_seal(
    sealer: Sealer, connection: Connection, ledger: PostgresLedger, admin_connection: Connection
) -> None:
    """The desk's role reads no ballot of a poll that goes on, is not sealed, or is open again."""
    poll = add_poll(connection, a_poll())
    ledger.record(CAST)
    assert told(admin_connection) == HEADER
    ledger.record([Close(poll.id, 5)])
    assert told(admin_connection) == HEADER
    sealer.work()
    assert told(admin_connection).count(b"\n") == 5
    reopen(admin_connection)
    assert told(admin_connection) == HEADER
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        admin_connection.execute("SELECT seq FROM pseudonymous_ballots")


def test_it_keeps_the_file_of_a_seal_of_version_1(
    sealer: Sealer,
    connection: Connection,
    ledger: PostgresLedger,
    admin_connection: Connection,
    final: Poll,
) -> None:
    """Its hash is in the seal. A poll that is sealed anew has a file of the new kind."""
    assert told(admin_connection, version=1) == HEADER_1
    connection.execute(
        "INSERT INTO seals (poll_id, final_seq, document)"
        """ VALUES (1, 5, '{"format":"votify-seal-1"}')"""
    )
    head, *rows = told(admin_connection, version=1).splitlines()
    assert head + b"\n" == HEADER_1
    assert [row.split(b",")[0] for row in rows] == [b"1", b"2", b"3", b"4"]
    assert rows[0].split(b",")[1:] == [rows[2].split(b",")[1], b"1:1"]
    reopen(admin_connection)
    assert told(admin_connection, version=1) == HEADER_1
    ledger.record([Close(final.id, 7)])
    sealer.work()
    assert sealed(ledger, admin_connection)["format"] == "votify-seal-2"
    assert told(admin_connection, version=1) == HEADER_1


def test_it_gives_voters_other_pseudonyms_after_a_reopening(
    sealer: Sealer, ledger: PostgresLedger, admin_connection: Connection, final: Poll
) -> None:
    """Who was alone in the first file would be known in the second one."""
    sealer.work()
    before = {row.split(b",")[0] for row in told(admin_connection).splitlines()}
    reopen(admin_connection)
    ledger.record([*ballots(("dan", 6, CATS)), Close(final.id, 7)])
    sealer.work()
    after = {row.split(b",")[0] for row in told(admin_connection).splitlines()}
    assert before & after == {b"pseudonym"}


def test_it_writes_marks_in_the_order_of_the_options(
    connection: Connection, ledger: PostgresLedger
) -> None:
    """However they came."""
    add_poll(connection, a_poll(kind=Kind.RATING))
    ledger.record([Ballot(1, "ann", 1, (Mark(2, 5), Mark(1, 3)))])
    assert b"".join(ballots_file(connection, 1)).endswith(b",1:3 2:5\n")


def test_it_writes_a_large_file_in_pieces(connection: Connection, ledger: PostgresLedger) -> None:
    """It may be larger than memory; who does not want the rest leaves the connection usable."""
    add_poll(connection, a_poll())
    ledger.record([Ballot(1, f"v{seq}", seq, CATS) for seq in range(1, 2501)])
    pieces = list(ballots_file(connection, 1))
    assert len(pieces) > 3
    assert b"".join(pieces).count(b"\n") == 2501
    rest = ballots_file(connection, 1)
    assert next(rest) + next(rest) == pieces[0] + pieces[1]
    rest.close()  # type: ignore[attr-defined]
    assert list(ballots_file(connection, 9)) == [HEADER]


# --- ballots whose time is over -------------------------------------------------------------------


def test_it_deletes_ballots_after_their_time(
    as_worker: Settings,
    connection: Connection,
    ledger: PostgresLedger,
    admin_connection: Connection,
    final: Poll,
) -> None:
    """Only of polls that were sealed long enough ago; result, tallies and seal stay."""
    add_poll(connection, a_poll(2))
    ledger.record([*ballots(("ann", 6, CATS), poll=2), Close(2, 7)])
    add_poll(connection, a_poll(3))
    ledger.record(ballots(("ann", 8, CATS), poll=3))
    seal_all(as_worker)
    connection.execute("UPDATE seals SET sealed_at = now() - interval '73 hours' WHERE poll_id = 1")
    before, timeline = ledger.tally(1), ledger.timeline(1)
    assert timeline

    for days, left in ((0, 4), (4, 4), (3, 0)):
        seal_all(replace(as_worker, retention_days=days))
        assert len(list(ledger.ballots(1))) == left
        assert len(list(ledger.ballots(2))) == len(list(ledger.ballots(3))) == 1

    assert ledger.tally(1) == before
    assert ledger.timeline(1) == timeline
    assert [each.poll.id for each in recount(connection)] == [2, 3]
    verify(str(ledger.seals(1)[0].document).encode(), PUBLIC)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="were deleted"):
        reopen(admin_connection)
    reopen(admin_connection, how="reset_poll")
    ledger.record(ballots(("ann", 9, CATS)))
    assert ledger.tally(1).agrees_with(ledger.recount(1))
    assert [each.poll.id for each in recount(connection)] == [1, 2, 3]


def test_it_keeps_ballots_whose_seal_is_broken(
    as_worker: Settings,
    connection: Connection,
    ledger: PostgresLedger,
    admin_connection: Connection,
    final: Poll,
) -> None:
    """A poll that was reopened goes on, however old its first seal is."""
    seal_all(as_worker)
    connection.execute("UPDATE seals SET sealed_at = now() - interval '1 year'")
    reopen(admin_connection)
    seal_all(replace(as_worker, retention_days=1))
    assert len(list(ledger.ballots(final.id))) == 4


def test_it_keeps_the_ballots_of_a_poll_that_is_being_reopened(
    sealer: Sealer, final: Poll, connection: Connection, database: Database
) -> None:
    """Without them a voter could vote twice."""
    sealer.work()
    with database.connect("votify_admin") as desk, desk.transaction():
        lock_ledger(desk)
        reopen(desk, final.id)
        with database.connect("votify_worker") as worker:
            worker.execute("SET lock_timeout = 500")
            assert worker.execute("SELECT purge_ballots(-1)").fetchall() == []
    assert connection.execute("SELECT count(*) FROM ballots").fetchone() == (len(CAST),)


def test_it_waits_for_nobody_who_records(
    sealer: Sealer, final: Poll, connection: Connection, database: Database, ledger: PostgresLedger
) -> None:
    """Nor does who adds a poll: neither changes what recorders take turns for."""
    sealer._postgres().execute("SET lock_timeout = 500")
    with database.connect() as recorder, recorder.transaction():
        lock_ledger(recorder)
        assert sealer.seal_next() is True
        connection.execute("SET lock_timeout = 500")
        assert add_poll(connection, a_poll(2)).id == 2
    assert ledger.seal(final.id) is not None


def test_it_waits_for_nobody_who_deletes_a_poll(
    sealer: Sealer, final: Poll, connection: Connection, ledger: PostgresLedger
) -> None:
    """That may take long, and the other polls want their seals."""
    with connection.transaction():
        connection.execute("SELECT FROM polls FOR UPDATE")
        assert sealer.seal_next() is False
    assert sealer.seal_next() is True
    assert ledger.seal(final.id) is not None
