"""What `single` and `multiple` share: a chosen option is marked with 1, the others not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ballotbox.ballot import Mark, Marks
from ballotbox.errors import InvalidBallot
from ballotbox.sentence import Sentence


class Approval:
    """The rules of a kind by which options are chosen or not."""

    name = ""

    def limits(self, options: int) -> tuple[int, int]:
        """See `Rules.limits`."""
        return 1, options

    def values(self, options: int) -> int:
        """See `Rules.values`."""
        return 1

    def problem(self, *, options: int, least: int, most: int) -> str | None:
        """See `Rules.problem`."""
        if not 1 <= least <= most:
            return Sentence("The least number of choices lies between 1 and the most.")
        return None if most <= options else Sentence("There cannot be more choices than options.")

    def marks(self, choice: Sequence[int] | Mapping[int, int]) -> Marks:
        """See `Rules.marks`."""
        if isinstance(choice, Mapping):
            raise InvalidBallot("This poll takes options, not values for them.")
        if len(set(choice)) < len(choice):
            raise InvalidBallot("An option can be chosen only once.")
        return tuple(Mark(option, 1) for option in sorted(choice))

    def check(self, marks: Marks) -> None:
        """See `Rules.check`."""
        if any(mark.value != 1 for mark in marks):
            raise InvalidBallot("A choice is marked with 1.")

    def choice(self, marks: Marks) -> list[int]:
        """See `Rules.choice`."""
        return [mark.option for mark in marks]

    def option(
        self,
        counts: Mapping[Mark, int],
        option: int,
        *,
        options: int,
        ballots: int,
    ) -> dict[str, Any]:
        """See `Rules.option`; `share` is of the ballots."""
        votes = counts.get(Mark(option, 1), 0)
        return {"votes": votes, "share": round(votes / ballots, 4) if ballots else 0.0}
