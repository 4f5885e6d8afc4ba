"""
What an organiser does with a poll from its page.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from admin.access import POLL, access, organiser
from admin.desk.polls import poll_page
from admin.desk.times import moment
from admin.parts import Parts
from admin.polls import Office
from ballotbox.errors import InvalidPoll, Refused, UnknownPoll, VotifyError
from ballotbox.sentence import Sentence


def blueprint(parts: Parts) -> Blueprint:
    """Make the routes: one address for each thing that can be done."""
    acts = Blueprint("acts", __name__)

    @acts.post("/polls/<int:poll>/<any({}):act>".format(", ".join(_ACTS)))
    @access(POLL, again=("delete", "reset"))
    def do(poll: int, act: str) -> Response:
        perform, done = _ACTS[act]
        try:
            shown = perform(parts.office, poll)
        except (UnknownPoll, Refused):
            raise
        except VotifyError as error:
            return poll_page(parts, poll, error=error, act=act)
        place = (
            url_for("desk.polls.index", done=done)
            if shown is None
            else url_for("desk.polls.show", poll=shown, done=done)
        )
        return redirect(place, HTTPStatus.SEE_OTHER)

    return acts


def _open(office: Office, poll: int) -> int:
    office.open(organiser(), poll, expected=_seen())
    return poll


def _schedule(office: Office, poll: int) -> int:
    opens_at = moment(request.form.get("opens_at", ""), "opens_at")
    if opens_at is None:
        raise InvalidPoll("Say when it is to open.", field="opens_at")
    office.schedule(organiser(), poll, opens_at=opens_at, expected=_seen())
    return poll


def _close(office: Office, poll: int) -> int:
    office.close(organiser(), poll)
    return poll


def _reopen(office: Office, poll: int) -> int:
    closes_at = moment(request.form.get("closes_at", ""), "closes_at")
    office.reopen(organiser(), poll, closes_at=closes_at, expected=_seen())
    return poll


def _conclude(office: Office, poll: int) -> int:
    office.conclude(organiser(), poll, expected=_seen())
    return poll


def _reset(office: Office, poll: int) -> int:
    typed = request.form.get("confirm", "")
    office.reset(organiser(), poll, confirm=typed, expected=_seen())
    return poll


def _archive(office: Office, poll: int) -> int:
    office.archive(organiser(), poll)
    return poll


def _unarchive(office: Office, poll: int) -> int:
    office.archive(organiser(), poll, archived=False)
    return poll


def _duplicate(office: Office, poll: int) -> int:
    return office.duplicate(organiser(), poll).poll.id


def _delete(office: Office, poll: int) -> None:
    found = office.get(organiser(), poll)
    if found.has_ballots and request.form.get("confirm", "").strip() != found.poll.slug:
        told = Sentence("Type “%(slug)s” to confirm.", slug=found.poll.slug)
        raise InvalidPoll(told, field="confirm")
    office.delete(organiser(), poll, expected=_seen())


def _seen() -> int | None:
    """Tell which revision of the poll was on the page; without one, it does not matter."""
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004


_ACTS: dict[str, tuple[Callable[[Office, int], int | None], str]] = {
    "open": (_open, "opened"),
    "schedule": (_schedule, "scheduled"),
    "close": (_close, "closed"),
    "reopen": (_reopen, "reopened"),
    "conclude": (_conclude, "concluded"),
    "reset": (_reset, "reset"),
    "archive": (_archive, "archived"),
    "unarchive": (_unarchive, "unarchived"),
    "duplicate": (_duplicate, "copied"),
    "delete": (_delete, "deleted"),
}
