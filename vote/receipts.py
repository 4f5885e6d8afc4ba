"""
The receipt's own page: what became of a ballot, for people and for programs.
"""

from __future__ import annotations

import json

from flask import Blueprint, request
from werkzeug.wrappers import Response

from ballotbox.poll import Poll
from vote import errors, pages
from vote.booth import Booth

# Why a ballot was not counted, in plain words, by the code that the worker gave.
_REASONS = {
    "already_voted": "An earlier vote of yours counts: this poll does not let a vote be changed.",
    "poll_closed": "It came after the poll was closed.",
}


def blueprint(booth: Booth) -> Blueprint:
    """Make the receipt's route."""
    receipts = Blueprint("receipts", __name__)

    @receipts.get("/vote/receipt/<code>")
    def receipt(code: str) -> Response:
        poll_id, seq = booth.receipts.read(code)
        fate = booth.queue.fate(poll_id, seq)
        poll = booth.polls.find(str(poll_id))
        if errors.wants_json():
            told = {"receipt": code, "state": fate.state, "poll": poll.slug}
            if fate.reason:
                told["reason"] = fate.reason
            return _json(told)
        return pages.render(
            "receipt.html",
            receipt=code,
            poll=poll,
            state=fate.state,
            reason=_REASONS.get(fate.reason, "It could not be read."),
            choices=_own_choices(booth, poll, seq),
        )

    return receipts


def _own_choices(booth: Booth, poll: Poll, seq: int) -> list[str]:
    """Tell what the ballot says, to the browser that cast it and to nobody else."""
    voter = booth.voters.known(request.environ)
    last = booth.queue.choice(poll.id, voter) if voter is not None else None
    if last is None or last[0] != seq:
        return []
    marked = {mark.option for mark in last[1]}
    return [option.text for option in poll.options if option.id in marked]


def _json(told: dict[str, str]) -> Response:
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    return Response(json.dumps(told), headers=headers, content_type="application/json")
