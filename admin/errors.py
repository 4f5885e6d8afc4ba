"""
What an error looks like over HTTP. No other file of this service knows a status code of an error.
"""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Flask, Response, g, has_request_context, request
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException, InternalServerError

from admin import pages
from admin.access import AGAIN
from ballotbox.errors import (
    FactorNeeded,
    NotSignedIn,
    PasswordNeeded,
    TooManyTries,
    Unavailable,
    VotifyError,
    in_full,
)
from web.language import said

SIGN_IN = "/admin/sign-in"
SECOND_FACTOR = "/admin/account/second-factor"
LONGEST_WAY_BACK = 1000
"""Letters of an address to go back to. NGINX takes 4 KB for all headers of an answer."""

_log = logging.getLogger(__name__)

# By code: an error takes the status of the nearest of its ancestors that has one.
_STATUS = {
    "error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "refused": HTTPStatus.BAD_REQUEST,
    "cross_site": HTTPStatus.FORBIDDEN,
    "invalid_account": HTTPStatus.BAD_REQUEST,
    "invalid_image": HTTPStatus.BAD_REQUEST,
    "too_many_images": HTTPStatus.CONFLICT,
    "invalid_poll": HTTPStatus.BAD_REQUEST,
    "invalid_request": HTTPStatus.BAD_REQUEST,
    "not_signed_in": HTTPStatus.UNAUTHORIZED,
    "wrong_password": HTTPStatus.FORBIDDEN,
    "password_needed": HTTPStatus.FORBIDDEN,
    "second_factor_needed": HTTPStatus.FORBIDDEN,
    "wrong_code": HTTPStatus.FORBIDDEN,
    "forbidden": HTTPStatus.FORBIDDEN,
    "unknown_code_number": HTTPStatus.NOT_FOUND,
    "unknown_image": HTTPStatus.NOT_FOUND,
    "unknown_organiser": HTTPStatus.NOT_FOUND,
    "unknown_poll": HTTPStatus.NOT_FOUND,
    "not_sealed": HTTPStatus.NOT_FOUND,
    "unknown_token": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "revision_mismatch": HTTPStatus.PRECONDITION_FAILED,
    "if_match_required": HTTPStatus.PRECONDITION_REQUIRED,
    "too_many_tries": HTTPStatus.TOO_MANY_REQUESTS,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}
# Python has changed its own name for it, and a code stays.
_CODES = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "content_too_large"}
_HEADERS = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "1"},
}

# What a person is told instead: a heading and a sentence.
_PLAIN = {
    "not_found": (_l("There is no such page"), _l("The address may be incomplete.")),
    "method_not_allowed": (_l("There is no such page"), _l("The address may be incomplete.")),
    "unknown_poll": (
        _l("There is no such poll"),
        _l("It may have been deleted, or it is not yours."),
    ),
    "forbidden": (_l("This is not yours to do"), _l("Only an owner can do this.")),
    "cross_site": (
        _l("This was not done"),
        _l("The request came from another site. Please do it on the desk's own pages."),
    ),
    "content_too_large": (
        _l("That file is too large"),
        _l("An image may have 5 MB. Save it smaller, and send it again."),
    ),
    "too_many_tries": (
        _l("There were too many tries to sign in"),
        _l("Wait some minutes, then try again."),
    ),
    "ballot_box_unavailable": (
        _l("Redis does not answer right now"),
        _l("Nothing was changed, and what was voted is safe. Try again in a moment."),
    ),
    "ledger_unavailable": (
        _l("The database does not answer right now"),
        _l("Nothing was lost, and voting goes on meanwhile. Try again in a moment."),
    ),
    "revision_mismatch": (
        _l("Somebody has changed the poll meanwhile"),
        _l("Nothing was saved. Look at the poll again, then repeat your change."),
    ),
}
_OTHERWISE = _l("That did not work")
_UNKNOWN = _l("Something went wrong. Go back, and try it again.")


class Told(NamedTuple):
    """An error in the terms of HTTP; `fields` are (field, sentence) of what has to be mended."""

    status: HTTPStatus
    code: str
    detail: str
    headers: dict[str, str]
    fields: tuple[tuple[str, str], ...] = ()


def install(app: Flask) -> None:
    """Answer every error with a problem (RFC 9457) or, to people, with a page."""
    app.register_error_handler(VotifyError, answer)
    app.register_error_handler(HTTPException, answer)


def answer(error: Exception) -> Response:
    """Answer the request at hand, as it asks to be answered."""
    told(error)  # refused, whatever the answer will look like
    if isinstance(error, Unavailable):
        _log.warning("%s cannot be answered: %s", request.path, in_full(error))
    if wants_json():
        return problem(error)
    if isinstance(error, NotSignedIn):
        return _to_sign_in()
    if isinstance(error, FactorNeeded):
        return _led_to(SECOND_FACTOR)
    if isinstance(error, PasswordNeeded):
        return _ask_again(error)
    return _page(error, told(error))


def problem(error: Exception) -> Response:
    """Describe an error to a program."""
    status, code, detail, headers, fields = told(error)
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "code": code,
        "detail": detail,
    }
    if fields:
        body["errors"] = [{"field": field, "detail": sentence} for field, sentence in fields]
    return Response(json.dumps(body), status, headers, content_type="application/problem+json")


def wants_json() -> bool:
    """Tell whether the request is for programs, sends JSON, or prefers it to a page."""
    if request.path.startswith("/api/") or request.path.endswith(".json") or request.is_json:
        return request.path != "/api/docs"
    offers = ("text/html", "application/json", "application/problem+json")
    return request.accept_mimetypes.best_match(offers, default=offers[0]) != offers[0]


def told(error: Exception) -> Told:
    """
    Put an error into the terms of HTTP; of what is none of ours, nothing is told.

    The request at hand is refused with it, as `admin.audit` writes down.
    """
    found = _told(error)
    if has_request_context():
        g.refused = found.code
    return found


def _told(error: Exception) -> Told:
    if isinstance(error, VotifyError):
        status = _status(type(error))
        headers = _HEADERS.get(status, {})
        if isinstance(error, TooManyTries):
            headers = {"Retry-After": str(error.seconds)}
        return Told(status, error.code, error.sentence, headers, _fields(error))
    if not isinstance(error, HTTPException):
        error = InternalServerError()
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    methods = getattr(error, "valid_methods", None)
    headers = {"Allow": ", ".join(sorted(methods))} if methods else {}
    code = _CODES.get(status, status.name.lower())
    return Told(status, code, error.description or status.description, headers)


def _status(kind: type[VotifyError]) -> HTTPStatus:
    codes = (each.code for each in kind.__mro__ if issubclass(each, VotifyError))
    return next(_STATUS[code] for code in codes if code in _STATUS)


def _fields(error: VotifyError) -> tuple[tuple[str, str], ...]:
    if listed := getattr(error, "fields", ()):
        return tuple((field, sentence) for field, sentence in listed)
    field = getattr(error, "field", "")
    return ((field, error.sentence),) if field else ()


def _to_sign_in() -> Response:
    # Only a page can be gone back to: a form that was sent cannot be sent again by an address.
    address = request.full_path.rstrip("?")
    can_go_back = request.method == "GET" and len(address) <= LONGEST_WAY_BACK
    return _led_to(f"{SIGN_IN}?{urlencode({'next': address})}" if can_go_back else SIGN_IN)


def _led_to(address: str) -> Response:
    return Response("", HTTPStatus.SEE_OTHER, {**pages.HEADERS, "Location": address})


def _ask_again(error: PasswordNeeded) -> Response:
    """Ask for the password with a form that then does what was asked for, as it was filled in."""
    failed = told(error.failed or error)
    filled = [each for each in request.form.items(multi=True) if each[0] != AGAIN]
    return pages.render(
        "desk/again.html", failed.status, failed.headers, error=error.failed, filled=filled
    )


def _page(error: Exception, told: Told) -> Response:
    heading, sentence = _PLAIN.get(told.code, (_OTHERWISE, _sentence(error)))
    retry = request.method == "GET" and told.status is HTTPStatus.SERVICE_UNAVAILABLE
    return pages.render(
        "error.html", told.status, told.headers, heading=heading, detail=sentence, retry=retry
    )


def _sentence(error: Exception) -> str:
    """Say what an error says of itself; what the framework says is for programs."""
    return said(error.sentence) if isinstance(error, VotifyError) else str(_UNKNOWN)
