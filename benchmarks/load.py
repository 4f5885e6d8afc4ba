"""
A load of HTTP requests over many connections, from one thread.

It does as little as it can for each request, since it shares the machine with what it measures:
requests come ready-made, answers are cut at their Content-Length and not looked into.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Tag = TypeVar("Tag")

_LOOK = 0.2  # seconds between two looks for requests that take too long
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What became of a request.

    `status` is 0 if the connection broke or nothing came in time: then nobody knows whether the
    request was served. `seconds` lie between sending and the last byte.
    """

    status: int
    body: bytes
    seconds: float


@dataclass(slots=True)
class _Connection(Generic[Tag]):
    socket: socket.socket | None = None
    tag: Tag | None = None
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)


class Load(Generic[Tag]):
    """
    Send requests over `connections` connections, one at a time on each.

    :param make_request: gives the next request as bytes, and a tag that comes back with its answer;
        None when there is nothing to send right now.
    :param take_answer: is told every answer, in the order in which they arrive.
    :param rate: requests a second over all connections; 0 for as many as get through.
    :param timeout: seconds after which a request counts as lost.
    """

    def __init__(
        self,
        port: int,
        *,
        connections: int,
        make_request: Callable[[], tuple[bytes, Tag] | None],
        take_answer: Callable[[Tag, Answer], None],
        rate: float = 0,
        timeout: float = 10.0,
    ) -> None:
        self._port = port
        self._make, self._take = make_request, take_answer
        self._rate, self._timeout = rate, timeout
        self._selector = selectors.DefaultSelector()
        self._idle: list[_Connection[Tag]] = [_Connection() for _ in range(connections)]
        self._busy: set[int] = set()
        self._all = list(self._idle)
        self._looked_at = 0.0

    def run(self, seconds: float, *, patience: float = 10.0) -> float:
        """
        Send for so many seconds, then wait for what is under way.

        :return: the seconds from the first request to the last answer.
        """
        started = time.perf_counter()
        end, sent = started + seconds, 0
        with self._closing():
            while (now := time.perf_counter()) < end:
                allowed = (
                    int((now - started) * self._rate) - sent if self._rate else len(self._idle)
                )
                sent += self._send(allowed)
                self._receive(0.005 if self._rate or not self._busy else 0.1)
            while self._busy and time.perf_counter() < end + patience:
                self._receive(0.1)
        return time.perf_counter() - started

    def _send(self, allowed: int) -> int:
        sent = 0
        while self._idle and sent < allowed and (made := self._make()) is not None:
            self._start(self._idle.pop(), *made)
            sent += 1
        return sent

    def _start(self, connection: _Connection[Tag], request: bytes, tag: Tag) -> None:
        connection.tag, connection.sent_at = tag, time.perf_counter()
        connection.received.clear()
        self._busy.add(id(connection))
        try:
            if connection.socket is None:
                connection.socket = socket.create_connection(("127.0.0.1", self._port), timeout=2)
                connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.socket.sendall(request)
        except OSError:
            self._finish(connection, 0, b"", broken=True)

    def _receive(self, wait: float) -> None:
        for key, _ in self._selector.select(wait):
            self._read(key.data)
        now = time.perf_counter()
        if now - self._looked_at > _LOOK:
            self._looked_at = now
            self._give_up(now - self._timeout)

    def _give_up(self, limit: float) -> None:
        for connection in self._all:
            if id(connection) in self._busy and connection.sent_at < limit:
                self._finish(connection, 0, b"", broken=True)

    def _read(self, connection: _Connection[Tag]) -> None:
        assert connection.socket is not None
        try:
            data = connection.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._finish(connection, 0, b"", broken=True)
            return
        connection.received += data
        head = connection.received.find(b"\r\n\r\n")
        if head < 0:
            return
        match = _LENGTH.search(connection.received, 0, head + 2)
        length = int(match[1]) if match else 0
        if len(connection.received) < head + 4 + length:
            return
        body = bytes(connection.received[head + 4 : head + 4 + length])
        broken = b"\r\nconnection: close" in connection.received[:head].lower()
        self._finish(connection, int(connection.received[9:12]), body, broken=broken)

    def _finish(
        self, connection: _Connection[Tag], status: int, body: bytes, *, broken: bool
    ) -> None:
        if broken:
            self._drop(connection)
        if id(connection) not in self._busy:
            return  # the router closed a connection on which nothing was asked
        self._busy.discard(id(connection))
        self._idle.append(connection)
        assert connection.tag is not None
        self._take(connection.tag, Answer(status, body, time.perf_counter() - connection.sent_at))

    def _drop(self, connection: _Connection[Tag]) -> None:
        if connection.socket is not None:
            if connection.socket in self._selector.get_map():
                self._selector.unregister(connection.socket)
            connection.socket.close()
            connection.socket = None

    @contextmanager
    def _closing(self) -> Iterator[None]:
        try:
            yield
        finally:
            for connection in self._all:
                if id(connection) in self._busy:
                    self._finish(connection, 0, b"", broken=True)
                self._drop(connection)
            self._selector.close()


def post(path: str, body: bytes, *, key: str = "") -> bytes:
    """Write a POST request with a JSON body, for a connection that stays open."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    if key:
        head += f"Idempotency-Key: {key}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
