"""
Seals the results that are final, and deletes ballots that need not be kept any more.

It has a thread and a connection of its own: to read the ballots of a large poll takes its time, and
the drain does not wait for it.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.rows import dict_row

from ballotbox import outcome
from ballotbox.catalog import read_polls
from ballotbox.errors import LedgerUnavailable, in_full
from ballotbox.export import ballots_file
from ballotbox.ledger import KeptSeal, PostgresLedger
from ballotbox.poll import Identity, Kind, Poll, iso
from ballotbox.postgres import database_errors, postgres_from
from ballotbox.seal import sign
from ballotbox.settings import Settings
from ballotbox.sql import QUERIES
from ballotbox.tally import Tally
from worker import metrics
from worker.checker import Checker, after_a_rest, doubt, look_once
from worker.upkeep import Every

_LOCK = 0x766F746575
_LOOK = 1.0
_PURGE = 3600.0
_AFTER_A_FAULT = 30.0

_log = logging.getLogger("votify.worker")


def start(settings: Settings, key: Ed25519PrivateKey, stopping: threading.Event) -> None:
    """Seal from a thread of its own until `stopping` is set; it holds nobody up at the end."""
    sealer = Sealer(settings, key)
    threading.Thread(target=_run, args=(sealer, stopping), daemon=True, name="sealer").start()


def _run(sealer: Sealer, stopping: threading.Event) -> None:
    pause = 0.0
    while not stopping.wait(pause):
        pause = _LOOK
        try:
            sealer.work()
        except LedgerUnavailable as error:
            metrics.FAILURES.labels("sealer").inc()
            _log.warning("results wait for their seal: %s", in_full(error))
            sealer.forget_connection()
        except Exception:  # noqa: BLE001 - logged whole, and tried again
            # The drain goes on whatever is wrong here; the next look is not in a rush.
            metrics.FAILURES.labels("sealer").inc()
            _log.exception("sealing failed")
            sealer.forget_connection()
            pause = _AFTER_A_FAULT
    sealer.forget_connection()


class Due(NamedTuple):
    """A final poll without a seal, and the number of its close marker."""

    poll: int
    final_seq: int
    sealed_at: datetime


class Sealer:
    """Seals final polls, one after the other. Not thread-safe."""

    def __init__(self, settings: Settings, key: Ed25519PrivateKey) -> None:
        self._settings = settings
        self._key = key
        self._connection: psycopg.Connection[Any] | None = None
        self._rests_until: dict[int, float] = {}  # by poll: when one in doubt is counted again
        self._checker = Checker()
        self._purge = Every(_PURGE, self._purge_now, time.monotonic)

    def work(self) -> None:
        """Seal all that is due, and count one sealed poll again; raises LedgerUnavailable."""
        while self.seal_next():
            pass
        self._check_next()
        self._purge()

    def forget_connection(self) -> None:
        """Close the connection to PostgreSQL, in whatever state it is."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _postgres(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.broken:
            self._connection = postgres_from(self._settings, statement_timeout=0)
        return self._connection

    def seal_next(self) -> bool:
        """
        Seal one poll that is final and has no seal.

        :return: whether one was sealed; False also while another worker is at it.
        :raise LedgerUnavailable: also if the result was changed meanwhile: look again.
        """
        connection = self._postgres()
        with database_errors(), connection.transaction():
            look_once(connection)
            if not _is_ours(connection):
                return False
            due = map(Due._make, connection.execute(QUERIES["unsealed"]).fetchall())
            sealed = next((each.poll for each in due if self._seal(connection, each)), None)
        if sealed is None:
            return False
        metrics.SEALED.inc()
        _log.info("result sealed", extra={"poll": sealed})
        return True

    def _seal(self, connection: psycopg.Connection[Any], due: Due) -> bool:
        began = time.monotonic()
        if began < self._rests_until.get(due.poll, began):
            return False
        tally = PostgresLedger(connection).tally(due.poll)
        if not tally.matches(PostgresLedger(connection).recount(due.poll)):
            self._rests_until[due.poll] = after_a_rest(began)
            doubt(connection, due.poll, due.final_seq, "not sealed: the tally is not the ledger's")
            return False
        self._rests_until.pop(due.poll, None)
        connection.execute(QUERIES["undoubt"], {"poll": due.poll})
        text = sign(_document(connection, due, tally), self._key)
        # Whoever deletes it may take long, and the others wait for their seal.
        if connection.execute(QUERIES["hold_for_seal"], {"poll": due.poll}).fetchone() is None:
            return False
        connection.execute(QUERIES["seal_poll"], {**due._asdict(), "document": text})
        return True

    def _check_next(self) -> None:
        connection = self._postgres()
        with database_errors(), connection.transaction():
            look_once(connection)
            if _is_ours(connection):
                self._checker.check_next(connection)

    def _purge_now(self) -> None:
        if self._settings.retention_days:
            days = {"days": self._settings.retention_days}
            with database_errors():
                purged = self._postgres().execute(QUERIES["purge_ballots"], days).fetchall()
            for (poll,) in purged:
                _log.info("ballots deleted after their time", extra={"poll": poll})


def _is_ours(connection: psycopg.Connection[Any]) -> bool:
    return connection.execute(QUERIES["lock_sealing"], {"key": _LOCK}).fetchone() == (True,)


def _document(connection: psycopg.Connection[Any], due: Due, tally: Tally) -> dict[str, Any]:
    (poll,) = read_polls(connection, [due.poll])
    return outcome.describe(
        poll,
        tally,
        _findings(connection, poll),
        sealed_at=due.sealed_at,
        previous=[_broken(each) for each in PostgresLedger(connection).seals(poll.id)],
    )


def _findings(connection: psycopg.Connection[Any], poll: Poll) -> outcome.Findings:
    ledger = PostgresLedger(connection)
    hashed = hashlib.sha256()
    for piece in ballots_file(connection, poll.id):
        hashed.update(piece)
    turnout = connection.execute(QUERIES["turnout_of"], {"poll": poll.id}).fetchone()
    vouched = connection.execute(QUERIES["count_vouched"], {"poll": poll.id}).fetchone()
    assert turnout is not None
    assert vouched is not None
    return outcome.Findings(
        ballots=turnout[0],
        voters=turnout[1],
        sha256=hashed.hexdigest(),
        refused=ledger.refusals(poll.id),
        patterns=ledger.patterns(poll.id) if poll.kind is Kind.RANKED else (),
        codes=_codes(connection, poll),
        vouched=vouched[0],
    )


def _codes(connection: psycopg.Connection[Any], poll: Poll) -> dict[str, int] | None:
    if poll.identity is not Identity.CODE:
        return None
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(QUERIES["codes_summary"], {"poll": poll.id}).fetchone()


def _broken(seal: KeptSeal) -> dict[str, str | None]:
    return {
        "sealed_at": iso(seal.sealed_at),
        "broken_at": iso(seal.broken_at) if seal.broken_at else None,
        "sha256": hashlib.sha256(seal.document.encode()).hexdigest(),
    }
