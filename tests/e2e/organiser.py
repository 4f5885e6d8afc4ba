"""An organiser's program: signs in as the first owner, makes a token, and calls the API."""

from __future__ import annotations

import os
from http import HTTPStatus
from typing import Any

import httpx2 as httpx

from deploy.local.stack import Stack
from tests.waiting import eventually

_NAME = "admin"


def owner_password(stack: Stack | None) -> str:
    """Give the password of the first owner: of this stack, or of the one VOTIFY_URL names."""
    if stack is None:
        return os.environ["ADMIN_PASSWORD"]
    return (stack.data / "secrets" / "admin_password").read_text("utf-8").strip()


class Organiser:
    """A client of the API with a token of the first owner, or of who is named."""

    def __init__(self, url: str, password: str, *, name: str = _NAME) -> None:
        self._http = httpx.Client(base_url=url, timeout=30)
        answer = self._http.post("/admin/sign-in", data={"name": name, "password": password})
        if answer.status_code != HTTPStatus.SEE_OTHER:
            self.close()
        assert answer.status_code == HTTPStatus.SEE_OTHER, answer.text
        self.token = self.make_token("tests", ["polls"])
        self.voucher = self.make_token("tests, vote-for", ["vote-for"])
        self._http.cookies.clear()
        self._http.headers["Authorization"] = f"Bearer {self.token}"

    def make_token(self, name: str, scopes: list[str]) -> str:
        """Make a token and give its text."""
        answer = self._http.post("/api/tokens", json={"name": name, "scopes": scopes})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def call(self, method: str, path: str, *, status: int = 200, **options: Any) -> Any:
        """Call the API, and give what it answers."""
        answer = self._http.request(method, f"/api{path}", **options)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def draft(self, *options: str, **fields: Any) -> dict[str, Any]:
        """Make a draft."""
        body = {"question": "Cats or Dogs?", "options": options or ("Cats", "Dogs"), **fields}
        poll: dict[str, Any] = self.call("POST", "/polls", status=201, json=body)
        return poll

    def poll(self, *options: str, **fields: Any) -> dict[str, Any]:
        """Make a poll and open it."""
        return self.do(self.draft(*options, **fields)["id"], "open")

    def do(self, poll: int, what: str, **body: Any) -> dict[str, Any]:
        """Open it, close it, and so on."""
        found: dict[str, Any] = self.call("POST", f"/polls/{poll}/{what}", json=body or None)
        return found

    def edit(self, poll: int, **fields: Any) -> dict[str, Any]:
        """Change a poll as it is at this moment."""
        edited: dict[str, Any] = self.call(
            "PATCH", f"/polls/{poll}", json=fields, headers={"If-Match": "*"}
        )
        return edited

    def codes(self, poll: int, count: int) -> list[str]:
        """Make single-use codes."""
        made = self.call("POST", f"/polls/{poll}/codes", status=201, json={"count": count})
        return [each["code"] for each in made["codes"]]

    def wait_final(self, poll: int) -> dict[str, Any]:
        """Wait until a closed poll is final; gives its results."""

        def final() -> dict[str, Any] | None:
            results: dict[str, Any] = self.call("GET", f"/polls/{poll}/results")
            return results if results["final"] else None

        return eventually(final, seconds=20)

    def seal(self, poll: int) -> bytes:
        """Wait for the seal of a final poll, and give the file."""

        def sealed() -> bytes | None:
            answer = self._http.get(f"/api/polls/{poll}/seal")
            return answer.content if answer.is_success else None

        return eventually(sealed, seconds=20)

    def ballots(self, poll: int) -> bytes:
        """Download the file of ballots."""
        answer = self._http.get(f"/api/polls/{poll}/ballots.csv")
        assert answer.status_code == 200, answer.text
        return answer.content

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
