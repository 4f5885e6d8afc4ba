"""What comes over a socket and is no packet, or none that anybody asked for."""

from __future__ import annotations

import base64
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from random import Random

from tests.corpus.requests import Case
from tests.corpus.texts import BYTES, TEXTS
from tests.corpus.wire import Answer, Wire

_PACKETS = (
    *("", "4", "40", "42", "42[]", '42["watch"]', '42["watch", {"poll": []}]', '42["connect"]'),
    *('42["watch", {"poll": 1e999}]', '421["unwatch", 7]', '43["x"]', "451-[]", '459999-["watch"]'),
    *('42/nowhere,["watch"]', '42["disconnect"]', "41", "1", "2probe", "3", "6", "9", "b4AAAA"),
    *('42["watch", {"poll": "%s"}]' % ("x" * 3000), "42" + "[" * 3000, '42["watch", ' + "9" * 3000),
    *('42["results", {"poll": 1}]', "\x1e" * 40, "4\x1e4\x1e42", '42["\\ud800"]', "44" * 900),
)
_OPEN = "/socket.io/?EIO=4&transport=polling"


def a_packet(random: Random) -> bytes:
    """Make one packet, or what is sent in the place of one."""
    if random.random() < 0.2:
        return random.choice(BYTES)
    text = random.choice((*_PACKETS, f'42["watch", {{"poll": "{random.choice(TEXTS)}"}}]'))
    return text.encode("utf-8", "replace")[:4000]


def by_polling(wire: Wire, random: Random) -> Iterator[tuple[Case, Answer]]:
    """Open a session by requests, and post to it."""
    opening = _request(random, "GET", _OPEN)
    opened = wire.send(opening)
    yield opening, opened
    name = opened.body.partition(b'"sid":"')[2].partition(b'"')[0].decode()
    for packet in (b"40", a_packet(random), a_packet(random)):
        post = _request(random, "POST", f"{_OPEN}&sid={name}", packet)
        yield post, wire.send(post)


def by_websocket(port: int, random: Random) -> None:
    """Open a WebSocket, and send frames of which few are whole."""
    key = base64.b64encode(random.randbytes(16)).decode()
    head = (
        f"GET /result/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n"
        f"X-Forwarded-For: {_address(random)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=30) as wire, suppress(OSError):
        wire.sendall(head.encode())
        assert wire.recv(12) == b"HTTP/1.1 101"
        for _ in range(3):
            wire.sendall(_frame(random, a_packet(random)))


def _frame(random: Random, payload: bytes) -> bytes:
    kind = random.choice((0x81, 0x81, 0x82, 0x80, 0x01, 0x88, 0x89, 0x8F, 0xF1))
    length = random.choice((len(payload), len(payload), 0, 2**40))
    masked = random.choice((0x80, 0x80, 0))
    if length < 126:
        head = struct.pack("!BB", kind, masked | length)
    elif length < 1 << 16:
        head = struct.pack("!BBH", kind, masked | 126, length)
    else:
        head = struct.pack("!BBQ", kind, masked | 127, length)
    return head + (b"\0\0\0\0" if masked else b"") + payload


def _request(random: Random, method: str, path: str, body: bytes = b"") -> Case:
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {_address(random)}"
    return Case(method, f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


def _address(random: Random) -> str:
    return "10." + ".".join(str(byte) for byte in random.randbytes(3))
