"""A running Votify whose ledger the tests write themselves, and viewers of its results."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, LiteralString
from urllib.request import urlopen

import socketio

from ballotbox.ballot import Ballot, Close, Mark
from ballotbox.catalog import add_poll, new_code
from ballotbox.errors import VotifyError
from ballotbox.kinds import Choice
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Option, Poll
from ballotbox.postgres import postgres_from
from ballotbox.queue import RedisQueue
from ballotbox.receipt import Receipts
from ballotbox.settings import Settings
from deploy.local.layout import ROOT
from deploy.local.stack import Stack
from tests.waiting import eventually


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, bind: Path) -> None:
        super().__init__("localhost", timeout=5)
        self._bind = bind

    def connect(self) -> None:
        """Connect to the socket instead of the host."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._bind))


def get(bind: Path, path: str) -> bytes | None:
    """Ask whoever listens on a Unix socket; None for anything but 200."""
    with closing(_Connection(bind)) as connection:
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        return body if answer.status == 200 else None


class Viewer:
    """A client of the sockets, and everything that it was sent."""

    def __init__(self, url: str, *, path: str = "/result/socket.io", transport: str) -> None:
        self.heard: list[tuple[str, Any]] = []
        self._client = socketio.Client(reconnection_delay=0.1, reconnection_delay_max=0.5)
        self._client.on("*", lambda event, data: self.heard.append((event, data)))
        self._client.connect(url, socketio_path=path, transports=[transport])

    def ask(self, event: str, *request: Any) -> Any:
        """Send an event; returns what it is acknowledged with."""
        return self._client.call(event, *request, timeout=5)

    def of(self, event: str) -> list[Any]:
        """Give what came with an event so far."""
        return [data for name, data in self.heard if name == event]

    def saw(self, poll: int, ballots: int) -> bool:
        """Tell whether the last snapshot of a poll says so many ballots."""
        mine = [each for each in self.of("results") if each["poll"]["id"] == poll]
        return bool(mine) and mine[-1]["ballots"] == ballots

    def last(self, field: str) -> Any:
        """Give a field of the last snapshot that was pushed; None before the first."""
        return next((each[field] for each in reversed(self.of("results"))), None)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()


class Site:
    """A running Votify whose ledger is written by the tests themselves."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.settings = Settings.read(stack.environment())
        self._seq = time.time_ns() // 1000

    def poll(self, **fields: Any) -> Poll:
        """Add a poll that nobody else uses, and wait until both processes know it."""
        code = new_code()
        options = (Option(id=1, text="Cats"), Option(id=2, text="Dogs"))
        made = {"id": 0, "slug": f"q-{code.lower()}", "code": code, "question": "?"}
        with postgres_from(self.settings) as connection:
            poll = add_poll(connection, Poll(**{**made, "options": options, **fields}))
        for process in self.processes():
            eventually(lambda name=process: self.read(poll, name) is not None)  # type: ignore[misc]
        return poll

    def processes(self) -> list[str]:
        """Name the processes of `result`."""
        return [name for name in self.stack.pids() if name.startswith("result")]

    def vote(self, poll: Poll, *options: int) -> None:
        """Record a ballot of a new voter for each option, and announce it as a worker does."""
        self.record(*((poll, option) for option in options))

    def mark(self, poll: Poll, *choices: Choice) -> None:
        """Record a ballot of a new voter for each choice, in a poll of any kind."""
        ballots = []
        for choice in choices:
            self._seq += 1
            ballots.append(Ballot(poll.id, f"v{self._seq}", self._seq, poll.marks(choice)))
        with postgres_from(self.settings) as connection:
            PostgresLedger(connection).record(ballots)

    def receipt(self, poll: Poll) -> str:
        """Give the receipt of the latest ballot, as if it was for this poll."""
        key = Settings.read(self.stack.environment("result-1")).require_receipt_key()
        return Receipts(key).issue(poll.id, self._seq)

    def change(self, statement: LiteralString, poll: Poll) -> None:
        """Run a statement about a poll as the owner of the database."""
        with postgres_from(self.settings) as connection:
            connection.execute(statement, {"poll": poll.id})

    def close(self, poll: Poll) -> None:
        """Record a close marker."""
        self._seq += 1
        with postgres_from(self.settings) as connection:
            PostgresLedger(connection).record([Close(poll.id, self._seq)])

    def record(self, *votes: tuple[Poll, int], announce: bool = True) -> None:
        """Record ballots of new voters in one transaction."""
        ballots = []
        for poll, option in votes:
            self._seq += 1
            ballots.append(Ballot(poll.id, f"v{self._seq}", self._seq, (Mark(option, 1),)))
        with postgres_from(self.settings) as connection:
            PostgresLedger(connection).record(ballots)
        if announce:
            with self.stack.redis("worker") as redis:
                for changed in {ballot.poll for ballot in ballots}:
                    RedisQueue(redis).announce(changed)

    def read(self, poll: Poll, process: str) -> dict[str, Any] | None:
        """Read a poll's JSON from one process, past the router; None if it does not know it."""
        answer = self.get(process, f"/result/{poll.id}.json")
        return None if answer is None else json.loads(answer)

    def get(self, process: str, path: str) -> bytes | None:
        """Ask one process; None for anything but 200."""
        return get(self.stack.socket(process), path)

    @contextmanager
    def viewer(
        self, *, path: str = "/result/socket.io", transport: str = "websocket"
    ) -> Iterator[Viewer]:
        """Connect through the router for as long as the block runs."""
        viewer = Viewer(self.stack.url, path=path, transport=transport)
        try:
            yield viewer
        finally:
            viewer.close()


@contextmanager
def another_result(stack: Stack, **settings: str) -> Iterator[str]:
    """Run one more process of `result`, with other settings; gives its own address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        bind = f"127.0.0.1:{probe.getsockname()[1]}"
    environ = {**stack.environment("result-1"), **settings, "BIND": bind}
    command = [sys.executable, "-m", "result"]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL) as service:
        try:
            url = f"http://{bind}"
            eventually(lambda: succeeded(lambda: urlopen(f"{url}/readyz").close()), seconds=30)
            yield url
        finally:
            service.terminate()
            service.wait(10)


def succeeded(action: Callable[[], object]) -> bool:
    """Do something that may fail while a part is away; tell whether it succeeded."""
    try:
        return action() is not False
    except (OSError, VotifyError, socketio.exceptions.SocketIOError):
        return False
