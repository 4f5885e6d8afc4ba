"""
The kinds of poll: what a voter may say, and how it is counted. Pure.

Each kind is one module with one instance of `Rules`, named RULES; this file lists them. Marks are
the only thing a kind puts on a ballot, and the count of each (option, value) the only thing that is
kept up to date; everything that is shown follows from those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from ballotbox.ballot import Mark, Marks
from ballotbox.kinds import multiple, ranked, rating, single

Choice = Sequence[int] | Mapping[int, int]
"""What a voter says: ids of options (in order of preference, where that counts), or id → value."""

Counts = Mapping[Mark, int]


class Rules(Protocol):
    """What each kind knows. `options` are the ids of a poll's options, in its order."""

    name: str

    def limits(self, options: int) -> tuple[int, int]:
        """Give the usual least and most options on a ballot, in a poll with so many options."""
        ...

    def values(self, options: int) -> int:
        """Tell with how many values an option may be marked, in a poll with so many options."""
        ...

    def problem(self, *, options: int, least: int, most: int) -> str | None:
        """Say in a sentence why a poll of this kind cannot have these limits; None if it can."""
        ...

    def marks(self, choice: Choice) -> Marks:
        """
        Turn a choice into marks, sorted by option.

        :raise InvalidBallot: if it is not of the right form, or names an option twice.
        """
        ...

    def check(self, marks: Marks) -> None:
        """Refuse values that no choice of this kind gives; raises InvalidBallot."""
        ...

    def choice(self, marks: Marks) -> Choice:
        """Turn marks back into the choice that gave them."""
        ...

    def option(self, counts: Counts, option: int, *, options: int, ballots: int) -> dict[str, Any]:
        """Describe one option's standing: at least `votes` and `share`, JSON values."""
        ...


_ALL: tuple[Rules, ...] = (single.RULES, multiple.RULES, rating.RULES, ranked.RULES)
KINDS: Mapping[str, Rules] = {rules.name: rules for rules in _ALL}


def ranking_rounds(
    options: Iterable[int],
    patterns: Iterable[tuple[Marks, int]],
    *,
    pause: Callable[[], None] = lambda: None,
) -> list[dict[str, Any]]:
    """See `ballotbox.kinds.ranked.rounds`."""
    return ranked.rounds(options, patterns, pause=pause)
