"""
The door for programs: `POST /vote` with JSON.

This is the busiest path there is, so it stands before Flask and not in it: a Flask view that does
nothing takes 38 µs, and all that a vote needs here besides Redis 26 µs. It parses once, asks Redis
once, and renders nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed, UnsupportedMediaType
from werkzeug.wsgi import get_input_stream

from ballotbox.errors import IdentityRequired, InvalidBallot, VotifyError
from ballotbox.poll import Identity, Poll
from vote import errors, origin
from vote.booth import Booth
from vote.fields import declared_voter, idempotency_key, number, poll_name
from vote.identity import Voter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_BODY = 16 * 1024  # bytes; the longest ballot is far below
_PATH = "/vote"
_log = logging.getLogger(__name__)


class Api:
    """
    A WSGI application that takes ballots, and hands everything else on.

    :param others: the application for all other requests.
    """

    def __init__(self, booth: Booth, others: WSGIApplication) -> None:
        self._booth = booth
        self._others = others

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, as WSGI asks for it."""
        if environ["PATH_INFO"] != _PATH or environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return self._others(environ, start_response)
        try:
            with self._booth.metrics.casting():
                body, voter = self._cast(environ)
        except (VotifyError, HTTPException) as error:
            return errors.problem(error)(environ, start_response)
        except Exception as error:  # noqa: BLE001 - a bug: logged, and told to nobody
            _log.exception("A ballot could not be handled.")
            return errors.problem(error)(environ, start_response)
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        if voter.cookie is not None:
            headers.append(("Set-Cookie", voter.cookie))
        start_response("202 Accepted", headers)
        return [body]

    def _cast(self, environ: WSGIEnvironment) -> tuple[bytes, Voter]:
        """Hand in the request's ballot; give the answer, and who sent it."""
        if environ["REQUEST_METHOD"] != "POST":
            raise MethodNotAllowed(["GET", "HEAD", "POST"])
        origin.check(environ)
        key = idempotency_key(environ.get("HTTP_IDEMPOTENCY_KEY"))
        ballot = _read(environ)
        poll = self._booth.polls.find(poll_name(ballot.get("pollId")))
        options = _options(ballot)
        voter = self._voter(poll, ballot.get("userId"), environ, key)
        receipt = self._booth.cast(poll, poll.marks(options), voter.id, key)
        answer = {
            "status": "Vote queued",
            "receipt": receipt,
            "poll": poll.slug,
            "choices": options,
        }
        return json.dumps(answer).encode(), voter

    def _voter(self, poll: Poll, user: object, environ: WSGIEnvironment, key: str | None) -> Voter:
        if poll.identity is Identity.DECLARED:
            return Voter(declared_voter(user))
        if user is not None:
            raise IdentityRequired(
                "This poll knows voters by a signed cookie, not by a userId: leave it out."
            )
        return self._booth.voters.recognise(environ, key)


def _read(environ: WSGIEnvironment) -> dict[str, Any]:
    """Read the request's JSON object."""
    content_type, _, _ = environ.get("CONTENT_TYPE", "").partition(";")
    if content_type.strip().lower() != "application/json":
        raise UnsupportedMediaType("Send the ballot as application/json.")
    body = get_input_stream(environ, max_content_length=MAX_BODY).read()
    try:
        ballot = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidBallot("The ballot is not JSON.") from error
    if not isinstance(ballot, dict):
        raise InvalidBallot("The ballot is not a JSON object.")
    return ballot


def _options(ballot: dict[str, Any]) -> list[int]:
    """Read the chosen options in the order of their ids."""
    one, many = ballot.get("optionId"), ballot.get("optionIds")
    if (one is None) == (many is None):
        raise InvalidBallot("Give either optionId or optionIds.")
    if many is None:
        return [number(one, "optionId")]
    if not isinstance(many, list):
        raise InvalidBallot("optionIds is a list.")
    return sorted(number(option, "An option") for option in many)
