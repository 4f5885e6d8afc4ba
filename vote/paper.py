"""
The door for people: the ballot paper, an HTML form that works without JavaScript.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from ballotbox.errors import Unavailable, VotifyError
from ballotbox.poll import Poll, State
from ballotbox.tally import definition, unopened_definition
from vote import pages
from vote.booth import Booth, is_coming
from vote.fields import poll_name
from vote.filled import Filled, terms_of
from vote.sheets import Sheets

_LONGEST_CODE = 100


def blueprint(booth: Booth) -> Blueprint:
    """Make the routes of the ballot paper."""
    paper = Blueprint("paper", __name__)
    sheets = Sheets(booth)

    @paper.get("/vote/<name>")
    def ballot(name: str) -> Response:
        voter = booth.voters.recognise(request.environ)
        filled = Filled.linked()
        try:
            poll = sheets.find(name, filled)
        except Unavailable as error:
            return sheets.again(name, filled, error)
        if poll.slug != name and not is_coming(poll):  # the slug says what is asked
            # No code is as long; NGINX takes 4 KB for all headers of an answer.
            code = filled.code[:_LONGEST_CODE] or None
            return redirect(url_for(".ballot", name=poll.slug, code=code))
        return sheets.show(poll, filled, voter)

    @paper.post("/vote/<name>")
    def cast(name: str) -> Response:
        filled = Filled.read()
        try:
            with booth.metrics.casting():
                receipt, cookie = sheets.hand_in(name, filled)
        except VotifyError as error:
            return sheets.again(name, filled, error)
        answer = redirect(url_for("receipts.receipt", code=receipt), HTTPStatus.SEE_OTHER)
        if cookie is not None:
            answer.headers["Set-Cookie"] = cookie
        return answer

    @paper.get("/vote/<name>.json")
    def look(name: str) -> Response:
        answer = jsonify(described(booth.find(poll_name(name), request.environ)))
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @paper.get("/vote/preview/<secret>")
    def preview(secret: str) -> Response:
        poll = booth.polls.find(f"preview:{poll_name(secret)}")
        if not poll.draft and not is_coming(poll):
            return redirect(url_for(".ballot", name=poll.slug))
        return sheets.preview(poll)

    return paper


def described(poll: Poll) -> dict[str, object]:
    """Describe a paper to a program, and to a page of it that is open: it may have changed."""
    now = datetime.now(UTC)
    opens_in = pages.seconds_left(poll.opens_at) if poll.opens_at else None
    if poll.state(now) is State.COMING:
        known = unopened_definition(definition(poll, now))
        return {"poll": known, "options": [], "terms": "", "opens_in": opens_in, "closes_in": None}
    return {
        "poll": definition(poll, now),
        "options": [
            {"id": option.id, "text": option.text, "image": option.image} for option in poll.options
        ],
        "terms": terms_of(poll),
        "opens_in": opens_in,
        "closes_in": pages.seconds_left(poll.closes_at) if poll.closes_at else None,
    }
