"""Votify as a program meets it: over HTTP, through the router."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import httpx2 as httpx

from tests.waiting import eventually

POLL = "cats-or-dogs"
"""The first poll of an empty database: option 1 is Cats, option 2 is Dogs."""

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Site:
    """A client of a running Votify that is somebody else each time: it keeps no cookie."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=15)

    def ask(self, path: str, *, method: str = "GET", **options: Any) -> httpx.Response:
        """Send one request."""
        self._http.cookies.clear()
        return self._http.request(method, path, **options)

    def cast(
        self,
        ballot: object = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Hand in a ballot as a program does; by default one for the first option."""
        named = {"Idempotency-Key": key} if key else {}
        ballot = {"pollId": POLL, "optionId": 1} if ballot is None else ballot
        return self.ask("/vote", method="POST", json=ballot, headers={**named, **(headers or {})})

    def accept(self, ballot: object = None, **options: Any) -> str:
        """Hand in a ballot that must be accepted; returns its receipt."""
        answer = self.cast(ballot, **options)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["receipt"])

    def fate(self, receipt: str) -> str:
        """Tell what has become of a ballot."""
        return str(self.ask(f"/vote/receipt/{receipt}", headers=JSON).json()["state"])

    def wait_counted(self, receipt: str, *, seconds: float = 20) -> None:
        """Wait until a ballot is counted."""
        eventually(lambda: self.fate(receipt) == "counted", seconds=seconds)

    def standing(self, poll: str = POLL) -> dict[str, Any]:
        """Read how a poll stands."""
        answer = self.ask(f"/result/{poll}.json")
        assert answer.status_code == 200, answer.text
        standing: dict[str, Any] = answer.json()
        return standing

    def settled(self, poll: str = POLL) -> dict[str, Any]:
        """Read how a poll stands once every ballot that was handed in before this is counted."""
        # A look that ended after this call may have begun before it; the next one has not.
        seen: set[str] = set()

        def there() -> dict[str, Any] | None:
            now = self.standing(poll)
            seen.add(now["as_of"])
            return now if len(seen) > 2 and not now["waiting"] else None

        return eventually(there, seconds=20)

    def wait_ballots(self, number: int, poll: str = POLL, *, seconds: float = 20) -> dict[str, Any]:
        """Wait until a poll stands at so many ballots, and none waits; returns how it stands."""

        def there() -> dict[str, Any] | None:
            now = self.standing(poll)
            return now if now["ballots"] == number and not now["waiting"] else None

        return eventually(there, seconds=seconds)

    def wait_known(self, poll: str | int, *, seconds: float = 20) -> None:
        """Wait until every process of `result` has heard of a poll, whichever a browser gets."""
        # The router chooses the process by the address and the name of the browser.
        names = [{"User-Agent": f"browser {number}"} for number in range(10)]
        path = f"/result/{poll}.json"
        eventually(
            lambda: all(self.ask(path, headers=name).is_success for name in names), seconds=seconds
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def votes(standing: dict[str, Any], option: int) -> int:
    """Tell how many votes an option has."""
    return next(int(each["votes"]) for each in standing["options"] if each["id"] == option)


def curl(url: str, ballot: object) -> tuple[int, dict[str, Any]]:
    """Hand in a ballot with curl, as the documents show it; returns the status and the answer."""
    if shutil.which("curl") is None:
        answer = httpx.post(f"{url}/vote", json=ballot)
        return answer.status_code, answer.json()
    command = [
        *("curl", "--silent", "--show-error", "--max-time", "10", "--write-out", "\n%{http_code}"),
        *("--header", "Content-Type: application/json", "--data", json.dumps(ballot)),
        f"{url}/vote",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    body, _, status = said.rpartition("\n")
    return int(status), json.loads(body)
