"""
One step of the drain: peek, record, settle.

Nothing is taken off the list before it is in the ledger, and recording twice changes nothing. So
the process may be killed, stopped or doubled between any two lines.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ballotbox.ballot import Ballot, Close, decode
from ballotbox.errors import AlreadyVoted, PollReset
from ballotbox.ledger import Ledger, Recorded
from ballotbox.postgres import Unrecordable
from ballotbox.queue import BallotQueue, Rejected

BATCH = 2000
"""The most items of one step: larger ones gain nothing and are seen later."""


@dataclass(frozen=True, slots=True)
class Step:
    """
    What one step did, and how many seconds it took from the look at its batch.

    `overtaken` is true if another drain had settled the batch first; then nothing was taken off the
    list here, and that drain has reported what it rejected.
    """

    items: int = 0
    changed: frozenset[int] = frozenset()
    rejected: tuple[Rejected, ...] = ()
    overtaken: bool = False
    seconds: float = field(default=0.0, compare=False)

    @property
    def recorded(self) -> int:
        """How many of the items are in the ledger now."""
        reset = PollReset.code
        return self.items - sum(each.kept or each.reason == reset for each in self.rejected)


def step(queue: BallotQueue, ledger: Ledger, *, wait: float = 0, limit: int = BATCH) -> Step:
    """
    Move the oldest waiting items into the ledger; an empty list is waited on for `wait` seconds.

    :raise LedgerUnavailable, BallotBoxUnavailable: nothing is lost; do the step again.
    """
    batch = queue.peek(limit, wait=wait)
    if not batch:
        return Step()
    started = time.perf_counter()
    items, unreadable = read(batch)
    recorded = record(ledger, list(items))
    counted = max((item.seq for item in items), default=0)
    rejected = [*unreadable, *_rejections(items, recorded)]
    settled = queue.settle(batch, counted=counted, rejected=rejected)
    return Step(
        items=len(batch) if settled else 0,
        changed=recorded.changed,
        rejected=tuple(rejected) if settled else (),
        overtaken=not settled,
        seconds=time.perf_counter() - started,
    )


def read(batch: Sequence[bytes]) -> tuple[dict[Ballot | Close, bytes], list[Rejected]]:
    """Decode a batch: what could be read, each with its bytes, and what could not, with reasons."""
    items: dict[Ballot | Close, bytes] = {}
    unreadable = []
    for raw in batch:
        try:
            items[decode(raw)] = raw
        except ValueError as error:
            unreadable.append(Rejected(raw, f"unreadable: {error}"))
    return items, unreadable


def record(ledger: Ledger, items: Sequence[Ballot | Close]) -> Recorded:
    """
    Record items; where one of them cannot be held, halve the batch until it stands alone.

    Only that one is refused then. Anything else that goes wrong is raised: it says nothing about
    the ballots, and they stay on the list.
    """
    if not items:
        return Recorded()
    try:
        return ledger.record(items)
    except Unrecordable:
        if len(items) == 1:
            return _refuse(ledger, items[0])
        middle = len(items) // 2
        first, second = record(ledger, items[:middle]), record(ledger, items[middle:])
        return Recorded(
            first.changed | second.changed,
            {**first.refused, **second.refused},
            first.overruled | second.overruled,
            {**first.dropped, **second.dropped},
        )


def _refuse(ledger: Ledger, item: Ballot | Close) -> Recorded:
    if isinstance(item, Close):
        raise TypeError("a close marker holds nothing that PostgreSQL could refuse")
    ledger.refuse(item, "unrecordable")
    return Recorded(refused={item: "unrecordable"})


def _rejections(items: Mapping[Ballot | Close, bytes], recorded: Recorded) -> list[Rejected]:
    refused = [
        Rejected(items[ballot], reason, ballot.seq) for ballot, reason in recorded.refused.items()
    ]
    dropped = [
        Rejected(items[ballot], reason, ballot.seq, kept=False)
        for ballot, reason in recorded.dropped.items()
    ]
    overruled = [
        Rejected(raw, AlreadyVoted.code, item.seq, kept=False)
        for item, raw in items.items()
        if item.seq in recorded.overruled
    ]
    return refused + dropped + overruled
