"""
A poll's numbers as a table for spreadsheets: CSV, made from a snapshot. Pure.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

# Spreadsheets of some languages take the wide ones of East Asia too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# What a snapshot says of an option in words, or not at all in numbers.
_NOT_NUMBERS = ("id", "text", "image")


def table(snapshot: Mapping[str, Any]) -> str:
    """
    Write a snapshot's numbers: id, text, then whatever its kind counts; what is hidden is empty.

    A list of numbers becomes a column for each, `distribution 1` and so on, and each round of a
    ranked poll one. A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    options, rounds = snapshot["options"], snapshot["rounds"] or ()
    names = [name for name in options[0] if name not in _NOT_NUMBERS]
    out = io.StringIO()
    rows = csv.writer(out)
    columns = [column for name in names for column in _columns(name, options[0][name])]
    rows.writerow(["id", "text", *columns, *_numbered("round", rounds)])
    for option in options:
        numbers = [number for name in names for number in _numbers(option[name])]
        rows.writerow([option["id"], safe(option["text"]), *numbers, *_votes(option, rounds)])
    return out.getvalue()


def _columns(name: str, value: object) -> list[str]:
    return _numbered(name, value) if isinstance(value, list) else [name]


def _numbered(name: str, values: Iterable[object]) -> list[str]:
    return [f"{name} {number}" for number, _ in enumerate(values, 1)]


def _numbers(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _votes(option: Mapping[str, Any], rounds: Iterable[Mapping[str, Any]]) -> Iterator[int | None]:
    for each in rounds:
        yield next((row["votes"] for row in each["votes"] if row["id"] == option["id"]), None)


def safe(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
