"""The result service when a part is gone or hangs, and when it is told to stop."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local.layout import ROOT
from tests.viewing import Site, get, succeeded
from tests.waiting import eventually

pytestmark = pytest.mark.service

PATIENCE = 3  # seconds: more than an answer ever takes, on a busy machine too


@pytest.fixture
def whole(site: Site) -> Iterator[Site]:
    """Lend the stack to a test that breaks it, and wait until it is whole again."""
    yield site
    site.stack.wait_ready()
    for process in site.processes():
        eventually(lambda name=process: site.get(name, "/readyz"))  # type: ignore[misc]


def test_it_outlives_postgresql(whole: Site) -> None:
    """While PostgreSQL is gone the last numbers stay; afterwards new ones arrive by themselves."""
    poll = whole.poll()
    whole.vote(poll, 1)
    with whole.viewer() as viewer:
        eventually(lambda: viewer.ask("watch", {"poll": poll.id})["ballots"] == 1)
        process = whole.processes()[0]  # perhaps not the one that the viewer is connected to
        eventually(lambda: (whole.read(poll, process) or {})["ballots"] == 1)
        os.kill(whole.stack.pids()["postgres"], signal.SIGKILL)
        eventually(lambda: whole.get(process, "/readyz") is None)
        assert (whole.read(poll, process) or {})["ballots"] == 1
        eventually(lambda: whole.get(process, "/readyz"), seconds=30)
        eventually(lambda: succeeded(lambda: whole.vote(poll, 2)), seconds=30)
        eventually(lambda: viewer.saw(poll.id, 2))


def test_it_outlives_redis(whole: Site) -> None:
    """The same for Redis, its announcements included."""
    poll = whole.poll()
    with whole.viewer() as viewer:
        viewer.ask("watch", {"poll": poll.id})
        os.kill(whole.stack.pids()["redis"], signal.SIGKILL)
        whole.record((poll, 1), announce=False)
        eventually(lambda: viewer.saw(poll.id, 1))
        eventually(lambda: whole.get(whole.processes()[0], "/readyz"), seconds=30)


def test_it_answers_while_postgresql_hangs(whole: Site) -> None:
    """A query that does not return stops neither pages nor sockets, and is noticed."""
    poll = whole.poll()
    postgres = psutil.Process(whole.stack.pids()["postgres"])
    family = [postgres, *postgres.children(recursive=True)]
    with whole.viewer() as viewer:
        viewer.ask("watch", {"poll": poll.id})
        for each in family:
            each.suspend()
        try:
            process, begun = whole.processes()[0], time.monotonic()
            # Longer than the pause between two queries, so that one of them is what hangs.
            while (asked := time.monotonic()) < begun + 1.5 * PATIENCE:
                assert viewer.ask("watch", {"poll": poll.id})["ballots"] == 0
                assert whole.get(process, f"/result/{poll.slug}")
                # A query that hangs does so for as long as PostgreSQL is stopped.
                assert time.monotonic() - asked < PATIENCE
            eventually(lambda: whole.get(process, "/readyz") is None)
        finally:
            for each in family:
                each.resume()


def test_a_watcher_finds_its_way_to_another_process(whole: Site) -> None:
    """When its process is killed, a client connects again and asks for the whole picture."""
    poll = whole.poll()
    with whole.viewer() as viewer:
        viewer.ask("watch", {"poll": poll.id})
        for process in whole.processes():
            os.kill(whole.stack.pids()[process], signal.SIGKILL)
        whole.vote(poll, 1)
        eventually(
            lambda: succeeded(lambda: viewer.ask("watch", {"poll": poll.id})["ballots"] == 1)
        )


def test_it_stops_at_once_with_open_sockets(whole: Site) -> None:
    """SIGTERM ends a process with clients on both transports, by itself and with 0."""
    bind = whole.stack.data / "own.sock"
    environ = {**whole.stack.environment("result-1"), "BIND": f"unix:{bind}"}
    command = [sys.executable, "-m", "result"]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.PIPE) as service:
        try:
            eventually(lambda: get(bind, "/readyz"), seconds=30)
            clients = [_websocket(bind) for _ in range(10)] + [_long_poll(bind)]
            service.terminate()
            assert service.wait(timeout=20) == 0
        finally:
            service.kill()
        for client in clients:
            client.close()
        assert service.stderr
        # By itself, and not cut off when its time was up.
        assert b"stopped" in service.stderr.read()


def _websocket(bind: Path) -> socket.socket:
    """Open a WebSocket and wait until it is greeted."""
    client = _request(
        bind,
        "EIO=4&transport=websocket",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
    )
    greeting = b""
    while b"pingInterval" not in greeting:
        greeting += client.recv(4096)
    return client


def _long_poll(bind: Path) -> socket.socket:
    """Begin a poll that has nothing to wait for."""
    opened = get(bind, "/socket.io/?EIO=4&transport=polling")
    assert opened
    return _request(bind, f"EIO=4&transport=polling&sid={json.loads(opened[1:])['sid']}")


def _request(bind: Path, query: str, *headers: str) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(5)
    client.connect(str(bind))
    lines = [f"GET /socket.io/?{query} HTTP/1.1", "Host: localhost", *headers, "", ""]
    client.sendall("\r\n".join(lines).encode())
    return client


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("PSYCOPG_WAIT_FUNC", "wait_c"),
        pytest.param("TALLY_INTERVAL_MS", "soon", marks=pytest.mark.night),
        ("SECRET_KEY", ""),
    ],
)
def test_it_refuses_to_start_with_a_sentence(setting: str, value: str) -> None:
    """A setting with which it could not do its work stops it, and says which and why."""
    command = [sys.executable, "-m", "result"]
    environ = {**os.environ, setting: value}
    ended = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"votify: {setting}")
