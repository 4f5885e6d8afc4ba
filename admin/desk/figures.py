"""
How numbers are written and drawn on the desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from babel.numbers import format_decimal
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from web.language import ENGLISH_LOCALE, decimal, percent

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
    """Describe how the options of a snapshot stand; without figures where they are hidden."""
    hidden = snapshot["hidden"]
    return [
        Bar(
            option["id"],
            option["text"],
            option["image"],
            "" if hidden else _figure(option, snapshot["ballots"]),
            "" if hidden else _note(option),
            0.0 if hidden else _width(option),
        )
        for option in snapshot["options"]
    ]


def count(ballots: int | None) -> str:
    """Write how many ballots there are: `1 ballot`, `1,204 ballots`; nothing where it is hidden."""
    if ballots is None:
        return ""
    return str(ngettext("%(n)s ballot", "%(n)s ballots", ballots, n=decimal(ballots)))


def _figure(option: Mapping[str, Any], ballots: int) -> str:
    if "mean" in option:
        return "–" if option["mean"] is None else _mean(option["mean"])
    whole = int(option["share"] * _ALL + 0.5)
    if whole == 0 and option["votes"]:
        return str(_("<%(percent)s", percent=percent(0.01)))
    if whole == _ALL and option["votes"] < ballots:
        return str(_(">%(percent)s", percent=percent(0.99)))
    return percent(whole / _ALL)


def _mean(mean: float) -> str:
    return format_decimal(mean, "0.00", locale=get_locale() or ENGLISH_LOCALE)


def _note(option: Mapping[str, Any]) -> str:
    votes = option["votes"]
    shown = decimal(votes)
    if "mean" in option:
        return str(ngettext("%(n)s rating", "%(n)s ratings", votes, n=shown))
    if "points" in option:
        points = option["points"]
        first = ngettext("%(n)s first place", "%(n)s first places", votes, n=shown)
        return f"{first} · {ngettext('%(n)s point', '%(n)s points', points, n=decimal(points))}"
    return str(ngettext("%(n)s vote", "%(n)s votes", votes, n=shown))


def _width(option: Mapping[str, Any]) -> float:
    part = (option["mean"] or 0) / _BEST if "mean" in option else option["share"]
    return round(float(part) * _ALL, 2)
