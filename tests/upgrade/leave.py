"""
Leave behind what this version leaves: `python -m tests.upgrade.leave tests/upgrade/0.1.0`.

To be run once for each release, with its own code. It writes `database.sql`, `appendonly.aof` (what
was in Redis, ballots that wait included), `images/`, and `left.json`: what people and programs were
handed, and how it all ended when this version had counted the rest.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from ballotbox.ballot import decode
from ballotbox.ledger import PostgresLedger
from ballotbox.postgres import postgres_from
from ballotbox.queue import RedisQueue
from ballotbox.settings import Settings
from ballotbox.version import VERSION
from deploy.local import binaries
from deploy.local.layout import Layout
from deploy.local.stack import Stack
from tests.upgrade import aof
from tests.upgrade.ending import ending
from tests.upgrade.past import ADA, Past

SECRETS = {
    "secret_key": "it signed the cookies and receipts of the past",
    "seal_key": "it signed the results of the past",
    "admin_password": "the first one who came",
}


def main(arguments: list[str]) -> int:
    """Make a past, and write what is left of it into a folder; returns the exit code."""
    if len(arguments) != 1:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    with tempfile.TemporaryDirectory() as data:
        keep_secrets(Layout.of(Path(data)), SECRETS)
        with Stack(data=Path(data)) as stack:
            _leave(stack, Path(arguments[0]))
    return 0


def keep_secrets(layout: Layout, secrets: dict[str, str]) -> None:
    """Put secrets where the stack would make its own."""
    layout.make_data()
    for name, text in secrets.items():
        layout.secret(name).write_text(text, "utf-8")


def _leave(stack: Stack, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    past = Past(stack)
    past.happen()
    stack.halt("worker-1")
    past.go_on_uncounted()
    _record_unsettled(stack)
    _tidy(stack)
    left_at = datetime.now(UTC)
    waiting = RedisQueue(stack.redis()).waiting()
    _dump(stack, folder)
    shutil.copytree(stack.data / "images", folder / "images", dirs_exist_ok=True)
    stack.resume("worker-1")
    past.settled()
    left = {"version": VERSION, "left_at": left_at.isoformat(), "waiting": waiting}
    left |= _described(past)
    text = json.dumps(left, indent=1, ensure_ascii=False)
    (folder / "left.json").write_text(f"{text}\n", "utf-8")
    past.close()


def _record_unsettled(stack: Stack) -> None:
    """Record the oldest ballots and leave them on the list, as a worker does that is killed."""
    batch = [decode(item) for item in RedisQueue(stack.redis()).peek(3)]
    environ = stack.environment("worker-1")
    with postgres_from(Settings.read(environ)) as connection:
        PostgresLedger(connection).record(batch)


def _tidy(stack: Stack) -> None:
    """Take away what RQ has noted of its workers: the name and address of this machine."""
    redis = stack.redis()
    for key in redis.scan_iter("rq:worker*"):
        redis.delete(key)


def _dump(stack: Stack, folder: Path) -> None:
    (folder / aof.NAME).write_bytes(aof.compact(stack.data / "redis"))
    address = stack.environment()["DATABASE_URL"]
    with psycopg.connect(address) as connection:
        query = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'votify\\_%' ORDER BY rolname"
        roles = [f"CREATE ROLE {name} LOGIN;\n" for (name,) in connection.execute(query)]
    (folder / "database.sql").write_text("".join(roles) + dump(address), "utf-8")


def dump(address: str, *options: str) -> str:
    """Write a database as SQL."""
    command = [str(binaries.postgres("pg_dump")), *options, "--dbname", address]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _described(past: Past) -> dict[str, Any]:
    polls = {name: poll["id"] for name, poll in past.polls.items()}
    with psycopg.connect(past.stack.environment()["DATABASE_URL"]) as connection:
        query = "SELECT preview FROM polls WHERE id = %s"
        row = connection.execute(query, [polls["draft"]]).fetchone()
    assert row
    return {
        "secrets": SECRETS,
        "passwords": {"admin": SECRETS["admin_password"], "ada": ADA},
        "preview": row[0],
        "polls": polls,
        **past.left,
        "ending": ending(past.url, past.owner.token, polls, past.receipts),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
