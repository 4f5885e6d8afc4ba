"""
How fast waiting ballots reach the ledger.

The real worker, one row at a time, and COPY write the same rows into the same tables, one after the
other, in one run.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from ballotbox.ballot import Ballot, Mark, encode
from ballotbox.postgres import postgres_from
from ballotbox.recount import recount
from ballotbox.settings import Settings
from deploy.local.stack import Stack

FEW, MANY = 100_000, 500_000
_ONE_AT_A_TIME = 5_000
_POLL = 1


def main(few: int = FEW, many: int = MANY) -> None:
    """Measure, and print the figures."""
    print("drain: waiting ballots through the worker into PostgreSQL")
    with tempfile.TemporaryDirectory() as data, Stack(data=Path(data)) as stack:
        settings = Settings.read(stack.environment())
        with postgres_from(settings, statement_timeout=0) as connection:
            slow = _timed(_one_at_a_time, connection, _ballots(_ONE_AT_A_TIME))
            copied = _timed(_copy, connection, _ballots(many))
            drained_few = _drain(stack, connection, few)
            drained_many = _drain(stack, connection, many)
            agree = all(each.agrees for each in recount(connection))
    one, copy, worker = _ONE_AT_A_TIME / slow, many / copied, many / drained_many
    print(f"  one row at a time  {one:>9,.0f} ballots/s   ({_ONE_AT_A_TIME:,} rows)")
    print(f"  worker             {worker:>9,.0f} ballots/s   ({many:,} rows, {drained_many:.1f} s)")
    print(f"  COPY, no tallies   {copy:>9,.0f} ballots/s   ({many:,} rows)")
    print(f"  {worker / one:.1f} times one row at a time (aim: 10), {worker / copy:.2f} of COPY")
    print(
        f"  {many:,} take {drained_many / drained_few:.1f} times as long as {few:,} "
        f"({drained_few:.1f} s; aim: 6 or less)"
    )
    print(f"  recount {'agrees' if agree else 'DIFFERS'}")


def _ballots(number: int) -> Iterator[Ballot]:
    """Make ballots of different voters, whose ids lie as randomly in the index as cookies' do."""
    start = time.time_ns() // 1000
    for n in range(number):
        voter = os.urandom(16).hex()
        yield Ballot(_POLL, voter, start + n, (Mark(1 + n % 2, 1),))


def _timed(write: Any, connection: psycopg.Connection[Any], ballots: Iterable[Ballot]) -> float:  # noqa: ANN401
    rows = list(ballots)
    _empty(connection)
    started = time.perf_counter()
    write(connection, rows)
    return time.perf_counter() - started


def _one_at_a_time(connection: psycopg.Connection[Any], rows: Iterable[Ballot]) -> None:
    """Write as the simplest worker does: a transaction for each ballot."""
    for row in rows:
        (mark,) = row.marks
        with connection.transaction():
            connection.execute(
                "INSERT INTO ballots VALUES (%s, %s, %s, %s, %s)",
                [row.poll, row.voter, row.seq, [mark.option], [mark.value]],
            )
            connection.execute(
                "INSERT INTO tallies AS t VALUES (%s, %s, %s, 1)"
                " ON CONFLICT (poll_id, option_id, value) DO UPDATE SET count = t.count + 1",
                [row.poll, *mark],
            )


def _copy(connection: psycopg.Connection[Any], rows: Iterable[Ballot]) -> None:
    """Write as fast as PostgreSQL takes rows at all, without any tally."""
    with connection.cursor() as cursor, cursor.copy("COPY ballots FROM STDIN") as copy:
        for row in rows:
            (mark,) = row.marks
            copy.write(f"{row.poll}\t{row.voter}\t{row.seq}\t{{{mark[0]}}}\t{{{mark[1]}}}\n")


def _drain(stack: Stack, connection: psycopg.Connection[Any], number: int) -> float:
    """Let ballots wait, then let the worker have them; gives the seconds until none waits."""
    _empty(connection)
    redis = stack.redis("worker")
    with stopped(stack.pids()["worker-1"]):
        rows = map(encode, _ballots(number))
        while batch := list(islice(rows, 10_000)):
            redis.rpush("votes", *batch)
        started = time.perf_counter()
    while redis.llen("votes"):
        time.sleep(0.01)
    return time.perf_counter() - started


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Keep a process from running inside the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _empty(connection: psycopg.Connection[Any]) -> None:
    connection.execute("TRUNCATE ballots, tallies, samples")
    connection.execute("UPDATE standings SET ballots = 0, cast_ballots = 0, last_seq = NULL")
    connection.execute("CHECKPOINT")


if __name__ == "__main__":
    main()
