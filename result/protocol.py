"""
The Socket.IO server, made fit for clients that mean harm.
"""

from __future__ import annotations

import logging
from typing import Any

import engineio  # type: ignore[import-untyped]
import socketio
from socketio import packet

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


class _Engine(engineio.Server):  # type: ignore[misc]
    """An Engine.IO server that does not wait for those it turns out."""

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
