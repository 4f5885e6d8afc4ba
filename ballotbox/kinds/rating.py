"""Each option may get 1 to 5 points; shown are the mean and how often each value was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ballotbox.ballot import Mark, Marks
from ballotbox.errors import InvalidBallot
from ballotbox.sentence import Sentence

VALUES = range(1, 6)


class _Rating:
    name = "rating"

    def limits(self, options: int) -> tuple[int, int]:
        """See `Rules.limits`."""
        return 1, options

    def values(self, options: int) -> int:
        """See `Rules.values`."""
        return len(VALUES)

    def problem(self, *, options: int, least: int, most: int) -> str | None:
        """See `Rules.problem`."""
        if not 1 <= least <= most:
            return Sentence("The least number of rated options lies between 1 and the most.")
        return None if most <= options else Sentence("There cannot be more ratings than options.")

    def marks(self, choice: Sequence[int] | Mapping[int, int]) -> Marks:
        """See `Rules.marks`."""
        if not isinstance(choice, Mapping):
            raise InvalidBallot("This poll takes a value from 1 to 5 for each option.")
        marks = tuple(Mark(option, value) for option, value in sorted(choice.items()))
        self.check(marks)
        return marks

    def check(self, marks: Marks) -> None:
        """See `Rules.check`."""
        if any(mark.value not in VALUES for mark in marks):
            raise InvalidBallot("An option is rated with 1 to 5.")

    def choice(self, marks: Marks) -> dict[int, int]:
        """See `Rules.choice`."""
        return dict(marks)

    def option(
        self,
        counts: Mapping[Mark, int],
        option: int,
        *,
        options: int,
        ballots: int,
    ) -> dict[str, Any]:
        """See `Rules.option`; `share` is the part of the ballots that rate the option at all."""
        distribution = [counts.get(Mark(option, value), 0) for value in VALUES]
        votes = sum(distribution)
        points = sum(value * count for value, count in zip(VALUES, distribution, strict=True))
        return {
            "votes": votes,
            "share": round(votes / ballots, 4) if ballots else 0.0,
            "mean": round(points / votes, 4) if votes else None,
            "distribution": distribution,
        }


RULES = _Rating()
