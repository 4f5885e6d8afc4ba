"""One step of the drain, with a queue and a ledger in memory that fail where they are told to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ballotbox.ballot import Ballot, Close, decode, encode
from ballotbox.errors import BallotBoxUnavailable, LedgerUnavailable
from ballotbox.ledger import Recorded
from ballotbox.memory import MemoryLedger, MemoryQueue
from ballotbox.postgres import Unrecordable
from ballotbox.queue import Fate, FateState, Rejected
from tests.polls import CATS, DOGS, a_poll
from worker.drain import Step, read, record, step

POLL, FIXED = a_poll(), a_poll(2, change=False)


class PickyLedger(MemoryLedger):
    """Refuses a batch in which certain voters are, as PostgreSQL refuses a row: all or nothing."""

    def __init__(self, *poison: str) -> None:
        super().__init__([POLL, FIXED])
        self.poison = set(poison)
        self.batches: list[int] = []

    def record(self, items: Sequence[Ballot | Close]) -> Recorded:
        """Record all or nothing."""
        self.batches.append(len(items))
        if any(isinstance(item, Ballot) and item.voter in self.poison for item in items):
            raise Unrecordable("a row")
        return super().record(items)


class AbsentLedger(MemoryLedger):
    """Does not answer."""

    def record(self, items: Sequence[Ballot | Close]) -> Recorded:
        """Fail."""
        raise LedgerUnavailable


@pytest.fixture
def queue() -> MemoryQueue:
    return MemoryQueue([POLL, FIXED])


def push(queue: MemoryQueue, *items: bytes) -> None:
    """Put onto the list what `cast` would never put there."""
    queue._items.extend(items)


def test_it_moves_ballots_from_the_list_into_the_ledger(queue: MemoryQueue) -> None:
    """After a step they are in the tally and off the list."""
    ledger = PickyLedger()
    seqs = [queue.cast(POLL, voter, CATS).seq for voter in ("ann", "bob")]
    assert step(queue, ledger) == Step(items=2, changed=frozenset({1}))
    assert ledger.tally(1).ballots == 2
    assert queue.waiting() == 0
    assert [queue.fate(1, seq) for seq in seqs] == [Fate(FateState.COUNTED)] * 2


def test_it_does_nothing_where_nothing_waits(queue: MemoryQueue) -> None:
    """An empty list is no batch."""
    ledger = PickyLedger()
    assert step(queue, ledger) == Step()
    assert ledger.batches == []


def test_it_takes_the_oldest_up_to_its_limit(queue: MemoryQueue) -> None:
    """A long list is worked off in batches, in order."""
    for number in range(5):
        queue.cast(POLL, f"v{number}", CATS)
    ledger = PickyLedger()
    steps = [step(queue, ledger, limit=2).items for _ in range(4)]
    assert steps == [2, 2, 1, 0]
    assert ledger.tally(1).ballots == 5


def test_it_leaves_everything_on_the_list_while_the_ledger_is_away(queue: MemoryQueue) -> None:
    """Nobody knows whether it was recorded: it stays, and no receipt says "counted"."""
    seq = queue.cast(POLL, "ann", CATS).seq
    with pytest.raises(LedgerUnavailable):
        step(queue, AbsentLedger([POLL]))
    assert (queue.waiting(), queue.rejected()) == (1, 0)
    assert queue.fate(1, seq) == Fate(FateState.RECEIVED)


@pytest.mark.parametrize(
    "error", [LedgerUnavailable, RuntimeError, KeyboardInterrupt, TimeoutError]
)
def test_it_rejects_nothing_for_an_error_that_says_nothing_about_the_ballots(
    queue: MemoryQueue, error: type[BaseException]
) -> None:
    """Only the database's own word about a row puts a ballot aside; RQ's timeout is none."""

    class Failing(MemoryLedger):
        def record(self, items: Sequence[Ballot | Close]) -> Recorded:
            raise error

    queue.cast(POLL, "ann", CATS)
    with pytest.raises(error):
        step(queue, Failing([POLL]))
    assert (queue.waiting(), queue.rejected()) == (1, 0)


def test_it_puts_aside_what_cannot_be_read_and_records_the_rest(queue: MemoryQueue) -> None:
    """Poison never stops the ballots behind it."""
    queue.cast(POLL, "ann", CATS)
    push(queue, b"garbage", b"\xff", b'[1,1,"a\\u0000",[]]')
    queue.cast(POLL, "bob", DOGS)
    ledger = PickyLedger()
    done = step(queue, ledger)
    assert done.items == 5
    assert [each.item for each in done.rejected] == [b"garbage", b"\xff", b'[1,1,"a\\u0000",[]]']
    assert all(each.kept and each.reason.startswith("unreadable: ") for each in done.rejected)
    assert ledger.tally(1).ballots == 2
    assert (queue.waiting(), queue.rejected()) == (0, 3)


def test_it_clears_a_list_of_nothing_but_poison(queue: MemoryQueue) -> None:
    """The ledger is not even asked."""
    push(queue, b"garbage", b"garbage")
    ledger = PickyLedger()
    assert step(queue, ledger).items == 2
    assert ledger.batches == []
    assert queue.rejected() == 2


def test_it_puts_aside_exactly_the_ballots_that_the_ledger_cannot_hold(queue: MemoryQueue) -> None:
    """The batch is halved until the bad ones stand alone; every other ballot is recorded."""
    poison = ("v0", "v13", "v14", "v39")
    seqs = {f"v{number}": queue.cast(POLL, f"v{number}", CATS).seq for number in range(40)}
    ledger = PickyLedger(*poison)
    done = step(queue, ledger)
    assert {each.seq for each in done.rejected} == {seqs[voter] for voter in poison}
    assert {each.reason for each in done.rejected} == {"unrecordable"}
    assert done.changed == {1}
    assert ledger.tally(1).ballots == 36
    assert queue.fate(1, seqs["v13"]) == Fate(FateState.REJECTED, "unrecordable")
    assert queue.fate(1, seqs["v12"]) == Fate(FateState.COUNTED)
    assert len(ledger.batches) < 50


def test_it_keeps_a_result_sealed_where_the_batch_was_halved(queue: MemoryQueue) -> None:
    """A ballot behind the close marker is refused, even if the two are recorded apart."""
    ledger = PickyLedger("bad")
    push(
        queue,
        encode(Ballot(1, "ann", 1, CATS)),
        b"[2,1]",
        encode(Ballot(1, "late", 3, CATS)),
        encode(Ballot(1, "bad", 4, CATS)),
    )
    done = step(queue, ledger)
    assert {(each.seq, each.reason) for each in done.rejected} == {
        (3, "poll_closed"),
        (4, "unrecordable"),
    }
    assert (ledger.tally(1).ballots, ledger.tally(1).final) == (1, True)


def test_it_tells_the_voter_whose_ballot_was_overruled(queue: MemoryQueue) -> None:
    """The receipt says "already voted"; no item is kept, for the ledger has the ballot."""
    push(queue, encode(Ballot(2, "ann", 1, CATS)), encode(Ballot(2, "ann", 2, DOGS)))
    ledger = PickyLedger()
    done = step(queue, ledger)
    assert done.rejected == (
        Rejected(encode(Ballot(2, "ann", 2, DOGS)), "already_voted", 2, kept=False),
    )
    assert queue.fate(2, 2) == Fate(FateState.REJECTED, "already_voted")
    assert queue.fate(2, 1) == Fate(FateState.COUNTED)
    assert queue.rejected() == 0


def test_it_drops_what_was_reset_since(queue: MemoryQueue) -> None:
    """A batch may come again after its poll was reset: its receipts say so, and nothing is kept."""
    ledger = MemoryLedger([a_poll(starts_seq=2, reopened_seq=2)])
    push(queue, encode(Ballot(1, "ann", 1, CATS)), b"[2,1]", encode(Ballot(1, "ann", 3, DOGS)))
    done = step(queue, ledger)
    assert done.rejected == (
        Rejected(encode(Ballot(1, "ann", 1, CATS)), "poll_reset", 1, kept=False),
    )
    assert (done.items, done.recorded) == (3, 2)
    assert queue.fate(1, 1) == Fate(FateState.REJECTED, "poll_reset")
    assert (queue.rejected(), ledger.refusals(1)) == (0, {})
    assert (ledger.tally(1).ballots, ledger.tally(1).final) == (1, False)


def test_it_notes_what_the_ledger_could_not_hold(queue: MemoryQueue) -> None:
    """It was accepted, so the seal has to account for it."""
    queue.cast(POLL, "ann", CATS)
    queue.cast(POLL, "bad", CATS)
    ledger = PickyLedger("bad")
    assert step(queue, ledger).recorded == 1
    assert ledger.refusals(1) == {"unrecordable": 1}


def test_it_reports_nothing_where_another_drain_was_faster(queue: MemoryQueue) -> None:
    """The overtaken one takes nothing off and rejects nothing a second time."""
    queue.cast(POLL, "ann", CATS)
    push(queue, b"garbage")

    class Overtaken(PickyLedger):
        def record(self, items: Sequence[Ballot | Close]) -> Recorded:
            recorded = super().record(items)
            batch = queue.peek(100)
            rejected = [Rejected(b"garbage", "unreadable: …")]
            assert queue.settle(batch, counted=decode(batch[0]).seq, rejected=rejected)
            queue.cast(POLL, "bob", DOGS)
            return recorded

    done = step(queue, Overtaken())
    assert (done.items, done.rejected, done.overtaken) == (0, (), True)
    assert (queue.waiting(), queue.rejected()) == (1, 1)


def test_it_ends_where_the_settling_fails_and_records_once_more(queue: MemoryQueue) -> None:
    """Killed between record and settle: the next step finds the same batch and changes nothing."""

    class Cut(MemoryQueue):
        def settle(
            self, batch: Sequence[bytes], *, counted: int, rejected: Sequence[Rejected]
        ) -> bool:
            raise BallotBoxUnavailable

    cut, ledger = Cut([POLL]), PickyLedger()
    cut.cast(POLL, "ann", CATS)
    with pytest.raises(BallotBoxUnavailable):
        step(cut, ledger)
    before = ledger.tally(1)
    push(queue, *cut.peek(10))
    assert step(queue, ledger) == Step(items=1)
    assert ledger.tally(1) == before


def test_it_reads_an_item_that_stands_there_twice_once() -> None:
    """Two copies are one ballot."""
    item = encode(Ballot(1, "ann", 1, CATS))
    items, unreadable = read([item, item])
    assert (list(items), unreadable) == ([Ballot(1, "ann", 1, CATS)], [])


def test_it_never_takes_a_close_marker_for_poison() -> None:
    """A marker is two numbers: if the ledger refuses it, it is the program that is wrong."""

    class Broken(MemoryLedger):
        def record(self, items: Sequence[Ballot | Close]) -> Recorded:
            raise Unrecordable

    with pytest.raises(TypeError):
        record(Broken(), [Close(1, 1)])
