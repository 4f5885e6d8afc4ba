"""The hook that writes acts down, on routes that nobody has told it about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Blueprint, Flask

from admin import access as doors
from admin import audit, errors, note
from admin.access import OWNER, PUBLIC, SIGNED_IN, access
from admin.journal import By, Row, Subject
from ballotbox.errors import InvalidAccount, LedgerUnavailable
from ballotbox.poll import Option, Poll
from tests.unit.test_admin_access import FakeKeys


class FakeJournal:
    """Keeps what is written, in the order in which it is."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away
        self.written: list[tuple[str, By, Subject]] = []
        self.ended: list[tuple[str | None, Mapping[str, Any]]] = []

    def begin(self, act: str, by: By, subject: Subject) -> Row:
        if self.away:
            raise LedgerUnavailable
        self.written.append((act, by, subject))
        return Row(len(self.written), by.via, subject.text, "")

    def finish(
        self, number: int, outcome: str, subject: Subject, details: Mapping[str, Any]
    ) -> None:
        assert number == len(self.written)
        self.ended.append((outcome, details))

    def add(
        self, act: str, by: By, subject: Subject, outcome: str, details: Mapping[str, Any]
    ) -> Row:
        row = self.begin(act, by, subject)
        self.ended.append((outcome, details))
        return row


class FakeCounter:
    """Keeps what is counted."""

    def __init__(self) -> None:
        self.counted: list[tuple[str, str]] = []

    def count_act(self, act: str, outcome: str) -> None:
        self.counted.append((act, outcome))


class World:
    """An application with routes of a part that is new."""

    def __init__(self, *, away: bool = False) -> None:
        self.done = 0
        self.journal, self.counter = FakeJournal(away=away), FakeCounter()
        app = Flask(__name__, static_folder=None)
        part = Blueprint("keys", __name__)

        @part.route("/keys/<int:token>", methods=["GET", "PUT"])
        @access(SIGNED_IN)
        def extend(token: int) -> str:
            self.done += 1
            note.add(days=30)
            return ""

        @part.post("/keys")
        @access(OWNER)
        def lose() -> str:
            raise InvalidAccount

        @part.post("/break")
        @access(SIGNED_IN)
        def break_down() -> str:
            raise ZeroDivisionError

        @part.post("/open")
        @access(PUBLIC)
        def come_in() -> str:
            self.done += 1
            return ""

        outer = Blueprint("desk", __name__, url_prefix="/api")
        outer.register_blueprint(part)
        app.register_blueprint(outer)
        errors.install(app)
        doors.install(app, FakeKeys())
        audit.install(app, self.journal, FakeKeys(), self.counter)  # type: ignore[arg-type]
        self.app = app

    def ask(self, method: str, path: str, session: str = "ada") -> int:
        """Send a request with a session; gives the status."""
        client = self.app.test_client(use_cookies=False)
        headers = {"Cookie": f"desk={session}"}
        return client.open(f"/api{path}", method=method, headers=headers).status_code


def test_it_knows_a_route_that_is_new() -> None:
    """By its place in the program, with who it was and to what it was done."""
    world = World()
    assert world.ask("PUT", "/keys/7") == 200
    ((act, by, subject),) = world.journal.written
    assert (act, by.name, by.address, subject.text) == (
        "keys.extend",
        "ada",
        "127.0.0.1",
        "token:7",
    )
    assert by.via.startswith("session:")
    assert world.journal.ended == [("done", {"days": 30})]
    assert world.counter.counted == [("keys.extend", "done")]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/keys/7"),
        ("HEAD", "/keys/7"),
        ("OPTIONS", "/keys/7"),
        ("DELETE", "/keys/7"),
        ("POST", "/nowhere"),
    ],
)
def test_it_passes_over_what_is_no_act(method: str, path: str) -> None:
    """A look, and what leads to no route."""
    world = World()
    world.ask(method, path)
    assert world.journal.written == []
    assert world.counter.counted == []


@pytest.mark.parametrize(
    ("path", "session", "outcome"),
    [
        ("/keys", "root", "invalid_account"),
        ("/keys", "ada", "forbidden"),
        ("/keys", "mallory", "not_signed_in"),
        ("/break", "ada", "internal_server_error"),
        ("/open", "", "done"),
    ],
)
def test_it_says_how_it_ended(path: str, session: str, outcome: str) -> None:
    """Whatever it was, and whether the route was reached or not."""
    world = World()
    world.ask("POST", path, session)
    (_, by, _), ((ended, _),) = *world.journal.written, world.journal.ended
    assert ended == outcome
    assert by.name == (session if session in FakeKeys.people else "")


def test_it_does_nothing_while_it_cannot_write(caplog: pytest.LogCaptureFixture) -> None:
    """Who is known is told before; who is not, in place of what would have been the answer."""
    world = World(away=True)
    assert world.ask("PUT", "/keys/7") == 503
    assert world.done == 0
    assert world.ask("POST", "/open", "") == 503
    assert {outcome for _, outcome in world.counter.counted} == {"ledger_unavailable"}
    assert [line.getMessage() for line in caplog.records if line.name == "admin.audit"] == [
        "keys.extend: not in the log",
        "keys.come_in: not in the log",
    ]


def test_it_notes_nothing_without_a_request() -> None:
    """A command uses the same parts as the desk does."""
    poll = Poll(id=1, slug="s", code="C", question="Q", options=(Option(id=1, text="A"),))
    note.add(days=30)
    note.unchanged()
    note.tried("ada")
    note.came_in(FakeKeys.people["ada"], "text")
    note.poll_changed(None, poll)
    assert note.current() is None
