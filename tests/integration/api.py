"""The API of the desk, as programs use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from admin.access import COOKIE
from admin.app import create_app, make_parts
from admin.organiser import Organiser, Role
from admin.tokens import POLLS
from ballotbox.settings import Settings
from tests.desk import CHEAP

POLL: dict[str, Any] = {"question": "Tea or coffee?", "options": ["Tea", "Coffee"]}


@dataclass(frozen=True)
class Option:
    """An option as it is filled in."""

    text: str
    image: str | None = None


class Program:
    """A program, with a token or without one."""

    def __init__(self, client: FlaskClient, token: str | None = None) -> None:
        self._client = client
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str) -> TestResponse:
        """Ask for something below /api."""
        return self.send("GET", path)

    def post(self, path: str, body: object = None, **headers: str) -> TestResponse:
        """Send JSON, or nothing; `If_Match="…"` is the header If-Match."""
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: object, **headers: str) -> TestResponse:
        """Change something."""
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> TestResponse:
        """Delete something."""
        return self.send("DELETE", path, **headers)

    def send(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        """Send any request below /api."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        carried: dict[str, Any] = {} if body is None else {"json": body}
        return self._client.open(
            f"/api{path}", method=method, headers={**self.headers, **named}, **carried
        )

    def make_poll(self, **fields: Any) -> int:
        """Make a draft and give its id."""
        answer = self.post("/polls", {**POLL, **fields})
        assert answer.status_code == 201, answer.text
        return int(answer.get_json()["id"])


class Api:
    """The application, and organisers of it."""

    def __init__(self, settings: Settings) -> None:
        self.parts = make_parts(settings, hasher=CHEAP)
        self.app = create_app(self.parts)

    def close(self) -> None:
        """Give the connections back."""
        self.parts.close()

    def organiser(self, name: str, role: Role = Role.ORGANISER) -> Organiser:
        """Add an organiser."""
        return self.parts.accounts.add(name, "correct horse", role)

    def program(self, organiser: Organiser, scopes: Sequence[str] = (POLLS,)) -> Program:
        """Give a program with a new token of an organiser."""
        return Program(self.client(), self.parts.tokens.create(organiser, "test", scopes)[1])

    def stranger(self) -> Program:
        """Give a program without a token."""
        return Program(self.client())

    def client(self) -> FlaskClient:
        """Give a client that has no cookies yet."""
        return self.app.test_client()

    def signed_in(self, organiser: Organiser) -> FlaskClient:
        """Give a browser in which an organiser has signed in."""
        client = self.client()
        client.set_cookie(COOKIE, self.parts.sessions.begin(organiser))
        return client
