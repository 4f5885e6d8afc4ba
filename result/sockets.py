"""
The sockets: who watches which poll, and what is pushed to whom.

| event | from | carries |
|---|---|---|
| `watch` | client | `{"poll": slug or id, "receipt"?}`; acknowledged with the poll's snapshot |
| `unwatch` | client | the same, or nothing for all; acknowledged with `{"watching": [ids]}` |
| `results` | server | a snapshot, when it has changed, to those who watch its poll |
| `gone` | server | `{"poll": id}`, to those who watch a poll that is not shown any more |
| `as-of` | server | `{"as_of": time}`, every two seconds: what you watch was right at that time |
| `poll-stats` | server | `{"pollId", "optionId", "newCount"}`, to those who watch nothing |

A receipt of the poll shows what only voters may see; strangers and voters of a poll are told apart.
What is wrong with a request is acknowledged as `{"error": {"code", "message"}}`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

import socketio

from ballotbox.errors import VotifyError
from ballotbox.poll import Poll, iso
from result.board import Board, Snapshot, View
from result.metrics import Metrics
from result.passes import Passes

log = logging.getLogger(__name__)

_STRANGERS = "strangers"
_WATCHERS = "watchers"
_MOST_WATCHED = 100  # polls that one client may watch


class InvalidRequest(VotifyError):
    """Send an object such as {"poll": "cats-or-dogs"}."""

    code = "invalid_request"


class TooManyWatched(VotifyError):
    """This client watches as many polls as one may."""

    code = "too_many_watched"


class Sockets:
    """The audience that is connected to this process; `result.feed.Audience` is what it does."""

    def __init__(
        self, server: socketio.Server, board: Board, passes: Passes, metrics: Metrics
    ) -> None:
        self._server = server
        self._board = board
        self._passes = passes
        self._watching: dict[str, dict[int, View]] = {}  # by client and poll
        self._watched: Counter[View] = Counter()
        self._pushes = metrics.pushes
        metrics.clients.set_function(lambda: len(self._watching))
        server.on("connect", self._connect)
        server.on("disconnect", self._disconnect)
        server.on("watch", self._answering(self._watch))
        server.on("unwatch", self._answering(self._unwatch))

    def watched(self) -> Collection[View]:
        """Name the polls that somebody watches, and as whom."""
        return list(self._watched)

    def show(self, view: View, snapshot: Snapshot) -> None:
        """Push a poll's standing to those who watch it so; it is encoded once for all of them."""
        self._emit("results", snapshot, room=_room(view))

    def gone(self, poll: int) -> None:
        """Tell those who watch a poll that it is not shown any more; it may come back."""
        for voted in (False, True):
            self._emit("gone", {"poll": poll}, room=_room(View(poll, voted)))

    def count(self, poll: int, option: int, votes: int) -> None:
        """Push one option's new count to those who watch nothing."""
        stats = {"pollId": poll, "optionId": option, "newCount": votes}
        self._emit("poll-stats", stats, room=_STRANGERS)

    def confirm(self, as_of: datetime) -> None:
        """Tell those who watch that what they were shown was still right at this moment."""
        self._emit("as-of", {"as_of": iso(as_of)}, room=_WATCHERS)

    def close(self) -> None:
        """
        Close every connection.

        The connections and not the sessions on them: a client whose session is ended by the server
        takes that for the last word, and does not connect again.
        """
        self._server.eio.disconnect()

    def _emit(self, event: str, data: dict[str, Any], *, room: str) -> None:
        self._pushes.labels(event).inc()
        self._server.emit(event, data, room=room)

    def _connect(self, sid: str, *_: object) -> None:
        self._watching[sid] = {}
        self._server.enter_room(sid, _STRANGERS)

    def _disconnect(self, sid: str, *_: object) -> None:
        # The library takes it out of the rooms.
        self._watched -= Counter(self._watching.pop(sid, {}).values())

    def _answering(
        self, handler: Callable[[str, object], dict[str, Any]]
    ) -> Callable[..., dict[str, Any]]:
        def answer(sid: str, request: object = None, *_: object) -> dict[str, Any]:
            try:
                return handler(sid, request)
            except VotifyError as error:
                return _error(error)
            except Exception:
                log.exception("a request over a socket failed")
                return _error(VotifyError())

        return answer

    def _watch(self, sid: str, request: object) -> dict[str, Any]:
        poll = self._named_by(request)
        watching = self._watching[sid]
        if poll.id not in watching and len(watching) >= _MOST_WATCHED:
            raise TooManyWatched
        view = View(poll.id, voted=self._passes.admit(poll, _receipt(request)))
        if watching.get(poll.id) != view:
            self._leave(sid, {poll.id} & watching.keys())
            watching[poll.id] = view
            self._watched[view] += 1
            self._server.enter_room(sid, _room(view))
            self._server.enter_room(sid, _WATCHERS)
            self._server.leave_room(sid, _STRANGERS)
        return self._board.snapshot(poll, voted=view.voted)

    def _unwatch(self, sid: str, request: object) -> dict[str, Any]:
        watching = self._watching[sid]
        leaving = set(watching) if request is None else {self._named_by(request).id}
        self._leave(sid, leaving & watching.keys())
        if not watching:
            self._server.leave_room(sid, _WATCHERS)
            self._server.enter_room(sid, _STRANGERS)
        return {"watching": sorted(watching)}

    def _leave(self, sid: str, polls: set[int]) -> None:
        views = [self._watching[sid].pop(poll) for poll in polls]
        for view in views:
            self._server.leave_room(sid, _room(view))
        self._watched -= Counter(views)

    def _named_by(self, request: object) -> Poll:
        match request:
            case {"poll": str(name)}:
                return self._board.find(name)
            case {"poll": int(number)} if not isinstance(number, bool):
                return self._board.find(number)
        raise InvalidRequest


def _receipt(request: object) -> str | None:
    receipt = request.get("receipt") if isinstance(request, dict) else None
    if receipt is None or isinstance(receipt, str):
        return receipt
    raise InvalidRequest


def _room(view: View) -> str:
    return f"poll:{view.poll}:voters" if view.voted else f"poll:{view.poll}"


def _error(error: VotifyError) -> dict[str, Any]:
    return {"error": {"code": error.code, "message": str(error)}}
