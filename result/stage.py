"""
The stage: one poll on the big screen, or several in a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as Redirect

from ballotbox.errors import UnknownPoll, VotifyError
from result import answers
from result.board import Board
from result.standing import Standings
from result.verdict import verdict
from web import qr

_LONGEST_ADDRESS = 2000
_LONGEST_NAME = 80  # of a poll in an address
_MOST = 50  # polls in a show; a client may watch a hundred
# Cookies of the desk. Whether one is good is for `admin` to say.
_SESSIONS = ("desk", "__Host-desk")


@dataclass(frozen=True, slots=True)
class _Show:
    """Polls in a row, as addresses name them, and which of them is on the stage."""

    names: Sequence[str]
    at: int

    @classmethod
    def asked(cls, name: str) -> _Show:
        """Read the show that the request at hand asks for, with this poll on the stage."""
        names = _clean(request.args.get("show", "").split(","))
        names = names if name in names else [name, *names][:_MOST]
        return cls(names, names.index(name))

    def link(self, step: int) -> str | None:
        """Give the address of the poll so many steps away; None where there is none."""
        to = self.at + step
        return _address(self.names[to], request.args) if 0 <= to < len(self.names) else None


def blueprint(board: Board, standings: Standings) -> Blueprint:
    """Make the routes of the stage, answered from the board."""
    stage = Blueprint("stage", __name__, url_prefix="/result")
    stage.add_app_template_filter(verdict)

    @stage.get("/present")
    def gather() -> Redirect:
        """Lead who has ticked polls in a list to a show of them, in the order they were made in."""
        names = _clean(request.args.getlist("poll"))
        numbers = {name: _number(board, name) for name in names}
        if None not in numbers.values():
            names.sort(key=lambda name: numbers[name] or 0)
        # As many as go into an address: NGINX takes 4 KB for all headers of an answer.
        while len(address := _show(names)) > _LONGEST_ADDRESS:
            names.pop()
        return redirect(address, HTTPStatus.SEE_OTHER)

    @stage.get("/<name>/present")
    def present(name: str) -> Response:
        """Show one poll of a show; one that nobody knows may be a draft, and is waited for."""
        try:
            standing = standings.coming(name)
        except UnknownPoll:
            standing = None
        return answers.page(
            "present.html",
            HTTPStatus.OK if standing else HTTPStatus.NOT_FOUND,
            show=_Show.asked(name),
            standing=standing,
            fresh=board.fresh,
            # By its code: a code is short, so the squares are large, whatever the poll is called.
            qr=qr.inline(f"{standing.home}/?code={standing.poll.code}") if standing else None,
            curtain=request.args.get("curtain") == "1",
            is_organiser=any(cookie in request.cookies for cookie in _SESSIONS),
        )

    return stage


def _number(board: Board, name: str) -> int | None:
    """Tell the number of a poll that is named by it, or that strangers may know of."""
    if name.isdecimal():
        return int(name)
    try:
        return board.find(name).id
    except VotifyError:
        return None


def _clean(names: Iterable[str]) -> list[str]:
    found = dict.fromkeys(name.strip() for name in names)
    sound = (name for name in found if 0 < len(name) <= _LONGEST_NAME and "/" not in name)
    return list(islice(sound, _MOST))


def _show(names: Sequence[str]) -> str:
    if not names:
        return "/result/"
    return _address(names[0], {"show": ",".join(names)} if len(names) > 1 else {})


def _address(name: str, arguments: Mapping[str, str]) -> str:
    query = f"?{urlencode(arguments, safe=',')}" if arguments else ""
    return f"/result/{quote(name, safe='')}/present{query}"
