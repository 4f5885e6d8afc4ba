"""
What organisers look after of their own: password, sessions, tokens.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from admin import note, pages
from admin.access import SIGNED_IN, access, client, device_text, organiser, session_text
from admin.desk.cookie import begin_session, forget_session
from admin.errors import told
from admin.parts import Parts
from admin.passwords import check_new
from admin.tokens import DAYS, MOST_DAYS, SCOPES
from ballotbox.errors import InvalidAccount, TooManyTries, VotifyError, WrongPassword


def blueprint(parts: Parts) -> Blueprint:
    """Make the routes."""
    account = Blueprint("account", __name__, url_prefix="/account")

    @account.get("")
    @access(SIGNED_IN)
    def show() -> Response:
        return _page(parts)

    @account.post("/password")
    @access(SIGNED_IN)
    def change_password() -> Response:
        who = organiser()
        old, new = request.form.get("old", ""), request.form.get("new", "")
        try:
            # Before it counts as a try at the old one.
            check_new(new, name=who.name)
            with parts.trying(who.name, address=client(), device=device_text()):
                parts.accounts.change_password(who, old, new)
        except (WrongPassword, InvalidAccount, TooManyTries) as error:
            field = "old" if isinstance(error, WrongPassword) else "new"
            return _page(parts, error=error, field=field)
        # All sessions have ended, this one too.
        to_page = redirect(url_for(".show", done="password"), HTTPStatus.SEE_OTHER)
        return begin_session(parts, who, to_page)

    @account.post("/sessions/<session>/end")
    @access(SIGNED_IN)
    def end_session(session: str) -> Response:
        parts.sessions.end_one(organiser(), session)
        return redirect(url_for(".show", done="session-ended"), HTTPStatus.SEE_OTHER)

    @account.post("/sign-out-everywhere")
    @access(SIGNED_IN)
    def sign_out_everywhere() -> Response:
        parts.sessions.end_all(organiser())
        place = url_for("desk.signing_in.ask", done="signed-out")
        return forget_session(redirect(place, HTTPStatus.SEE_OTHER))

    @account.post("/tokens")
    @access(SIGNED_IN, again=True)
    def add_token() -> Response:
        name, scopes = request.form.get("name", ""), request.form.getlist("scope")
        try:
            token, text = parts.tokens.create(
                organiser(), name, scopes, days=_days(), session=session_text()
            )
        except InvalidAccount as error:
            field = error.field or ("name" if scopes else "scope")
            return _page(parts, error=error, field=field)
        note.about(token=token.id, name=token.name)
        note.add(scopes=token.scopes)
        # Shown in the answer itself: it is kept nowhere, so no address can lead to it.
        return _page(parts, made=token.name, text=text)

    @account.post("/tokens/<int:token>/revoke")
    @access(SIGNED_IN)
    def revoke_token(token: int) -> Response:
        parts.tokens.revoke(organiser(), token)
        return redirect(url_for(".show", done="token-revoked"), HTTPStatus.SEE_OTHER)

    return account


def _page(
    parts: Parts,
    *,
    error: VotifyError | None = None,
    field: str = "",
    made: str = "",
    text: str = "",
) -> Response:
    who = organiser()
    tokens = parts.tokens.all(who)
    return pages.render(
        "desk/account.html",
        told(error).status if error else HTTPStatus.OK,
        sessions=parts.sessions.all(who, current=session_text()),
        has_factor=parts.factors.is_on(who),
        tokens=tokens,
        token_names={token.id: token.name for token in tokens},
        scopes=SCOPES,
        days=DAYS,
        most_days=MOST_DAYS,
        problems={field: error.sentence} if error else {},
        typed=request.form if error else {},
        chosen=request.form.getlist("scope") if error else [],
        made=made,
        text=text,
    )


def _days() -> int:
    # What is no number is told as a number that cannot be.
    text = request.form.get("days", "").strip() or str(DAYS)
    return int(text) if text.isdecimal() and len(text) < 9 else 0  # noqa: PLR2004
