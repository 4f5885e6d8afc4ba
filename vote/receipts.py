"""
The receipt's own page: what became of a ballot, for people and for programs.
"""

from __future__ import annotations

import json

from flask import Blueprint, request
from werkzeug.wrappers import Response

from ballotbox.poll import Identity, Kind, Poll
from vote import errors, pages
from vote.booth import Booth
from vote.paper import results_link

# Why a ballot was not counted, in plain words, by the code that the worker gave.
_REASONS = {
    "already_voted": "An earlier vote of yours counts: this poll does not let a vote be changed.",
    "poll_closed": "It came after the poll was closed.",
    "poll_reset": "The organiser has thrown all votes away and begun anew.",
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
            results=results_link(poll, code),
        )

    return receipts


def _own_choices(booth: Booth, poll: Poll, seq: int) -> list[str]:
    """Tell what the ballot says, to the browser that cast it and to nobody else."""
    voter = _voter(booth, poll)
    last = booth.queue.choice(poll.id, voter) if voter is not None else None
    if last is None or last[0] != seq:
        return []
    values = dict(last[1])
    chosen = [option for option in poll.options if option.id in values]
    if poll.kind is Kind.RANKED:
        chosen.sort(key=lambda option: values[option.id])
        return [f"{values[option.id]}. {option.text}" for option in chosen]
    if poll.kind is Kind.RATING:
        return [f"{option.text}: {values[option.id]} of 5" for option in chosen]
    return [option.text for option in chosen]


def _voter(booth: Booth, poll: Poll) -> str | None:
    """Tell who the browser is in a poll."""
    if poll.identity is not Identity.CODE:
        return booth.voters.known(request.environ)
    kept = booth.voters.kept(poll.id, request.environ)
    return kept.code.voter if kept is not None else None


def _json(told: dict[str, str]) -> Response:
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    return Response(json.dumps(told), headers=headers, content_type="application/json")
