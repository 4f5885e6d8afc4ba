"""Whether a vote would really be counted: asked of every part that it passes through."""

from __future__ import annotations

import http.client
import json
import socket
import time
from http import HTTPStatus
from pathlib import Path

import redis as redis_client
from redis.exceptions import RedisError

_TIMEOUT = 3.0
_HEARTBEAT = "votes:heartbeat"


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_TIMEOUT)
        self.sock.connect(str(self._path))


def failing(socket_path: Path) -> str:
    """Ask a service on its socket whether it is ready; returns what fails, or nothing."""
    status, body = _get(_UnixConnection(socket_path), "/readyz")
    if status == HTTPStatus.OK:
        return ""
    try:
        return "; ".join(f"{name}: {text}" for name, text in json.loads(body)["failing"].items())
    except (ValueError, KeyError, AttributeError):
        return body or "it does not answer"


def routed(port: int) -> bool:
    """Say whether NGINX answers on the port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT)
    return _get(connection, "/healthz")[0] == HTTPStatus.OK


def redis_at(path: Path, *, user: str, password: str) -> redis_client.Redis:
    """Make a client of the Redis behind a socket."""
    return redis_client.Redis(
        unix_socket_path=str(path), username=user, password=password, socket_timeout=_TIMEOUT
    )


def redis_answers(client: redis_client.Redis) -> bool:
    """Say whether Redis has read its data and answers."""
    try:
        client.ping()
    except RedisError:
        return False
    return True


class Heartbeat:
    """The worker's sign of life in Redis. One that an earlier run has left there does not count."""

    def __init__(self, client: redis_client.Redis) -> None:
        self._client = client
        self._before = self._end()

    def beats(self) -> bool:
        """Say whether a worker has shown itself, and lately."""
        return self._end() > self._before + 0.1

    def _end(self) -> float:
        try:
            left = self._client.pttl(_HEARTBEAT)
        except RedisError:
            return 0
        return time.monotonic() + left / 1000 if left > 0 else 0


def _get(connection: http.client.HTTPConnection, path: str) -> tuple[int, str]:
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()
