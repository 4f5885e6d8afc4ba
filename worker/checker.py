"""
Holds final results against their ballots, again and again: what is final stays what was voted.

A tally that does not fit is noted where others read it, who say so beside it.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import psycopg

from ballotbox import outcome
from ballotbox.catalog import read_polls
from ballotbox.ledger import PostgresLedger
from ballotbox.sql import QUERIES
from worker import metrics

_REST = 100  # times as long as a count took: so counting again costs a hundredth of one core

_log = logging.getLogger("votify.worker")


class Checker:
    """Takes the sealed polls in turn. Not thread-safe."""

    def __init__(self) -> None:
        self._last = 0
        self._rests_until = 0.0

    def check_next(self, connection: psycopg.Connection[Any]) -> None:
        """
        Hold the next sealed poll against its ballots and its seal, unless the last was just now.

        :param connection: in a transaction that sees one moment.
        """
        began = time.monotonic()
        if began < self._rests_until:
            return
        row = connection.execute(QUERIES["next_sealed"], {"after": self._last}).fetchone()
        self._last = row[0] if row else 0
        if row:
            _check(connection, *row)
        metrics.DOUBTED.set(len(connection.execute(QUERIES["doubted"]).fetchall()))
        self._rests_until = after_a_rest(began)


def look_once(connection: psycopg.Connection[Any]) -> None:
    """See the same moment in all that follows in this transaction: tally, ballots, their hash."""
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def after_a_rest(began: float) -> float:
    """Tell when what has begun then may be done again, at a sensible cost (monotonic seconds)."""
    now = time.monotonic()
    return now + _REST * (now - began)


def doubt(connection: psycopg.Connection[Any], poll: int, final_seq: int, told: str) -> None:
    """Note that a final tally is not what the ledger or the seal says; it is logged once."""
    arguments = {"poll": poll, "final_seq": final_seq}
    if connection.execute(QUERIES["doubt"], arguments).fetchone():
        _log.error(told, extra=arguments)


def _check(connection: psycopg.Connection[Any], poll: int, final_seq: int) -> None:
    if not _stands(connection, poll):
        doubt(
            connection, poll, final_seq, "a sealed result is not what its ballots or its seal say"
        )
    elif connection.execute(QUERIES["undoubt"], {"poll": poll}).fetchone():
        _log.info("a sealed result is what its ballots and its seal say", extra={"poll": poll})


def _stands(connection: psycopg.Connection[Any], poll: int) -> bool:
    ledger = PostgresLedger(connection)
    tally, seal = ledger.tally(poll), ledger.seal(poll)
    (found,) = read_polls(connection, [poll])
    return (
        tally.matches(ledger.recount(poll))
        and seal is not None
        and outcome.fits(outcome.numbers(seal.document), found, tally)
    )
