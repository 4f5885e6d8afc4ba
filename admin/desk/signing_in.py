"""
Signing in and out.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from admin import note, pages
from admin.access import PENDING, PUBLIC, access, client, device_text, organiser, session_text
from admin.desk.cookie import begin_session, forget_session
from admin.errors import LONGEST_WAY_BACK, told
from admin.parts import Parts
from ballotbox.errors import NotSignedIn, TooManyTries, VotifyError, WrongCode

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
        note.tried(name)
        try:
            with parts.trying(name, address=client(), device=device_text()):
                who = parts.accounts.verify(name, request.form.get("password", ""))
        except VotifyError as error:
            return _form(back, name=name, error=error)
        pending = parts.factors.is_on(who)
        place = url_for(".ask_code", next=_shown(back)) if pending else back
        to_page = redirect(place, HTTPStatus.SEE_OTHER)
        return begin_session(parts, who, to_page, instead_of=session_text(), pending=pending)

    @signing_in.get("/sign-in/code")
    @access(PENDING)
    def ask_code() -> Response:
        return _code_form(_back(request.args.get("next", "")))

    @signing_in.post("/sign-in/code")
    @access(PENDING)
    def take_code() -> Response:
        who, back = organiser(), _back(request.form.get("next", ""))
        try:
            with parts.trying(who.name, address=client(), device=device_text(), second=True):
                parts.factors.check(who, request.form.get("code", ""))
        except (WrongCode, TooManyTries) as error:
            return _code_form(back, error=error)
        to_page = redirect(back, HTTPStatus.SEE_OTHER)
        return begin_session(parts, who, to_page, after=session_text())

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
    shown = {"name": name, "back": _shown(back), "error": error}
    return pages.render("desk/sign-in.html", status, headers, **shown)


def _code_form(back: str, *, error: VotifyError | None = None) -> Response:
    status, headers = HTTPStatus.OK, None
    if error is not None:
        status, _, _, headers, _ = told(error)
    shown = {"back": _shown(back), "error": error, "pending": True}
    return pages.render("desk/code.html", status, headers, **shown)


def _shown(back: str) -> str:
    return "" if back == _HOME else back


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
