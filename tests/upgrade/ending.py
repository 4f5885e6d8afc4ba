"""
How it all ends: what a Votify says once every ballot is counted.

The version that left something behind has counted it to the end itself, and wrote this down; each
later one must say the same.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2 as httpx

from tests.e2e.site import JSON

# What moves by itself, or is of the moment.
_PASSING = {
    *("version", "as_of", "waiting", "worker_silent", "sealed", "sealed_at"),
    *("opens_in", "closes_in"),
}


def ending(url: str, token: str, polls: Mapping[str, int], receipts: list[str]) -> dict[str, Any]:
    """
    Ask a Votify for everything.

    :param token: of an owner, for the API.
    :param polls: the ids of polls, by a name for each.
    """
    client = httpx.Client(base_url=url, headers=JSON, timeout=30)
    with client as everybody, httpx.Client(base_url=f"{url}/api", timeout=30) as owner:
        owner.headers["Authorization"] = f"Bearer {token}"
        return {
            "polls": {name: _poll(everybody, owner, poll) for name, poll in polls.items()},
            "fates": {each: _fate(everybody, each) for each in receipts},
        }


def _poll(everybody: httpx.Client, owner: httpx.Client, poll: int) -> dict[str, Any]:
    own = {
        "itself": _lasting(owner.get(f"/polls/{poll}").json()),
        "definition": owner.get(f"/polls/{poll}/definition").json(),
        "results": _lasting(owner.get(f"/polls/{poll}/results").json()),
        "table": _rows(owner.get(f"/polls/{poll}/results.csv").text),
        "ballots": owner.get(f"/polls/{poll}/ballots.csv").text,
        "codes": owner.get(f"/polls/{poll}/codes").json(),
    }
    if own["itself"]["state"] == "draft":
        return own
    slug = own["itself"]["slug"]
    paper = everybody.get(f"/vote/{slug}.json").json()
    shown = everybody.get(f"/result/{slug}.json").json()
    timeline = everybody.get(f"/result/{slug}/timeline.json").json()
    return {**own, "paper": _lasting(paper), "shown": _lasting(shown), "timeline": timeline}


def _fate(everybody: httpx.Client, receipt: str) -> dict[str, Any]:
    told: dict[str, Any] = everybody.get(f"/vote/receipt/{receipt}").json()
    return told


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def _lasting(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in _PASSING}


def missing(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Name what was said before and is not said now, or otherwise; what is new is no matter."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old:
            yield from missing(old[name], new.get(name), f"{path}/{name}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, pair in enumerate(zip(old, new, strict=True)):
            yield from missing(*pair, f"{path}/{number}")
    elif old != new:
        yield f"{path}: {old!r} was, {new!r} is"
