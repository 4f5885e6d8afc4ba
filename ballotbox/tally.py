"""
Tallies: what a poll's counting ballots add up to, and how that is shown. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ballotbox.ballot import Ballot, Mark
from ballotbox.poll import Poll, iso


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """
    The standing of one poll.

    `ballots` is how many voters' ballots count, withdrawn ones left out; `counts` how often each
    (option, value) was marked on them. `version` grows with every change, over all polls. `final`
    is true once every ballot that was accepted before the close is in it.
    """

    poll: int
    version: int = 0
    ballots: int = 0
    counts: Mapping[Mark, int] = field(default_factory=dict)
    final: bool = False

    def agrees_with(self, other: Tally) -> bool:
        """Tell whether both give the same numbers, whatever their version."""
        return self.ballots == other.ballots and self._nonzero() == other._nonzero()

    def _nonzero(self) -> dict[Mark, int]:
        return {mark: count for mark, count in self.counts.items() if count}


def count(poll: int, ballots: Iterable[Ballot], *, change: bool) -> Tally:
    """
    Count ballots from nothing: the definition that every faster way must agree with.

    Of each voter counts the ballot with the highest `seq`, or the lowest where `change` is off.
    """
    counting: dict[str, Ballot] = {}
    for ballot in sorted(ballots, key=lambda each: each.seq, reverse=not change):
        counting[ballot.voter] = ballot
    marked = [ballot for ballot in counting.values() if ballot.marks]
    counts = Counter(mark for ballot in marked for mark in ballot.marks)
    return Tally(poll=poll, ballots=len(marked), counts=counts)


def snapshot(
    poll: Poll, tally: Tally, *, waiting: int, worker_silent: bool, now: datetime, as_of: datetime
) -> dict[str, Any]:
    """
    Describe a poll's standing as JSON: the public shape, whichever door it leaves by.

    :param waiting: how many accepted ballots are not counted yet, of all polls.
    :param worker_silent: true when nobody drains the list, so that `waiting` will not shrink.
    :param as_of: when the numbers were last known to be right.
    """
    shown = poll.shows_numbers(final=tally.final)
    return {
        "poll": {
            "id": poll.id,
            "slug": poll.slug,
            "code": poll.code,
            "question": poll.question,
            "kind": poll.kind.value,
            "max_choices": poll.max_choices,
            "state": poll.state(now).value,
            "opens_at": iso(poll.opens_at) if poll.opens_at else None,
            "closes_at": iso(poll.closes_at) if poll.closes_at else None,
        },
        "version": tally.version if shown else None,
        "ballots": tally.ballots if shown else None,
        "options": [
            {"id": option.id, "text": option.text, **_numbers(option.id, tally, shown=shown)}
            for option in poll.options
        ],
        "waiting": waiting if shown else None,
        "worker_silent": worker_silent,
        "as_of": iso(as_of),
        "final": tally.final,
        "hidden": not shown,
    }


def _numbers(option: int, tally: Tally, *, shown: bool) -> dict[str, Any]:
    if not shown:
        return {"votes": None, "share": None}
    votes = tally.counts.get(Mark(option, 1), 0)
    return {"votes": votes, "share": round(votes / tally.ballots, 4) if tally.ballots else 0.0}
