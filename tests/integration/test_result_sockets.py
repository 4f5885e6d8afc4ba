"""The sockets of the result service: real servers, real clients, two processes side by side."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx2 as httpx
import psutil
import pytest
import websocket

from ballotbox.poll import Kind, Option, Poll, Visibility
from tests.viewing import Site, Viewer, another_result
from tests.waiting import eventually

pytestmark = pytest.mark.service


@pytest.mark.parametrize("transport", ["websocket", "polling"])
@pytest.mark.parametrize("path", ["/result/socket.io", "/socket.io"])
def test_it_pushes_to_who_watches(site: Site, path: str, transport: str) -> None:
    """On both paths and both transports: a full snapshot first, then each change."""
    poll = site.poll()
    site.vote(poll, 1)
    eventually(lambda: all(site.read(poll, p)["ballots"] == 1 for p in site.processes()))  # type: ignore[index]
    with site.viewer(path=path, transport=transport) as viewer:
        first = viewer.ask("watch", {"poll": poll.slug})
        assert (first["ballots"], first["poll"]["id"]) == (1, poll.id)
        site.vote(poll, 2)
        eventually(lambda: viewer.saw(poll.id, 2))


def test_it_pushes_soon_after_an_announcement(site: Site) -> None:
    """A process that would look by itself in a minute looks at once when it is told to."""
    poll = site.poll()
    with another_result(site.stack, TALLY_INTERVAL_MS="60000") as url:
        viewer = Viewer(url, transport="websocket")
        try:
            viewer.ask("watch", {"poll": poll.id})
            for n in range(1, 4):
                site.vote(poll, 1)
                eventually(lambda n=n: viewer.saw(poll.id, n))  # type: ignore[misc]
        finally:
            viewer.close()


def test_it_finds_changes_that_nobody_announces(site: Site) -> None:
    """Redis' word is a hint: without it a change is there an interval later."""
    poll = site.poll()
    with site.viewer() as viewer:
        viewer.ask("watch", {"poll": poll.id})
        site.record((poll, 1), announce=False)
        eventually(lambda: viewer.saw(poll.id, 1), seconds=3)


def test_every_process_pushes_what_is_recorded(site: Site) -> None:
    """Processes share nothing but the database, and show the same."""
    poll = site.poll()
    site.vote(poll, 1, 1, 2)
    for process in site.processes():
        eventually(lambda name=process: (site.read(poll, name) or {})["ballots"] == 3)  # type: ignore[misc]


def test_it_keeps_up_with_many_changes_and_pushes_few(site: Site) -> None:
    """200 announced changes arrive as at most 20 pushes a second, and the last one is right."""
    poll = site.poll()
    with site.viewer() as viewer:
        viewer.ask("watch", {"poll": poll.id})
        started = time.monotonic()
        for _ in range(200):
            site.vote(poll, 1)
        eventually(lambda: viewer.saw(poll.id, 200))
        pushes = viewer.of("results")
        assert len(pushes) <= 20 * (time.monotonic() - started) + 2
        versions = [push["version"] for push in pushes]
        assert versions == sorted(versions)


def test_it_tells_strangers_the_counts_of_public_polls_only(site: Site) -> None:
    """Who watches nothing gets `poll-stats`; nothing of a hidden poll is in them."""
    public, hidden = site.poll(), site.poll(visibility=Visibility.AFTER_CLOSE)
    with site.viewer() as stranger, site.viewer() as watcher:
        watcher.ask("watch", {"poll": hidden.id})
        site.vote(hidden, 1, 1)
        site.vote(public, 2)
        eventually(lambda: any(s["pollId"] == public.id for s in stranger.of("poll-stats")))
        stats = stranger.of("poll-stats")
        assert {"pollId": public.id, "optionId": 2, "newCount": 1} in stats
        assert not [each for each in stats if each["pollId"] == hidden.id]
        assert watcher.of("poll-stats") == []
        assert all(push["ballots"] is None for push in watcher.of("results"))
        site.close(hidden)
        eventually(lambda: watcher.saw(hidden.id, 2))
        eventually(lambda: any(s["pollId"] == hidden.id for s in stranger.of("poll-stats")))


def test_it_takes_a_watcher_back_among_the_strangers(site: Site) -> None:
    """`unwatch` of everything ends the snapshots and begins the counts again."""
    poll, other = site.poll(), site.poll()
    with site.viewer() as viewer:
        viewer.ask("watch", {"poll": poll.id})
        viewer.ask("watch", {"poll": other.slug})
        assert viewer.ask("unwatch", {"poll": poll.id}) == {"watching": [other.id]}
        assert viewer.ask("unwatch") == {"watching": []}
        site.vote(poll, 1)
        eventually(lambda: viewer.of("poll-stats"))
        assert not [r for r in viewer.of("results") if r["ballots"]]


def test_it_answers_nonsense_with_an_error(site: Site) -> None:
    """Every malformed request gets a stable code, and the connection lives on."""
    nonsense: list[Any] = [None, {}, [], "x", 1]
    nonsense += [{"poll": name} for name in (None, True, 1.5, [1], {"a": 1})]
    with site.viewer() as viewer:
        codes = [viewer.ask("watch", request)["error"]["code"] for request in nonsense]
        assert set(codes) == {"invalid_request"}
        for name in ("nope", "1\x00", "__proto__"):
            assert viewer.ask("watch", {"poll": name})["error"]["code"] == "unknown_poll"
        for number in (10**30, -1):
            assert viewer.ask("watch", {"poll": number})["error"]["code"] == "unknown_poll"
        assert viewer.ask("watch", {"poll": 1})["poll"]["id"] == 1


@pytest.mark.parametrize(
    ("origin", "status"),
    [("same", 200), (None, 200), ("http://evil.example", 400), ("null", 400)],
)
def test_it_accepts_pages_of_its_own_origin_only(
    site: Site, origin: str | None, status: int
) -> None:
    """A page of another site cannot connect in a visitor's browser; programs have no origin."""
    origin = site.stack.url if origin == "same" else origin
    headers = {"Origin": origin} if origin else {}
    answer = httpx.get(f"{site.stack.url}/socket.io/?EIO=4&transport=polling", headers=headers)
    assert answer.status_code == status


def test_it_refuses_what_is_posted_to_a_session_that_has_ended(site: Site) -> None:
    """A client that says goodbye and goes on talking is told so: it is no fault of ours."""
    address = f"{site.stack.url}/socket.io/?EIO=4&transport=polling"
    session = httpx.get(address).text.partition('"sid":"')[2].partition('"')[0]
    said = [httpx.post(f"{address}&sid={session}", content=each) for each in ("40", "1", "40")]
    assert said[-1].status_code == 400


@contextmanager
def flooding(site: Site, poll: Poll, *, reads: bool) -> Iterator[None]:
    """Ask for a poll over one connection, again and again, and read the answers or none of them."""
    address = f"ws{site.stack.url.removeprefix('http')}/result/socket.io/?EIO=4&transport=websocket"
    stranger = websocket.create_connection(address, timeout=0.5)
    stopped = threading.Event()

    def ask() -> None:
        stranger.send("40")
        question = f'["watch",{{"poll":{poll.id}}}]'
        for number in itertools.count():
            if stopped.is_set():
                return
            with suppress(OSError, websocket.WebSocketException):  # what lies between is full
                stranger.send(f"42{number}{question}")

    def read() -> None:
        while not stopped.is_set():
            with suppress(OSError, websocket.WebSocketException):
                stranger.recv()

    threads = [threading.Thread(target=each) for each in ((ask, read) if reads else (ask,))]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
        stranger.close()


@pytest.mark.parametrize("reads", [False, True], ids=["reads nothing", "reads all"])
def test_one_stranger_who_asks_without_end_keeps_nobody_waiting(site: Site, reads: bool) -> None:  # noqa: FBT001
    """Each answer is large; none is made faster than it is read, or before others have theirs."""
    options = tuple(Option(id=number, text="x" * 130) for number in range(1, 101))
    large = site.poll(kind=Kind.RATING, options=options, max_choices=100)
    poll = site.poll()
    processes = [psutil.Process(site.stack.pids()[name]) for name in site.processes()]
    before = sum(each.memory_info().rss for each in processes)
    with flooding(site, large, reads=reads):
        for number in range(1, 6):
            with site.viewer() as viewer:
                viewer.ask("watch", {"poll": poll.id})
                site.vote(poll, 1)
                eventually(lambda: viewer.saw(poll.id, number), seconds=5)  # noqa: B023 - at once
            assert httpx.get(f"{site.stack.url}/result/{poll.slug}.json").status_code == 200
        grown = sum(each.memory_info().rss for each in processes) - before
    assert grown < 100 * 2**20


def test_it_tells_watchers_every_two_seconds_how_old_their_numbers_are(site: Site) -> None:
    """A page can tell a quiet poll from a dead connection."""
    with site.viewer() as viewer:
        viewer.ask("watch", {"poll": 1})
        eventually(lambda: len(viewer.of("as-of")) >= 3, seconds=8)
        times = [datetime.fromisoformat(each["as_of"]) for each in viewer.of("as-of")]
        assert times == sorted(set(times))
        assert abs((datetime.now(UTC) - times[-1]).total_seconds()) < 5
