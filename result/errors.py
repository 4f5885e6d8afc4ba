"""
What an error looks like over HTTP. No other file of this service knows a status code of an error.
"""

from __future__ import annotations

import json
from http import HTTPStatus

from flask import Flask, Response, request
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException

from ballotbox.errors import NotSealed, PollNotOpen, Unavailable, UnknownPoll, VotifyError
from result import answers

_STATUS: dict[type[Exception], HTTPStatus] = {
    VotifyError: HTTPStatus.INTERNAL_SERVER_ERROR,
    UnknownPoll: HTTPStatus.NOT_FOUND,
    PollNotOpen: HTTPStatus.NOT_FOUND,
    NotSealed: HTTPStatus.NOT_FOUND,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

# What a person is told instead: a heading and a sentence.
_PLAIN = {
    "unknown_poll": (
        _l("There is no such poll"),
        _l("The address may have a typing mistake in it, or the poll was deleted."),
    ),
    "poll_not_open": (_l("This poll is not open yet."), _l("Come back when it is open.")),
    "ledger_unavailable": (
        _l("No numbers at this moment"),
        _l("They cannot be read just now. Votes are safe meanwhile. This page loads itself again."),
    ),
    "not_sealed": (
        _l("There is no seal"),
        _l("The result is not sealed yet, or is not shown to everybody."),
    ),
    "not_found": (
        _l("There is no such page"),
        _l("The address may have a typing mistake in it."),
    ),
}
_OTHERWISE = (_l("That did not work"), _l("Go back, and try it again."))


def install(app: Flask) -> None:
    """Answer every error with a problem (RFC 9457) or, to people, with a page."""
    app.register_error_handler(VotifyError, _answer_ours)
    app.register_error_handler(HTTPException, _answer_http)


def _answer_ours(error: VotifyError) -> Response:
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    retry = {"Retry-After": "1"} if status is HTTPStatus.SERVICE_UNAVAILABLE else {}
    return _answer(status, error.code, str(error), retry)


def _answer_http(error: HTTPException) -> Response:
    """Answer with an error that Flask found: no such page, or a bug of ours."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    methods = getattr(error, "valid_methods", None)
    allow = {"Allow": ", ".join(sorted(methods))} if methods else {}
    return _answer(status, status.name.lower(), error.description or status.description, allow)


def _answer(status: HTTPStatus, code: str, detail: str, headers: dict[str, str]) -> Response:
    if not _wants_json():
        heading, sentence = _PLAIN.get(code, _OTHERWISE)
        retry = status is HTTPStatus.SERVICE_UNAVAILABLE
        return answers.page(
            "error.html", status, headers, heading=heading, sentence=sentence, retry=retry
        )
    problem = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "code": code,
        "detail": detail,
    }
    return answers.data(json.dumps(problem), "application/problem+json", status, headers)


def _wants_json() -> bool:
    if request.path.endswith(".json"):
        return True
    offers = ("text/html", "application/json", "application/problem+json")
    return request.accept_mimetypes.best_match(offers, default=offers[0]) != offers[0]
