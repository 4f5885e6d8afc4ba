"""
Redis' append-only file as commands alone: the one form that every Redis and every Valkey reads.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.servers import RedisServer
from tests.waiting import eventually

NAME = "appendonly.aof"
"""Redis 6.2 keeps its file under this name; later ones, and Valkey, take it over at the start."""


def compact(redis: Path) -> bytes:
    """
    Read what a Redis keeps in its directory, and write it as few commands.

    :param redis: the directory of one that is not writing now.
    """
    server = RedisServer()
    shutil.copytree(redis, server.directory, dirs_exist_ok=True)
    server.start()
    try:
        with server.client() as client:
            # By default a rewritten file begins with a snapshot, which no older server can read.
            client.config_set("aof-use-rdb-preamble", "no")
            client.bgrewriteaof()
            eventually(lambda: not client.info("persistence")["aof_rewrite_in_progress"])
        (base,) = (server.directory / "appendonlydir").glob("*.base.aof")
        return base.read_bytes()
    finally:
        server.remove()


def later(data: bytes, milliseconds: int) -> bytes:
    """Let every key that expires do so so much later."""
    return b"".join(_written(_moved(each, milliseconds)) for each in commands(data))


def commands(data: bytes) -> Iterator[list[bytes]]:
    """Read the commands of a file: each is `*count`, and for each word `$length` and the word."""
    at = 0
    while at < len(data):
        count, at = _number(data, at, b"*")
        words = []
        for _ in range(count):
            length, at = _number(data, at, b"$")
            words.append(data[at : at + length])
            at += length + 2
        yield words


def _number(data: bytes, at: int, mark: bytes) -> tuple[int, int]:
    end = data.index(b"\r\n", at)
    assert data[at : at + 1] == mark, "this is no command"
    return int(data[at + 1 : end]), end + 2


def _moved(command: list[bytes], milliseconds: int) -> list[bytes]:
    if command[0].upper() != b"PEXPIREAT":
        return command
    return [*command[:2], b"%d" % (int(command[2]) + milliseconds), *command[3:]]


def _written(command: list[bytes]) -> bytes:
    words = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in command)
    return b"*%d\r\n%s" % (len(command), words)
