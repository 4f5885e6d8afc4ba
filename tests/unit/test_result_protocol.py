"""What clients may send over a socket, how often the feed looks, and what is whose."""

from __future__ import annotations

import ast
import hashlib
import re
import threading
import time
from pathlib import Path

import pytest
from engineio import socket as engineio_socket  # type: ignore[import-untyped]
from socketio import packet

from result.loops import Pace
from result.protocol import Packet, make_server

RESULT = Path(__file__).parents[2] / "result"


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "x",
        "2",
        "2{}",
        "2[]",
        "2[1]",
        '2["watch"',
        '2["connect"]',
        '2["disconnect"]',
        "2" + "[" * 2000,
        '51-["watch",{"_placeholder":true,"num":0}]',
        '59999999999-["watch",{"_placeholder":true,"num":0}]',
        '31["acknowledged"]',
        "4",
        "9",
        "2" + "1" * 101 + '["watch"]',
        "0[1]",
    ],
)
def test_it_takes_garbage_for_a_goodbye(garbage: str) -> None:
    """Nothing malformed raises, waits for attachments, or reaches a handler."""
    parsed = Packet(encoded_packet=garbage or " ")
    assert (parsed.packet_type, parsed.attachment_count) == (packet.DISCONNECT, 0)


@pytest.mark.parametrize(
    ("text", "kind", "data"),
    [
        ("0", packet.CONNECT, None),
        ('0{"token":"x"}', packet.CONNECT, {"token": "x"}),
        ("1", packet.DISCONNECT, None),
        ('21["watch",{"poll":1}]', packet.EVENT, ["watch", {"poll": 1}]),
        ('2["unwatch"]', packet.EVENT, ["unwatch"]),
    ],
)
def test_it_reads_what_is_well_formed(text: str, kind: int, data: object) -> None:
    """Connecting, leaving and events pass."""
    parsed = Packet(encoded_packet=text)
    assert (parsed.packet_type, parsed.data) == (kind, data)


def test_it_does_not_wait_for_a_client_that_it_turns_out() -> None:
    """Closing a connection whose queue nobody empties returns at once."""
    engine = make_server("threading").eio
    connection = engine.sockets["sid"] = engineio_socket.Socket(engine, "sid")
    closing = threading.Thread(target=engine.disconnect, args=("sid",), daemon=True)
    closing.start()
    closing.join(timeout=5)
    assert (closing.is_alive(), connection.closed, engine.sockets) == (False, True, {})


def test_it_looks_at_once_when_nudged_and_not_more_often_than_allowed() -> None:
    """A nudge ends the wait; a thousand nudges are no more than one each shortest time."""
    pace = Pace(30, shortest=0.02)
    pace.nudge()
    started = time.monotonic()
    pace.wait()
    assert 0.02 <= time.monotonic() - started < 15
    nudging = threading.Event()

    def keep_nudging() -> None:
        while not nudging.wait(0.001):
            pace.nudge()

    thread = threading.Thread(target=keep_nudging)
    thread.start()
    started = time.monotonic()
    for _ in range(5):
        pace.wait()
    nudging.set()
    thread.join()
    assert 5 * 0.02 <= time.monotonic() - started < 15


def test_it_looks_every_interval_without_a_nudge() -> None:
    """Nobody has to announce anything."""
    started = time.monotonic()
    Pace(0.06, shortest=0.02).wait()
    assert time.monotonic() - started >= 0.059


def test_only_one_file_knows_eventlet() -> None:
    """Whoever replaces eventlet changes `__main__`."""
    knowing = set()
    for file in RESULT.glob("**/*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in getattr(node, "names", [])]
            names.append(getattr(node, "module", None) or "")
            if isinstance(node, ast.Import | ast.ImportFrom) and any(
                name.partition(".")[0] == "eventlet" for name in names
            ):
                knowing.add(file.name)
    assert knowing == {"__main__.py"}


def test_the_vendored_file_is_the_one_that_was_published() -> None:
    """Its sum is the one that its README names."""
    vendor = RESULT / "static" / "vendor"
    named = re.findall(r"`(\S+\.js)`.*`([0-9a-f]{64})`", (vendor / "README.md").read_text("utf-8"))
    assert named
    for name, expected in named:
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == expected
