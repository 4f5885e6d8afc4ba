"""
What must hold after a run, whatever was killed: the ledger against what the voters were told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

from ballotbox.ballot import Ballot
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Poll
from ballotbox.receipt import Receipts
from ballotbox.tally import count
from ballotbox.timeline import Sample
from chaos.voters import WITHDRAWN, Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    What was found; any number above zero is a difference.

    `lost`: acknowledged and not in the ledger. `altered`: there, with another voter or choice.
    `unexplained`: in the ledger, and nobody sent it, or not so often. `wrong_choice`: voters whose
    counting ballot is neither their last acknowledged one nor one whose fate they never learned.
    `miscounted`: the tally, the recount and a count of the ledger by hand are not the same.
    `mistimed`: samples of the timeline that are not what the ballots up to them add up to.
    """

    lost: int
    altered: int
    unexplained: int
    wrong_choice: int
    miscounted: int
    mistimed: int

    @property
    def differences(self) -> int:
        """Everything that is not as it must be."""
        return sum(astuple(self))


def judge(sent: Sequence[Sent], ledger: PostgresLedger, poll: Poll, receipts: Receipts) -> Verdict:
    """Compare what was sent and answered with what is in the ledger and the tally."""
    ballots = {ballot.seq: ballot for ballot in ledger.ballots(poll.id)}
    known = {receipts.read(each.receipt)[1]: each for each in sent if each.receipt}
    found = {seq: (ballots[seq], each) for seq, each in known.items() if seq in ballots}
    by_hand = count(poll.id, ballots.values(), change=poll.change)
    counts = (ledger.tally(poll.id), ledger.recount(poll.id))
    return Verdict(
        lost=len([each for each in sent if each.receipt]) - len(found),
        altered=sum(not _same(ballot, each) for ballot, each in found.values()),
        unexplained=_unexplained(ballots, known, sent),
        wrong_choice=_wrong_choices(ballots.values(), known, sent),
        miscounted=sum(not by_hand.matches(each) for each in counts),
        mistimed=sum(not _exact(each, ballots, poll) for each in ledger.timeline(poll.id)),
    )


def _exact(sample: Sample, ballots: dict[int, Ballot], poll: Poll) -> bool:
    cast = [ballot for seq, ballot in ballots.items() if seq <= sample.seq]
    found = count(poll.id, cast, change=poll.change)
    return sample == Sample(found.last_seq or 0, found.ballots, found.cast, found.counts)


def _same(ballot: Ballot, sent: Sent) -> bool:
    options = [] if sent.option == WITHDRAWN else [sent.option]
    return ballot.voter == sent.voter and [mark.option for mark in ballot.marks] == options


def _option(ballot: Ballot) -> int:
    return next((mark.option for mark in ballot.marks), WITHDRAWN)


def _unexplained(ballots: dict[int, Ballot], known: dict[int, Sent], sent: Iterable[Sent]) -> int:
    rows = Counter(
        (ballot.voter, _option(ballot)) for seq, ballot in ballots.items() if seq not in known
    )
    unknown = Counter((each.voter, each.option) for each in sent if not each.receipt)
    return (rows - unknown).total()


def _wrong_choices(ballots: Iterable[Ballot], known: dict[int, Sent], sent: Iterable[Sent]) -> int:
    latest: dict[str, Ballot] = {}
    for ballot in sorted(ballots, key=lambda each: each.seq):
        latest[ballot.voter] = ballot
    acknowledged = {each.voter: each for each in sent if each.receipt}  # the last one stays
    unknown: dict[str, set[int]] = defaultdict(set)
    for each in sent:
        if not each.receipt:
            unknown[each.voter].add(each.option)
    return sum(
        known.get(ballot.seq) is not acknowledged.get(voter)
        and not (ballot.seq not in known and _option(ballot) in unknown[voter])
        for voter, ballot in latest.items()
    )
