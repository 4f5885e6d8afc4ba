"""What `vote` and the worker may rely on, whichever queue they are given."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from ballotbox.ballot import Ballot, Close, decode
from ballotbox.errors import (
    AlreadyVoted,
    BallotBoxUnavailable,
    InvalidBallot,
    NothingToWithdraw,
    NotShown,
    PollChanged,
    PollClosed,
    PollNotOpen,
    Refused,
    SlowDown,
    UnknownCode,
)
from ballotbox.poll import Identity, Poll
from ballotbox.queue import Cast, Code, Fate, FateState, Rejected
from tests.contracts.conftest import MakeQueue, Publish, Queue
from tests.polls import BOTH, CATS, DOGS, FUTURE, NOTHING, PAST, a_poll
from tests.waiting import eventually

POLL = a_poll()
FIXED = a_poll(2, change=False)
WITH_CODES = a_poll(identity=Identity.CODE, change=False)
CHANGEABLE_WITH_CODES = a_poll(identity=Identity.CODE)
HOUR = 3_600_000_000  # in µs


def settle_all(queue: Queue, *, rejected: tuple[Rejected, ...] = ()) -> list[bytes]:
    """Take everything off the list as a drain would, and return what was there."""
    batch = queue.peek(1000)
    last = decode(batch[-1])
    assert queue.settle(batch, counted=last.seq, rejected=rejected)
    return batch


# --- accepting ---------------------------------------------------------------------------------


def test_it_puts_an_accepted_ballot_on_the_list(make_queue: MakeQueue) -> None:
    """What was accepted can be read, as it was cast, by whoever drains the list."""
    queue = make_queue(POLL)
    cast = queue.cast(POLL, 'Zoë \\ "quoted"', BOTH)
    assert cast.repeated is False
    assert [decode(item) for item in queue.peek(10)] == [
        Ballot(1, 'Zoë \\ "quoted"', cast.seq, BOTH)
    ]
    assert queue.waiting() == 1


def test_it_gives_sequence_numbers_that_grow(make_queue: MakeQueue) -> None:
    """The order of acceptance is the order of the numbers and of the list."""
    queue = make_queue(POLL, FIXED)
    given = [queue.cast(poll, f"v{i}", CATS).seq for i in range(20) for poll in (POLL, FIXED)]
    assert given == sorted(set(given))
    assert [decode(item).seq for item in queue.peek(100)] == given


def test_it_numbers_by_the_time_in_microseconds(make_queue: MakeQueue) -> None:
    """A sequence number tells about when the ballot was accepted."""
    queue = make_queue(POLL)
    before = time.time_ns() // 1000
    seq = queue.cast(POLL, "ann", CATS).seq
    assert before - 5_000_000 < seq < time.time_ns() // 1000 + 5_000_000


def test_it_refuses_a_poll_it_does_not_know(make_queue: MakeQueue) -> None:
    """A poll that is not published is never treated as open; the voter may try again."""
    queue = make_queue(POLL)
    with pytest.raises(BallotBoxUnavailable):
        queue.cast(a_poll(3), "ann", CATS)
    assert queue.waiting() == 0


def test_it_refuses_ballots_before_the_poll_opens(make_queue: MakeQueue) -> None:
    """The window is held at the moment of acceptance."""
    coming = a_poll(opens_at=FUTURE)
    with pytest.raises(PollNotOpen):
        make_queue(coming).cast(coming, "ann", CATS)


def test_it_refuses_ballots_after_the_poll_has_closed(make_queue: MakeQueue) -> None:
    """No marker and no worker is needed for that: the window alone decides."""
    over = a_poll(opens_at=PAST, closes_at=PAST)
    queue = make_queue(over)
    with pytest.raises(PollClosed):
        queue.cast(over, "ann", CATS)
    assert queue.waiting() == 0


def test_it_decides_by_the_rules_it_was_given_not_by_the_callers(make_queue: MakeQueue) -> None:
    """`vote` may remember an older version of a poll; the published one counts."""
    queue = make_queue(a_poll(closes_at=PAST), FIXED)
    with pytest.raises(PollClosed):
        queue.cast(a_poll(), "ann", CATS)
    queue.cast(a_poll(2, change=True), "ann", CATS)
    with pytest.raises(AlreadyVoted):
        queue.cast(a_poll(2, change=True), "ann", DOGS)


def test_it_takes_ballots_within_the_window(make_queue: MakeQueue) -> None:
    """Between start and end the poll is open."""
    poll = a_poll(opens_at=PAST, closes_at=FUTURE)
    assert make_queue(poll).cast(poll, "ann", CATS).seq > 0


# --- one voter, one ballot ----------------------------------------------------------------------


def test_it_refuses_a_second_ballot_where_change_is_off(make_queue: MakeQueue) -> None:
    """One voter, one ballot, even for the same choice; another voter is not concerned."""
    queue = make_queue(POLL, FIXED)
    queue.cast(FIXED, "ann", CATS)
    for marks in (CATS, DOGS, NOTHING):
        with pytest.raises(AlreadyVoted):
            queue.cast(FIXED, "ann", marks)
    queue.cast(FIXED, "bob", CATS)
    queue.cast(POLL, "ann", CATS)
    assert queue.waiting() == 3


def test_it_still_knows_the_voter_after_the_ballot_is_recorded(make_queue: MakeQueue) -> None:
    """That the list is empty does not make anybody a new voter."""
    queue = make_queue(POLL, FIXED)
    queue.cast(FIXED, "ann", CATS)
    settle_all(queue)
    with pytest.raises(AlreadyVoted):
        queue.cast(FIXED, "ann", CATS)


def test_it_accepts_one_of_many_ballots_of_a_voter_at_once(make_queue: MakeQueue) -> None:
    """Where change is off, fifty requests at the same moment are one ballot."""
    queue = make_queue(POLL, FIXED)

    def attempt(_: int) -> bool:
        try:
            queue.cast(FIXED, "ann", CATS)
        except AlreadyVoted:
            return False
        return True

    with ThreadPoolExecutor(50) as threads:
        assert sum(threads.map(attempt, range(50))) == 1
    assert queue.waiting() == 1


def test_it_replaces_a_ballot_where_change_is_on(make_queue: MakeQueue) -> None:
    """The later ballot is on the list too, and the earlier one is known to be replaced."""
    queue = make_queue(POLL)
    first, second = queue.cast(POLL, "ann", CATS), queue.cast(POLL, "ann", DOGS)
    assert queue.fate(1, first.seq) == Fate(FateState.REPLACED)
    assert queue.fate(1, second.seq) == Fate(FateState.RECEIVED)
    assert queue.waiting() == 2


def test_it_remembers_the_choice_of_a_voter(make_queue: MakeQueue) -> None:
    """The ballot paper shows what was chosen; a withdrawn vote is a choice of nothing."""
    queue = make_queue(POLL, FIXED)
    assert queue.choice(1, "ann") is None
    queue.cast(POLL, "ann", BOTH)
    second = queue.cast(POLL, "ann", DOGS)
    assert queue.choice(1, "ann") == (second.seq, DOGS)
    third = queue.cast(POLL, "ann", NOTHING)
    assert queue.choice(1, "ann") == (third.seq, NOTHING)
    assert queue.choice(2, "ann") is None
    assert queue.choice(1, "bob") is None


# --- withdrawing ---------------------------------------------------------------------------------


def test_it_withdraws_a_vote_by_a_ballot_without_marks(make_queue: MakeQueue) -> None:
    """It is one more ballot on the list; what came before is withdrawn until there is a vote."""
    queue = make_queue(POLL)
    first, second = queue.cast(POLL, "ann", CATS), queue.cast(POLL, "ann", DOGS)
    third = queue.cast(POLL, "ann", NOTHING)
    assert decode(queue.peek(3)[2]) == Ballot(1, "ann", third.seq, NOTHING)
    for each in (first, second, third):
        assert queue.fate(1, each.seq) == Fate(FateState.WITHDRAWN)
    again = queue.cast(POLL, "ann", CATS)
    for each in (first, second, third):
        assert queue.fate(1, each.seq) == Fate(FateState.REPLACED)
    assert queue.fate(1, again.seq) == Fate(FateState.RECEIVED)


def test_it_withdraws_nothing_where_nobody_has_voted(make_queue: MakeQueue) -> None:
    """Neither a stranger nor who has withdrawn already gets a receipt, until they vote again."""
    queue = make_queue(POLL, FIXED)
    for poll in (POLL, FIXED):
        with pytest.raises(NothingToWithdraw):
            queue.cast(poll, "ann", NOTHING, key="the first key")
    queue.cast(POLL, "ann", CATS)
    queue.cast(POLL, "ann", NOTHING)
    with pytest.raises(NothingToWithdraw):
        queue.cast(POLL, "ann", NOTHING)
    assert queue.waiting() == 2
    queue.cast(POLL, "ann", DOGS)
    queue.cast(POLL, "ann", NOTHING)
    assert queue.waiting() == 4


def test_it_answers_a_repeated_withdrawal_with_the_same_ballot(make_queue: MakeQueue) -> None:
    """With its key a request may be sent again, also when there is no vote any more, or another."""
    queue = make_queue(POLL)
    queue.cast(POLL, "ann", CATS)
    withdrawn = queue.cast(POLL, "ann", NOTHING, key="of the withdrawal")
    for _ in range(2):
        again = queue.cast(POLL, "ann", NOTHING, key="of the withdrawal")
        assert again == Cast(withdrawn.seq, repeated=True)
        queue.cast(POLL, "ann", DOGS)
    with pytest.raises(InvalidBallot):
        queue.cast(POLL, "ann", DOGS, key="of the withdrawal")


# --- the same request again -----------------------------------------------------------------------


def test_it_answers_a_repeated_request_with_the_same_ballot(make_queue: MakeQueue) -> None:
    """The same idempotency key, voter and choice is one ballot with one number."""
    queue = make_queue(POLL, FIXED)
    for poll in (POLL, FIXED):
        first = queue.cast(poll, "ann", CATS, key="key-1")
        assert queue.cast(poll, "ann", CATS, key="key-1") == Cast(first.seq, repeated=True)
    assert queue.waiting() == 2


def test_it_recognises_a_repeat_after_recording_and_after_the_close(make_queue: MakeQueue) -> None:
    """What was accepted stays accepted; only a new ballot is refused."""
    queue = make_queue(POLL)
    first = queue.cast(POLL, "ann", CATS, key="key-1")
    settle_all(queue)
    queue.close(1, now=True)
    assert queue.cast(POLL, "ann", CATS, key="key-1") == Cast(first.seq, repeated=True)
    with pytest.raises(PollClosed):
        queue.cast(POLL, "ann", CATS, key="key-2")


def test_it_recognises_a_repeat_of_a_ballot_that_was_replaced(make_queue: MakeQueue) -> None:
    """A late repeat of the first request does not undo the second."""
    queue = make_queue(POLL)
    first = queue.cast(POLL, "ann", CATS, key="key-1")
    second = queue.cast(POLL, "ann", DOGS, key="key-2")
    assert queue.cast(POLL, "ann", CATS, key="key-1") == Cast(first.seq, repeated=True)
    assert queue.choice(1, "ann") == (second.seq, DOGS)


def test_it_recognises_a_repeat_after_seven_more_ballots(make_queue: MakeQueue) -> None:
    """A request that comes late undoes nothing, whichever of the last eight it was."""
    queue = make_queue(POLL)
    choices = [CATS, DOGS] * 4
    cast = [queue.cast(POLL, "ann", each, key=f"key-{i}") for i, each in enumerate(choices)]
    last = queue.choice(1, "ann")
    for i, each in enumerate(choices):
        again = queue.cast(POLL, "ann", each, key=f"key-{i}")
        assert again == Cast(cast[i].seq, repeated=True)
        with pytest.raises(InvalidBallot):
            queue.cast(POLL, "ann", BOTH, key=f"key-{i}")
    assert queue.choice(1, "ann") == last


def test_it_refuses_a_key_with_another_choice(make_queue: MakeQueue) -> None:
    """A key that comes back with other marks is a mistake of the client, told as such."""
    queue = make_queue(POLL)
    queue.cast(POLL, "ann", CATS, key="key-1")
    with pytest.raises(InvalidBallot, match="Idempotency-Key"):
        queue.cast(POLL, "ann", DOGS, key="key-1")
    assert queue.waiting() == 1


def test_it_keeps_the_keys_of_voters_and_polls_apart(make_queue: MakeQueue) -> None:
    """A key belongs to one voter in one poll; nobody can answer for another with it."""
    queue = make_queue(POLL, FIXED)
    casts = [
        queue.cast(poll, voter, CATS, key=key)
        for poll, voter, key in (
            (POLL, "ann", "b"),
            (POLL, "bob", "b"),
            (FIXED, "ann", "b"),
            (POLL, "an", "nb"),
            (POLL, "ann b", "c"),
            (POLL, "ann", "b c"),
        )
    ]
    assert not any(cast.repeated for cast in casts)
    assert len({cast.seq for cast in casts}) == 6


def test_it_remembers_no_key_of_a_ballot_it_refused(make_queue: MakeQueue) -> None:
    """A request that was refused may be sent again under its key, once the reason is gone."""
    queue = make_queue(POLL, limit=1)
    queue.cast(POLL, "bob", CATS)
    with pytest.raises(BallotBoxUnavailable):
        queue.cast(POLL, "ann", CATS, key="key-1")
    settle_all(queue)
    assert queue.cast(POLL, "ann", DOGS, key="key-1").repeated is False


def test_it_accepts_a_request_once_that_comes_many_times_at_once(make_queue: MakeQueue) -> None:
    """Retries that overtake each other are one ballot, and all get the same answer."""
    queue = make_queue(POLL)
    with ThreadPoolExecutor(20) as threads:
        casts = list(threads.map(lambda _: queue.cast(POLL, "ann", CATS, key="key-1"), range(20)))
    assert len({cast.seq for cast in casts}) == 1
    assert [cast.repeated for cast in casts].count(False) == 1
    assert queue.waiting() == 1


# --- limits ---------------------------------------------------------------------------------------


def test_it_turns_ballots_away_before_the_list_is_too_long(make_queue: MakeQueue) -> None:
    """A full list is refused as "try again", and takes ballots again when it is drained."""
    queue = make_queue(POLL, limit=2)
    queue.cast(POLL, "ann", CATS)
    queue.cast(POLL, "bob", CATS)
    with pytest.raises(BallotBoxUnavailable):
        queue.cast(POLL, "cid", CATS)
    assert queue.choice(1, "cid") is None
    settle_all(queue)
    queue.cast(POLL, "cid", CATS)


def test_it_still_closes_a_poll_when_the_list_is_full(make_queue: MakeQueue) -> None:
    """The cap is for ballots; a poll must end whatever waits."""
    queue = make_queue(POLL, limit=1)
    queue.cast(POLL, "ann", CATS)
    assert queue.close(1, now=True)
    assert queue.waiting() == 2


def test_it_slows_a_voter_down_after_a_burst(make_queue: MakeQueue) -> None:
    """So many ballots at once, then one an interval; others are not concerned."""
    queue = make_queue(POLL, FIXED, voter_interval=HOUR, voter_burst=3)
    for marks in (CATS, DOGS, CATS):
        queue.cast(POLL, "ann", marks)
    with pytest.raises(SlowDown):
        queue.cast(POLL, "ann", DOGS)
    assert queue.waiting() == 3
    assert queue.choice(1, "ann") == (decode(queue.peek(3)[-1]).seq, CATS)
    queue.cast(POLL, "bob", CATS)


def test_it_lets_a_slowed_voter_go_on_after_the_interval(make_queue: MakeQueue) -> None:
    """A refused attempt does not push the moment further away."""
    queue = make_queue(POLL, voter_interval=50_000, voter_burst=1)
    queue.cast(POLL, "ann", CATS)

    def accepted() -> bool:
        try:
            queue.cast(POLL, "ann", DOGS)
        except SlowDown:
            return False
        return True

    eventually(accepted, seconds=5)


def test_it_slows_nobody_down_without_a_limit(make_queue: MakeQueue) -> None:
    """An interval of zero is no limit."""
    queue = make_queue(POLL, voter_interval=0, voter_burst=1)
    for _ in range(50):
        queue.cast(POLL, "ann", CATS)


def test_it_answers_a_repeated_request_of_a_slowed_voter(make_queue: MakeQueue) -> None:
    """A retry is no new ballot, so no limit applies to it."""
    queue = make_queue(POLL, voter_interval=HOUR, voter_burst=1)
    first = queue.cast(POLL, "ann", CATS, key="key-1")
    assert queue.cast(POLL, "ann", CATS, key="key-1").seq == first.seq


# --- the close ------------------------------------------------------------------------------------


def test_it_puts_one_close_marker_behind_the_last_ballot(make_queue: MakeQueue) -> None:
    """Closing takes a number of its own; closing again gives the same one and adds nothing."""
    queue = make_queue(POLL, FIXED)
    last = queue.cast(POLL, "ann", CATS)
    seq = queue.close(1, now=True)
    assert seq is not None
    assert seq > last.seq
    assert queue.close(1, now=True) == queue.close(1) == seq
    assert decode(queue.peek(10)[-1]) == Close(1, seq)
    assert queue.waiting() == 2


def test_it_accepts_nothing_behind_the_close_marker(make_queue: MakeQueue) -> None:
    """A poll that was closed by hand is closed at once; another poll goes on."""
    queue = make_queue(POLL, FIXED)
    queue.close(1, now=True)
    with pytest.raises(PollClosed):
        queue.cast(POLL, "ann", CATS)
    queue.cast(FIXED, "ann", CATS)


def test_it_closes_by_itself_only_when_the_time_has_come(make_queue: MakeQueue) -> None:
    """Asking before the end, or where there is none, changes nothing."""
    over, later, endless = a_poll(1, closes_at=PAST), a_poll(2, closes_at=FUTURE), a_poll(3)
    queue = make_queue(over, later, endless)
    assert queue.close(1) is not None
    assert queue.close(2) is None
    assert queue.close(3) is None
    assert queue.waiting() == 1
    queue.cast(later, "ann", CATS)


def test_it_cannot_close_what_it_does_not_know(make_queue: MakeQueue) -> None:
    """A poll that is not published has no list to put a marker on."""
    queue = make_queue(POLL)
    assert queue.close(3, now=True) is None
    assert queue.waiting() == 0


def test_it_accepts_no_ballot_behind_the_marker_however_close_the_race(
    make_queue: MakeQueue,
) -> None:
    """Voters and the organiser at the same moment: every ballot that was accepted is in front."""
    queue = make_queue(POLL)
    start = threading.Barrier(9)

    def vote(voter: int) -> int:
        start.wait()
        for i in itertools.count():
            try:
                queue.cast(POLL, f"{voter}-{i}", CATS)
            except PollClosed:
                return i
        raise AssertionError

    with ThreadPoolExecutor(8) as threads:
        voters = [threads.submit(vote, number) for number in range(8)]
        start.wait()
        eventually(lambda: queue.waiting() > 20)
        queue.close(1, now=True)
        accepted = sum(voter.result() for voter in voters)
    items = [decode(item) for item in queue.peek(100_000)]
    assert isinstance(items[-1], Close)
    assert len(items) == accepted + 1
    assert [item.seq for item in items] == sorted({item.seq for item in items})


# --- draining -------------------------------------------------------------------------------------


def test_it_takes_nothing_off_by_looking(make_queue: MakeQueue) -> None:
    """Peeking is free of effects, with and without waiting, and sees the oldest first."""
    queue = make_queue(POLL)
    seqs = [queue.cast(POLL, f"v{i}", CATS).seq for i in range(5)]
    for wait in (0, 1):
        assert [decode(item).seq for item in queue.peek(3, wait=wait)] == seqs[:3]
    assert [decode(item).seq for item in queue.peek(10)] == seqs
    assert queue.waiting() == 5


def test_it_waits_for_a_first_item_and_not_for_ever(make_queue: MakeQueue) -> None:
    """An empty list is waited on as long as was said."""
    queue = make_queue(POLL)
    started = time.monotonic()
    assert queue.peek(10, wait=0.1) == []
    assert 0.05 < time.monotonic() - started < 5
    assert queue.peek(10) == []


def test_it_wakes_up_when_a_ballot_comes(make_queue: MakeQueue) -> None:
    """Whoever waits sees the ballot as soon as it is there, and leaves it there."""
    queue = make_queue(POLL)
    with ThreadPoolExecutor(1) as thread:
        seen = thread.submit(queue.peek, 10, wait=30)
        queue.cast(POLL, "ann", CATS)
        assert len(seen.result(timeout=10)) == 1
    assert queue.waiting() == 1


def test_it_settles_what_stands_at_the_head(make_queue: MakeQueue) -> None:
    """A settled batch is gone, and what came behind it is not."""
    queue = make_queue(POLL)
    seqs = [queue.cast(POLL, f"v{i}", CATS).seq for i in range(5)]
    assert queue.settle(queue.peek(3), counted=seqs[2], rejected=[]) is True
    assert [decode(item).seq for item in queue.peek(10)] == seqs[3:]


def test_it_settles_nothing_for_a_drain_that_was_overtaken(make_queue: MakeQueue) -> None:
    """What now stands at the head may not be recorded yet: it stays, whatever was rejected."""
    queue = make_queue(POLL)
    seqs = [queue.cast(POLL, f"v{i}", CATS).seq for i in range(6)]
    batch = queue.peek(3)
    assert queue.settle(batch, counted=seqs[2], rejected=[])
    rejected = [Rejected(batch[0], "unreadable", seqs[0])]
    assert queue.settle(batch, counted=seqs[2], rejected=rejected) is False
    assert [decode(item).seq for item in queue.peek(10)] == seqs[3:]
    assert queue.rejected() == 0
    assert queue.fate(1, seqs[0]) == Fate(FateState.COUNTED)


def test_it_settles_nothing_if_only_one_end_matches(make_queue: MakeQueue) -> None:
    """A shorter batch of another drain was settled in between: head and length are not what was."""
    queue = make_queue(POLL)
    seqs = [queue.cast(POLL, f"v{i}", CATS).seq for i in range(6)]
    four = queue.peek(4)
    assert queue.settle(queue.peek(2), counted=seqs[1], rejected=[])
    assert queue.settle(four, counted=seqs[3], rejected=[]) is False
    third, fourth, fifth = queue.peek(3)
    for stale in ([third, fourth, four[0]], [four[0], fourth, fifth]):
        assert queue.settle(stale, counted=seqs[4], rejected=[]) is False
    assert queue.waiting() == 4


def test_it_settles_nothing_of_an_empty_list(make_queue: MakeQueue) -> None:
    """A list that was emptied meanwhile is an overtaken drain like any other."""
    queue = make_queue(POLL)
    queue.cast(POLL, "ann", CATS)
    batch = settle_all(queue)
    assert queue.settle(batch, counted=1, rejected=[]) is False


# --- what became of a ballot ----------------------------------------------------------------------


def test_it_says_counted_once_a_ballot_is_settled(make_queue: MakeQueue) -> None:
    """The list is in order, so everything up to the last settled number is counted."""
    queue = make_queue(POLL)
    seqs = [queue.cast(POLL, f"v{i}", CATS).seq for i in range(4)]
    queue.settle(queue.peek(3), counted=seqs[2], rejected=[])
    states = [queue.fate(1, seq).state for seq in seqs]
    assert states == [FateState.COUNTED] * 3 + [FateState.RECEIVED]


def test_it_never_takes_counted_back(make_queue: MakeQueue) -> None:
    """A batch of which nothing could be read moves the mark nowhere, least of all down."""
    queue = make_queue(POLL)
    first = queue.cast(POLL, "ann", CATS).seq
    settle_all(queue)
    queue.cast(POLL, "bob", CATS)
    assert queue.settle(queue.peek(1), counted=0, rejected=[])
    assert queue.fate(1, first) == Fate(FateState.COUNTED)


def test_it_keeps_the_reason_of_a_rejected_ballot(make_queue: MakeQueue) -> None:
    """The receipt says why a ballot was not counted, and a person can look at the item."""
    queue = make_queue(POLL)
    first, second = (queue.cast(POLL, voter, CATS).seq for voter in ("ann", "bob"))
    batch = queue.peek(2)
    queue.settle(batch, counted=second, rejected=[Rejected(batch[0], "unknown_option", first)])
    assert queue.fate(1, first) == Fate(FateState.REJECTED, "unknown_option")
    assert queue.fate(1, second) == Fate(FateState.COUNTED)
    assert (queue.waiting(), queue.rejected()) == (0, 1)


def test_it_keeps_no_item_of_a_ballot_that_the_rules_overruled(make_queue: MakeQueue) -> None:
    """The ledger has that one; the voter is told, and nobody has to look at it."""
    queue = make_queue(POLL)
    seq = queue.cast(POLL, "ann", CATS).seq
    batch = queue.peek(1)
    queue.settle(
        batch, counted=seq, rejected=[Rejected(batch[0], "already_voted", seq, kept=False)]
    )
    assert queue.fate(1, seq) == Fate(FateState.REJECTED, "already_voted")
    assert queue.rejected() == 0


def test_it_puts_aside_what_has_no_number(make_queue: MakeQueue) -> None:
    """An item that cannot be read has no receipt to answer for."""
    queue = make_queue(POLL)
    queue.cast(POLL, "ann", CATS)
    batch = queue.peek(1)
    assert queue.settle(batch, counted=0, rejected=[Rejected(b"\xff\x00", "unreadable: …")])
    assert queue.rejected() == 1


# --- signs of life --------------------------------------------------------------------------------


def test_it_believes_a_sign_of_life_for_as_long_as_was_said(make_queue: MakeQueue) -> None:
    """Without a sign, and some seconds after the last one, the worker is silent."""
    queue = make_queue(POLL)
    assert queue.worker_silent() is True
    queue.beat(1)
    assert queue.worker_silent() is False
    eventually(queue.worker_silent, seconds=5)


def test_it_raises_only_what_it_promises(make_queue: MakeQueue) -> None:
    """Each refusal is a new object: one request's traceback is not another's."""
    queue = make_queue(FIXED)
    queue.cast(FIXED, "ann", CATS)
    raised: list[Refused] = []
    for _ in range(2):
        with pytest.raises(AlreadyVoted) as caught:
            queue.cast(FIXED, "ann", CATS)
        raised.append(caught.value)
    assert raised[0] is not raised[1]


def test_it_has_nothing_to_do_with_drafts(make_queue: MakeQueue) -> None:
    """Nobody votes in one, and none is closed, whatever somebody believes who saw it before."""
    draft = a_poll(closes_at=PAST, draft=True, preview="secret")
    queue = make_queue(draft)
    with pytest.raises(PollClosed):
        queue.cast(draft, "ann", CATS)
    assert queue.close(1) is None
    assert queue.close(1, now=True) is None
    assert queue.waiting() == 0


# --- polls that are edited, and codes -----------------------------------------------------------


def test_it_refuses_a_ballot_that_was_checked_against_another_revision(
    make_queue: MakeQueue,
) -> None:
    """What the voter saw and what is published must be the same; nothing is taken otherwise."""
    queue = make_queue(replace(POLL, revision=2))
    for seen in (1, 3):
        with pytest.raises(PollChanged):
            queue.cast(replace(POLL, revision=seen), "ann", CATS)
    assert queue.waiting() == 0
    assert queue.choice(1, "ann") is None
    queue.cast(replace(POLL, revision=2), "ann", CATS)


def test_it_repeats_the_answer_to_a_request_whatever_was_edited_since(
    make_queue: MakeQueue, publish: Publish
) -> None:
    """What was accepted stays accepted; sending it again is safe."""
    queue = make_queue(POLL)
    first = queue.cast(POLL, "ann", CATS, key="key-1")
    publish(queue, replace(POLL, revision=2))
    assert queue.cast(POLL, "ann", CATS, key="key-1") == Cast(first.seq, repeated=True)


def test_it_takes_a_code_that_is_valid_at_this_moment(
    make_queue: MakeQueue, publish: Publish
) -> None:
    """A code that is unknown, another's, or was taken back between two steps, is refused."""
    queue = make_queue(WITH_CODES)
    publish(queue, WITH_CODES, {"AAAAA22222": 1, "BBBBB33333": 2})
    code = queue.code(1, "AAAAA22222")
    assert code == Code("AAAAA22222", 1)
    assert code.voter == "code:1"
    assert queue.code(1, "CCCCC44444") is None
    assert queue.code(2, "AAAAA22222") is None
    with pytest.raises(UnknownCode):
        queue.cast(WITH_CODES, "code:2", CATS, code=Code("AAAAA22222", 2))
    publish(queue, WITH_CODES, {"BBBBB33333": 2})
    with pytest.raises(UnknownCode):
        queue.cast(WITH_CODES, code.voter, CATS, code=code)
    assert queue.waiting() == 0


def test_it_repeats_the_answer_when_the_code_was_revoked_since(
    make_queue: MakeQueue, publish: Publish
) -> None:
    """Its ballot counts, so nobody is told that it was refused; a new one is."""
    queue = make_queue(WITH_CODES)
    publish(queue, WITH_CODES, {"AAAAA22222": 1})
    code = Code("AAAAA22222", 1)
    first = queue.cast(WITH_CODES, code.voter, CATS, code=code, key="key-1")
    publish(queue, WITH_CODES, {"AAAAA22222": -1})
    assert queue.code(1, "AAAAA22222") == code
    again = queue.cast(WITH_CODES, code.voter, CATS, code=code, key="key-1")
    assert again == Cast(first.seq, repeated=True)
    for key in (None, "key-2"):
        with pytest.raises(UnknownCode):
            queue.cast(WITH_CODES, code.voter, CATS, code=code, key=key)


def test_it_forgets_what_a_reset_has_thrown_away(make_queue: MakeQueue, publish: Publish) -> None:
    """A ballot that is sent once more with its old key is a new one, and the receipt says so."""
    queue = make_queue(POLL)
    first = queue.cast(POLL, "ann", CATS, key="key-1")
    queue.settle(queue.peek(1), counted=first.seq, rejected=[])
    anew = replace(POLL, revision=2, starts_seq=first.seq)
    publish(queue, anew)
    assert queue.fate(1, first.seq) == Fate(FateState.REJECTED, "poll_reset")
    second = queue.cast(anew, "ann", DOGS, key="key-1")
    assert not second.repeated
    assert queue.fate(1, second.seq) == Fate(FateState.RECEIVED)
    assert queue.cast(anew, "ann", DOGS, key="key-1") == Cast(second.seq, repeated=True)


def test_it_takes_a_code_once(make_queue: MakeQueue, publish: Publish) -> None:
    """The second ballot is refused, with an idempotency key or without; a repetition is not."""
    queue = make_queue(WITH_CODES)
    publish(queue, WITH_CODES, {"AAAAA22222": 1})
    code = Code("AAAAA22222", 1)
    first = queue.cast(WITH_CODES, code.voter, CATS, code=code, key="key-1")
    assert queue.cast(WITH_CODES, code.voter, CATS, code=code, key="key-1").seq == first.seq
    for key in (None, "key-2"):
        with pytest.raises(AlreadyVoted):
            queue.cast(WITH_CODES, code.voter, DOGS, code=code, key=key)
    assert queue.waiting() == 1


def test_it_changes_a_vote_with_a_code_only_for_who_has_cast_it(
    make_queue: MakeQueue, publish: Publish
) -> None:
    """Whoever handed out the code has it, too: by the numbers they would see what it voted."""
    queue = make_queue(CHANGEABLE_WITH_CODES)
    publish(queue, CHANGEABLE_WITH_CODES, {"AAAAA22222": 1})
    code = Code("AAAAA22222", 1)
    first = queue.cast(CHANGEABLE_WITH_CODES, code.voter, CATS, code=code)
    for shown in (0, first.seq - 1, first.seq + 1):
        with pytest.raises(AlreadyVoted):
            queue.cast(CHANGEABLE_WITH_CODES, code.voter, DOGS, code=code._replace(shown=shown))
    mine = code._replace(shown=first.seq)
    second = queue.cast(CHANGEABLE_WITH_CODES, code.voter, DOGS, code=mine)
    with pytest.raises(AlreadyVoted):
        queue.cast(CHANGEABLE_WITH_CODES, code.voter, CATS, code=mine)
    withdrawn = queue.cast(
        CHANGEABLE_WITH_CODES, code.voter, NOTHING, code=code._replace(shown=second.seq)
    )
    assert queue.fate(1, first.seq) == queue.fate(1, withdrawn.seq) == Fate(FateState.WITHDRAWN)


@pytest.mark.parametrize("poll", [WITH_CODES, CHANGEABLE_WITH_CODES], ids=["fixed", "changeable"])
def test_it_tells_by_no_withdrawal_whether_a_code_was_used(
    make_queue: MakeQueue, publish: Publish, poll: Poll
) -> None:
    """Who has not shown to have voted with it hears the same of a used and an unused code."""
    queue = make_queue(poll)
    publish(queue, poll, {"AAAAA22222": 1, "BBBBB33333": 2})
    used, unused = Code("AAAAA22222", 1), Code("BBBBB33333", 2)
    queue.cast(poll, used.voter, CATS, code=used)
    for code in (used, unused):
        for shown in (0, 1):
            with pytest.raises(NotShown):
                queue.cast(poll, code.voter, NOTHING, code=code._replace(shown=shown))
    assert queue.waiting() == 1


def test_it_tells_by_no_full_list_whether_a_code_was_used(
    make_queue: MakeQueue, publish: Publish
) -> None:
    """That there is no room is said before anything of the voter."""
    queue = make_queue(WITH_CODES, limit=1)
    publish(queue, WITH_CODES, {"AAAAA22222": 1, "BBBBB33333": 2})
    used, unused = Code("AAAAA22222", 1), Code("BBBBB33333", 2)
    queue.cast(WITH_CODES, used.voter, CATS, code=used)
    for code in (used, unused):
        with pytest.raises(BallotBoxUnavailable):
            queue.cast(WITH_CODES, code.voter, DOGS, code=code)


def test_it_lets_one_of_a_thousand_use_a_code(make_queue: MakeQueue, publish: Publish) -> None:
    """Whatever the race, a code is one ballot."""
    queue = make_queue(WITH_CODES)
    publish(queue, WITH_CODES, {"AAAAA22222": 1})
    code = Code("AAAAA22222", 1)

    def attempt(number: int) -> bool:
        try:
            queue.cast(WITH_CODES, code.voter, CATS, code=code, key=f"client-{number}")
        except AlreadyVoted:
            return False
        return True

    with ThreadPoolExecutor(32) as clients:
        won = sum(clients.map(attempt, range(1000)))
    assert won == 1
    assert queue.waiting() == 1
