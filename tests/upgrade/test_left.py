"""What was left, before anything is started on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.upgrade import aof
from tests.upgrade.conftest import FOLDERS

# Those of Redis 6.2 that a rewritten file is made of.
_PLAIN = {b"SELECT", b"SET", b"RPUSH", b"SADD", b"ZADD", b"HMSET", b"PEXPIREAT"}
_LARGEST = 500_000  # bytes


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
class TestLeft:
    def test_it_is_commands_that_every_redis_knows(self, folder: Path) -> None:
        """The file is read by Redis 6.2 and by every Valkey: commands, and no snapshot."""
        kept = list(aof.commands((folder / aof.NAME).read_bytes()))
        assert {command[0] for command in kept} <= _PLAIN
        assert any(command[:2] == [b"RPUSH", b"votes"] for command in kept)

    def test_it_expires_later_by_what_has_passed(self, folder: Path) -> None:
        """Keys that expire do so as if no time had passed, and all else is as it was left."""
        data = (folder / aof.NAME).read_bytes()
        moved = list(zip(aof.commands(data), aof.commands(aof.later(data, 1000)), strict=True))
        changed = [(old, new) for old, new in moved if old != new]
        assert {old[0] for old, _ in changed} == {b"PEXPIREAT"}
        assert {int(new[2]) - int(old[2]) for old, new in changed} == {1000}
        assert aof.later(data, 0) == data

    def test_it_is_small(self, folder: Path) -> None:
        """It is in every clone, for good."""
        files = (path for path in folder.rglob("*") if path.is_file())
        assert sum(path.stat().st_size for path in files) < _LARGEST
