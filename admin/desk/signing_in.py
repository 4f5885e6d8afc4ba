"""
Signing in and out.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from admin import pages
from admin.access import PUBLIC, access, session_text
from admin.desk.cookie import forget_session, keep_session
from admin.errors import LONGEST_WAY_BACK, told
from admin.parts import Parts
from ballotbox.errors import NotSignedIn, VotifyError

_HOME = "/admin/"
_BACK_TO = (_HOME, "/api/docs")


def blueprint(parts: Parts) -> Blueprint:
    """Make the routes."""
    signing_in = Blueprint("signing_in", __name__)

    @signing_in.get("/sign-in")
    @access(PUBLIC)
    def ask() -> Response:
        back = _back(request.args.get("next", ""))
        return redirect(back) if _is_signed_in(parts) else _form(back)

    @signing_in.post("/sign-in")
    @access(PUBLIC)
    def sign_in() -> Response:
        name, back = request.form.get("name", ""), _back(request.form.get("next", ""))
        try:
            with parts.throttle.trying(name=name, address=request.remote_addr or ""):
                who = parts.accounts.verify(name, request.form.get("password", ""))
        except VotifyError as error:
            return _form(back, name=name, error=error)
        old = session_text()
        device = request.headers.get("User-Agent", "")
        text = parts.sessions.begin(who, device=device, instead_of=old)
        return keep_session(redirect(back, HTTPStatus.SEE_OTHER), text)

    @signing_in.post("/sign-out")
    @access(PUBLIC)
    def sign_out() -> Response:
        if text := session_text():
            parts.sessions.end(text)
        to_form = redirect(url_for(".ask", done="signed-out"), HTTPStatus.SEE_OTHER)
        return forget_session(to_form)

    return signing_in


def _form(back: str, *, name: str = "", error: VotifyError | None = None) -> Response:
    status, headers = HTTPStatus.OK, None
    if error is not None:
        status, _, _, headers, _ = told(error)
    shown = {"name": name, "back": "" if back == _HOME else back, "error": error}
    return pages.render("desk/sign-in.html", status, headers, **shown)


def _is_signed_in(parts: Parts) -> bool:
    try:
        parts.sessions.find(session_text())
    except NotSignedIn:
        return False
    return True


def _back(wanted: str) -> str:
    """Say where to go after signing in: nowhere but to our own pages."""
    own = wanted.startswith(_BACK_TO) and wanted.isprintable() and "\\" not in wanted
    return wanted if own and len(wanted) <= LONGEST_WAY_BACK else _HOME
