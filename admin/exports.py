"""
What leaves as a file: numbers, ballots, codes and acts, from the desk and from its API alike.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from flask import Response

from admin.codes import Code
from admin.journal import Act
from ballotbox.poll import Poll, iso
from ballotbox.table import safe

CSV = "text/csv; charset=utf-8"
# What a snapshot says of an option that is no number.
_NOT_NUMBERS = ("id", "text", "image")
_AT_ONCE = 1 << 15  # characters


def results(poll: Poll, snapshot: Mapping[str, Any]) -> Response:
    """
    Give a snapshot's numbers as CSV: id, text, then whatever its kind counts.

    A list of numbers becomes a column for each, `distribution 1` and so on.
    """
    options = snapshot["options"]
    names = [name for name in options[0] if name not in _NOT_NUMBERS]
    columns = [column for name in names for column in _columns(name, options[0][name])]
    rows = ((each["id"], each["text"], *_numbers(each, names)) for each in options)
    return download(_table(("id", "text", *columns), rows), f"{poll.slug}.csv")


def codes(poll: Poll, listed: Iterable[Code]) -> Response:
    """
    Give codes as CSV: number, code, name, used, revoked; the last two are `yes` or empty.

    Where it is not told whether a code was used, `used` is `hidden`.
    """
    rows = (
        (
            *(each.number, each.printed, each.name),
            "hidden" if each.used is None else _yes(each.used),
            _yes(each.revoked_at),
        )
        for each in listed
    )
    header = ("number", "code", "name", "used", "revoked")
    return download(_table(header, rows), f"{poll.slug}-codes.csv")


def ballots(poll: Poll, pieces: Iterator[bytes]) -> Response:
    """Give a poll's file of ballots, as `ballotbox.export` writes it."""
    return download(pieces, f"{poll.slug}-ballots.csv")


def acts(listed: Iterable[Act]) -> Response:
    """Give the log of acts as CSV, with the names of `admin.journal.Act`; `details` is JSON."""
    header = tuple(each.name for each in fields(Act))
    rows = ([_cell(getattr(act, name)) for name in header] for act in listed)
    return download(_table(header, rows), "acts.csv")


def seal(poll: Poll, document: str) -> Response:
    """Give the sealed result, byte for byte."""
    body = iter((document.encode(),))
    return download(body, f"{poll.slug}-seal.json", content_type="application/json")


def download(pieces: Iterator[bytes], name: str, *, content_type: str = CSV) -> Response:
    """
    Answer with a file, piece by piece: it may be larger than memory.

    The first piece is asked for at once, so that what fails at the start is told as an error.
    """
    first = next(pieces, b"")
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Accel-Buffering": "no",  # NGINX would keep a whole file before it sends the first byte
    }
    return Response(_after(first, pieces), headers=headers, content_type=content_type)


def _after(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    # A generator, so that closing the answer closes the pieces, and lets their connection go.
    yield first
    yield from pieces


def _table(header: Iterable[object], rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """
    Write CSV piece by piece.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow(safe(value) if isinstance(value, str) else value for value in row)
        if out.tell() > _AT_ONCE:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _columns(name: str, value: object) -> list[str]:
    if isinstance(value, list):
        return [f"{name} {number}" for number in range(1, len(value) + 1)]
    return [name]


def _numbers(option: Mapping[str, Any], names: Iterable[str]) -> Iterator[object]:
    for name in names:
        value = option[name]
        yield from value if isinstance(value, list) else (value,)


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return iso(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else value


def _yes(value: object) -> str:
    return "yes" if value else ""
