"""
The dashboard: all polls that anybody may know of, to look through and to search.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from flask_babel import lazy_gettext as _l

from ballotbox.poll import Poll, State, iso
from result import answers, figures
from result.board import Board, Snapshot

ON_A_PAGE = 50

_LEADING = 4  # options on a card
_LONGEST = 100  # of what is searched for
_AT_ONCE = 100  # polls that are searched through before others have their turn

# Lazy: said in the language of who asks.
_GROUPS: Mapping[State, Any] = {
    State.OPEN: _l("Open"),
    State.CLOSED: _l("Closed"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What part of the list is asked for; everything where it is nonsense."""

    state: State | None
    words: str
    page: int

    @classmethod
    def read(cls) -> Asked:
        """Read it from the address."""
        state, page = request.args.get("state", ""), request.args.get("page", 1, type=int)
        return cls(
            state=State(state) if state in _GROUPS else None,
            words=request.args.get("q", "").strip()[:_LONGEST],
            page=max(1, page),
        )

    def link(self, *, state: State | None = None, page: int = 1) -> str:
        """Give the address of another part of the list, with the same search."""
        arguments = {"state": state or "", "q": self.words, "page": page if page > 1 else ""}
        given = {name: value for name, value in arguments.items() if value}
        return f"/result/?{urlencode(given)}" if given else "/result/"


@dataclass(frozen=True, slots=True)
class Listed:
    """A poll, and where it is in its life as the list is made."""

    poll: Poll
    state: State

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands: open ones first, then the rest; newest first."""
        return [*_GROUPS].index(self.state), -self.poll.id


def blueprint(board: Board) -> Blueprint:
    """Make the route of the list, answered from the board."""
    dashboard = Blueprint("dashboard", __name__, url_prefix="/result")
    dashboard.add_app_template_filter(leading)
    dashboard.add_app_template_filter(figures.counted)

    @dashboard.get("", strict_slashes=False)
    def index() -> Response:
        """List the polls that are asked for, a page of them."""
        asked = Asked.read()
        found = [Listed(poll, board.state(poll)) for poll in search(board.polls(), asked.words)]
        chosen = sorted(
            (each for each in found if asked.state in (None, each.state)),
            key=lambda each: each.place,
        )
        pages = max(1, math.ceil(len(chosen) / ON_A_PAGE))
        number = min(asked.page, pages)
        return answers.page(
            "index.html",
            asked=asked,
            tabs=_tabs(asked, found),
            groups=_groups(board, chosen[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]),
            number=number,
            pages=pages,
            to_page=partial(_to_page, asked),
            as_of=iso(board.as_of) if board.as_of else None,
            fresh=board.fresh,
        )

    return dashboard


def search(polls: Iterable[Poll], words: str) -> list[Poll]:
    """Find the polls in whose question, options, name or code every one of the words stands."""
    wanted = words.casefold().split()
    if not wanted:
        return list(polls)
    found = []
    for number, poll in enumerate(polls, 1):
        if number % _AT_ONCE == 0:
            time.sleep(0)  # every socket of this process waits meanwhile
        if _has(poll, wanted):
            found.append(poll)
    return found


def _has(poll: Poll, wanted: Sequence[str]) -> bool:
    texts = (poll.question, poll.slug, poll.code, *(option.text for option in poll.options))
    text = "\n".join(texts).casefold()
    return all(word in text for word in wanted)


def leading(options: Sequence[figures.Shown]) -> list[figures.Shown]:
    """Choose the options that are ahead, as many as a card shows, in the poll's order."""
    ahead = sorted(options, key=figures.standing, reverse=True)[:_LEADING]
    chosen = {each["id"] for each in ahead}
    return [each for each in options if each["id"] in chosen]


def _tabs(asked: Asked, found: Sequence[Listed]) -> list[dict[str, Any]]:
    """Give the parts of the list with their names, addresses, and how many polls are in each."""
    parts: list[tuple[State | None, Any]] = [(None, _l("All")), *_GROUPS.items()]
    return [
        {
            "name": name,
            "state": state or "",
            "link": asked.link(state=state),
            "count": sum(1 for each in found if state in (None, each.state)),
            "here": state == asked.state,
        }
        for state, name in parts
    ]


def _groups(board: Board, listed: Sequence[Listed]) -> list[tuple[State, Any, list[Snapshot]]]:
    return [
        (state, _GROUPS[state], [board.snapshot(each.poll) for each in group])
        for state, group in groupby(listed, key=lambda each: each.state)
    ]


def _to_page(asked: Asked, number: int) -> str:
    return asked.link(state=asked.state, page=number)
