"""
The front door and the list of open polls.
"""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from ballotbox.errors import UnknownPoll
from ballotbox.poll import Poll, State
from vote import errors, pages
from vote.booth import Booth, is_coming
from vote.fields import poll_name


def blueprint(booth: Booth) -> Blueprint:
    """Make the routes that lead to a poll."""
    front = Blueprint("front", __name__)

    @front.get("/")
    def door() -> Response:
        code = request.args.get("code", "").strip()
        if not code:
            return pages.render("front.html", polls=_open_polls(booth))
        try:
            return redirect(url_for("paper.ballot", name=_join(booth, code)), 303)
        except UnknownPoll as error:
            polls = _open_polls(booth)
            return pages.render("front.html", errors.told(error).status, polls=polls, code=code)

    @front.get("/vote")
    @front.get("/vote/")
    def open_polls() -> Response:
        polls = _open_polls(booth)
        if len(polls) == 1:
            return redirect(url_for("paper.ballot", name=polls[0].slug))
        return pages.render("polls.html", polls=polls)

    return front


def _join(booth: Booth, typed: str) -> str:
    """Name the poll that somebody has read from a screen and typed in, with gaps or without."""
    name, code = typed.lower(), "".join(filter(str.isalnum, typed)).lower()
    try:
        poll = booth.find(poll_name(name), request.environ)
    except UnknownPoll:
        if code == name:
            raise
        name, poll = code, booth.find(code, request.environ)
    return name if is_coming(poll) else poll.slug  # which says what is asked


def _open_polls(booth: Booth) -> list[Poll]:
    return [poll for poll in booth.polls.all() if pages.state(poll) is State.OPEN]
