"""
Every act at the desk and by its API is written down: by one hook, whatever the route.

Whatever is no look is an act, and so is a look that hands out who votes, with which code, or what.
An act of somebody who is known is written down before it is done, and gets its outcome before the
answer goes out. What a stranger does is written down when it has ended: of a flood, once a minute.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol

from flask import Flask, Response, g, request

from admin import access, errors, note
from admin.journal import DONE, By, Journal, Row, Subject
from admin.note import Note, hash_of, session_of
from admin.organiser import Organiser
from ballotbox.errors import LedgerUnavailable, NotSignedIn

_MAX_ID = 2**31 - 1
_log = logging.getLogger(__name__)

LOOKS = {
    "api.audit.read_acts_table": "acts.export",
    "api.codes.list_codes": "codes.read",
    "api.codes.read_codes_table": "codes.export",
    "api.results.read_ballots": "ballots.export",
    "desk.audit.table": "acts.export",
    "desk.codes.index": "codes.read",
    "desk.codes.sheet": "codes.print",
    "desk.codes.table": "codes.export",
    "desk.files.ballots": "ballots.export",
}
"""The routes that only show something, and are acts all the same: by endpoint, the act's name."""

CHANGES = {
    "api.codes.make_codes": "codes.create",
    "api.codes.revoke_code": "code.revoke",
    "api.tokens.make_token": "token.create",
    "api.tokens.revoke_token": "token.revoke",
    "api.uploads.add_image": "image.create",
    "desk.account.add_token": "token.create",
    "desk.account.end_session": "session.end",
    "desk.account.revoke_token": "token.revoke",
    "desk.account.sign_out_everywhere": "account.sign_out_everywhere",
    "desk.acts.do": "poll.{act}",
    "desk.codes.generate": "codes.create",
    "desk.codes.revoke": "code.revoke",
    "desk.edit.create": "poll.create",
    "desk.edit.save": "poll.edit",
    "desk.edit.take_file": "poll.read_file",
    "desk.factor.new_codes": "factor.new_codes",
    "desk.factor.turn_off": "factor.turn_off",
    "desk.factor.turn_on": "factor.turn_on",
    "desk.organisers.add": "account.create",
    "desk.organisers.ask_factor": "factor.ask_of_all",
    "desk.organisers.change": "account.{act}",
    "desk.signing_in.sign_in": "account.sign_in",
    "desk.signing_in.take_code": "factor.give_code",
    "desk.signing_in.sign_out": "account.sign_out",
}
"""
What other routes are called. One that is not here is called by its endpoint, `part.view`, and one
of the API about polls after what it does.
"""


class Counter(Protocol):
    """What counts acts."""

    def count_act(self, act: str, outcome: str) -> None:
        """Count one."""
        ...


def install(app: Flask, journal: Journal, keys: access.Keys, counter: Counter) -> None:
    """Write down what is done in an application; call it after `access.install`."""

    @app.before_request
    def begin() -> None:
        # Only who was let in comes here.
        if (act := _name()) is None:
            return
        g.noted = noted = Note(act=act, subject=_subject(), by=_by(_caller(keys)))
        # Where everybody is let in, as to sign in, it shows later who it is.
        if g.organiser is not None:
            noted.row = journal.begin(act, noted.by, noted.subject)

    @app.after_request
    def finish(answer: Response) -> Response:
        if (act := _name()) is None:
            return answer
        noted = note.current() or Note(act=act, subject=_subject())
        noted.outcome = _outcome(noted, answer)
        try:
            _keep(journal, keys, noted)
        except LedgerUnavailable as error:
            _tell(logging.ERROR, "not in the log", noted)
            if noted.row is None and noted.outcome == DONE:
                noted.outcome, answer = error.code, errors.answer(error)
        counter.count_act(act, noted.outcome)
        return answer


def name_of(endpoint: str, arguments: Mapping[str, Any]) -> str:
    """Name the act that a route is for."""
    part, _, view = endpoint.partition(".")[2].partition(".")
    if endpoint.startswith("api.polls."):
        part, view = "poll", view.removesuffix("_poll")
    return CHANGES.get(endpoint, f"{part}.{view}").format(**arguments)


def _name() -> str | None:
    if request.endpoint is None or request.method == "OPTIONS":
        return None
    if request.method in ("GET", "HEAD"):
        return LOOKS.get(request.endpoint)
    return name_of(request.endpoint, request.view_args or {})


def _outcome(noted: Note, answer: Response) -> str:
    if refused := g.get("refused"):
        return str(refused)
    failed = answer.status_code >= HTTPStatus.BAD_REQUEST
    return HTTPStatus(answer.status_code).name.lower() if failed else noted.outcome


def _keep(journal: Journal, keys: access.Keys, noted: Note) -> None:
    if noted.row is not None:
        journal.finish(noted.row.id, noted.outcome, noted.subject, noted.details)
    elif noted.outcome == LedgerUnavailable.code:
        raise LedgerUnavailable  # it would be asked in vain
    else:
        if noted.by.id is None:
            noted.by = _by(_caller(keys))
        told = (noted.act, noted.by, noted.subject, noted.outcome, noted.details)
        if (row := journal.add(*told)) is None:
            return
        noted.row = row
    _tell(logging.INFO, noted.outcome, noted)


def _tell(level: int, what: str, noted: Note) -> None:
    row = noted.row or Row(0, noted.by.via, noted.subject.text, noted.subject.name)
    told = {
        "act": noted.act,
        "outcome": noted.outcome,
        "organiser": noted.by.name,
        "organiser_id": noted.by.id,
        "via": row.via,
        "address": noted.by.address,
        "poll": noted.subject.poll,
        "subject": row.subject or noted.subject.text,
    }
    _log.log(level, "%s: %s", noted.act, what, extra=told)


# ---- who, and to what ------------------------------------------------------------------------


def _caller(keys: access.Keys) -> Organiser | None:
    """Tell who sends the request, also where it is not theirs to do, or for everybody."""
    found: Organiser | None = g.organiser or g.caller
    if found is not None or g.shown is not None:
        return found
    try:
        return keys.of_session(access.session_text()) if access.session_text() else None
    except NotSignedIn:
        return None


def _by(who: Organiser | None) -> By:
    if who is None:
        return By(address=_address())
    token: str | None = g.shown
    return By(
        id=who.id,
        name=who.name,
        via=session_of(access.session_text()) if token is None else "token",
        token=None if token is None else hash_of(token),
        address=_address(),
    )


def _address() -> str | None:
    try:
        found = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found).partition("%")[0]


def _subject() -> Subject:
    """Read from the address of a route to what it is done."""
    named = {
        name: value
        for name, value in (request.view_args or {}).items()
        if not isinstance(value, int) or value <= _MAX_ID
    }
    rest = f"code:{named['number']}" if "number" in named else ""
    if found := re.match("[0-9a-f]{12}", named.get("session", "")):
        rest = f"session:{found[0]}"
    return Subject(
        poll=named.get("poll"), account=named.get("account"), token=named.get("token"), rest=rest
    )
