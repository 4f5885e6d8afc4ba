"""
How numbers are written and drawn for people. Pure; figures.js does the same, keep them in step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Shown = Mapping[str, Any]
"""An option of a snapshot, or a whole one."""

_BEST = 5  # of a rating
_NOUNS = {"rating": ("rating", "ratings"), "ranked": ("first place", "first places")}


def count(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: `1 vote`, `1,204 votes`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def votes(option: Shown, kind: str) -> str:
    """Write how many votes an option has, by what a vote is in a poll of this kind, and points."""
    one, many = _NOUNS.get(kind, ("vote", "votes"))
    words = count(option["votes"], one, many)
    return f"{words} · {count(option['points'], 'point')}" if "points" in option else words


def figure(option: Shown, ballots: int) -> str:
    """Write the number that stands large beside an option: its mean, or else its share."""
    if "mean" in option:
        return mean(option["mean"])
    return percent(option, ballots)


def mean(value: float | None) -> str:
    """Write a mean with two digits; a dash where nothing was rated."""
    # Halves go up, as in JavaScript; Python's formatting would take 4.125 to 4.12.
    return "–" if value is None else f"{int(value * 100 + 0.5) / 100:.2f}"


def percent(option: Shown, ballots: int) -> str:
    """
    Write an option's share in whole percent, for reading from afar.

    Rounding never makes some into none, or most into all: that is `<1%` and `>99%`.
    """
    votes, whole = option["votes"], int(option["share"] * 100 + 0.5)
    if whole == 0 and votes:
        return "<1%"
    if whole == 100 and votes < ballots:  # noqa: PLR2004
        return ">99%"
    return f"{whole}%"


def extent(option: Shown) -> float:
    """Give the length of an option's bar in percent; 0 where the numbers are hidden."""
    part = (option["mean"] or 0) / _BEST if "mean" in option else option["share"] or 0
    return float(round(part * 100, 2))


def standing(option: Shown) -> float:
    """Give what tells which option is ahead; 0 where the numbers are hidden."""
    return float(option["mean" if "mean" in option else "votes"] or 0)


def highest(options: Iterable[Shown], name: str) -> int:
    """Give the highest number in the lists of this name of all options, and at least 1."""
    return max((int(number) for option in options for number in option[name] or ()), default=1) or 1


def rounds(shown: Shown) -> list[dict[str, Any]]:
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


def winner(shown: Shown) -> str:
    """Say in a sentence who wins by instant-runoff, or would; empty where nobody has voted."""
    if not shown["rounds"]:
        return ""
    number, elected = len(shown["rounds"]), shown["rounds"][-1]["elected"]
    text = next(option["text"] for option in shown["options"] if option["id"] == elected)
    return f"{text} {'wins' if shown['final'] else 'is ahead'} in round {number}."
