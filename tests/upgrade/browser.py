"""A browser that votes on paper, and keeps its cookies."""

from __future__ import annotations

import re
from typing import Any, Self

import httpx2 as httpx

from tests.e2e.site import HTML

_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Browser:
    """
    One browser.

    :param cookies: what it has kept from before.
    """

    def __init__(self, url: str, cookies: dict[str, str] | None = None) -> None:
        self.http = httpx.Client(
            base_url=url, headers={**HTML, "User-Agent": _AGENT}, cookies=cookies, timeout=30
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    @property
    def cookies(self) -> dict[str, str]:
        """What it keeps."""
        return dict(self.http.cookies.items())

    def fill(self, poll: str, **choice: Any) -> dict[str, Any]:
        """Take a paper, and fill it in: `option=1`, or `value-1=5`; gives all of its fields."""
        page = self.http.get(f"/vote/{poll}").text
        hidden = re.findall(r'<input type="hidden" name="(terms|key)" value="([^"]*)">', page)
        return {**dict(hidden), **choice}

    def send(self, poll: str, fields: dict[str, Any]) -> httpx.Response:
        """Send a paper that is filled in."""
        return self.http.post(f"/vote/{poll}", data=fields)

    def vote(self, poll: str, **choice: Any) -> str:
        """Vote, and give the receipt."""
        return receipt(self.send(poll, self.fill(poll, **choice)))

    def sign_in(self, name: str, password: str) -> None:
        """Sign in at the desk."""
        answer = self.http.post("/admin/sign-in", data={"name": name, "password": password})
        assert answer.status_code == 303, answer.text


def receipt(answer: httpx.Response) -> str:
    """Give the receipt that a paper's answer leads to."""
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].rpartition("/")[2]
