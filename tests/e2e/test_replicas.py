"""Several processes of `result`: each serves a part of the audience, and all say the same."""

from __future__ import annotations

import itertools
import re
from contextlib import ExitStack

import pytest
import requests
import socketio

from deploy.local.stack import Stack
from tests import viewing
from tests.e2e.site import POLL, Site, votes
from tests.waiting import eventually

pytestmark = pytest.mark.service

PROCESSES = ("result-1", "result-2")


def clients(stack: Stack, process: str) -> int:
    """Ask a process of `result` how many clients are connected to it."""
    text = (viewing.get(stack.socket(process), "/metrics") or b"").decode()
    found = re.search(r"^votify_\w*clients\w* ([\d.]+)", text, re.MULTILINE)
    assert found, text
    return int(float(found[1]))


class Listener:
    """A client, and what it was pushed."""

    def __init__(self, url: str, name: str, transport: str) -> None:
        # The router keeps a client with one process by its address and its name.
        session = requests.Session()
        session.headers["User-Agent"] = name
        self._client = socketio.SimpleClient(http_session=session)
        self._client.connect(
            url, headers={"User-Agent": name}, transports=[transport], socketio_path="socket.io"
        )
        self.votes = votes(self._client.call("watch", {"poll": POLL}, timeout=5), 1)

    def hear(self) -> int:
        """Take one more event; tell how many votes the first option has as far as is known."""
        event, data = self._client.receive(timeout=10)
        if event == "results":
            self.votes = votes(data, 1)
        return self.votes

    def close(self) -> None:
        self._client.disconnect()


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_it_pushes_the_same_vote_from_every_process(
    stack: Stack, site: Site, ends: ExitStack, transport: str
) -> None:
    """Two people who are connected to different processes see the same vote arrive."""
    listeners: list[Listener] = []
    before = [clients(stack, process) for process in PROCESSES]

    def everywhere() -> bool:
        now = [clients(stack, process) for process in PROCESSES]
        return all(more > less for more, less in zip(now, before, strict=True))

    for number in itertools.count():
        assert number < 20, "the router sends everybody to the same process"
        listeners.append(Listener(site.url, f"listener {number}", transport))
        ends.callback(listeners[-1].close)
        if everywhere():
            break

    expected = votes(site.settled(), 1) + 1
    site.accept()

    for listener in listeners:
        eventually(lambda one=listener: one.hear() == expected)  # type: ignore[misc]
