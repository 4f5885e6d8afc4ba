"""
What the ledger admits: each item of the list, held against the polls as the database knows them.

The rules were applied when the ballot was accepted. They are applied again, since the list may hold
what `vote` never wrote, and since an item may come again when its poll has gone on. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ballotbox.ballot import MAX_SEQ, Ballot, Close
from ballotbox.errors import PollClosed, PollReset, Refused, UnknownCode, UnknownPoll
from ballotbox.poll import Poll


@dataclass(frozen=True, slots=True)
class Sifted:
    """A batch in its parts: `refused` and `dropped` ballots come with the code of the reason."""

    ballots: list[Ballot] = field(default_factory=list)
    closes: list[Close] = field(default_factory=list)
    refused: dict[Ballot, str] = field(default_factory=dict)
    dropped: dict[Ballot, str] = field(default_factory=dict)


def sift(
    items: Iterable[Ballot | Close],
    polls: Mapping[int, Poll],
    ends: Mapping[int, int],
    unissued: Collection[tuple[int, str]] = (),
) -> Sifted:
    """
    Part a batch into ballots to record, polls to close, and ballots that are not recorded.

    :param ends: the sequence numbers of the close markers that are recorded already, by poll.
    :param unissued: polls and voters who came with a code that was never issued.
    """
    sifted = Sifted()
    ends = dict(ends)
    for item in items:
        if isinstance(item, Close):
            if _closes(item, polls, ends):
                sifted.closes.append(item)
                ends[item.poll] = item.seq
            continue
        try:
            _admit(item, polls, ends)
            if (item.poll, item.voter) in unissued:
                raise UnknownCode
        except PollReset as reason:
            sifted.dropped[item] = reason.code
        except (Refused, UnknownPoll) as reason:
            sifted.refused[item] = reason.code
        else:
            sifted.ballots.append(item)
    return sifted


def _closes(close: Close, polls: Mapping[int, Poll], ends: Mapping[int, int]) -> bool:
    poll = polls.get(close.poll)
    if poll is None or close.poll in ends:
        return False
    # One that was undone comes again when a worker died between recording and settling it.
    return close.seq > max(poll.reopened_seq, poll.starts_seq)


def _admit(ballot: Ballot, polls: Mapping[int, Poll], ends: Mapping[int, int]) -> None:
    poll = polls.get(ballot.poll)
    if poll is None:
        raise UnknownPoll
    if ballot.seq <= poll.starts_seq:
        raise PollReset
    if ballot.seq > ends.get(ballot.poll, MAX_SEQ):
        raise PollClosed
    poll.check(ballot.marks)
