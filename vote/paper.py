"""
The door for people: the ballot paper, an HTML form that works without JavaScript.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from ballotbox.errors import InvalidBallot, Unavailable, UnknownPoll, VotifyError
from ballotbox.poll import Identity, Poll, State
from vote import errors, origin, pages
from vote.booth import Booth
from vote.fields import declared_voter, idempotency_key, number, poll_name
from vote.identity import Voter

# What a person is told, where the message for programs would not do.
_PLAIN = {
    "already_voted": "You have already voted, and this poll does not let a vote be changed.",
    "identity_required": "Give your name or number: it tells your vote from the others.",
    "poll_closed": "The poll has closed in the meantime.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What a voter has filled in, right or wrong."""

    key: str | None
    options: tuple[int, ...] = ()
    user: str = ""

    @classmethod
    def read(cls) -> Filled:
        """Read the request's form; raises InvalidBallot for one that no paper of ours makes."""
        form = request.form
        return cls(
            key=idempotency_key(form.get("key")),
            options=tuple(sorted(number(option, "An option") for option in form.getlist("option"))),
            user=form.get("userId", "").strip(),
        )


def blueprint(booth: Booth) -> Blueprint:
    """Make the routes of the ballot paper."""
    paper = Blueprint("paper", __name__)
    sheets = Sheets(booth)

    @paper.get("/vote/<name>")
    def ballot(name: str) -> Response:
        voter = booth.voters.recognise(request.environ)
        try:
            poll = sheets.find(name)
        except Unavailable as error:
            return sheets.again(name, Filled(key=_new_key()), voter, error)
        if poll.slug != name:
            return redirect(url_for(".ballot", name=poll.slug))
        return sheets.show(poll, Filled(key=_new_key()), voter)

    @paper.post("/vote/<name>")
    def cast(name: str) -> Response:
        filled = Filled.read()
        voter = booth.voters.recognise(request.environ, filled.key)
        try:
            with booth.metrics.casting():
                code = sheets.hand_in(name, filled, voter)
        except VotifyError as error:
            return sheets.again(name, filled, voter, error)
        answer = redirect(url_for("receipts.receipt", code=code), HTTPStatus.SEE_OTHER)
        if voter.cookie is not None:
            answer.headers["Set-Cookie"] = voter.cookie
        return answer

    return paper


class Sheets:
    """
    Ballot papers: shown, handed in, and given back with a word on what is wrong.

    :ivar _seen: the polls as last found, so that a voter keeps the paper when Redis goes away.
    """

    def __init__(self, booth: Booth) -> None:
        self._booth = booth
        self._seen: dict[str, Poll] = {}

    def find(self, name: str) -> Poll:
        """Find a poll by its slug, code or id; raises UnknownPoll or BallotBoxUnavailable."""
        poll = self._booth.polls.find(poll_name(name))
        self._seen[poll.slug] = poll
        return poll

    def hand_in(self, name: str, filled: Filled, voter: Voter) -> str:
        """Cast what is filled in and give the receipt; raises what may be wrong with it."""
        origin.check(request.environ)
        poll = self.find(name)
        marks = poll.marks(filled.options)
        who = declared_voter(filled.user) if poll.identity is Identity.DECLARED else voter.id
        try:
            return self._booth.cast(poll, marks, who, filled.key)
        except InvalidBallot as error:
            # A paper from the browser's history, sent once more with another choice on it.
            raise InvalidBallot(
                "You have sent this paper before, with another choice. "
                "Press the button again to change your vote to this one."
            ) from error

    def again(self, name: str, filled: Filled, voter: Voter, error: VotifyError) -> Response:
        """Give the paper back as it was filled in, with what is wrong; raises if there is none."""
        # What another site has filled in is not shown as the voter's own.
        if isinstance(error, origin.CrossSite | UnknownPoll) or errors.wants_json():
            raise error
        if name in self._seen:
            return self.show(self._seen[name], filled, voter, error)
        if request.method != "POST":
            raise error
        # Nothing is known of the poll, but what was filled in can still be kept.
        return _page("resend.html", voter, error, filled=filled)

    def show(
        self, poll: Poll, filled: Filled, voter: Voter, error: VotifyError | None = None
    ) -> Response:
        """Show a paper, filled in, and with what is wrong with it."""
        mine: frozenset[int] = frozenset()
        if not isinstance(error, Unavailable):
            try:
                mine = self._mine(poll, voter)
            except Unavailable as unavailable:
                error = error or unavailable
        state = poll.state(datetime.now(UTC))
        return _page(
            "ballot.html",
            voter,
            error,
            poll=poll,
            state=state,
            mine=mine,
            chosen=filled.options or mine,
            user=filled.user,
            # Whether it arrived is not known: only with the same key is sending it again safe.
            key=filled.key if isinstance(error, Unavailable) else _new_key(),
            fillable=state is State.OPEN and (poll.change or not mine),
        )

    def _mine(self, poll: Poll, voter: Voter) -> frozenset[int]:
        """Tell which options this browser has voted for, as far as that is known."""
        if poll.identity is Identity.DECLARED or voter.cookie is not None:
            return frozenset()
        remembered = self._booth.queue.choice(poll.id, voter.id)
        return frozenset(mark.option for mark in remembered[1]) if remembered else frozenset()


def _page(
    template: str,
    voter: Voter,
    error: VotifyError | None,
    **shown: Any,  # noqa: ANN401 - a template shows anything
) -> Response:
    """Render a page for a voter, who is known by the cookie from now on."""
    headers = {"Set-Cookie": voter.cookie} if voter.cookie is not None else {}
    if error is None:
        return pages.render(template, headers=headers, **shown)
    told = errors.told(error)
    message = _PLAIN.get(told.code, told.detail)
    unsure = isinstance(error, Unavailable)
    shown |= {"error": error, "message": message, "unsure": unsure}
    return pages.render(template, told.status, headers | told.headers, **shown)


def _new_key() -> str:
    return secrets.token_urlsafe(16)
