"""
How numbers are written and drawn for people; figures.js does the same, keep them in step.

Pure but for the language of who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from babel.numbers import format_decimal
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from web.language import ENGLISH_LOCALE, decimal
from web.language import percent as whole_percent

Shown = Mapping[str, Any]
"""An option of a snapshot, or a whole one."""

BEST = 5
"""Of a rating."""


def _votes(n: int) -> str:
    return str(ngettext("%(n)s vote", "%(n)s votes", n, n=decimal(n)))


def _ratings(n: int) -> str:
    return str(ngettext("%(n)s rating", "%(n)s ratings", n, n=decimal(n)))


def _first_places(n: int) -> str:
    return str(ngettext("%(n)s first place", "%(n)s first places", n, n=decimal(n)))


_NOUNS: Mapping[str, Callable[[int], str]] = {"rating": _ratings, "ranked": _first_places}


def votes(option: Shown, kind: str) -> str:
    """Write how many votes an option has, by what a vote is in a poll of this kind, and points."""
    words = _NOUNS.get(kind, _votes)(option["votes"])
    if "points" not in option:
        return words
    points = option["points"]
    return f"{words} · {ngettext('%(n)s point', '%(n)s points', points, n=decimal(points))}"


def counted(n: int) -> str:
    """Write how many voters' ballots count: `1,204 counted`."""
    return str(ngettext("%(n)s counted", "%(n)s counted", n, n=decimal(n)))


def waiting(n: int) -> str:
    """Write how many accepted ballots are not counted yet: `37 waiting`."""
    return str(ngettext("%(n)s waiting", "%(n)s waiting", n, n=decimal(n)))


def turnout(shown: Shown) -> str:
    """Write how many people have voted how often: `1,204 voters · 1,310 ballots cast`."""
    voters, cast = shown["ballots"], shown["cast"]
    return " · ".join(
        (
            ngettext("%(n)s voter", "%(n)s voters", voters, n=decimal(voters)),
            ngettext("%(n)s ballot cast", "%(n)s ballots cast", cast, n=decimal(cast)),
        )
    )


def voters(shown: Shown) -> str:
    """
    Write what was sealed of who could vote; empty where that is nothing.

    `40 codes, 3 of them made after the opening, 31 used, 2 revoked`.
    """
    told = shown["voters"] or {"codes": None, "vouched": 0}
    said = []
    if codes := told["codes"]:
        n, late = codes["issued"], codes["issued_after_opening"]
        used, revoked = codes["used"], codes["revoked"]
        said = [
            ngettext("%(n)s code", "%(n)s codes", n, n=decimal(n)),
            _("%(n)s of them made after the opening", n=decimal(late)),
            ngettext("%(n)s used", "%(n)s used", used, n=decimal(used)),
            ngettext("%(n)s revoked", "%(n)s revoked", revoked, n=decimal(revoked)),
        ]
    if n := told["vouched"]:
        said.append(
            ngettext(
                "%(n)s vote was vouched for by a program",
                "%(n)s votes were vouched for by a program",
                n,
                n=decimal(n),
            )
        )
    return " · ".join(map(str, said))


def figure(option: Shown, ballots: int) -> str:
    """Write the number that stands large beside an option: its mean, or else its share."""
    if "mean" in option:
        return mean(option["mean"])
    return percent(option, ballots)


def mean(value: float | None) -> str:
    """Write a mean with two digits; a dash where nothing was rated."""
    if value is None:
        return "–"
    # Halves go up, as in JavaScript; Python's formatting would take 4.125 to 4.12.
    rounded = int(value * 100 + 0.5) / 100
    return format_decimal(rounded, "0.00", locale=get_locale() or ENGLISH_LOCALE)


def percent(option: Shown, ballots: int) -> str:
    """
    Write an option's share in whole percent, for reading from afar.

    Rounding never makes some into none, or most into all: that is `<1%` and `>99%`.
    """
    votes, whole = option["votes"], int(option["share"] * 100 + 0.5)
    if whole == 0 and votes:
        return str(_("<%(percent)s", percent=whole_percent(0.01)))
    if whole == 100 and votes < ballots:  # noqa: PLR2004
        return str(_(">%(percent)s", percent=whole_percent(0.99)))
    return whole_percent(whole / 100)


def extent(option: Shown) -> float:
    """Give the length of an option's bar in percent; 0 where the numbers are hidden."""
    part = (option["mean"] or 0) / BEST if "mean" in option else option["share"] or 0
    return float(round(part * 100, 2))


def standing(option: Shown) -> float:
    """Give what tells which option is ahead; 0 where the numbers are hidden."""
    return float(option["mean" if "mean" in option else "votes"] or 0)


def highest_first(options: Iterable[Shown]) -> list[Shown]:
    """Sort options by what tells which is ahead; those that are level stay as they were."""
    return sorted(options, key=standing, reverse=True)


def highest(options: Iterable[Shown], name: str) -> int:
    """Give the highest number in the lists of this name of all options, and at least 1."""
    return max((int(number) for option in options for number in option[name] or ()), default=1) or 1


def winner(shown: Shown) -> str:
    """Say in a sentence who wins by instant-runoff, or would; empty where nobody has voted."""
    if not shown["rounds"]:
        return ""
    last = shown["rounds"][-1]["elected"]
    option = next(each["text"] for each in shown["options"] if each["id"] == last)
    told = {"option": option, "number": decimal(len(shown["rounds"]))}
    if shown["final"] and not shown["differs"]:
        return str(_("%(option)s wins in round %(number)s.", **told))
    return str(_("%(option)s is ahead in round %(number)s.", **told))


def round_rows(shown: Shown) -> list[dict[str, Any]]:
    """
    Lay the rounds of a ranked poll out as the rows of a table, one for each option.

    :return: each with `text` and `cells`, one for each round: `votes` (None when it was out before)
        and `fate`, which is `out`, `elected` or empty.
    """
    counted = shown["rounds"] or ()
    return [
        {"text": option["text"], "cells": [_cell(each, option["id"]) for each in counted]}
        for option in shown["options"]
    ]


def _cell(each: Shown, option: int) -> dict[str, Any]:
    votes = next((row["votes"] for row in each["votes"] if row["id"] == option), None)
    fate = "elected" if option == each["elected"] else "out" if option in each["out"] else ""
    return {"votes": votes, "fate": fate}


def fates(shown: Shown) -> list[dict[str, Any]]:
    """
    Say what became of each option in the rounds, in a few words, the last ones to go out first.

    :return: each with the option's `id` and `text`, and `fate` in words.
    """
    counted = shown["rounds"] or ()
    left = {row["id"]: row["votes"] for row in counted[-1]["votes"]} if counted else {}
    out = {id_: number for number, each in enumerate(counted, 1) for id_ in each["out"]}
    told = [
        {"id": option["id"], "text": option["text"], "fate": _fate(shown, option["id"], out)}
        for option in shown["options"]
    ]
    last = len(counted) + 1
    told.sort(key=lambda each: (-out.get(each["id"], last), -left.get(each["id"], 0)))
    return told


def _fate(shown: Shown, option: int, out: Mapping[int, int]) -> str:
    if option in out:
        return str(_("out in round %(number)s", number=decimal(out[option])))
    if option != shown["rounds"][-1]["elected"]:
        return str(_("still in"))
    return str(_("wins") if shown["final"] and not shown["differs"] else _("ahead"))
