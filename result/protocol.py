"""
The Socket.IO server, made fit for clients that mean harm.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import engineio  # type: ignore[import-untyped]
import engineio.packet  # type: ignore[import-untyped]
import engineio.socket  # type: ignore[import-untyped]
import socketio
from socketio import packet

from ballotbox.allowance import Allowance, Allowances, Rate
from web import client

# A page asks for what it shows when it opens, for 100 polls at most, and when it connects again.
_OWN = Rate(per_second=2, burst=250)
# All clients of one address together: a hall of 5,000 that connects again says two things each.
_SHARED = Rate(per_second=200, burst=20_000)
# What a client has not read yet of what it has asked for; it is answered no further until it has.
_UNREAD_BYTES = 64 * 1024
_PATIENCE = 15.0  # seconds for which it may read nothing meanwhile
# What it has not read of what was pushed. Everybody's pushes are one text in memory.
_UNREAD_PUSHES = 400
_MOST_SESSIONS = 20_000  # each takes 13 kB before anything is asked

# What the libraries log is what clients send: a traceback for every piece of garbage. Our own
# handlers log their own errors.
_NO_LOG = logging.getLogger("result.clients")
_NO_LOG.setLevel(logging.CRITICAL)


class Packet(packet.Packet):  # type: ignore[misc]  # the library is not typed
    """
    A packet that is either well-formed or a goodbye.

    The library raises on garbage, which writes a traceback to the log for each; and it collects
    binary attachments without an end. A client that sends either leaves, and nobody else notices.
    """

    packet_type: Any
    data: Any

    def decode(self, encoded_packet: Any) -> int:  # noqa: ANN401 - text, or bytes from a vandal
        """Read a packet; returns 0, the number of attachments to wait for."""
        try:
            super().decode(encoded_packet)
        except (ValueError, TypeError, RecursionError):
            self.packet_type = None
        if not self._is_in_order():
            self.packet_type, self.namespace, self.data = packet.DISCONNECT, None, None
        return 0

    def _is_in_order(self) -> bool:
        match self.packet_type, self.data:
            case packet.EVENT, [str(event), *_]:
                # The library would hand these to the handlers of its own events.
                return event not in ("connect", "disconnect")
            case ((packet.CONNECT | packet.DISCONNECT), (None | dict())):
                return True
        return False  # nothing is ever asked of a client, so it has nothing to acknowledge


class _Socket(engineio.socket.Socket):  # type: ignore[misc]
    """
    A client that waits for itself: one that asks often, or reads little, is heard later.

    Not being heard, it cannot send either, once what lies between is full. Others are heard
    meanwhile: taking a packet always gives way.
    """

    def __init__(self, server: _Engine, sid: str) -> None:
        super().__init__(server, sid)
        self._own = Allowance(_OWN)
        self.shared = Allowance(_SHARED)  # until it is known where the client is

    def receive(self, pkt: Any) -> None:  # noqa: ANN401 - the library is not typed
        """Take a packet, when it is this client's turn."""
        early = self._own.take()
        # Signs of life are the client's own: those of a hall are hundreds a second.
        if is_message := pkt.packet_type == engineio.packet.MESSAGE:
            early = max(early, self.shared.take())
        self.server.sleep(early)
        if is_message:
            self._wait_until_read()
        super().receive(pkt)

    def _wait_until_read(self) -> None:
        until = time.monotonic() + _PATIENCE
        while self._unread_bytes() > _UNREAD_BYTES:
            if self.closed or time.monotonic() > until:
                self.server.disconnect(self.sid)
                raise engineio.exceptions.SocketIsClosedError
            self.server.sleep(0.05)

    def _unread_bytes(self) -> int:
        return sum(len(each.data or "") for each in list(self.queue.queue) if each is not None)


# The library names the class of its sockets in the middle of its longest method.
engineio.socket.Socket = _Socket


class _Engine(engineio.Server):  # type: ignore[misc]
    """An Engine.IO server that does not wait for those it turns out, nor for those who flood it."""

    def __init__(self, *given: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*given, **options)
        self._addresses = Allowances(_SHARED)

    def handle_request(self, environ: Any, start_response: Any) -> Any:  # noqa: ANN401
        """Answer a request; one that would open a session has to wait while there are too many."""
        if len(self.sockets) >= _MOST_SESSIONS and "sid=" not in environ.get("QUERY_STRING", ""):
            start_response("503 SERVICE UNAVAILABLE", [("Retry-After", "5")])
            return [b"There are too many viewers. Try again in a moment."]
        try:
            return super().handle_request(environ, start_response)
        except KeyError:
            # What is posted to a session that has closed itself meanwhile makes the library raise.
            start_response("400 BAD REQUEST", [("Content-Type", "text/plain")])
            return [b"This session has ended."]

    def send_packet(self, sid: str, pkt: Any) -> None:  # noqa: ANN401
        """Send a packet, or turn out who has left too many unread: it is told all anew then."""
        connection = self.sockets.get(sid)
        if connection is not None and connection.queue.qsize() >= _UNREAD_PUSHES:
            self.disconnect(sid)
        else:
            super().send_packet(sid, pkt)

    def _trigger_event(self, event: str, *args: Any, **how: Any) -> Any:  # noqa: ANN401
        if event == "connect":
            sid, environ = args
            self.sockets[sid].shared = self._addresses.of(client.address(environ))
        return super()._trigger_event(event, *args, **how)

    def disconnect(self, sid: str | None = None) -> None:
        """
        Close one connection, or all.

        The library waits until the client has fetched what is in its queue. One that breaks the
        protocol in a POST and fetches nothing more would keep that request for ever.
        """
        for connection in [self.sockets.get(sid)] if sid else list(self.sockets.values()):
            if connection is not None:
                connection.close(wait=False, reason=self.reason.SERVER_DISCONNECT)
        if sid:
            self.sockets.pop(sid, None)


class _Server(socketio.Server):  # type: ignore[misc]
    def _engineio_server_class(self) -> type[_Engine]:
        return _Engine


def make_server(async_mode: str) -> socketio.Server:
    """
    Make the Socket.IO server.

    Only pages of the same origin may connect, and programs, which send no Origin: the library's
    default, which compares Origin with Host. Requests are tiny, so long ones are refused.

    Several processes need no word between them: each reads for itself. Only the polling transport,
    a row of requests that belong together, needs a router that keeps a client with one process.
    """
    return _Server(
        async_mode=async_mode,
        serializer=Packet,
        logger=_NO_LOG,
        engineio_logger=_NO_LOG,
        async_handlers=False,  # a handler only reads memory: not worth a thread each
        max_http_buffer_size=4096,
        http_compression=False,
        ping_interval=20,
        ping_timeout=10,
    )
