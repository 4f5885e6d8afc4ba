"""What a driver says stays inside: every door of every service is asked while a part is away."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import httpx2 as httpx
import pytest
from werkzeug.routing import Rule

from ballotbox.poll import Poll
from deploy.local.stack import Stack
from tests.e2e.doors import Door, doors, routes
from tests.e2e.site import HTML, JSON
from tests.servers import running
from tests.viewing import Site as Ledger
from tests.viewing import Viewer
from tests.waiting import eventually

pytestmark = pytest.mark.service

# The words of psycopg, redis-py, the system, SQL and Python; the users and ports of the servers.
TELLTALES = (
    *("psycopg", r"connection to server", r"connecting to", r"[Cc]onnection refused", r"\berrno\b"),
    *("No such file", r"timeout expired", "OperationalError", "ConnectionError", "Traceback"),
    *(r"\bSELECT\b", r"\bINSERT\b", '"votify_', "PGSQL", r"\bport \d", "localhost:(5432|6379)"),
    *("redis.sock", r"\.py\b"),
)
SERVICES = ("vote", "result-1", "admin")
CALLERS = 24
SMALL = {"VOTE_PROCESSES": "1", "ADMIN_THREADS": str(CALLERS)}
OWN_DOORS = ("/healthz", "/readyz", "/metrics")
STATES = ("postgres", "postgres, and result has begun anew", "redis")


@dataclass(frozen=True)
class House:
    """A stack, its routes, a poll with a vote, and what an owner shows: a session and a token."""

    stack: Stack
    rules: list[Rule]
    poll: Poll
    session: dict[str, str]
    token: str

    def secrets(self) -> re.Pattern[str]:
        """Make the search for a driver's words, and for where the servers of this stack are."""
        places = (str(self.stack.socket("vote").parent), str(self.stack.data))
        return re.compile("|".join([*TELLTALES, *map(re.escape, places)]))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Run a stack for this alone: every act of an owner is tried on it."""
    if os.environ.get("VOTIFY_URL"):
        pytest.skip("stops servers, and VOTIFY_URL names a stack elsewhere")
    with running(tmp_path_factory.mktemp("inside"), env=SMALL) as stack:
        ledger = Ledger(stack)
        poll = ledger.poll(question="Cats or Dogs?")
        ledger.vote(poll, 1)
        with httpx.Client(base_url=stack.url, timeout=30) as client:
            known = {"name": "admin", "password": stack.admin_password()}
            assert client.post("/admin/sign-in", data=known).status_code == 303
            asked = {"name": "doors", "scopes": ["polls"]}
            token = client.post("/api/tokens", json=asked).json()["token"]
            yield House(stack, routes(stack), poll, dict(client.cookies), token)


@contextmanager
def away(house: House, state: str) -> Iterator[None]:
    """Stop a server, and let the services notice."""
    part = state.partition(",")[0]
    house.stack.halt(part)
    try:
        if state != part:
            os.kill(house.stack.pids()["result-1"], signal.SIGKILL)
            eventually(lambda: own(house.stack, "result-1", "/healthz")[0] == 200, seconds=30)
        eventually(lambda: own(house.stack, "result-1", "/readyz")[0] == 503, seconds=30)
        yield
    finally:
        house.stack.resume(part)
        house.stack.wait_ready()


@pytest.mark.parametrize("state", STATES)
def test_it_tells_nobody_what_a_driver_says(house: House, state: str) -> None:
    """Every route, for strangers and owners, people and programs: in our own words, or in none."""
    asked = [
        # The other services have not noticed that `result` was started again.
        rule
        for rule in house.rules
        if state in ("postgres", "redis") or rule.rule.startswith(("/result", "/embed"))
    ]
    with closing(Viewer(house.stack.url, transport="websocket")) as viewer, away(house, state):
        told = [*answers(house, asked), *of_sockets(viewer, house), *own_answers(house.stack)]
    secrets = house.secrets()
    assert [f"{door}: {found[0]}" for door, said in told if (found := secrets.search(said))] == []


def answers(house: House, rules: list[Rule]) -> list[tuple[str, str]]:
    """Ask every door through the router, each in four ways; give what it says, headers included."""
    session = "; ".join(f"{name}={value}" for name, value in house.session.items())
    owner = {"Cookie": session, "Authorization": f"Bearer {house.token}"}
    ways = [{**kind, **who} for kind in (HTML, JSON) for who in ({}, owner)]
    limits = httpx.Limits(max_connections=CALLERS)
    with (
        httpx.Client(base_url=house.stack.url, timeout=60, limits=limits) as client,
        # The desk waits some seconds for a connection: not for one door after the other.
        ThreadPoolExecutor(CALLERS) as callers,
    ):

        def ask(door: Door, headers: dict[str, str]) -> tuple[str, str]:
            return answer(client, door, headers)

        asked = list(product(doors(rules, house.poll), ways))
        return list(callers.map(ask, *zip(*asked, strict=True)))


def answer(client: httpx.Client, door: Door, headers: dict[str, str]) -> tuple[str, str]:
    """Ask one door, which works or says that it does not; give what it says."""
    said = client.request(door.method, door.path, headers=headers)
    name = f"{door.method} {door.path} {said.status_code}"
    if said.status_code >= 500:
        assert said.status_code == 503, f"{name}: {said.text}"
        assert "retry-after" in said.headers, f"{name}: {said.text}"
    lines = [f"{key}: {value}" for key, value in said.headers.items()]
    return name, "\n".join([*lines, said.content.decode("utf-8", "replace")])


def of_sockets(viewer: Viewer, house: House) -> Iterator[tuple[str, str]]:
    """Ask over a socket what may be asked, rightly and wrongly."""
    for event in ("watch", "unwatch"):
        for request in ({"poll": house.poll.slug}, {"poll": house.poll.id}, {"poll": []}, None):
            yield event, repr(viewer.ask(event, request))
    yield "pushed", repr(viewer.heard)


def own_answers(stack: Stack) -> Iterator[tuple[str, str]]:
    """Ask each service at its own doors, which the router keeps shut."""
    for service in SERVICES:
        for path in OWN_DOORS:
            status, said = own(stack, service, path)
            assert status in (200, 503), said
            yield f"{service}{path}", said


def own(stack: Stack, service: str, path: str) -> tuple[int, str]:
    """Ask a service past the router; 0 where it does not answer."""
    with closing(_Local(stack.socket(service))) as connection:
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""


class _Local(http.client.HTTPConnection):
    def __init__(self, bind: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._bind = bind

    def connect(self) -> None:
        """Connect to the socket instead of the host."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._bind))
