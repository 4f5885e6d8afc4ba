"""
How numbers are written and drawn on the desk. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

_BEST = 5  # of a rating
_ALL = 100  # percent


class Bar(NamedTuple):
    """One option: its number, what stands beside it, and how long its bar is, in percent."""

    id: int
    text: str
    image: str | None
    figure: str
    note: str
    width: float


def bars(snapshot: Mapping[str, Any]) -> list[Bar]:
    """Describe how the options of a snapshot stand; the numbers of a snapshot that shows them."""
    return [
        Bar(
            option["id"],
            option["text"],
            option["image"],
            _figure(option, snapshot["ballots"]),
            _note(option),
            _width(option),
        )
        for option in snapshot["options"]
    ]


def count(number: int, noun: str) -> str:
    """Write a number with its noun: `1 ballot`, `1,204 ballots`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _figure(option: Mapping[str, Any], ballots: int) -> str:
    if "mean" in option:
        return "–" if option["mean"] is None else f"{option['mean']:.2f}"
    whole = int(option["share"] * _ALL + 0.5)
    if whole == 0 and option["votes"]:
        return "<1%"
    return ">99%" if whole == _ALL and option["votes"] < ballots else f"{whole}%"


def _note(option: Mapping[str, Any]) -> str:
    if "mean" in option:
        return count(option["votes"], "rating")
    if "points" in option:
        return f"{count(option['votes'], 'first place')} · {count(option['points'], 'point')}"
    return count(option["votes"], "vote")


def _width(option: Mapping[str, Any]) -> float:
    part = (option["mean"] or 0) / _BEST if "mean" in option else option["share"]
    return round(float(part) * _ALL, 2)
