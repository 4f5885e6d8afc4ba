"""
The polling booth: what happens to a ballot, whichever door it came in by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ballotbox.ballot import Marks
from ballotbox.poll import Poll
from ballotbox.queue import BallotQueue
from vote.identity import Voters
from vote.metrics import Metrics
from vote.receipt import Receipts


class Polls(Protocol):
    """Where the published polls are looked up."""

    def find(self, name: str) -> Poll:
        """Find a poll by its slug, code or id; raises UnknownPoll or BallotBoxUnavailable."""
        ...

    def all(self) -> list[Poll]:
        """List the published polls; raises BallotBoxUnavailable."""
        ...


class Box(BallotQueue, Protocol):
    """A queue that can also say whether it is there."""

    def ping(self) -> None:
        """Do nothing but raise BallotBoxUnavailable where no ballot could be accepted."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Booth:
    """The parts that both doors need, put together in `vote.app`."""

    polls: Polls
    queue: Box
    voters: Voters
    receipts: Receipts
    metrics: Metrics

    def cast(self, poll: Poll, marks: Marks, voter: str, key: str | None) -> str:
        """
        Hand in a ballot and give its receipt. Once this returns, the ballot is safe on disk.

        :param key: the request's idempotency key; the same request gets the same receipt again.
        :raise Refused, BallotBoxUnavailable: as the queue's `cast` does.
        """
        accepted = self.queue.cast(poll, voter, marks, key=key)
        return self.receipts.issue(poll.id, accepted.seq)
