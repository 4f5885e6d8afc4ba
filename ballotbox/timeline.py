"""
How a poll's numbers came to be: samples of its standing along the order of its ballots. Pure.

A sample is exact: it is what a count of the ballots up to its number gives. There is at most one
for a second, and older ones are thinned, so that a chart costs the same for any number of ballots.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ballotbox.ballot import Mark

SECOND = 1_000_000
"""Of sequence numbers, which count microseconds."""

MOST = 360
"""To how many samples a timeline is thinned."""


@dataclass(frozen=True, slots=True)
class Sample:
    """
    What the ballots of a poll up to `seq` add up to.

    `ballots` is how many voters' ballots count, `cast` how many there are, replaced and withdrawn
    ones included. `counts` is None where only the turnout is kept: see `Poll.traced`.
    """

    seq: int
    ballots: int
    cast: int
    counts: Mapping[Mark, int] | None

    @property
    def second(self) -> int:
        """The second of its last ballot, since 1970."""
        return self.seq // SECOND


def thinned(seconds: Sequence[int], most: int) -> list[int]:
    """
    Leave out seconds until there are at most so many, evenly in time.

    Time is cut into stretches of 1, 2, 4, … seconds, the shortest that will do, and of each the
    last one is kept; so are the first and the last of all. Doing it again changes nothing.

    :param seconds: of samples, the oldest first, none of them twice.
    :param most: at least 2.
    """
    kept, width = list(seconds), 1
    while len(kept) > most:
        width *= 2
        kept = _last_of_each(kept, width)
    return kept


def _last_of_each(seconds: Sequence[int], width: int) -> list[int]:
    first, *others = seconds
    ends = [a for a, b in pairwise(others) if a // width != b // width]
    return [first, *ends, others[-1]]
