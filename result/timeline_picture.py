"""
The timeline of a poll as a picture: where its lines run. Pure.

Between two samples nothing is made up: a line goes on as it was, and steps. Lengths are parts of a
square of 1000, which the page stretches to its place. However many ballots there are, a picture
has at most as many points as a timeline has samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

SIZE = 1000
LINES = 6
"""That many options are drawn, the ones that are ahead; more could not be told apart."""

_BEST = 5  # of a rating
_APART = 70  # the numbers at the ends of two lines
_STEPS = tuple(range(1, 11))

Timeline = Mapping[str, Any]
Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `option` is None where only the turnout is known. `mark` is where its number is."""

    option: int | None
    text: str
    path: str
    last: float | None
    mark: float


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it: the lines with the highest last, how many are left out, and the axes."""

    lines: tuple[Line, ...]
    left_out: int
    top: int
    start: str
    end: str


def draw(timeline: Timeline) -> Picture | None:
    """
    Lay a timeline out; None where nothing has moved yet.

    :param timeline: as `result.timeline.shape` gives it.
    """
    at = [datetime.fromisoformat(each).timestamp() for each in timeline["at"]]
    if len(at) < 2 or at[-1] <= at[0]:  # noqa: PLR2004
        return None
    xs = [round(SIZE * (each - at[0]) / (at[-1] - at[0])) for each in at]
    columns = _columns(timeline)
    shown = sorted(columns, key=lambda each: each[2][-1] or 0, reverse=True)[:LINES]
    top = _top(timeline, shown)
    lines = [_line(*each, xs, top) for each in shown]
    return Picture(
        lines=_spread(lines),
        left_out=len(columns) - len(shown),
        top=top,
        start=timeline["at"][0],
        end=timeline["at"][-1],
    )


def _columns(timeline: Timeline) -> list[tuple[int | None, str, Values]]:
    if not timeline["options"]:
        return [(None, "", timeline["ballots"])]
    return [
        (each["id"], each["text"], each["mean" if "mean" in each else "votes"])
        for each in timeline["options"]
    ]


def _top(timeline: Timeline, columns: Sequence[tuple[int | None, str, Values]]) -> int:
    """Find an even and round number that no line goes beyond."""
    if any("mean" in each for each in timeline["options"]):
        return _BEST
    highest = int(max(value or 0 for _, _, values in columns for value in values))
    power = 1
    while power * 20 < highest:
        power *= 10
    return next(2 * step * power for step in _STEPS if 2 * step * power >= highest)


def _line(option: int | None, text: str, values: Values, xs: Sequence[int], top: int) -> Line:
    path, before = [], None
    for x, value in zip(xs, values, strict=True):
        if value is None:
            continue
        y = _height(value, top)
        if before is None:
            path.append(f"M{x} {y}")
        elif y != before:
            path.append(f"H{x}V{y}")
        before = y
    if before is not None:
        path.append(f"H{SIZE}")
    return Line(option, text, "".join(path), values[-1], SIZE if before is None else before)


def _height(value: float, top: int) -> int:
    return round(SIZE - SIZE * value / top)


def _spread(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Push the numbers at the ends apart, upwards, and down again from the edge."""
    marks, lowest = list[float](), float(SIZE + _APART)
    for line in reversed(lines):
        lowest = min(line.mark, lowest - _APART)
        marks.insert(0, lowest)
    highest = -float(_APART)
    for index, mark in enumerate(marks):
        highest = marks[index] = max(mark, highest + _APART)
    return tuple(replace(line, mark=mark) for line, mark in zip(lines, marks, strict=True))
