"""
The queue and the ledger in memory, for tests: they pass the same contract as the real ones.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ballotbox.admission import sift
from ballotbox.ballot import Ballot, Close, Marks, encode
from ballotbox.errors import (
    AlreadyVoted,
    BallotBoxUnavailable,
    InvalidBallot,
    NothingToWithdraw,
    NotShown,
    PollChanged,
    PollClosed,
    PollNotOpen,
    PollReset,
    SlowDown,
    UnknownCode,
)
from ballotbox.ledger import Recorded
from ballotbox.poll import Poll, State
from ballotbox.queue import Cast, Code, Fate, FateState, Rejected
from ballotbox.tally import Tally, count
from ballotbox.timeline import Sample, thinned


class MemoryQueue:
    """
    A queue that lives in this process; thread-safe.

    :param clock: tells the time in µs since 1970, as Redis' clock does for `RedisQueue`.
    """

    def __init__(
        self,
        polls: Sequence[Poll] = (),
        *,
        limit: int = 1_000_000,
        voter_interval: int = 0,
        voter_burst: int = 1,
        clock: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._limit, self._interval, self._burst = limit, voter_interval, voter_burst
        self._clock = clock
        self._lock = threading.Condition()
        self._polls = {poll.id: poll for poll in polls}
        self._items: list[bytes] = []
        self._last = 0
        self._counted = 0
        self._beat_until = 0
        self._closed: dict[int, int] = {}
        self._voters: dict[tuple[int, str], tuple[int, int, Marks]] = {}
        self._replaced: dict[tuple[int, int], int] = {}
        self._withdrawn: set[int] = set()
        self._refused: dict[int, str] = {}
        self._keys: dict[tuple[int, str, str], tuple[int, Marks]] = {}
        self._rejected: list[Rejected] = []
        self._codes: dict[tuple[int, str], int] = {}

    def cast(
        self,
        poll: Poll,
        voter: str,
        marks: Marks,
        *,
        key: str | None = None,
        code: Code | None = None,
        invited: bool = False,  # noqa: ARG002 - there is room for all
        former: str = "",  # noqa: ARG002 - nothing here is from before
    ) -> Cast:
        """See `BallotQueue.cast`."""
        with self._lock:
            before = self._keys.get((poll.id, voter, key)) if key is not None else None
            if before is not None and not self._is_reset(poll.id, before[0]):
                if before[1] != marks:
                    raise InvalidBallot("This Idempotency-Key was used for another choice.")
                return Cast(before[0], repeated=True)
            last, tat = self._admit(poll, voter, code, withdraws=not marks)
            if not marks and not self._voters.get((poll.id, voter), (0, 0, ()))[2]:
                raise NothingToWithdraw
            seq = self._next()
            self._push(encode(Ballot(poll.id, voter, seq, marks)))
            self._voters[poll.id, voter] = (seq, tat + self._interval, marks)
            if last is not None:
                self._replaced[poll.id, last] = seq
            if not marks:
                self._withdrawn.add(seq)
            if key is not None:
                self._keys[poll.id, voter, key] = (seq, marks)
            return Cast(seq)

    def _admit(
        self, poll: Poll, voter: str, code: Code | None, *, withdraws: bool
    ) -> tuple[int | None, int]:
        now = self._clock()
        self._check_open(poll, datetime.fromtimestamp(now / 1_000_000, UTC))
        if code is not None and self._codes.get((poll.id, code.text)) != code.number:
            raise UnknownCode
        if len(self._items) >= self._limit:
            raise BallotBoxUnavailable
        last = self._voters.get((poll.id, voter))
        if last is not None and self._is_reset(poll.id, last[0]):
            last = None
        if code is not None:
            _check_shown(code, last, withdraws=withdraws)
        if last is None:
            return None, now
        if not self._polls[poll.id].change:
            raise AlreadyVoted
        # One that lies further ahead than any that was ever written: the clock was set back since.
        tat = last[1] if now < last[1] <= now + self._interval * self._burst else now
        if tat - now > self._interval * (self._burst - 1):
            raise SlowDown
        return last[0], tat

    def _check_open(self, poll: Poll, now: datetime) -> None:
        published = self._polls.get(poll.id)
        if published is None:
            raise BallotBoxUnavailable
        state = published.state(now)
        if state in (State.CLOSED, State.DRAFT) or poll.id in self._closed:
            raise PollClosed
        if state is State.COMING:
            raise PollNotOpen
        if published.revision != poll.revision:
            raise PollChanged

    def _is_reset(self, poll: int, seq: int) -> bool:
        published = self._polls.get(poll)
        return published is not None and seq <= published.starts_seq

    def _next(self) -> int:
        self._last = max(self._last + 1, self._clock())
        return self._last

    def _push(self, item: bytes) -> None:
        self._items.append(item)
        self._lock.notify_all()

    def code(self, poll: int, text: str) -> Code | None:
        """See `BallotQueue.code`."""
        number = self._codes.get((poll, text))
        return Code(text, abs(number)) if number is not None else None

    def publish(self, poll: Poll, codes: Mapping[str, int] | None = None) -> None:
        """Take a poll as it is now, as `ballotbox.published.publish` does for the one in Redis."""
        with self._lock:
            self._polls[poll.id] = poll
            if codes is not None:
                others = {key: value for key, value in self._codes.items() if key[0] != poll.id}
                self._codes = others | {(poll.id, text): n for text, n in codes.items()}

    def choice(self, poll: int, voter: str) -> tuple[int, Marks] | None:
        """See `BallotQueue.choice`."""
        last = self._voters.get((poll, voter))
        return (last[0], last[2]) if last and not self._is_reset(poll, last[0]) else None

    def fate(self, poll: int, seq: int) -> Fate:
        """See `BallotQueue.fate`."""
        if seq in self._refused:
            return Fate(FateState.REJECTED, self._refused[seq])
        if self._is_reset(poll, seq):
            return Fate(FateState.REJECTED, PollReset.code)
        last = seq
        while (poll, last) in self._replaced:
            last = self._replaced[poll, last]
        if last in self._withdrawn:
            return Fate(FateState.WITHDRAWN)
        if last != seq:
            return Fate(FateState.REPLACED)
        return Fate(FateState.COUNTED if seq <= self._counted else FateState.RECEIVED)

    def close(self, poll: int, *, now: bool = False) -> int | None:
        """See `BallotQueue.close`."""
        with self._lock:
            published = self._polls.get(poll)
            if poll in self._closed or published is None or published.draft:
                return self._closed.get(poll)
            time_now = datetime.fromtimestamp(self._clock() / 1_000_000, UTC)
            if not now and published.state(time_now) is not State.CLOSED:
                return None
            self._closed[poll] = seq = self._next()
            self._push(f"[{seq},{poll}]".encode())
            return seq

    def peek(self, limit: int, *, wait: float = 0) -> list[bytes]:
        """See `BallotQueue.peek`."""
        with self._lock:
            self._lock.wait_for(lambda: self._items, timeout=wait)
            return self._items[:limit]

    def settle(self, batch: Sequence[bytes], *, counted: int, rejected: Sequence[Rejected]) -> bool:
        """See `BallotQueue.settle`."""
        with self._lock:
            n = len(batch)
            ends = self._items[:1] + self._items[n - 1 : n]
            if ends != [batch[0], batch[-1]]:
                return False
            self._rejected += [each for each in rejected if each.kept]
            self._refused |= {each.seq: each.reason for each in rejected if each.seq}
            del self._items[:n]
            self._counted = max(self._counted, counted)
            return True

    def waiting(self) -> int:
        """See `BallotQueue.waiting`."""
        return len(self._items)

    def rejected(self) -> int:
        """See `BallotQueue.rejected`."""
        return len(self._rejected)

    def announce(self, poll: int) -> None:
        """Do nothing: nobody in this process listens."""

    def beat(self, seconds: int) -> None:
        """See `BallotQueue.beat`."""
        self._beat_until = self._clock() + seconds * 1_000_000

    def worker_silent(self) -> bool:
        """See `BallotQueue.worker_silent`."""
        return self._clock() >= self._beat_until

    def ping(self) -> None:
        """Do nothing: memory answers."""


def _check_shown(code: Code, last: tuple[int, int, Marks] | None, *, withdraws: bool) -> None:
    shown = last is not None and code.shown == last[0]
    if withdraws and not shown:
        raise NotShown
    if last is not None and not shown:
        raise AlreadyVoted


class MemoryLedger:
    """A ledger that lives in this process; not thread-safe, as the one in PostgreSQL."""

    def __init__(self, polls: Sequence[Poll] = ()) -> None:
        self._polls = {poll.id: poll for poll in polls}
        self._ballots: dict[int, dict[tuple[str, int], Ballot]] = defaultdict(dict)
        self._versions: dict[int, int] = {poll.id: i for i, poll in enumerate(polls, 1)}
        self._ends: dict[int, int] = {}
        self._refusals: dict[int, dict[int, str]] = defaultdict(dict)
        self._samples: dict[int, dict[int, Sample]] = defaultdict(dict)

    def record(self, items: Sequence[Ballot | Close]) -> Recorded:
        """See `Ledger.record`."""
        sifted = sift(items, self._polls, self._ends)
        new = [each for each in sifted.ballots if not self._has(each)]
        for ballot in new:
            self._ballots[ballot.poll][ballot.voter, ballot.seq] = ballot
        changed = {ballot.poll for ballot in new}
        for poll in changed:
            self._sample(poll, since=min(ballot.seq for ballot in new if ballot.poll == poll))
        changed |= {close.poll for close in sifted.closes}
        self._ends |= {close.poll: close.seq for close in sifted.closes}
        for ballot, reason in sifted.refused.items():
            self.refuse(ballot, reason)
        for poll in sorted(changed):
            self._versions[poll] = max(self._versions.values()) + 1
        overruled = frozenset(each.seq for each in sifted.ballots if self._is_overruled(each))
        return Recorded(frozenset(changed), sifted.refused, overruled, sifted.dropped)

    def _has(self, ballot: Ballot) -> bool:
        return (ballot.voter, ballot.seq) in self._ballots[ballot.poll]

    def _sample(self, poll: int, *, since: int) -> None:
        now = self.recount(poll)
        assert now.last_seq is not None
        counts = dict(now.counts) if self._polls[poll].traced else None
        sample = Sample(now.last_seq, now.ballots, now.cast, counts)
        kept = {at: each for at, each in self._samples[poll].items() if each.seq < since}
        self._samples[poll] = kept | {sample.second: sample}

    def refuse(self, ballot: Ballot, reason: str) -> None:
        """See `Ledger.refuse`."""
        if ballot.poll in self._polls:
            self._refusals[ballot.poll].setdefault(ballot.seq, reason)

    def refusals(self, poll: int) -> dict[str, int]:
        """See `Ledger.refusals`."""
        return dict(Counter(self._refusals[poll].values()))

    def _is_overruled(self, ballot: Ballot) -> bool:
        ballots = self._ballots[ballot.poll]
        return not self._polls[ballot.poll].change and any(
            voter == ballot.voter and seq < ballot.seq for voter, seq in ballots
        )

    def tally(self, poll: int) -> Tally:
        """See `Ledger.tally`."""
        if poll not in self._polls:
            return Tally(poll=poll)
        return replace(self.recount(poll), version=self._versions[poll], final=poll in self._ends)

    def changes(self, since: int) -> list[Tally]:
        """See `Ledger.changes`."""
        return [self.tally(poll) for poll, version in self._versions.items() if version > since]

    def recount(self, poll: int) -> Tally:
        """See `Ledger.recount`."""
        if poll not in self._polls:
            return Tally(poll=poll)
        return count(poll, self._ballots[poll].values(), change=self._polls[poll].change)

    def patterns(self, poll: int) -> list[tuple[Marks, int]]:
        """See `Ledger.patterns`."""
        if poll not in self._polls:
            return []
        first_last = not self._polls[poll].change
        ordered = sorted(
            self._ballots[poll].values(), key=lambda each: each.seq, reverse=first_last
        )
        counting = {ballot.voter: ballot.marks for ballot in ordered}
        return sorted(Counter(marks for marks in counting.values() if marks).items())

    def timeline(self, poll: int, *, most: int | None = None) -> list[Sample]:
        """See `Ledger.timeline`."""
        samples = self._samples[poll]
        return [samples[second] for second in thinned([*samples], most or len(samples))]
