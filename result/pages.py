"""
The doors for people: the list of polls, one poll, and its numbers to take away.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime

from flask import Blueprint, Response, request

from ballotbox.poll import State, iso
from result import answers
from result.board import Board, Snapshot

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ORDER = {State.OPEN: 0, State.COMING: 1, State.CLOSED: 2}


def blueprint(board: Board) -> Blueprint:
    """Make the routes under /result, answered from the board."""
    pages = Blueprint("pages", __name__, url_prefix="/result")
    pages.add_app_template_filter(count)
    pages.add_app_template_filter(percent)
    pages.add_app_template_filter(moment)

    @pages.get("", strict_slashes=False)
    def index() -> Response:
        """List the polls: open ones first, then those to come, each group newest first."""
        snapshots = [board.snapshot(poll) for poll in reversed(board.polls())]
        snapshots.sort(key=lambda each: _ORDER[State(each["poll"]["state"])])
        as_of = iso(board.as_of) if board.as_of else None
        return answers.page("index.html", snapshots=snapshots, as_of=as_of, fresh=board.fresh)

    @pages.get("/<name>")
    def poll_page(name: str) -> Response:
        """Show one poll."""
        poll = board.find(name)
        return answers.page(
            "poll.html",
            shown=board.snapshot(poll),
            visibility=poll.visibility,
            fresh=board.fresh,
            host=request.host,
        )

    @pages.get("/<name>.json")
    def poll_json(name: str) -> Response:
        """Give one poll's snapshot."""
        snapshot = board.snapshot(board.find(name))
        return answers.data(json.dumps(snapshot, ensure_ascii=False), "application/json")

    @pages.get("/<name>.csv")
    def poll_csv(name: str) -> Response:
        """Give one poll's numbers as a table."""
        snapshot = board.snapshot(board.find(name))
        attachment = {
            "Content-Disposition": f'attachment; filename="{snapshot["poll"]["slug"]}.csv"'
        }
        return answers.data(table(snapshot), "text/csv; charset=utf-8", headers=attachment)

    return pages


def table(snapshot: Snapshot) -> str:
    """
    Write the numbers as CSV: id, text, votes, share.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["id", "text", "votes", "share"])
    for option in snapshot["options"]:
        text = f"'{option['text']}" if option["text"].startswith(_FORMULA) else option["text"]
        rows.writerow([option["id"], text, option["votes"], option["share"]])
    return out.getvalue()


def count(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: `1 vote`, `1,204 votes`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(option: dict[str, int | float], ballots: int) -> str:
    """
    Write an option's share in whole percent, for reading from afar.

    Rounding never makes some into none, or most into all: that is `<1%` and `>99%`.
    """
    # Halves go up, as in draw.js; Python's round() would take 62.5 to 62.
    votes, whole = option["votes"], int(option["share"] * 100 + 0.5)
    if whole == 0 and votes:
        return "<1%"
    if whole == 100 and votes < ballots:  # noqa: PLR2004
        return ">99%"
    return f"{whole}%"


def moment(time: str) -> str:
    """Write an ISO time for people who run no script: 21 Nov 2026, 09:00:05 UTC."""
    return f"{datetime.fromisoformat(time):%-d %b %Y, %H:%M:%S} UTC"
