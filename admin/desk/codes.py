"""
The codes of a poll: made, looked through, printed, and made worthless.
"""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from admin import exports, note, pages
from admin.access import POLL, access, organiser
from admin.codes import AT_ONCE
from admin.desk.addresses import Addresses
from admin.errors import told
from admin.parts import Parts
from ballotbox.errors import InvalidPoll, VotifyError, WrongState
from web import qr

_LISTED = 100
_PRINTED = 120  # a QR code takes some milliseconds to draw
_drawn = lru_cache(maxsize=4096)(qr.inline)  # so that a sheet which is looked at again costs little


def blueprint(parts: Parts) -> Blueprint:
    """Make the routes."""
    codes = Blueprint("codes", __name__)
    addresses = Addresses(parts.settings)

    @codes.get("/polls/<int:poll>/codes")
    @access(POLL)
    def index(poll: int) -> Response:
        return _page(parts, poll)

    @codes.post("/polls/<int:poll>/codes")
    @access(POLL)
    def generate(poll: int) -> Response:
        lines = map(str.strip, request.form.get("names", "").splitlines())
        names = [line for line in lines if line]
        try:
            made = parts.codes.generate(organiser(), poll, _count(names), names=names)
        except (InvalidPoll, WrongState) as error:
            return _page(parts, poll, error=error)
        note.add(count=len(made))
        return redirect(url_for(".index", poll=poll, done="codes"), HTTPStatus.SEE_OTHER)

    @codes.post("/polls/<int:poll>/codes/<int:number>/revoke")
    @access(POLL)
    def revoke(poll: int, number: int) -> Response:
        parts.codes.revoke(organiser(), poll, number)
        cursor = request.form.get("cursor") or None
        place = url_for(".index", poll=poll, cursor=cursor, done="revoked")
        return redirect(place, HTTPStatus.SEE_OTHER)

    @codes.get("/polls/<int:poll>/codes/sheet")
    @access(POLL)
    def sheet(poll: int) -> Response:
        found = parts.office.get(organiser(), poll).poll
        cursor = request.args.get("cursor")
        page = parts.codes.page(organiser(), poll, cursor=cursor, limit=_PRINTED)
        slips = [
            (code, _drawn(addresses.vote(found, code=code.printed)))
            for code in page.codes
            if not (code.used or code.revoked_at)
        ]
        front = addresses.plain(addresses.vote(found))
        return pages.render("desk/sheet.html", poll=found, slips=slips, page=page, front=front)

    @codes.get("/polls/<int:poll>/codes.csv")
    @access(POLL)
    def table(poll: int) -> Response:
        found = parts.office.get(organiser(), poll).poll
        return exports.codes(found, parts.codes.each(organiser(), poll))

    return codes


def _page(parts: Parts, poll: int, *, error: VotifyError | None = None) -> Response:
    cursor = request.args.get("cursor")
    shown: dict[str, Any] = {
        "entry": parts.office.get(organiser(), poll),
        "counts": parts.codes.counts(organiser(), poll),
        "page": parts.codes.page(organiser(), poll, cursor=cursor, limit=_LISTED),
        "cursor": cursor,
        "most": AT_ONCE,
        "typed": request.form if error else {},
        "problems": {},
        "error": error,
    }
    if error is None:
        return pages.render("desk/codes.html", **shown)
    shown["problems"] = dict(told(error).fields)
    return pages.render("desk/codes.html", told(error).status, **shown)


def _count(names: list[str]) -> int:
    """Tell how many codes are wanted: one for each name, if nothing else is said."""
    text = request.form.get("count", "").strip()
    if not text:
        return len(names)
    # What is no number is told as a number that cannot be.
    count = int(text) if text.isdecimal() and len(text) < 9 else 0  # noqa: PLR2004
    if 0 < count < len(names):
        raise InvalidPoll("There are more names than that.", field="count")
    return count
