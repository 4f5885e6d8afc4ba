"""The drain between a real Redis and a real PostgreSQL: killed, doubled, overtaken and poisoned."""

from __future__ import annotations

import itertools
import json
import random
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from redis import Redis

from ballotbox.ballot import Ballot, Mark, Marks, decode, encode
from ballotbox.errors import LedgerUnavailable, Refused
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Poll
from ballotbox.postgres import postgres_from
from ballotbox.queue import Fate, FateState, RedisQueue
from ballotbox.settings import Settings
from ballotbox.sql import QUERIES
from ballotbox.tally import count
from tests.integration import doomed
from tests.integration.programs import run, start
from tests.polls import CATS, DOGS, NOTHING
from tests.servers import Database
from tests.waiting import eventually
from worker.drain import read, record, step


def cast_some(queue: RedisQueue, poll: Poll, number: int = 40) -> list[Ballot]:
    """Cast ballots of a few voters who change their minds; gives what was accepted, in order."""
    dice = random.Random(number)
    accepted: list[Ballot] = []
    last: dict[str, Marks] = {}
    for _ in range(number):
        voter = f"v{dice.randrange(number // 2 or 1)}"
        # Who has no vote has none to withdraw.
        marks = last[voter] = dice.choice([CATS, DOGS, *([NOTHING] if last.get(voter) else [])])
        accepted.append(Ballot(poll.id, voter, queue.cast(poll, voter, marks).seq, marks))
    return accepted


def drain(queue: RedisQueue, ledger: PostgresLedger) -> None:
    """Drain until nothing waits."""
    while queue.waiting():
        step(queue, ledger)


def missing(ledger: PostgresLedger, poll: Poll, accepted: list[Ballot]) -> set[int]:
    """
    Give the numbers of accepted ballots that the ledger does not have.

    Everything else that could be wrong fails: doubled or invented ballots, tallies that differ.
    """
    recorded = list(ledger.ballots(poll.id))
    assert len({(each.voter, each.seq) for each in recorded}) == len(recorded)
    assert set(recorded) <= set(accepted)
    assert ledger.recount(poll.id) == count(poll.id, recorded, change=poll.change)
    assert ledger.tally(poll.id).agrees_with(ledger.recount(poll.id))
    return {each.seq for each in accepted} - {each.seq for each in recorded}


# --- killed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", doomed.POINTS)
def test_it_loses_and_doubles_nothing_wherever_it_is_killed(
    queue: RedisQueue, ledger: PostgresLedger, poll: Poll, settings: Settings, point: str
) -> None:
    """Whatever the killed one had done, the next drain makes it exact."""
    accepted = cast_some(queue, poll)
    queue._redis.rpush("votes", b"poison")
    closing = queue.close(poll.id, now=True)

    code, output = run(
        "tests.integration.doomed",
        point,
        REDIS_URL=settings.redis_url,
        DATABASE_URL=settings.database_url,
    )
    assert code == -signal.SIGKILL, output
    assert queue.waiting() == (0 if point == "settled" else len(accepted) + 2)

    drain(queue, ledger)
    assert missing(ledger, poll, accepted) == set()
    assert ledger.tally(poll.id).final
    assert queue.rejected() == 1
    assert closing is not None
    assert queue.fate(poll.id, closing) == Fate(FateState.COUNTED)


def test_it_could_see_the_losses_of_a_drain_that_pops_first(
    queue: RedisQueue, ledger: PostgresLedger, poll: Poll, settings: Settings
) -> None:
    """The control: a drain that is wrong loses ballots under the same treatment, and it shows."""
    accepted = cast_some(queue, poll)
    code, output = run(
        "tests.integration.doomed",
        doomed.POP_FIRST,
        REDIS_URL=settings.redis_url,
        DATABASE_URL=settings.database_url,
    )
    assert code == -signal.SIGKILL, output
    drain(queue, ledger)
    assert missing(ledger, poll, accepted) == {each.seq for each in accepted}


def test_it_goes_on_after_many_deaths(
    queue: RedisQueue, ledger: PostgresLedger, poll: Poll, settings: Settings
) -> None:
    """Killed at random moments under load, one after the other: exact in the end."""
    dice = random.Random(11)
    environ = {"REDIS_URL": settings.redis_url, "DATABASE_URL": settings.database_url}
    processes = [start("tests.integration.doomed", doomed.NEVER, **environ) for _ in range(2)]
    accepted = []
    for process in processes:
        for _ in range(4):
            accepted += cast_some(queue, poll, dice.randrange(40, 120))
        eventually(lambda: queue.waiting() == 0)
        accepted += cast_some(queue, poll, dice.randrange(1, 40))
        process.kill()
        process.communicate()
    drain(queue, ledger)
    assert missing(ledger, poll, accepted) == set()


# --- several at once ------------------------------------------------------------------------------


def test_it_loses_and_doubles_nothing_with_two_drains_and_voters_at_once(
    queue: RedisQueue, ledger: PostgresLedger, poll: Poll, settings: Settings
) -> None:
    """Two processes on one list while ballots come: they get in each other's way, harmlessly."""
    environ = {"REDIS_URL": settings.redis_url, "DATABASE_URL": settings.database_url}
    processes = [start("tests.integration.doomed", doomed.NEVER, **environ) for _ in range(2)]

    def choices() -> Iterator[Marks]:
        # First everybody votes; after that, some take back what they have voted.
        return itertools.chain([CATS] * 50, itertools.cycle([CATS, DOGS, CATS, NOTHING]))

    def vote(voter: int) -> list[Ballot]:
        return [
            Ballot(
                poll.id,
                f"{voter}-{i % 50}",
                queue.cast(poll, f"{voter}-{i % 50}", marks).seq,
                marks,
            )
            for i, marks in zip(range(400), choices(), strict=False)
        ]

    try:
        with ThreadPoolExecutor(4) as threads:
            accepted = [ballot for cast in threads.map(vote, range(4)) for ballot in cast]
        eventually(lambda: queue.waiting() == 0, seconds=30)
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    assert missing(ledger, poll, accepted) == set()
    assert queue.rejected() == 0


def test_it_trims_nothing_when_it_was_overtaken(
    queue: RedisQueue, ledger: PostgresLedger, poll: Poll
) -> None:
    """A drain that slept through another's step finds new ballots at the head, and leaves them."""
    accepted = cast_some(queue, poll, 10)
    stale = queue.peek(10)
    drain(queue, ledger)
    accepted += cast_some(queue, poll, 10)

    items, _ = read(stale)
    record(ledger, list(items))
    assert queue.settle(stale, counted=decode(stale[-1]).seq, rejected=[]) is False
    assert queue.waiting() == 10
    drain(queue, ledger)
    assert missing(ledger, poll, accepted) == set()


def test_it_could_see_the_losses_of_a_trim_without_a_condition(
    redis: Redis, queue: RedisQueue, ledger: PostgresLedger, poll: Poll
) -> None:
    """The control: the same story with a plain LTRIM loses the new ballots."""
    accepted = cast_some(queue, poll, 10)
    stale = queue.peek(10)
    drain(queue, ledger)
    new = cast_some(queue, poll, 10)

    items, _ = read(stale)
    record(ledger, list(items))
    redis.ltrim("votes", len(stale), -1)
    drain(queue, ledger)
    assert missing(ledger, poll, accepted + new) == {each.seq for each in new}


# --- poisoned -------------------------------------------------------------------------------------

POISON = [
    b"garbage",
    b"",
    b"\xff\xfe\x00",
    b"{}",
    b"[]",
    b'[1,1,"a"]',
    b'["1",1,"a",[]]',
    b'[1,1,"a\\u0000b",[[1,1]]]',
    b'[1,1,"a\\nb",[[1,1]]]',
    b'[1,1,"\\ud83d",[[1,1]]]',
    b'[1,2147483648,"a",[[1,1]]]',
    b'[9007199254740992,1,"a",[[1,1]]]',
    b'[1e400,1,"a",[[1,1]]]',
    b'[1,1,"a",[[70000,1]]]',
    b"[" * 3000,
]


def test_it_puts_poison_aside_and_records_what_is_around_it(
    redis: Redis, queue: RedisQueue, ledger: PostgresLedger, poll: Poll
) -> None:
    """Each item that no ledger could hold is kept with its reason; no ballot waits behind it."""
    accepted = []
    for item in POISON:
        accepted += cast_some(queue, poll, 2)
        redis.rpush("votes", item)
    accepted += cast_some(queue, poll, 2)

    assert step(queue, ledger).items == len(accepted) + len(POISON)
    assert queue.waiting() == 0
    assert missing(ledger, poll, accepted) == set()
    kept = [json.loads(entry) for entry in redis.lrange("votes:rejected", 0, -1)]
    assert [each["item"] for each in kept] == [
        item.decode("utf-8", "backslashreplace") for item in POISON
    ]
    assert all(each["reason"].startswith("unreadable: ") for each in kept)


def test_it_puts_aside_what_breaks_the_rules_of_the_poll(
    redis: Redis, queue: RedisQueue, ledger: PostgresLedger, poll: Poll
) -> None:
    """Well written ballots that `vote` would never have accepted, each with a stable reason."""
    forged = {
        b'[1,99,"a",[[1,1]]]': "unknown_poll",
        b'[2,1,"a",[[9,1]]]': "unknown_option",
        b'[3,1,"a",[[1,1],[2,1]]]': "too_many_choices",
        b'[4,1,"a",[[1,5]]]': "invalid_ballot",
    }
    redis.rpush("votes", *forged)
    accepted = cast_some(queue, poll, 5)
    drain(queue, ledger)
    assert missing(ledger, poll, accepted) == set()
    kept = [json.loads(entry) for entry in redis.lrange("votes:rejected", 0, -1)]
    assert {each["item"].encode(): each["reason"] for each in kept} == forged
    assert queue.fate(1, 3) == Fate(FateState.REJECTED, "too_many_choices")


def test_it_finds_the_row_that_postgresql_refuses(
    redis: Redis,
    connection: psycopg.Connection[Any],
    queue: RedisQueue,
    ledger: PostgresLedger,
    poll: Poll,
) -> None:
    """Whatever the database has against a row, only that ballot is put aside."""
    connection.execute("ALTER TABLE ballots ADD CHECK (voter NOT LIKE 'bad%')")
    accepted = cast_some(queue, poll, 30)
    bad = [queue.cast(poll, f"bad{number}", CATS).seq for number in range(2)]
    accepted += cast_some(queue, poll, 30)
    done = step(queue, ledger)
    assert {each.seq for each in done.rejected} == set(bad)
    assert missing(ledger, poll, accepted) == set()
    assert [queue.fate(1, seq) for seq in bad] == [Fate(FateState.REJECTED, "unrecordable")] * 2
    kept = [json.loads(entry)["reason"] for entry in redis.lrange("votes:rejected", 0, -1)]
    assert kept == ["unrecordable"] * 2


def test_it_rejects_nothing_while_postgresql_has_trouble(
    database: Database,
    connection: psycopg.Connection[Any],
    queue: RedisQueue,
    poll: Poll,
) -> None:
    """A lost connection, a lock, a time limit: the ballots wait, and are counted afterwards."""
    accepted = cast_some(queue, poll, 10)
    worker = Settings(database_url=database.url("votify_worker"))

    with postgres_from(worker) as lost:
        connection.execute("SELECT pg_terminate_backend(%s)", [lost.info.backend_pid])
        with pytest.raises(LedgerUnavailable):
            step(queue, PostgresLedger(lost))

    connection.execute("SELECT pg_advisory_lock(%s)", [0x766F746573])
    for limits in ("SET lock_timeout = 50", "SET lock_timeout = 0; SET statement_timeout = 50"):
        with postgres_from(worker) as slow:
            slow.execute(limits.encode())
            with pytest.raises(LedgerUnavailable):
                step(queue, PostgresLedger(slow))
    connection.execute("SELECT pg_advisory_unlock_all()")

    assert (queue.waiting(), queue.rejected()) == (10, 0)
    assert queue.fate(1, accepted[0].seq).state is not FateState.COUNTED
    ledger = PostgresLedger(connection)
    drain(queue, ledger)
    assert missing(ledger, poll, accepted) == set()


# --- votes that are withdrawn ---------------------------------------------------------------------


def test_it_takes_a_withdrawn_vote_out_of_the_counts(
    queue: RedisQueue, ledger: PostgresLedger, connection: psycopg.Connection[Any], poll: Poll
) -> None:
    """One vote and one ballot fewer count; all that were cast are there, and whose they were."""
    for voter, marks in (("ann", CATS), ("bob", CATS), ("ann", NOTHING)):
        queue.cast(poll, voter, marks)
        drain(queue, ledger)
    tally = ledger.tally(poll.id)
    assert (tally.ballots, tally.counts, tally.cast) == (1, {Mark(1, 1): 1}, 3)
    turnout = connection.execute(QUERIES["turnout_of"], {"poll": poll.id}).fetchone()
    assert turnout == (3, 2)
    assert missing(ledger, poll, list(ledger.ballots(poll.id))) == set()
    assert ledger.timeline(poll.id)[-1].ballots == 1


# --- what Redis has forgotten ---------------------------------------------------------------------


def test_it_counts_one_ballot_of_a_voter_whom_redis_has_forgotten(
    redis: Redis,
    queue: RedisQueue,
    ledger: PostgresLedger,
    make_poll: Callable[..., Poll],
) -> None:
    """Where change is off the ledger overrules the second ballot, and its receipt says so."""
    fixed = make_poll(change=False)
    first = queue.cast(fixed, "ann", CATS)
    drain(queue, ledger)
    redis.delete(f"poll:{fixed.id}:voters")
    second = queue.cast(fixed, "ann", DOGS)
    drain(queue, ledger)
    assert ledger.tally(fixed.id).agrees_with(
        count(fixed.id, [Ballot(fixed.id, "ann", first.seq, CATS)], change=False)
    )
    assert queue.fate(fixed.id, second.seq) == Fate(FateState.REJECTED, "already_voted")
    assert queue.rejected() == 0


def test_it_keeps_a_final_result_whatever_is_pushed_behind_it(
    redis: Redis, queue: RedisQueue, ledger: PostgresLedger, poll: Poll
) -> None:
    """Sealed: neither a forged ballot nor a second marker in a later batch changes it."""
    accepted = cast_some(queue, poll, 10)
    marker = queue.close(poll.id, now=True)
    assert marker is not None
    drain(queue, ledger)
    final = ledger.tally(poll.id)
    redis.rpush("votes", encode(Ballot(poll.id, "late", marker + 1, CATS)), f"[{marker + 2},1]")
    drain(queue, ledger)
    assert ledger.tally(poll.id) == final
    assert missing(ledger, poll, accepted) == set()
    assert queue.fate(poll.id, marker + 1) == Fate(FateState.REJECTED, "poll_closed")
    with pytest.raises(Refused):
        queue.cast(poll, "late", CATS)
