"""What these tests are given: a Votify of today that was started on what another has left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from ballotbox.queue import RedisQueue
from ballotbox.receipt import Receipts
from deploy.local import router
from deploy.local.stack import Stack
from tests.e2e.site import Site
from tests.upgrade.browser import Browser
from tests.upgrade.crowd import Crowd
from tests.upgrade.ending import ending
from tests.upgrade.lay import lay
from tests.waiting import eventually

FOLDERS = sorted(path.parent for path in Path(__file__).parent.glob("*/left.json"))
_PATIENCE = 120.0  # seconds; the machine may be busy
_ENOUGH = 60  # ballots of the crowd after the start


@dataclass(frozen=True)
class Upgraded:
    """A Votify that runs on what an earlier version has left."""

    folder: Path
    left: dict[str, Any]
    stack: Stack
    crowd: Crowd

    @property
    def old(self) -> dict[str, Any]:
        """How it ended when the earlier version had counted everything."""
        ended: dict[str, Any] = self.left["ending"]
        return ended

    @cached_property
    def new(self) -> dict[str, Any]:
        """How it has ended now."""
        polls, fates = self.left["polls"], list(self.old["fates"])
        return ending(self.stack.url, self.left["tokens"]["polls"], polls, fates)

    @cached_property
    def site(self) -> Site:
        """A program that votes."""
        return Site(self.stack.url)

    def ballot(self, receipt: str) -> tuple[int, int]:
        """Tell of which ballot a receipt is: today a ballot's is another text than then."""
        return Receipts.of(self.left["secrets"]["secret_key"]).read(receipt)

    def browser(self, name: str) -> Browser:
        """Give a browser with the cookies of one that has voted before."""
        return Browser(self.stack.url, self.left["browsers"][name])

    def api(self, method: str, path: str, *, of: str = "polls", **options: Any) -> httpx.Response:
        """Call the API with one of the tokens from before."""
        bearer = {"Authorization": f"Bearer {self.left['tokens'][of]}"}
        headers = {**bearer, **options.pop("headers", {})}
        return self._http.request(method, f"/api{path}", headers=headers, **options)

    @cached_property
    def _http(self) -> httpx.Client:
        return httpx.Client(base_url=self.stack.url, timeout=30)

    def close(self) -> None:
        """Close the connections."""
        self.site.close()
        self._http.close()


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def upgraded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Upgraded]:
    """Start Votify on what is there, while people vote from before the first moment on."""
    folder: Path = request.param
    left = json.loads((folder / "left.json").read_text("utf-8"))
    data = tmp_path_factory.mktemp("upgraded")
    lay(folder, left, data)
    stack = Stack(data=data, port=router.claim(0))
    crowd = Crowd(stack.url, left["polls"]["busy"], options=4)
    try:
        with crowd.voting():
            stack.start(patience=_PATIENCE)
            begun = len(crowd.receipts)
            eventually(lambda: len(crowd.receipts) > begun + _ENOUGH, seconds=60)
        found = Upgraded(folder, left, stack, crowd)
        _count(found)
        yield found
        found.close()
    finally:
        stack.stop()


def _count(upgraded: Upgraded) -> None:
    """Wait until everything is counted and sealed, and look at it before a test votes on."""
    queue = RedisQueue(upgraded.stack.redis())
    eventually(lambda: not queue.waiting(), seconds=60)
    eventually(lambda: _is_sealed(upgraded) and _has_rounds(upgraded), seconds=60)
    upgraded.site.settled(str(upgraded.left["polls"]["busy"]))
    assert upgraded.new


def _is_sealed(upgraded: Upgraded) -> bool:
    polls = (upgraded.left["polls"][name] for name in ("marked", "due"))
    return all(upgraded.api("GET", f"/polls/{poll}/seal").is_success for poll in polls)


def _has_rounds(upgraded: Upgraded) -> bool:
    names = ("ranked", "due")
    polls = (upgraded.left["polls"][name] for name in names)
    return all(upgraded.site.standing(str(poll))["rounds"] for poll in polls)
