"""
The queue of accepted ballots: a Redis list that gives up a ballot only once it is recorded.

`vote` casts; the worker peeks, records and settles. Between peek and settle nothing is taken off
the list, so there is no ballot in flight, no lease, and nothing to recover after a crash.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from importlib.resources import files
from typing import Any, NamedTuple, Protocol, cast

from redis import Redis
from redis.exceptions import OutOfMemoryError

from ballotbox.ballot import (
    Marks,
    ballots_by_poll,
    decode_marks,
    encode_body,
    encode_marks,
    voter_of,
)
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
    VotifyError,
)
from ballotbox.poll import Poll
from ballotbox.redis_client import redis_errors
from ballotbox.script import Script

TALLIES_CHANGED = "tallies"
"""The channel on which a worker names a poll whose tally has changed."""

_VOTES = "votes"
_CLOCK = "votes:clock"
_COUNTED = "votes:counted"
_REJECTED = "votes:rejected"
_REFUSED = "votes:refused"
_HEARTBEAT = "votes:heartbeat"
_WAITING = "votes:waiting"
_MEMORY = "votes:memory"
CROWDED = 75
"""How full Redis is, in percent, from when on that is noted, and room is made."""
# How full Redis may be, in percent: for strangers with a first ballot and with a later one, and for
# voters whom somebody has let in. The rest is for counting.
_ROOM = (80, 90)
_ROOM_INVITED = (95, 95)
_LONG = 32  # bytes of a voter's id; longer ones are hashed
_WITHDRAWN = b"withdrawn"
_HOPS = 10  # from a vote to the voter's last: hardly anybody changes theirs more often

_ANSWERS: dict[str, VotifyError] = {
    "not_open": PollNotOpen(),
    "closed": PollClosed(),
    "already_voted": AlreadyVoted(),
    "nothing": NothingToWithdraw(),
    "slow_down": SlowDown(),
    "changed": PollChanged(),
    "no_code": UnknownCode(),
    "not_shown": NotShown(),
    "key_reused": InvalidBallot("This Idempotency-Key was used for another choice."),
    "no_room": BallotBoxUnavailable("There is no room for more votes. Try again in a moment."),
    "full": BallotBoxUnavailable("Too many ballots wait to be counted. Try again in a moment."),
    "missing": BallotBoxUnavailable("The ballot box is being set up. Try again in a moment."),
}


class FateState(StrEnum):
    """What has become of an accepted ballot."""

    RECEIVED = "received"
    COUNTED = "counted"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"  # or the ballot that withdraws it
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Fate:
    """What has become of an accepted ballot; `reason` is a stable code, for rejected ones only."""

    state: FateState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Cast:
    """
    An accepted ballot's place in the order; `repeated` if this request was accepted before.

    `former` says that it was accepted by version 0.1.0, as the former voter's.
    """

    seq: int
    repeated: bool = False
    former: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """
    An item that was not recorded, and why.

    `seq` is 0 for one that cannot be read. `kept` items are put on `votes:rejected` for a person to
    look at; the others are ballots that the rules overruled, of which the ledger has a row.
    """

    item: bytes
    reason: str
    seq: int = 0
    kept: bool = True


class Code(NamedTuple):
    """
    A single-use code, and the number by which its voter is known.

    `shown` is the `seq` of the ballot that its bearer has shown to have cast with it, 0 for none:
    whoever hands out codes has them, too.
    """

    text: str
    number: int
    shown: int = 0

    @property
    def voter(self) -> str:
        """The id of whoever votes with it."""
        return voter_of(self.number)


class BallotQueue(Protocol):
    """What `vote` and the worker need of a queue; `RedisQueue` and `MemoryQueue` both are one."""

    def cast(
        self,
        poll: Poll,
        voter: str,
        marks: Marks,
        *,
        key: str | None = None,
        code: Code | None = None,
        invited: bool = False,
        former: str = "",
    ) -> Cast:
        """
        Accept a ballot, in one atomic step; one without marks withdraws the voter's vote.

        :param key: the request's idempotency key: with the same key, voter and poll, a request is
            accepted once, and answered with the same `seq` each time. The keys of a voter's last
            eight ballots in a poll are known.
        :param code: the code that the voter has shown; it must be valid at this moment.
        :param invited: somebody answers for the voter, so there is room for their vote where there
            is none for a stranger's. So it is for voters with a code.
        :param former: the id that version 0.1.0 had given the sender of this key.
        :raise PollChanged: if `poll` is not what is published now: read it anew, check the marks
            against it, and cast again.
        :raise UnknownCode: if the code is not valid, or not any more.
        :raise NothingToWithdraw: if there are no marks, and no vote of this voter is remembered.
        :raise NotShown: if there are no marks, and the bearer of the code has not shown to have
            cast the vote.
        :raise PollNotOpen, PollClosed, AlreadyVoted, SlowDown: by the rules, as Redis knows them.
        :raise InvalidBallot: if the key was used for another choice.
        :raise BallotBoxUnavailable: if nobody can tell whether it was accepted; sending it again
            with the same key is safe.
        """
        ...

    def code(self, poll: int, text: str) -> Code | None:
        """
        Find a code of a poll by how it is written.

        One that was revoked is found too: whether it is valid is for `cast` to say, since who
        repeats a request is answered as before.
        """
        ...

    def choice(self, poll: int, voter: str) -> tuple[int, Marks] | None:
        """Tell the `seq` and marks of the voter's last accepted ballot, if it is remembered."""
        ...

    def fate(self, poll: int, seq: int) -> Fate:
        """Tell what has become of the accepted ballot `seq`."""
        ...

    def close(self, poll: int, *, now: bool = False) -> int | None:
        """Put the close marker behind the last ballot if it is time, or `now`; give its seq."""
        ...

    def peek(self, limit: int, *, wait: float = 0) -> list[bytes]:
        """Look at up to `limit` of the oldest items; wait up to `wait` seconds for a first one."""
        ...

    def settle(self, batch: Sequence[bytes], *, counted: int, rejected: Sequence[Rejected]) -> bool:
        """
        Take a batch off the list, if it is still what stands at its head.

        :param counted: the highest sequence number in the batch, 0 if none could be read.
        """
        ...

    def waiting(self) -> int:
        """Count the items that are not settled yet."""
        ...

    def waiting_by_poll(self) -> Mapping[int, int]:
        """
        Count the ballots that are not settled yet, by the poll's id.

        Of ballots that came on the list by another way than `cast`, too few may be told until the
        list was empty once.
        """
        ...

    def beat(self, seconds: int) -> None:
        """Say that a worker is draining; it is believed for so many seconds."""
        ...

    def worker_silent(self) -> bool:
        """Tell whether no worker has said lately that it is draining."""
        ...


class RedisQueue:
    """
    The queue in Redis. Thread-safe, as its client is.

    :param limit: how many items may wait before ballots are turned away.
    :param voter_interval: µs that one voter's ballots must lie apart on average; 0 for no limit.
    :param voter_burst: how many of them may come at once.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        limit: int = 1_000_000,
        voter_interval: int = 0,
        voter_burst: int = 1,
    ) -> None:
        self._redis = redis
        self._limits = (limit, voter_interval, voter_burst)
        self._cast = Script(redis, _text("cast"))
        self._settle = redis.register_script(_text("settle"))
        self._close = redis.register_script(_text("close"))
        self._note = redis.register_script(_text("note"))

    def cast(
        self,
        poll: Poll,
        voter: str,
        marks: Marks,
        *,
        key: str | None = None,
        code: Code | None = None,
        invited: bool = False,
        former: str = "",
    ) -> Cast:
        """See `BallotQueue.cast`."""
        rules = f"poll:{poll.id}"
        field = _field(voter)
        keys = [_VOTES, _CLOCK, rules, f"{rules}:voters", f"{rules}:replaced", _MEMORY]
        if key is not None:
            # No voter's id holds a line break, so no two pairs of voter and key meet in one name.
            keys.append(f"votes:idem:{poll.id}:{former or voter}\n{key}")
        arguments: list[str | int | bytes] = [
            field,
            encode_marks(marks),
            encode_body(poll.id, voter, marks),
            *self._limits,
            poll.revision,
            *(_ROOM_INVITED if invited or code is not None else _ROOM),
            key or "",
            "" if field == voter else voter,
        ]
        if code is not None:
            keys.append(f"{rules}:codes")
            arguments += code
        with redis_errors():
            status, seq = self._cast(keys, arguments)
        status = status.decode()
        if status in _ANSWERS:
            answer = _ANSWERS[status]
            raise type(answer)(str(answer))
        return Cast(int(seq), repeated=status != "accepted", former=status == "remembered")

    def code(self, poll: int, text: str) -> Code | None:
        """See `BallotQueue.code`."""
        with redis_errors():
            number = self._redis.hget(f"poll:{poll}:codes", text)
        return Code(text, abs(int(cast("bytes", number)))) if number is not None else None

    def choice(self, poll: int, voter: str) -> tuple[int, Marks] | None:
        """See `BallotQueue.choice`."""
        with redis_errors(), self._redis.pipeline(transaction=False) as pipe:
            pipe.hmget(f"poll:{poll}:voters", [cast("str", _field(voter)), voter])
            pipe.hget(f"poll:{poll}", "starts_seq")
            (now, formerly), starts_seq = pipe.execute()
        last = now or formerly
        if last is None:
            return None
        seq, _, marks, *_ = last.split(b" ")
        return (int(seq), decode_marks(marks)) if int(seq) > int(starts_seq or 0) else None

    def fate(self, poll: int, seq: int) -> Fate:
        """See `BallotQueue.fate`."""
        with redis_errors(), self._redis.pipeline(transaction=False) as pipe:
            pipe.hget(_REFUSED, str(seq))
            pipe.hget(f"poll:{poll}:replaced", str(seq))
            pipe.hget(f"poll:{poll}", "starts_seq")
            pipe.get(_COUNTED)
            refused, replaced, starts_seq, counted = pipe.execute()
        if refused is not None:
            return Fate(FateState.REJECTED, refused.decode())
        if seq <= int(starts_seq or 0):
            return Fate(FateState.REJECTED, PollReset.code)
        if replaced is not None:
            return Fate(self._fate_of_replaced(poll, replaced))
        return Fate(FateState.COUNTED if seq <= int(counted or 0) else FateState.RECEIVED)

    def _fate_of_replaced(self, poll: int, by: bytes) -> FateState:
        """Tell whether a vote was replaced or withdrawn in the end; `by` is its successor."""
        hops = 0
        while by not in (b"", _WITHDRAWN) and hops < _HOPS:
            with redis_errors():
                by = cast("bytes", self._redis.hget(f"poll:{poll}:replaced", by.decode()) or b"")
            hops += 1
        return FateState.WITHDRAWN if by == _WITHDRAWN else FateState.REPLACED

    def close(self, poll: int, *, now: bool = False) -> int | None:
        """See `BallotQueue.close`."""
        with redis_errors():
            seq = int(self._close([_VOTES, _CLOCK, f"poll:{poll}"], [poll, int(now)]))
        return seq or None

    def peek(self, limit: int, *, wait: float = 0) -> list[bytes]:
        """See `BallotQueue.peek`."""
        with redis_errors():
            batch = self._redis.lrange(_VOTES, 0, limit - 1)
            # The head moved onto itself: a blocking look that takes nothing off. It counts as a
            # write, with an fsync, so it is only for when there is nothing to do.
            if not batch and wait and self._wait(wait):
                batch = self._redis.lrange(_VOTES, 0, limit - 1)
        return cast("list[bytes]", batch)

    def _wait(self, seconds: float) -> bool:
        try:
            # Redis takes fractions of a second; the client's annotation knows whole ones only.
            moved = self._redis.blmove(_VOTES, _VOTES, seconds, "LEFT", "LEFT")  # type: ignore[arg-type]
        except OutOfMemoryError:
            time.sleep(seconds)  # a full Redis makes no such move, for it might take room
            return True
        return moved is not None

    def settle(self, batch: Sequence[bytes], *, counted: int, rejected: Sequence[Rejected]) -> bool:
        """See `BallotQueue.settle`."""
        numbers = " ".join(f"{poll} {number}" for poll, number in ballots_by_poll(batch).items())
        arguments: list[Any] = [len(batch), batch[0], batch[-1], counted, numbers]
        for each in rejected:
            arguments += [_entry(each), each.seq or "", each.reason]
        with redis_errors():
            settled = self._settle([_VOTES, _COUNTED, _REJECTED, _REFUSED, _WAITING], arguments)
        return bool(settled)

    def waiting(self) -> int:
        """See `BallotQueue.waiting`."""
        with redis_errors():
            return self._redis.llen(_VOTES)

    def waiting_by_poll(self) -> Mapping[int, int]:
        """See `BallotQueue.waiting_by_poll`."""
        with redis_errors(), self._redis.pipeline(transaction=False) as pipe:
            # The list has the last word: somebody may have emptied it by hand.
            pipe.hgetall(_WAITING)
            pipe.exists(_VOTES)
            waiting, there = pipe.execute()
        return {int(poll): int(number) for poll, number in waiting.items()} if there else {}

    def rejected(self) -> int:
        """Count the items on `votes:rejected`."""
        with redis_errors():
            return self._redis.llen(_REJECTED)

    def announce(self, poll: int) -> None:
        """Hint to the result services that a poll's tally has changed."""
        with redis_errors():
            self._redis.publish(TALLIES_CHANGED, poll)

    def beat(self, seconds: int) -> None:
        """See `BallotQueue.beat`."""
        with redis_errors():
            self._note([_HEARTBEAT], [1, seconds])

    def worker_silent(self) -> bool:
        """See `BallotQueue.worker_silent`."""
        with redis_errors():
            return not self._redis.exists(_HEARTBEAT)

    def look_for_room(self) -> int:
        """
        Tell how full Redis is, in percent of what it may hold, 0 where that has no end.

        From some way before the end on it is noted for `cast`, which refuses strangers first.
        """
        with redis_errors():
            memory = self._redis.info("memory")
            used, most = int(memory["used_memory"]), int(memory["maxmemory"])
            percent = 100 * used // most if most else 0
            if percent >= CROWDED:
                self._note([_MEMORY], [percent, ""])
            else:
                self._redis.delete(_MEMORY)
        return percent

    def ping(self) -> None:
        """Raise BallotBoxUnavailable unless Redis answers."""
        with redis_errors():
            self._redis.ping()


def _text(name: str) -> str:
    return files("ballotbox").joinpath("lua", f"{name}.lua").read_text("utf-8")


def _field(voter: str) -> str | bytes:
    """Name a voter in Redis, in few bytes, however long the id is."""
    encoded = voter.encode()
    # No voter's id begins with a line break, so no two voters meet in one name.
    return voter if len(encoded) <= _LONG else b"\n" + sha256(encoded).digest()[:16]


def _entry(rejected: Rejected) -> str:
    if not rejected.kept:
        return ""
    item = rejected.item.decode("utf-8", "backslashreplace")
    return json.dumps({"item": item, "reason": rejected.reason})
