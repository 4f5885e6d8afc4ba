"""Bad input, by the thousand, to every route: nobody falls, nothing is kept, all is well after."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from random import Random, SystemRandom

import httpx2 as httpx
import psutil
import pytest

from ballotbox.poll import Poll
from ballotbox.postgres import postgres_from
from deploy.local.stack import Stack
from tests.corpus.packets import by_polling, by_websocket
from tests.corpus.requests import Case, Route, case
from tests.corpus.wire import Answer, Wire
from tests.e2e.doors import parts, routes
from tests.e2e.site import Site
from tests.servers import running
from tests.viewing import Site as Ledger

pytestmark = pytest.mark.service

# Limits by address are proved elsewhere: here each request comes from an address of its own.
OPEN = {"VOTE_PROCESSES": "1", "VOTE_RATE": "100000r/s", "TRUSTED_PROXIES": "127.0.0.1"}
SENDERS = 4  # at once
LARGE = 16_000  # bytes: of more the router may not wait for the end
GROWTH = 64 << 20  # bytes
PARTS = ("vote", "admin", "result-1", "worker-1")
# What NGINX itself does not know of HTTP, and what a service does for a few at a time only.
KNOWN_FAULTS = {501, 505}
BUDGETS = (b"picture_unavailable",)
LIVELY = ("rq:", "votes:heartbeat")
"""What RQ and the worker write all the time."""
WRITTEN_DOWN = ("acts", "tries")
"""What was refused at the desk is written down, and bounded by tests of its own."""


@dataclass(frozen=True)
class House:
    """A stack, what it answers to, and what an owner shows."""

    stack: Stack
    ledger: Ledger
    routes: list[Route]
    owner: Mapping[str, str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Run a stack for this alone: what is sent may end anything in it."""
    if os.environ.get("VOTIFY_URL"):
        pytest.skip("reads the ledger, and VOTIFY_URL names a stack elsewhere")
    with running(tmp_path_factory.mktemp("bad"), env=OPEN) as stack:
        ledger = Ledger(stack)
        poll = ledger.poll(question="Cats or Dogs?")
        ledger.vote(poll, 1)
        with httpx.Client(base_url=stack.url) as client:
            known = {"name": "admin", "password": stack.admin_password()}
            assert client.post("/admin/sign-in", data=known).status_code == 303
            asked = {"name": "bad input", "scopes": ["polls"]}
            token = client.post("/api/tokens", json=asked).json()["token"]
            cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        owner = {"Cookie": cookie, "Authorization": f"Bearer {token}"}
        yield House(stack, ledger, list(listed(stack, poll)), owner)


def listed(stack: Stack, poll: Poll) -> Iterator[Route]:
    """List every route by its services' own word, the sockets, and an address that is none."""
    for rule in routes(stack):
        known = parts(rule, poll)
        named = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"<\1>", rule.rule)
        # Pictures made of dots take a fifth of a second each: their address alone is tried.
        right = {name: "none" if ".png" in named else values[0] for name, values in known.items()}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for act in known.get("act", ("",)):
                yield Route(method, named, {**right, "act": act} if act else right)
    for method in ("GET", "POST"):
        yield Route(method, "/result/socket.io/", {})
        yield Route(method, "/<name>", {"name": "nowhere"})


MANY = int(os.environ.get("BAD_INPUT_REQUESTS") or 40_000)
NIGHT = (pytest.mark.night, pytest.mark.timeout(2400))


@pytest.mark.parametrize("requests", [5_000, pytest.param(MANY, marks=NIGHT)], ids=["day", "night"])
def test_it_bears_whatever_is_sent(house: House, requests: int) -> None:
    """No 5xx and no trace, nothing stored, memory bounded; and then a vote is counted and shown."""
    seed = 9 if requests == 5_000 else SystemRandom().getrandbits(32)
    seed = int(os.environ.get("BAD_INPUT_SEED") or seed)
    first = range(requests // 10)  # languages, templates and pools are there afterwards
    send_all(house, seed, first)
    kept, memory = stored(house), resident(house.stack)
    send_all(house, seed, range(first.stop, requests))

    assert stored(house) == kept
    grown = {part: now - memory[part] for part, now in resident(house.stack).items()}
    assert {part: by for part, by in grown.items() if by > GROWTH} == {}
    for part in (*PARTS, "nginx"):
        assert "Traceback" not in house.stack.log(part).read_text("utf-8"), part
    vote_is_counted(house.stack)


def send_all(house: House, seed: int, numbers: range) -> None:
    """Send the requests of these numbers, a few at a time, until one is answered wrongly."""

    def send(some: range) -> None:
        with closing(Wire(house.stack.port)) as wire:
            for number in some:
                send_one(house, seed, number, wire)

    parts = [numbers[start : start + 100] for start in range(0, len(numbers), 100)]
    with ThreadPoolExecutor(SENDERS) as senders:
        for _ in senders.map(send, parts):
            pass


def send_one(house: House, seed: int, number: int, wire: Wire) -> None:
    """Send the request of a number, and look at its answer; packets too, now and then."""
    if number % 50 == 0:
        random = Random(f"{seed}:{number}")
        for made, answer in by_polling(wire, random):
            check(answer, made, seed, number)
        by_websocket(house.stack.port, random)
    made = case(seed, number, house.routes, house.owner)
    check(wire.send(made), made, seed, number)


def check(answer: Answer, made: Case, seed: int, number: int) -> None:
    """Look for a fault in an answer; the seed and the number make the request again."""
    told = f"BAD_INPUT_SEED={seed}, request {number} to {made.route}: {made.sent[:2000]!r}"
    fault = answer.status >= 500 and answer.status not in KNOWN_FAULTS
    budget = answer.status == 503 and any(name in answer.body for name in BUDGETS)
    assert not fault or budget, f"{told}\n{answer}"
    assert answer.status or made.cut or len(made.sent) > LARGE, f"{told}\n{answer}"
    assert b"Traceback" not in answer.body, f"{told}\n{answer}"


def stored(house: House) -> dict[str, int]:
    """Count the rows of each table, but of what was refused, and what is in each key of Redis."""
    with postgres_from(house.ledger.settings) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        counts = {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # type: ignore[arg-type,call-overload]  # noqa: S608
            for (name,) in tables
            if name not in WRITTEN_DOWN
        }
    found = {name: int(row[0]) for name, row in counts.items() if row}
    redis = house.stack.redis("worker")
    for key in (each.decode() for each in redis.scan_iter(count=1000)):
        if not key.startswith(LIVELY):
            lengths = {b"hash": redis.hlen, b"list": redis.llen}
            found[key] = lengths.get(redis.type(key), redis.exists)(key)
    return found


def resident(stack: Stack) -> dict[str, int]:
    """Tell how much memory each service has, in bytes."""
    pids = stack.pids()
    families = {
        part: [psutil.Process(pids[part]), *psutil.Process(pids[part]).children(recursive=True)]
        for part in PARTS
    }
    return {part: sum(each.memory_info().rss for each in all_) for part, all_ in families.items()}


def vote_is_counted(stack: Stack) -> None:
    """Vote as a program does, and see the number move."""
    site = Site(stack.url)
    try:
        before = site.settled()["ballots"]
        site.wait_counted(site.accept())
        site.wait_ballots(before + 1)
    finally:
        site.close()


@pytest.mark.parametrize(
    "path",
    [
        "/admin/polls/1?" + "&" * 6000,
        "/admin/sign-in?next=/admin/" + "x" * 6000,
        "/vote/1?code=" + "x" * 6000,
        "/result/present?poll=" + "x" * 6000,
        "/result/present?" + "&".join(f"poll={number:060}" for number in range(90)),
    ],
)
def test_it_leads_on_by_addresses_of_a_decent_length(house: House, path: str) -> None:
    """What is repeated in the address to go to is cut: NGINX takes 4 KB of headers, no more."""
    for headers in ({}, house.owner):
        answer = httpx.get(house.stack.url + path, headers=headers)
        assert answer.status_code < 500
