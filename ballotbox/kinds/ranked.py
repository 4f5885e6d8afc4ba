"""
Options in an order of preference, the first place marked with 1; not all need to be placed.

Counted in two ways: by Borda, which follows from the count of each place, and by instant-runoff,
which needs the ballots themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ballotbox.ballot import Mark, Marks
from ballotbox.errors import InvalidBallot
from ballotbox.sentence import Sentence


class _Ranked:
    name = "ranked"

    def limits(self, options: int) -> tuple[int, int]:
        """See `Rules.limits`."""
        return 1, options

    def values(self, options: int) -> int:
        """See `Rules.values`."""
        return options

    def problem(self, *, options: int, least: int, most: int) -> str | None:
        """See `Rules.problem`."""
        if not 1 <= least <= most:
            return Sentence("The least number of places lies between 1 and the most.")
        return None if most <= options else Sentence("There cannot be more places than options.")

    def marks(self, choice: Sequence[int] | Mapping[int, int]) -> Marks:
        """See `Rules.marks`."""
        if isinstance(choice, Mapping):
            raise InvalidBallot("This poll takes the options in your order of preference.")
        if len(set(choice)) < len(choice):
            raise InvalidBallot("An option can have only one place.")
        return tuple(sorted(Mark(option, place) for place, option in enumerate(choice, 1)))

    def check(self, marks: Marks) -> None:
        """See `Rules.check`."""
        if sorted(mark.value for mark in marks) != list(range(1, len(marks) + 1)):
            raise InvalidBallot("The places are 1, 2, 3 and so on, each once.")

    def choice(self, marks: Marks) -> list[int]:
        """See `Rules.choice`."""
        return [mark.option for mark in sorted(marks, key=lambda mark: mark.value)]

    def option(
        self, counts: Mapping[Mark, int], option: int, *, options: int, ballots: int
    ) -> dict[str, Any]:
        """
        See `Rules.option`; `votes` and `share` are of first places.

        `points` is the Borda count: of n options the first place gives n - 1 points, the next one
        less, and no place none (J.-C. de Borda, Mémoire sur les élections au scrutin, 1781).
        """
        places = [counts.get(Mark(option, place), 0) for place in range(1, options + 1)]
        return {
            "votes": places[0],
            "share": round(places[0] / ballots, 4) if ballots else 0.0,
            "points": sum(count * (options - place) for place, count in enumerate(places, 1)),
            "places": places,
        }


RULES = _Ranked()

Ranking = tuple[int, ...]
"""Ids of options, the most preferred one first."""

_BETWEEN_PAUSES = 200  # ballots: less than a millisecond


def rounds(
    options: Iterable[int],
    patterns: Iterable[tuple[Marks, int]],
    *,
    pause: Callable[[], None] = lambda: None,
) -> list[dict[str, Any]]:
    """
    Count by instant-runoff: while nobody has more than half, the last one is taken out.

    A ballot counts for the highest of its options that is still in, and half is of the ballots that
    count for one. Of several last ones goes the one that had the fewest votes in the latest round
    in which they differed; where they never did, the one that stands last in the poll. Options
    without a single vote in a round go together.

    :param options: the ids of the poll's options, in its order.
    :param patterns: the different rankings on counting ballots, and how many ballots have each.
    :param pause: called again and again meanwhile, for who must not keep others waiting.
    :return: for each round `{"votes": [{"id", "votes"}], "exhausted", "out": [ids], "elected"}`;
        `exhausted` counts ballots none of whose options is still in, `elected` is an id or None.
        Without ballots there are no rounds.
    """
    piles: dict[int, list[tuple[Ranking, int]]] = {option: [] for option in options}
    dealt = ((tuple(RULES.choice(marks)), count) for marks, count in patterns)
    exhausted = _deal(dealt, piles, pause)
    past: list[dict[int, int]] = []
    found: list[dict[str, Any]] = []
    while any(piles.values()):
        votes = {option: sum(count for _, count in pile) for option, pile in piles.items()}
        elected = _majority(votes)
        out = _last(votes, past) if elected is None else []
        found.append(
            {
                "votes": [{"id": option, "votes": count} for option, count in votes.items()],
                "exhausted": exhausted,
                "out": out,
                "elected": elected,
            }
        )
        if elected is not None:
            break
        past.append(votes)
        again = [ballot for option in out for ballot in piles.pop(option)]
        exhausted += _deal(again, piles, pause)
    return found


def _deal(
    ballots: Iterable[tuple[Ranking, int]],
    piles: Mapping[int, list[tuple[Ranking, int]]],
    pause: Callable[[], None],
) -> int:
    """Put each ballot onto the pile of its highest option that is in; count those without one."""
    exhausted = 0
    for number, (ranking, count) in enumerate(ballots):
        if number % _BETWEEN_PAUSES == 0:
            pause()
        highest = next((option for option in ranking if option in piles), None)
        if highest is None:
            exhausted += count
        elif count:
            piles[highest].append((ranking, count))
    return exhausted


def _majority(votes: Mapping[int, int]) -> int | None:
    first = max(votes, key=lambda option: votes[option])
    return first if votes[first] * 2 > sum(votes.values()) else None


def _last(votes: Mapping[int, int], past: Sequence[Mapping[int, int]]) -> list[int]:
    if without := [option for option, count in votes.items() if not count]:
        return without
    last = list(votes)
    for each in (votes, *reversed(past)):
        fewest = min(each[option] for option in last)
        last = [option for option in last if each[option] == fewest]
    return last[-1:]
