"""
The receipt's own page: what became of a ballot, for people and for programs.
"""

from __future__ import annotations

import json
from http import HTTPStatus

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ballotbox.errors import UnknownReceipt
from ballotbox.poll import Identity, Poll, State
from vote import errors, pages, words
from vote.booth import Booth, is_coming
from vote.filled import values_of
from vote.sheets import results_link
from web import qr
from web.language import mark

# Why a ballot was not counted, in plain words, by the code that the worker gave.
_REASONS = {
    "already_voted": mark(
        "An earlier vote of yours counts: this poll does not let a vote be changed."
    ),
    "poll_closed": mark("It came after the poll was closed."),
    "poll_reset": mark("The organiser has thrown all votes away and begun anew."),
}
_UNREADABLE = mark("It could not be read.")


def blueprint(booth: Booth, public_url: str) -> Blueprint:
    """
    Make the receipts' routes.

    :param public_url: the address of all pages from outside; empty for that of the request.
    """
    receipts = Blueprint("receipts", __name__)

    @receipts.get("/vote/receipt")
    def look_up() -> Response:
        typed = request.args.get("receipt", "").strip()
        code = typed.rstrip("/").rpartition("/")[2].partition("?")[0]
        if not code:
            return pages.render("lookup.html", typed="")
        try:
            booth.receipts.read(code)
        except UnknownReceipt as error:
            return pages.render("lookup.html", errors.told(error).status, typed=typed)
        return redirect(url_for(".receipt", code=code), HTTPStatus.SEE_OTHER)

    @receipts.get("/vote/receipt/<code>")
    def receipt(code: str) -> Response:
        poll_id, seq = booth.receipts.read(code)
        fate = booth.queue.fate(poll_id, seq)
        poll = booth.polls.numbered(poll_id)
        if errors.wants_json():
            slug = None if is_coming(poll) else poll.slug  # it says what is asked
            told = {"receipt": code, "state": fate.state, "poll": slug}
            if fate.reason:
                told["reason"] = fate.reason
            return _json(told)
        address = pages.outside(public_url)
        return pages.render(
            "receipt.html",
            receipt=code,
            poll=poll,
            is_coming=is_coming(poll),
            state=fate.state,
            reason=_(_REASONS.get(fate.reason, _UNREADABLE)),
            choices=_own_choices(booth, poll, seq),
            results=results_link(poll, code),
            is_open=pages.state(poll) is State.OPEN,
            address=address,
            qr=qr.inline(address),
        )

    return receipts


def _own_choices(booth: Booth, poll: Poll, seq: int) -> str:
    """Tell what the ballot says, to the browser that cast it and to nobody else."""
    voter = _voter(booth, poll)
    last = booth.queue.choice(poll.id, voter) if voter is not None else None
    return words.choices(poll, values_of(last[1])) if last and last[0] == seq else ""


def _voter(booth: Booth, poll: Poll) -> str | None:
    """Tell who the browser is in a poll."""
    if poll.identity is not Identity.CODE:
        return booth.voters.known(request.environ)
    kept = booth.voters.kept(poll.id, request.environ)
    return kept.code.voter if kept is not None else None


def _json(told: dict[str, str | None]) -> Response:
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    return Response(json.dumps(told), headers=headers, content_type="application/json")
