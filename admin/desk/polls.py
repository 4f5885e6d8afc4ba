"""
The list of polls, and the page of each.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, jsonify, request
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from admin import pages
from admin.access import POLL, SIGNED_IN, access, organiser
from admin.desk import figures, words
from admin.desk.addresses import Addresses
from admin.errors import told
from admin.parts import Parts
from admin.polls import Page
from admin.register import Entry
from ballotbox.errors import VotifyError
from ballotbox.poll import Identity, State, iso
from web import qr

_AT_ONCE = 30
_FILTERS = {"": _l("All"), **{state.value: words.STATES[state] for state in State}}
_FILTERS |= {"closed": _l("Closed"), "archived": _l("Archived")}


def blueprint(parts: Parts) -> Blueprint:
    """Make the routes."""
    polls = Blueprint("polls", __name__)

    @polls.get("/")
    @access(SIGNED_IN)
    def index() -> Response:
        found, q, state = _find(parts)
        return pages.render("desk/index.html", page=found, q=q, state=state, filters=_FILTERS)

    @polls.get("/polls.json")
    @access(SIGNED_IN)
    def index_live() -> Response:
        found, _, _ = _find(parts)
        return _json({"polls": [_brief(entry) for entry in found.entries]})

    @polls.get("/polls/<int:poll>")
    @access(POLL)
    def show(poll: int) -> Response:
        return poll_page(parts, poll)

    @polls.get("/polls/<int:poll>.json")
    @access(POLL)
    def show_live(poll: int) -> Response:
        entry = parts.office.get(organiser(), poll)
        # Asked for every two seconds: the rounds of a ranking would take too long.
        snapshot = parts.office.snapshot(organiser(), poll, rounds=False)
        bars = [bar._asdict() for bar in figures.bars(snapshot)]
        sealed = iso(entry.sealed_at) if entry.sealed_at else None
        page = {
            "revision": entry.poll.revision,
            "final": entry.final,
            "sealed": sealed,
            "differs": snapshot["differs"],
        }
        return _json({**_brief(entry), **page, "bars": bars})

    return polls


def poll_page(
    parts: Parts, poll: int, *, error: VotifyError | None = None, act: str = ""
) -> Response:
    """Show a poll, and what could not be done with it by an act."""
    entry = parts.office.get(organiser(), poll)
    snapshot = parts.office.snapshot(organiser(), poll)
    addresses = Addresses(parts.settings)
    vote = addresses.vote(entry.poll)
    by_code = entry.poll.identity is Identity.CODE
    shown: dict[str, Any] = {
        "entry": entry,
        "poll": entry.poll,
        "bars": figures.bars(snapshot),
        "snapshot": snapshot,
        "codes": parts.codes.counts(organiser(), poll) if by_code else None,
        "address": vote,
        "plain_address": addresses.plain(vote),
        "front": addresses.plain(addresses.front),
        "qr": qr.inline(vote),
        "now": parts.office.now(),
        "error": error,
        "act_name": act,
        "typed": request.form if error else {},
    }
    status, headers = HTTPStatus.OK, None
    if error is not None:
        status, _, _, headers, _ = told(error)
    return pages.render("desk/poll.html", status, headers, **shown)


def _find(parts: Parts) -> tuple[Page, str, str]:
    q, wanted = request.args.get("q", "").strip(), request.args.get("state", "")
    state = wanted if wanted in _FILTERS else ""
    found = parts.office.list(
        organiser(),
        q=q,
        state=State(state) if state in set(State) else None,
        archived=state == "archived",
        cursor=request.args.get("cursor"),
        limit=_AT_ONCE,
    )
    return found, q, state


def _brief(entry: Entry) -> dict[str, Any]:
    label, look = words.badge(entry)
    return {
        "id": entry.poll.id,
        "state": entry.state.value,
        "label": label,
        "look": look,
        "ballots": figures.count(entry.ballots),
    }


def _json(body: dict[str, Any]) -> Response:
    answer = jsonify(body)
    answer.headers["Cache-Control"] = "no-store"
    return answer
