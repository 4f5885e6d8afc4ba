"""
One's own second factor: set up, given new recovery codes, turned off.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from admin import pages
from admin.access import SIGNED_IN, access, client, device_text, organiser, session_text
from admin.errors import told
from admin.parts import Parts
from ballotbox.errors import InvalidAccount, TooManyTries, VotifyError, WrongCode
from web import qr


def blueprint(parts: Parts) -> Blueprint:
    """Make the routes."""
    factor = Blueprint("factor", __name__, url_prefix="/account/second-factor")

    @factor.get("")
    @access(SIGNED_IN, first=True)
    def show() -> Response:
        return _page(parts)

    @factor.post("")
    @access(SIGNED_IN, first=True, again=True)
    def turn_on() -> Response:
        secret, code = request.form.get("secret", ""), request.form.get("code", "")
        try:
            codes = parts.factors.turn_on(organiser(), secret, code, session=session_text())
        except WrongCode as error:
            return _page(parts, secret=secret, error=error)
        except InvalidAccount as error:
            return _page(parts, error=error)
        # Shown in the answer itself: they are kept nowhere, so no address can lead to them.
        return _page(parts, codes=codes)

    @factor.post("/codes")
    @access(SIGNED_IN, again=True)
    def new_codes() -> Response:
        try:
            _check(parts)
        except (WrongCode, TooManyTries) as error:
            return _page(parts, error=error)
        return _page(parts, codes=parts.factors.new_codes(organiser()))

    @factor.post("/off")
    @access(SIGNED_IN, again=True)
    def turn_off() -> Response:
        try:
            _check(parts)
        except (WrongCode, TooManyTries) as error:
            return _page(parts, error=error)
        parts.factors.turn_off(organiser().id)
        place = url_for("desk.account.show", done="factor-off")
        return redirect(place, HTTPStatus.SEE_OTHER)

    return factor


def _check(parts: Parts) -> None:
    who = organiser()
    with parts.trying(who.name, address=client(), device=device_text(), second=True):
        parts.factors.check(who, request.form.get("code", ""))


def _page(
    parts: Parts,
    *,
    secret: str = "",
    codes: Sequence[str] = (),
    error: VotifyError | None = None,
) -> Response:
    who = organiser()
    secret = secret or parts.factors.new_secret()
    status, headers = HTTPStatus.OK, None
    if error is not None:
        status, _, _, headers, _ = told(error)
    return pages.render(
        "desk/factor.html",
        status,
        headers,
        is_on=parts.factors.is_on(who),
        left=parts.factors.codes_left(who),
        codes=codes,
        secret=secret,
        qr=qr.inline(parts.factors.address(who, secret)),
        problems={"code": error.sentence} if error else {},
    )
