"""
The doors of one poll: its page, and its numbers to take away.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Blueprint, Response, abort, request
from flask_babel import gettext as _
from markupsafe import Markup, escape

from ballotbox.errors import LedgerUnavailable, NotSealed
from ballotbox.poll import iso
from ballotbox.table import table
from result import answers, figures
from result.board import Board
from result.parts import Parts
from result.standing import Standing, Standings
from result.timeline import Timelines

_FILTERS = (
    *(figures.votes, figures.counted, figures.waiting, figures.turnout, figures.voters),
    *(figures.figure, figures.mean, figures.extent, figures.standing, figures.highest),
    *(figures.highest_first, figures.round_rows, figures.fates, figures.winner, iso),
)


def blueprint(
    board: Board,
    standings: Standings,
    seal: Callable[[int], str | None],
    timelines: Timelines,
    *,
    embeds: bool = True,
) -> Blueprint:
    """
    Make the routes of one poll under /result.

    :param seal: gives the seal of a poll as it is handed out, or None.
    :param embeds: whether other sites may frame a result at all.
    """
    pages = Blueprint("pages", __name__, url_prefix="/result")
    parts = Parts(timelines)
    for each in _FILTERS:
        pages.add_app_template_filter(each)

    @pages.get("/<name>")
    def poll_page(name: str) -> Response:
        """Show one poll."""
        return _page(board, parts, standings.coming(name), embeds=embeds)

    @pages.get("/<name>/part/<part>")
    def poll_part(name: str, part: str) -> Response:
        """Give a piece of the page, as it is now."""
        standing = standings.of(name)
        if part not in parts.by_name:
            abort(404)
        return answers.piece(parts.by_name[part](standing))

    @pages.get("/<name>.json")
    def poll_json(name: str) -> Response:
        """Give one poll's snapshot."""
        return _json(standings.coming(name).shown)

    @pages.get("/<name>/timeline.json")
    def poll_timeline(name: str) -> Response:
        """Give how one poll's numbers came to be."""
        standing = standings.of(name)
        return _json(timelines.of(standing.poll, voted=standing.voted))

    @pages.get("/<name>.csv")
    def poll_csv(name: str) -> Response:
        """Give one poll's numbers as a table."""
        shown = standings.of(name).shown
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


def _page(board: Board, parts: Parts, standing: Standing, *, embeds: bool) -> Response:
    if not standing.opened:
        return answers.page("coming.html", standing=standing, shown=standing.shown)
    return answers.page(
        "poll.html",
        standing=standing,
        shown=standing.shown,
        by_votes=request.args.get("order") == "votes",
        sealing=board.sealing(standing.poll.id),
        rounds=parts.rounds(standing),
        timeline=_timeline(parts, standing) if "timeline" in request.args else None,
        fresh=board.fresh,
        embeds=embeds,
    )


def _timeline(parts: Parts, standing: Standing) -> Markup:
    # The numbers are on the board; they are shown, whether or not the rest can be read.
    try:
        return parts.timeline(standing)
    except LedgerUnavailable:
        return escape(_("The timeline cannot be read at this moment."))


def _json(shown: object) -> Response:
    return answers.data(json.dumps(shown, ensure_ascii=False), "application/json")


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
