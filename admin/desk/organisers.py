"""
The accounts of all organisers, for owners.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from admin import note, pages
from admin.access import OWNER, access, organiser
from admin.errors import told
from admin.organiser import Role
from admin.parts import Parts
from ballotbox.errors import InvalidAccount, LastOwner, VotifyError


def blueprint(parts: Parts) -> Blueprint:
    """Make the routes."""
    organisers = Blueprint("organisers", __name__, url_prefix="/organisers")

    @organisers.get("")
    @access(OWNER)
    def index() -> Response:
        return _page(parts)

    @organisers.post("")
    @access(OWNER, again=True)
    def add() -> Response:
        name, password = request.form.get("name", ""), request.form.get("password", "")
        try:
            added = parts.accounts.add(name, password, _role())
        except InvalidAccount as error:
            field = "password" if "password" in str(error) else "name"
            return _page(parts, error=error, field=field)
        note.about(account=added.id, name=added.name)
        note.add(role=added.role)
        return redirect(url_for(".index", done="account-added"), HTTPStatus.SEE_OTHER)

    @organisers.post("/second-factor")
    @access(OWNER, again=True)
    def ask_factor() -> Response:
        wanted = request.form.get("wanted") == "all"
        parts.factors.ask_of_all(wanted=wanted)
        done = "factor-for-all" if wanted else "factor-by-choice"
        return redirect(url_for(".index", done=done), HTTPStatus.SEE_OTHER)

    @organisers.post("/<int:account>/<any({}):act>".format(", ".join(_ACTS)))
    @access(OWNER, again=True)
    def change(account: int, act: str) -> Response:
        try:
            _ACTS[act](parts, account)
        except (InvalidAccount, LastOwner) as error:
            return _page(parts, error=error, field=f"account-{account}")
        parts.tokens.publish()  # for whom they may vote depends on it
        return redirect(url_for(".index", done="account-changed"), HTTPStatus.SEE_OTHER)

    return organisers


def _page(parts: Parts, *, error: VotifyError | None = None, field: str = "") -> Response:
    return pages.render(
        "desk/organisers.html",
        told(error).status if error else HTTPStatus.OK,
        accounts=parts.accounts.all(),
        factor_for_all=parts.factors.for_all,
        me=organiser(),
        problems={field: error.sentence} if error else {},
        typed=request.form if error else {},
    )


def _role() -> Role:
    return Role.OWNER if request.form.get("role") == Role.OWNER else Role.ORGANISER


def _set_role(parts: Parts, account: int) -> None:
    note.add(role=_role())
    parts.accounts.set_role(account, _role())


def _set_password(parts: Parts, account: int) -> None:
    parts.accounts.set_password(account, request.form.get("password", ""))


def _disable(parts: Parts, account: int) -> None:
    parts.accounts.disable(account)


def _enable(parts: Parts, account: int) -> None:
    parts.accounts.disable(account, disabled=False)


def _drop_factor(parts: Parts, account: int) -> None:
    parts.factors.turn_off(account)


_ACTS: dict[str, Callable[[Parts, int], None]] = {
    "role": _set_role,
    "password": _set_password,
    "disable": _disable,
    "enable": _enable,
    "factor": _drop_factor,
}
