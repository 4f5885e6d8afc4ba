"""
What these tests are given: ways to a running Votify, and windows of a browser.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser

from deploy.local.stack import Stack
from tests.e2e import npm
from tests.e2e.organiser import Organiser, owner_password
from tests.e2e.site import POLL, Site
from tests.e2e.stage import Make
from tests.e2e.windows import Windows
from tests.waiting import eventually

_SECONDS_TO_COME_UP = 30.0


@pytest.fixture(scope="package")
def url(request: pytest.FixtureRequest) -> str:
    """Give the address of the stack that VOTIFY_URL names, or of one that is started for this."""
    if found := os.environ.get("VOTIFY_URL"):
        for path in (f"/vote/{POLL}", f"/result/{POLL}.json"):
            eventually(partial(_is_there, found.rstrip("/") + path), seconds=_SECONDS_TO_COME_UP)
        return found.rstrip("/")
    running: Stack = request.getfixturevalue("stack")
    return running.url


def _is_there(address: str) -> bool:
    try:
        return httpx.get(address).is_success
    except httpx.TransportError:
        return False


@pytest.fixture(scope="package")
def site(url: str) -> Iterator[Site]:
    """Give a way to Votify for programs."""
    client = Site(url)
    yield client
    client.close()


@pytest.fixture(scope="package")
def organiser(request: pytest.FixtureRequest, url: str) -> Iterator[Organiser]:
    """Give a program that makes polls, with the rights of the first owner."""
    stack = None if os.environ.get("VOTIFY_URL") else request.getfixturevalue("stack")
    client = Organiser(url, owner_password(stack))
    yield client
    client.close()


@pytest.fixture
def make(organiser: Organiser, site: Site) -> Make:
    """Make open polls in which programs can vote, and that every process of `result` knows."""

    def make(*options: str, **fields: Any) -> dict[str, Any]:
        poll = organiser.poll(*options, identity="declared", **fields)
        site.wait_known(poll["id"])
        return poll

    return make


@pytest.fixture
def people(url: str, browser: Browser) -> Iterator[Windows]:
    """Give people with a window each, at whose end the browser has nothing to complain about."""
    opened = Windows(browser, url)
    yield opened
    opened.close()
    assert opened.complaints == []


@pytest.fixture(scope="package")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder in which Node.js finds the viewer and its packages."""
    return npm.install(tmp_path_factory.mktemp("node"))


@pytest.fixture
def ends() -> Iterator[ExitStack]:
    """Take what has to be closed when the test has ended."""
    with ExitStack() as stack:
        yield stack
