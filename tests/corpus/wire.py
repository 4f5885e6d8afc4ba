"""How requests are sent that no client would send: byte by byte, many over one connection."""

from __future__ import annotations

import http.client
import socket
from contextlib import closing, suppress
from typing import NamedTuple

from tests.corpus.requests import Case


class Answer(NamedTuple):
    """What came back; status 0 where the connection was closed instead."""

    status: int
    headers: str
    body: bytes


class Wire:
    """A connection to the router, made anew whenever one side has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def send(self, case: Case) -> Answer:
        """Send a request, and read its answer."""
        kept = self._socket is not None
        answer = self._send(case)
        # A connection that was kept may have been closed meanwhile, for the request before.
        return self._send(case) if kept and not answer.status else answer

    def _send(self, case: Case) -> Answer:
        wire = self._socket or socket.create_connection(("127.0.0.1", self._port), timeout=30)
        self._socket = wire
        # Who finds a request too large answers before it has all of it, and closes.
        with suppress(OSError):
            wire.sendall(case.sent)
            if case.cut:
                wire.shutdown(socket.SHUT_WR)
        with closing(http.client.HTTPResponse(wire, method=case.method)) as answer:
            try:
                answer.begin()
                said = Answer(answer.status, str(answer.headers), answer.read())
            except (OSError, http.client.HTTPException) as error:
                self.close()
                return Answer(0, type(error).__name__, b"")
        if case.cut or answer.will_close:
            self.close()
        return said

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
