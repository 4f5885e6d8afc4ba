"""Lay what a version has left into the DATA of a stack, as if it had stopped a moment ago."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from deploy.local import binaries, postgres
from deploy.local.layout import Layout
from tests.upgrade import aof
from tests.upgrade.leave import keep_secrets
from tests.waiting import eventually

# What ends by itself after hours or a day. It is as old as it was when it was left: what is asked
# is whether the code of today knows it, and not whether it remembers it for longer than it says.
_LATER = (
    "UPDATE sessions SET created_at = created_at + %(age)s, seen_at = seen_at + %(age)s",
    "UPDATE idempotency_keys SET created_at = created_at + %(age)s",
)


def lay(folder: Path, left: dict[str, Any], data: Path) -> None:
    """Put a folder of leftovers into a DATA in which nothing is yet."""
    layout = Layout.of(data)
    keep_secrets(layout, left["secrets"])
    age = datetime.now(UTC) - datetime.fromisoformat(left["left_at"])
    _restore(layout, folder / "database.sql", age)
    keys = aof.later((folder / aof.NAME).read_bytes(), round(age / timedelta(milliseconds=1)))
    (layout.redis / aof.NAME).write_bytes(keys)
    shutil.copytree(folder / "images", layout.images, dirs_exist_ok=True)


def _restore(layout: Layout, file: Path, age: timedelta) -> None:
    layout.make_run()
    postgres.prepare(layout)
    with _running(layout):
        postgres.ensure_database(layout)
        address = postgres.url(layout, postgres.OWNER)
        options = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
        command = [str(binaries.postgres("psql")), *options, f"--file={file}", address]
        subprocess.run(command, check=True)
        with psycopg.connect(address) as connection:
            for statement in _LATER:
                connection.execute(statement.encode(), {"age": age})


@contextmanager
def _running(layout: Layout) -> Iterator[None]:
    command = [*postgres.command(layout), "-c", "fsync=off"]
    with layout.log("restore").open("wb") as log:
        server = subprocess.Popen(command, stderr=log)
    try:
        eventually(lambda: postgres.answers(layout), seconds=30)
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)
