"""A feed of the result service, on a ledger and a queue in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from ballotbox.ballot import Ballot, Close, Mark
from ballotbox.errors import BallotBoxUnavailable, LedgerUnavailable
from ballotbox.ledger import Bookmark, Changes
from ballotbox.memory import MemoryLedger, MemoryQueue
from ballotbox.poll import Poll
from result.board import Board, Sealing, Snapshot, View
from result.feed import Feed
from result.metrics import Metrics

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class World:
    """A feed on a ledger and a queue in memory, with a clock that is set by hand."""

    def __init__(self, *polls: Poll) -> None:
        self.now = NOON
        self.known = list(polls)
        self.ledger = MemoryLedger(polls)
        self.queue = MemoryQueue(polls, clock=lambda: int(self.now.timestamp() * 1_000_000))
        self.queue.beat(1_000_000)
        self.away: set[str] = set()
        self.reads = 0
        self.sealings: dict[int, Sealing] = {}
        self.doubted: set[int] = set()
        self.metrics = Metrics()
        self.room: set[View] = set()
        self.shown: list[tuple[View, Snapshot]] = []
        self.told_gone: list[int] = []
        self.counted: list[tuple[int, int, int]] = []
        self._seq = 0
        self.board = Board(lambda: self.now)
        self.feed = Feed(
            self.board,
            books=self,
            line=self,
            audience=self,
            clock=lambda: self.now,
            metrics=self.metrics,
        )

    def look(self, *, after: float = 0) -> None:
        """Let time pass, then look once."""
        self.now += timedelta(seconds=after)
        self.feed.look()

    def vote(self, poll: int, *options: int) -> None:
        """Record a ballot of a new voter for each option."""
        for option in options:
            self._seq += 1
            self.ledger.record([Ballot(poll, f"voter-{self._seq}", self._seq, (Mark(option, 1),))])

    def close(self, poll: int) -> None:
        """Record a close marker."""
        self._seq += 1
        self.ledger.record([Close(poll, self._seq)])

    # What the feed asks of PostgreSQL …

    def polls(self) -> list[Poll]:
        self._answer("postgresql")
        self.reads += 1
        return self.known

    def changes(self, since: Bookmark | None) -> Changes:
        self._answer("postgresql")
        return self.ledger.changes(since)

    def seals(self) -> Mapping[int, Sealing]:
        self._answer("postgresql")
        return self.sealings

    def doubts(self) -> set[int]:
        """See `feed.Books`."""
        return self.doubted

    def _answer(self, part: str) -> None:
        if part in self.away:
            raise {"postgresql": LedgerUnavailable, "redis": BallotBoxUnavailable}[part]

    # … of Redis …

    def waiting_by_poll(self) -> Mapping[int, int]:
        self._answer("redis")
        return self.queue.waiting_by_poll()

    def worker_silent(self) -> bool:
        self._answer("redis")
        return self.queue.worker_silent()

    # … and of the audience.

    def watched(self) -> Collection[View]:
        return self.room

    def show(self, view: View, snapshot: Snapshot) -> None:
        self.shown.append((view, snapshot))

    def gone(self, poll: int) -> None:
        self.told_gone.append(poll)

    def count(self, poll: int, option: int, votes: int) -> None:
        self.counted.append((poll, option, votes))

    def confirm(self, as_of: datetime) -> None:
        raise NotImplementedError

    def votes(self, poll: int = 1) -> list[int | None]:
        """Give the votes of each option as the board shows them."""
        options = self.board.snapshot(self.board.find(poll))["options"]
        return [option["votes"] for option in options]
