"""
What an error looks like over HTTP. No other file of this service knows a status code of an error.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import NamedTuple

from flask import Flask, Response, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException, InternalServerError

from ballotbox.errors import (
    IdentityRequired,
    Refused,
    SlowDown,
    Unavailable,
    UnknownPoll,
    UnknownReceipt,
    VotifyError,
)
from ballotbox.origin import CrossSite
from vote import pages
from web.language import mark

_STATUS: dict[type[Exception], HTTPStatus] = {
    VotifyError: HTTPStatus.INTERNAL_SERVER_ERROR,
    Refused: HTTPStatus.BAD_REQUEST,
    IdentityRequired: HTTPStatus.FORBIDDEN,
    CrossSite: HTTPStatus.FORBIDDEN,
    UnknownPoll: HTTPStatus.NOT_FOUND,
    UnknownReceipt: HTTPStatus.NOT_FOUND,
    SlowDown: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
# Python has changed its own name for it, and a code stays.
_CODES = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "content_too_large"}
_RETRY = {
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": "1"},  # seconds
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "1"},
}

# What a person is told instead: a heading and a sentence.
_PLAIN = {
    "not_found": (mark("There is no such page"), mark("The address may be incomplete.")),
    "unknown_poll": (
        mark("There is no such poll"),
        mark("Look at its address or its code once more."),
    ),
    "slow_down": (mark("Too many codes were tried"), mark("Wait a moment, then try again.")),
    "unknown_receipt": (mark("There is no such receipt"), mark("Its address may be incomplete.")),
    "cross_site": (
        mark("This vote was not accepted"),
        mark("It was sent from another site. Please vote on the poll's own page."),
    ),
    "ballot_box_unavailable": (
        mark("Votify does not answer right now"),
        mark("The ballot box cannot be reached. Accepted votes are safe; nothing is lost."),
    ),
    "internal_server_error": (
        mark("Something went wrong"),
        mark("That is a fault of Votify. Go back and try again in a moment."),
    ),
}
_ODD = (mark("This cannot be done"), mark("Go back and try it another way."))


class Told(NamedTuple):
    """An error in the terms of HTTP."""

    status: HTTPStatus
    code: str
    detail: str
    headers: dict[str, str]


def install(app: Flask) -> None:
    """Answer every error with a problem (RFC 9457) or, to people, with a page."""
    app.register_error_handler(VotifyError, answer)
    app.register_error_handler(HTTPException, answer)


def answer(error: Exception) -> Response:
    """Answer the request at hand, as it asks to be answered."""
    return problem(error) if wants_json() else _page(told(error))


def problem(error: Exception) -> Response:
    """Describe an error to a program."""
    status, code, detail, headers = told(error)
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "code": code,
        "detail": detail,
    }
    return Response(json.dumps(body), status, headers, content_type="application/problem+json")


def wants_json() -> bool:
    """Tell whether the request sends JSON, asks for a file of it, or prefers it to a page."""
    if request.is_json or request.path.endswith(".json"):
        return True
    offers = ("text/html", "application/json", "application/problem+json")
    return request.accept_mimetypes.best_match(offers, default=offers[0]) != offers[0]


def told(error: Exception) -> Told:
    """Put an error into the terms of HTTP; of what is none of ours, nothing is told."""
    if isinstance(error, VotifyError):
        status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
        return Told(status, error.code, str(error), _RETRY.get(status, {}))
    if not isinstance(error, HTTPException):
        error = InternalServerError()
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    methods = getattr(error, "valid_methods", None)
    headers = {"Allow": ", ".join(sorted(methods))} if methods else {}
    code = _CODES.get(status, status.name.lower())
    return Told(status, code, error.description or status.description, headers)


def _page(told: Told) -> Response:
    heading, sentence = _PLAIN.get(told.code, _ODD)
    return pages.render(
        "error.html",
        told.status,
        told.headers,
        heading=_(heading),
        detail=_(sentence),
        retry=request.method == "GET" and "Retry-After" in told.headers,
    )
