"""
The doors for people: the list of polls, one poll, and its numbers to take away.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from ballotbox.errors import NotSealed
from ballotbox.poll import State, iso
from ballotbox.table import table
from result import answers, figures
from result.board import Board, Snapshot
from result.passes import Passes

_ORDER = {State.OPEN: 0, State.COMING: 1, State.CLOSED: 2}
_FILTERS = (
    *(figures.count, figures.votes, figures.figure, figures.extent, figures.standing),
    *(figures.highest, figures.rounds, figures.winner, iso),
)


def blueprint(board: Board, passes: Passes, seal: Callable[[int], str | None]) -> Blueprint:
    """
    Make the routes under /result, answered from the board.

    :param seal: gives the seal of a poll as it is handed out, or None.
    """
    pages = Blueprint("pages", __name__, url_prefix="/result")
    for each in _FILTERS:
        pages.add_app_template_filter(each)

    def standing(name: str) -> tuple[Snapshot, str]:
        """Give what the one who asks may see of a poll, and the pass, for links, if it is one."""
        poll, receipt = board.find(name), request.args.get("receipt")
        voted = passes.admit(poll, receipt)
        shown = board.snapshot(poll, voted=voted)
        return shown, urlencode({"receipt": receipt}) if voted else ""

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
        shown, query = standing(name)
        return answers.page(
            "poll.html",
            shown=shown,
            sealing=board.sealing(shown["poll"]["id"]),
            query=f"?{query}" if query else "",
            receipt=request.args["receipt"] if query else "",
            fresh=board.fresh,
            host=request.host,
        )

    @pages.get("/<name>.json")
    def poll_json(name: str) -> Response:
        """Give one poll's snapshot."""
        shown, _ = standing(name)
        return answers.data(json.dumps(shown, ensure_ascii=False), "application/json")

    @pages.get("/<name>.csv")
    def poll_csv(name: str) -> Response:
        """Give one poll's numbers as a table."""
        shown, _ = standing(name)
        saved_as = _saved_as(f"{shown['poll']['slug']}.csv")
        return answers.data(table(shown), "text/csv; charset=utf-8", headers=saved_as)

    @pages.get("/<name>/seal.json")
    def poll_seal(name: str) -> Response:
        """Give the seal of one poll's final result, byte for byte as it was signed."""
        shown = board.snapshot(board.find(name))
        poll = shown["poll"]
        document = None if shown["hidden"] else seal(poll["id"])
        if document is None:
            raise NotSealed
        saved_as = _saved_as(f"{poll['slug']}-seal.json")
        return answers.data(document, "application/json", headers=saved_as)

    return pages


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
