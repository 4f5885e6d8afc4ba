"""
Tallies: what a poll's counting ballots add up to, and how that is shown. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ballotbox.ballot import Ballot, Mark, Marks
from ballotbox.poll import Poll, iso, moment

_KNOWN_BEFORE = ("id", "state", "opens_at")  # of a poll that is not open yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """
    The standing of one poll.

    `ballots` is how many voters' ballots count, withdrawn ones left out; `counts` how often each
    (option, value) was marked on them. `cast` is how many ballots there are, replaced and withdrawn
    ones included, and `last_seq` the highest number among them. `version` grows with every change
    of this poll. `final` is true once every ballot that was accepted before the close is in it.
    """

    poll: int
    version: int = 0
    ballots: int = 0
    counts: Mapping[Mark, int] = field(default_factory=dict)
    cast: int = 0
    last_seq: int | None = None
    final: bool = False

    def agrees_with(self, other: Tally) -> bool:
        """Tell whether both give the same result, of however many ballots it came."""
        return self.ballots == other.ballots and self._nonzero() == other._nonzero()

    def matches(self, other: Tally) -> bool:
        """Tell whether both are of the same ballots and give the same result of them."""
        extent = (self.cast, self.last_seq)
        return extent == (other.cast, other.last_seq) and self.agrees_with(other)

    def _nonzero(self) -> dict[Mark, int]:
        return {mark: count for mark, count in self.counts.items() if count}


def count(poll: int, ballots: Iterable[Ballot], *, change: bool) -> Tally:
    """
    Count ballots from nothing: the definition that every faster way must agree with.

    :param change: the poll's rule, as for `patterns`.
    """
    counts: Counter[Mark] = Counter()
    once = {(ballot.voter, ballot.seq): ballot for ballot in ballots}.values()
    different = patterns(once, change=change)
    for marks, number in different.items():
        counts.update(dict.fromkeys(marks, number))
    return Tally(
        poll=poll,
        ballots=different.total(),
        counts=counts,
        cast=len(once),
        last_seq=max((ballot.seq for ballot in once), default=None),
    )


def patterns(ballots: Iterable[Ballot], *, change: bool) -> Counter[Marks]:
    """
    Count the different marks on the ballots that count, withdrawn ones left out.

    Of each voter counts the ballot with the highest `seq`, or the lowest where `change` is off.
    """
    counting: dict[str, Ballot] = {}
    for ballot in sorted(ballots, key=lambda each: each.seq, reverse=not change):
        counting[ballot.voter] = ballot
    return Counter(ballot.marks for ballot in counting.values() if ballot.marks)


def snapshot(
    poll: Poll,
    tally: Tally,
    *,
    waiting: int,
    worker_silent: bool,
    now: datetime,
    as_of: datetime,
    voted: bool = False,
    rounds: Sequence[Mapping[str, Any]] | None = None,
    sealed: datetime | None = None,
    voters: Mapping[str, Any] | None = None,
    differs: str | None = None,
) -> dict[str, Any]:
    """
    Describe a poll's standing as JSON: the public shape, whichever door it leaves by.

    :param waiting: how many accepted ballots of this poll are not counted yet.
    :param worker_silent: true when nobody drains the list, so that `waiting` will not shrink.
    :param as_of: when the numbers were last known to be right.
    :param voted: whether it is for somebody who has shown a receipt of this poll.
    :param rounds: what `ballotbox.kinds.ranking_rounds` gives for a ranked poll, where it is known.
    :param sealed: when the result was sealed; None where it is not, or the seal was broken.
    :param voters: what the seal says of codes and vouching, where it does.
    :param differs: from what a final tally differs, see `difference`.
    """
    shown = poll.shows_numbers(final=tally.final, voted=voted)
    return {
        "poll": definition(poll, now),
        "version": tally.version if shown else None,
        "ballots": tally.ballots if shown else None,
        "cast": tally.cast if shown else None,
        "changed_at": iso(moment(tally.last_seq)) if shown and tally.last_seq else None,
        "options": [
            {
                "id": option.id,
                "text": option.text,
                "image": option.image,
                **_numbers(poll, option.id, tally, shown=shown),
            }
            for option in poll.options
        ],
        "rounds": list(rounds) if shown and rounds is not None else None,
        "waiting": waiting if shown else None,
        "worker_silent": worker_silent,
        "as_of": iso(as_of),
        "final": tally.final,
        "sealed": iso(sealed) if sealed else None,
        "voters": voters if shown else None,
        "differs": differs,
        "hidden": not shown,
    }


def difference(*, final: bool, doubted: bool, fits_seal: bool) -> str | None:
    """
    Name what a final tally differs from, as far as is known: `seal`, `ledger`, or None.

    :param doubted: whether the worker has found that it is not what the ledger says.
    :param fits_seal: whether it is what was sealed, true also where there is no seal that holds.
    """
    if not final:
        return None
    return "seal" if not fits_seal else "ledger" if doubted else None


def definition(poll: Poll, now: datetime) -> dict[str, Any]:
    """Describe a poll without its options and numbers as JSON: a part of the public shape."""
    return {
        "id": poll.id,
        "slug": poll.slug,
        "code": poll.code,
        "question": poll.question,
        "image": poll.image,
        "kind": poll.kind.value,
        "min_choices": poll.min_choices,
        "max_choices": poll.max_choices,
        "change": poll.change,
        "identity": poll.identity.value,
        "visibility": poll.visibility.value,
        "host_sees": poll.host_sees.value,
        "state": poll.state(now).value,
        "opens_at": iso(poll.opens_at) if poll.opens_at else None,
        "closes_at": iso(poll.closes_at) if poll.closes_at else None,
    }


def unopened(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Leave of a snapshot what everybody may know before the opening: when that is."""
    hidden = {"worker_silent": False, "as_of": shown["as_of"], "final": False, "hidden": True}
    poll = unopened_definition(shown["poll"])
    return {**dict.fromkeys(shown), "poll": poll, "options": [], **hidden}


def unopened_definition(poll: Mapping[str, Any]) -> dict[str, Any]:
    """Leave as much of a poll's definition."""
    return {name: poll[name] if name in _KNOWN_BEFORE else None for name in poll}


def _numbers(poll: Poll, option: int, tally: Tally, *, shown: bool) -> dict[str, Any]:
    numbers = poll.rules.option(
        tally.counts, option, options=len(poll.options), ballots=tally.ballots
    )
    # The same names with nothing behind them: what is hidden is not sent.
    return numbers if shown else dict.fromkeys(numbers)
