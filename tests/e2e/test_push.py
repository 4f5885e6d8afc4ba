"""
A vote by curl reaches the client that people write their own viewers with, that of npm.

That of Python is what `integration/test_result_sockets.py` listens with.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.npm import NpmViewer
from tests.e2e.site import POLL, Site, curl, votes
from tests.waiting import eventually

pytestmark = pytest.mark.service

View = Callable[[str | None, str, str], tuple[Any, Callable[[str], list[Any]]]]

SHAPE = {"poll", "version", "ballots", "options", "waiting", "worker_silent", "as_of", "final"}

transports = pytest.mark.parametrize("transport", ["websocket", "polling"])
paths = pytest.mark.parametrize("path", ["/result/socket.io", "/socket.io"])


@pytest.fixture
def view(node_folder: Path, ends: ExitStack, url: str) -> View:
    """Connect a client; give what its `watch` was answered, and what it hears."""

    def npm(poll: str | None, path: str, transport: str) -> tuple[Any, Callable[[str], list[Any]]]:
        viewer = NpmViewer(node_folder, url, path=path, transport=transport, poll=poll)
        ends.callback(viewer.close)
        assert viewer.first("connect") == transport
        answer = viewer.first("watch") if poll else None
        assert [name for name, _ in viewer.heard[:2]] == ["connect", "watch"][: len(viewer.heard)]
        return answer, viewer.of

    return npm


@transports
@paths
def test_it_pushes_a_vote_to_who_watches(view: View, site: Site, path: str, transport: str) -> None:
    """The answer to `watch` is how the poll stands; then come `results` with every change."""
    before = site.settled()
    answer, heard = view(POLL, path, transport)
    assert answer.keys() >= SHAPE
    assert (answer["version"], answer["options"]) == (before["version"], before["options"])

    status, said = curl(site.url, {"pollId": POLL, "optionId": "2"})

    assert (status, said["status"]) == (202, "Vote queued")
    pushed = eventually(
        lambda: [one for one in heard("results") if one["version"] > before["version"]]
    )
    assert pushed[-1].keys() == answer.keys()
    assert pushed[-1]["poll"] == before["poll"]
    assert votes(pushed[-1], 2) == votes(before, 2) + 1
    assert votes(pushed[-1], 1) == votes(before, 1)
    assert heard("poll-stats") == []


@transports
def test_it_pushes_counts_to_who_watches_nothing(view: View, site: Site, transport: str) -> None:
    """A client that has never heard of `watch` gets the new count of each option that changes."""
    before = site.settled()
    _, heard = view(None, "/socket.io", transport)

    assert curl(site.url, {"pollId": before["poll"]["id"], "optionId": 1})[0] == 202

    stats = eventually(lambda: heard("poll-stats"))
    assert stats[-1] == {
        "pollId": before["poll"]["id"],
        "optionId": 1,
        "newCount": votes(before, 1) + 1,
    }
    assert heard("results") == []
