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

from ballotbox import origin
from ballotbox.ballot import MAX_VOTER
from ballotbox.errors import (
    IdentityRequired,
    InvalidBallot,
    PollNotOpen,
    UnknownPoll,
    VotifyError,
)
from ballotbox.kinds import Choice
from ballotbox.poll import Identity, Kind, Poll
from ballotbox.queue import Code
from vote import errors
from vote.booth import Booth, hides
from vote.fields import (
    bearer_token,
    choice,
    declared_voter,
    idempotency_key,
    poll_name,
    withdraws,
)
from vote.identity import Voter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_BODY = 16 * 1024  # bytes; the longest ballot is far below
_PATH = "/vote"
_UNPROVED = {
    Identity.COOKIE: "This poll knows voters by a signed cookie, not by a userId: leave it out.",
    Identity.CODE: "This poll knows voters by a code, not by a userId: send the code.",
}
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
                body, cookie = self._cast(environ)
        except (VotifyError, HTTPException) as error:
            return errors.problem(error)(environ, start_response)
        except Exception as error:  # noqa: BLE001 - a bug: logged, and told to nobody
            _log.exception("A ballot could not be handled.")
            return errors.problem(error)(environ, start_response)
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        if cookie is not None:
            headers.append(("Set-Cookie", cookie))
        start_response("202 Accepted", headers)
        return [body]

    def _cast(self, environ: WSGIEnvironment) -> tuple[bytes, str | None]:
        """Hand in the request's ballot; give the answer, and the cookie for who sent it."""
        if environ["REQUEST_METHOD"] != "POST":
            raise MethodNotAllowed(["GET", "HEAD", "POST"])
        origin.check(environ)
        key = idempotency_key(environ.get("HTTP_IDEMPOTENCY_KEY"))
        ballot = _read(environ)
        poll = self._poll(ballot, environ)
        try:
            return self._hand_in(poll, ballot, environ, key)
        except VotifyError as error:
            if hides(poll, error):
                raise PollNotOpen from error
            raise

    def _poll(self, ballot: dict[str, Any], environ: WSGIEnvironment) -> Poll:
        """Find the poll of a ballot; raises UnknownPoll."""
        name = poll_name(ballot.get("pollId"))
        try:
            return self._booth.find(name, environ)
        except UnknownPoll:
            code = ballot.get("code")
            known = code if isinstance(code, str) else ""
            return self._booth.numbered(name, environ, code=known, token=_token(environ))

    def _hand_in(
        self, poll: Poll, ballot: dict[str, Any], environ: WSGIEnvironment, key: str | None
    ) -> tuple[bytes, str | None]:
        """Hand in a ballot of a poll; gives what `_cast` does."""
        chosen = None if withdraws(ballot) else choice(ballot)
        voter, code = self._voter(poll, ballot, environ, key)
        if chosen is None:
            accepted = self._booth.withdraw(poll, voter, key, code)
        else:
            accepted = self._booth.cast(poll, chosen, voter, key, code)
        answer = {
            "status": "Vote queued",
            "receipt": accepted.receipt,
            "poll": poll.slug,
            "choices": _as_sent(poll, chosen or []),
        }
        return json.dumps(answer).encode(), voter.cookie if accepted.is_voters else None

    def _voter(
        self, poll: Poll, ballot: dict[str, Any], environ: WSGIEnvironment, key: str | None
    ) -> tuple[Voter, Code | None]:
        """Tell who votes, and with which code; raises IdentityRequired."""
        user = ballot.get("userId")
        if poll.identity is Identity.DECLARED:
            return Voter(declared_voter(user)), None
        if user is not None:
            authorization = environ.get("HTTP_AUTHORIZATION")
            if authorization is None:
                raise IdentityRequired(_UNPROVED[poll.identity])
            # Its prefix, `user:`, and the id fit a voter's id together.
            who = declared_voter(user, longest=MAX_VOTER - 5)
            return self._booth.vouched(poll, who, bearer_token(authorization)), None
        if poll.identity is Identity.CODE:
            text, receipt = ballot.get("code"), ballot.get("receipt")
            if not isinstance(receipt, str | None):
                raise InvalidBallot("receipt is a text.")
            text = text if isinstance(text, str) else ""
            code = self._booth.code(poll, text, environ, receipt or "")
            return Voter(code.voter), code
        return self._booth.voters.recognise(environ, key, poll.id), None


def _token(environ: WSGIEnvironment) -> str:
    try:
        return bearer_token(environ.get("HTTP_AUTHORIZATION", ""))
    except IdentityRequired:
        return ""


def _as_sent(poll: Poll, chosen: Choice) -> Choice:
    # In the other kinds the order says nothing.
    return chosen if poll.kind in (Kind.RANKED, Kind.RATING) else sorted(chosen)


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
