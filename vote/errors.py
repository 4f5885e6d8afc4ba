"""
What an error looks like over HTTP. No other file of this service knows a status code of an error.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import NamedTuple

from flask import Flask, Response, request
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
_RETRY = {
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": "1"},  # seconds
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "1"},
}

# What a person is told instead: a heading and a sentence.
_PLAIN = {
    "not_found": ("There is no such page", "The address may be incomplete."),
    "unknown_poll": ("There is no such poll", "Look at its address or its code once more."),
    "unknown_receipt": ("There is no such receipt", "Its address may be incomplete."),
    "cross_site": (
        "This vote was not accepted",
        "It was sent from another site. Please vote on the poll's own page.",
    ),
    "ballot_box_unavailable": (
        "Votify does not answer right now",
        "The ballot box cannot be reached. Accepted votes are safe; nothing is lost.",
    ),
}


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
    """Tell whether the request sends JSON, or prefers it to a page."""
    offers = ("text/html", "application/json", "application/problem+json")
    return request.is_json or (
        request.accept_mimetypes.best_match(offers, default=offers[0]) != offers[0]
    )


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
    return Told(status, status.name.lower(), error.description or status.description, headers)


def _page(told: Told) -> Response:
    heading, sentence = _PLAIN.get(told.code, (told.status.phrase, told.detail))
    return pages.render(
        "error.html",
        told.status,
        told.headers,
        heading=heading,
        detail=sentence,
        retry=request.method == "GET" and "Retry-After" in told.headers,
    )
