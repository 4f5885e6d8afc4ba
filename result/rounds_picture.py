"""
The rounds of a ranked poll as a picture: where each piece of it stands. Pure.

Each round is a column in which the options that are still in are stacked, as high as they have
votes. Who goes out first stands on top, so that votes flow down to those that are left; ballots on
which none is left rise to the very top. Lengths are parts of a square of 1000, which the page
stretches to its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

SIZE = 1000.0
_WIDEST = 160.0  # a column
_BETWEEN = 1.6  # columns, in widths of one
_LEAST = 75.0  # high is a piece in which a number can be read

Round = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """
    What one option has in one round; the ballots without a choice left have the option None.

    `fate` is what becomes of it: `elected` in the end, `out` in this round, `in`, or `rest`.
    """

    option: int | None
    votes: int
    x: float
    y: float
    width: float
    height: float
    fate: str

    @property
    def middle(self) -> tuple[float, float]:
        """Where its number stands, in percent."""
        return (self.x + self.width / 2) / 10, (self.y + self.height / 2) / 10

    @property
    def roomy(self) -> bool:
        """Tell whether a number can be read in it."""
        return self.height >= _LEAST


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Votes on their way from one round to the next; `moved` where they come from who is out."""

    path: str
    moved: bool
    option: int | None


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it, round by round."""

    columns: tuple[tuple[Piece, ...], ...]
    ribbons: tuple[Ribbon, ...]


def draw(rounds: Sequence[Round]) -> Picture:
    """
    Lay the rounds out.

    :param rounds: as `ballotbox.kinds.ranking_rounds` gives them; at least one.
    """
    order = _order(rounds)
    width = min(_WIDEST, SIZE / (len(rounds) + _BETWEEN * (len(rounds) - 1)))
    step = (SIZE - width) / max(1, len(rounds) - 1)
    columns = tuple(
        _column(each, order, number * step, width, rounds[-1]["elected"])
        for number, each in enumerate(rounds)
    )
    ribbons = [ribbon for one, next_one in pairwise(columns) for ribbon in _ribbons(one, next_one)]
    return Picture(columns, tuple(ribbons))


def _order(rounds: Sequence[Round]) -> list[int]:
    """List the options from the top down: as they go out, and then the fewest votes first."""
    out = [option for each in rounds for option in each["out"]]
    last = sorted(rounds[-1]["votes"], key=lambda row: row["votes"])
    return [*out, *(row["id"] for row in last if row["id"] not in out)]


def _column(
    each: Round, order: Sequence[int], x: float, width: float, elected: int | None
) -> tuple[Piece, ...]:
    votes = {row["id"]: row["votes"] for row in each["votes"]}
    total = sum(votes.values()) + each["exhausted"]
    stacked = [(None, each["exhausted"]), *((id_, votes[id_]) for id_ in order if id_ in votes)]
    pieces, y = [], 0.0
    for option, count in stacked:
        height = SIZE * count / total
        fate = "elected" if option and option == elected else _fate(each, option)
        pieces.append(Piece(option, count, x, y, width, height, fate))
        y += height
    return tuple(pieces)


def _fate(each: Round, option: int | None) -> str:
    if option is None:
        return "rest"
    return "out" if option in each["out"] else "in"


def _ribbons(column: Sequence[Piece], following: Sequence[Piece]) -> list[Ribbon]:
    """
    Draw what goes from one column to the next.

    Only one option that has votes goes out in a round, so what others gain comes from it.
    """
    before = {piece.option: piece for piece in column}
    out = next((piece for piece in column if piece.fate == "out" and piece.votes), None)
    found, left = [], out.y if out else 0.0
    for piece in following:
        old = before[piece.option]
        gained = piece.height - old.height
        if old.votes:
            # What one had stays at the bottom of what one has.
            found.append(_ribbon(old, old.y, piece, piece.y + gained, old.height, moved=False))
        if out and piece.votes > old.votes:
            found.append(_ribbon(out, left, piece, piece.y, gained, moved=True))
            left += gained
    return found


def _ribbon(start: Piece, y: float, end: Piece, to: float, height: float, *, moved: bool) -> Ribbon:
    x1, x2 = start.x + start.width, end.x
    bend = (x1 + x2) / 2
    path = (
        f"M{x1:.1f} {y:.1f}C{bend:.1f} {y:.1f} {bend:.1f} {to:.1f} {x2:.1f} {to:.1f}v{height:.1f}"
        f"C{bend:.1f} {to + height:.1f} {bend:.1f} {y + height:.1f} {x1:.1f} {y + height:.1f}z"
    )
    return Ribbon(path, moved, end.option)
