"""What clients may send over a socket, how often the feed looks, and what is whose."""

from __future__ import annotations

import ast
import hashlib
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from engineio import packet as engineio_packet  # type: ignore[import-untyped]
from engineio import socket as engineio_socket  # type: ignore[import-untyped]
from engineio.exceptions import SocketIsClosedError  # type: ignore[import-untyped]
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


def a_client(engine: Any, sid: str = "sid") -> Any:
    """Connect a client that fetches nothing by itself, and owes no sign of life."""
    client = engine.sockets[sid] = engineio_socket.Socket(engine, sid)
    client.last_ping = None
    return client


def a_message(text: str = '2["watch"]') -> Any:
    return engineio_packet.Packet(engineio_packet.MESSAGE, text)


def test_it_lets_who_asks_often_wait_for_itself() -> None:
    """A page's first hundred questions are answered at once; what comes without end waits."""
    engine = make_server("threading").eio
    waits: list[float] = []
    engine.sleep = waits.append
    client = a_client(engine)
    for _ in range(300):
        client.receive(a_message())
    assert waits[:200] == [0.0] * 200, "and each gives way to the others"
    assert waits[-1] > 20
    assert waits == sorted(waits)


def test_it_counts_all_clients_of_an_address_together() -> None:
    """Whoever opens many connections is not heard more often; a hall is."""
    engine = make_server("threading").eio
    engine.sleep = lambda _: None
    hall, flood = ({"HTTP_X_FORWARDED_FOR": f"192.0.2.{n}"} for n in (1, 2))
    for sid, environ in ((f"s{n}", hall if n < 2 else flood) for n in range(4)):
        a_client(engine, sid)
        engine._trigger_event("connect", sid, environ)
    shared = [engine.sockets[f"s{n}"].shared for n in range(4)]
    assert shared[0] is shared[1] is not shared[2] is shared[3]
    for _ in range(10_500):
        engine.sockets["s2"].receive(a_message())
        engine.sockets["s3"].receive(a_message())
        engine.sockets["s0"].receive(engineio_packet.Packet(engineio_packet.PONG))
    assert shared[3].take() > 1
    assert shared[0].take() == 0, "signs of life are not counted together"


def test_it_answers_no_further_until_its_answers_are_read() -> None:
    """What is asked for and never fetched would fill the memory."""
    engine = make_server("threading").eio
    answered: list[str] = []

    def answer(sid: str, _: str) -> None:
        answered.append(sid)
        engine.send_packet(sid, a_message("x" * 50_000))

    engine.on("message", answer)
    client = a_client(engine)
    asking = threading.Thread(
        target=lambda: [client.receive(a_message()) for _ in range(5)], daemon=True
    )
    asking.start()
    asking.join(timeout=0.5)
    assert len(answered) == 2
    while asking.is_alive() or not client.queue.empty():
        client.poll()  # it reads on, and is answered on
        asking.join(timeout=0.1)
    assert len(answered) == 5


def test_it_turns_out_who_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while; nobody else waits for that."""
    monkeypatch.setattr("result.protocol._PATIENCE", 0.1)
    engine = make_server("threading").eio
    client = a_client(engine)
    engine.send_packet("sid", a_message("x" * 70_000))
    client.receive(engineio_packet.Packet(engineio_packet.PONG))  # a sign of life is always heard
    with pytest.raises(SocketIsClosedError):
        client.receive(a_message())
    assert client.closed
    assert engine.sockets == {}


def test_it_turns_out_who_leaves_hundreds_of_pushes_unread() -> None:
    """It connects again, and is told how all stands then."""
    engine = make_server("threading").eio
    client = a_client(engine)
    for _ in range(400):
        engine.send_packet("sid", a_message())
    assert not client.closed
    engine.send_packet("sid", a_message())
    assert client.closed
    assert engine.sockets == {}


def test_it_opens_no_session_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who are there go on."""
    monkeypatch.setattr("result.protocol._MOST_SESSIONS", 1)
    engine = make_server("threading").eio
    a_client(engine)
    told: list[str] = []
    asked = {"REQUEST_METHOD": "GET", "QUERY_STRING": "EIO=4&transport=polling"}
    body = engine.handle_request(asked, lambda status, _: told.append(status))
    assert (told, body) == (
        ["503 SERVICE UNAVAILABLE"],
        [b"There are too many viewers. Try again in a moment."],
    )
    asked["QUERY_STRING"] += "&sid=nobody"
    engine.handle_request(asked, lambda status, _: told.append(status))
    assert told[1] == "400 BAD REQUEST"


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
