"""Real servers for tests: private, on Unix sockets in directories of their own, gone afterwards."""

from __future__ import annotations

import itertools
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import psycopg
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from ballotbox.migrate import migrate
from deploy.local import binaries, postgres
from deploy.local.layout import ROOT, Layout
from tests.waiting import eventually

PASSWORD = "everybody-may-know-this"
# Who may do everything that a test does from outside, such as emptying Redis.
_TESTER = f"user tester on >{PASSWORD} ~* &* +@all\n"


def scratch(name: str) -> Path:
    """
    Make a directory for a server's data, in memory where there is plenty of it.

    What tests kill is processes, not the machine: files in memory survive that as well as others.
    """
    memory = Path("/dev/shm")  # noqa: S108 - what is made in it is made with mode 0700
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2 << 30
    return Path(tempfile.mkdtemp(prefix=f"votify-{name}-", dir=memory if roomy else None))


class RedisServer:
    """
    A Redis with Votify's own configuration and users, and one more user, `tester`.

    Its data is in its directory and survives `kill` and `start`.
    """

    def __init__(self) -> None:
        self._directory = scratch("redis")
        self.socket = self._directory / "redis.sock"
        template = Template((ROOT / "deploy/redis/users.acl.template").read_text("utf-8"))
        names = ("VOTE_REDIS_PASSWORD", "WORKER_REDIS_PASSWORD", "RESULT_REDIS_PASSWORD")
        users = template.substitute(dict.fromkeys(names, PASSWORD))
        (self._directory / "users.acl").write_text(f"{users.rstrip()}\n{_TESTER}", "utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [
            *(
                str(binaries.redis(self._directory / "binary")),
                str(ROOT / "deploy/redis/redis.conf"),
            ),
            *("--port", "0", "--unixsocket", str(self.socket), "--dir", str(self._directory)),
            *("--aclfile", str(self._directory / "users.acl")),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        eventually(self._answers)

    def _answers(self) -> bool:
        try:
            return bool(self.client().ping())
        except RedisError:
            return False

    def kill(self) -> None:
        """Kill it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, to stop it for a while and let it go on."""
        assert self._process is not None
        self._process.send_signal(number)

    def remove(self) -> None:
        """Stop it for good and remove its data."""
        self.kill()
        shutil.rmtree(self._directory)

    def url(self, user: str = "tester") -> str:
        """Give the address for one of the users, password included."""
        return f"unix://{user}:{PASSWORD}@{self.socket}"

    def client(self, user: str = "tester", **options: Any) -> Redis:
        """Make a client of one of the users, which fails at once where something is wrong."""
        return Redis.from_url(self.url(user), retry=Retry(NoBackoff(), 0), **options)


@dataclass(frozen=True)
class Database:
    """One database of a PostgreSQL server."""

    layout: Layout
    name: str

    def url(self, role: str = postgres.OWNER) -> str:
        """Give its address for a role."""
        return postgres.url(self.layout, role, self.name)

    def connect(self, role: str = postgres.OWNER) -> psycopg.Connection[Any]:
        """Connect as a role, in autocommit mode."""
        return psycopg.connect(self.url(role), autocommit=True)


class PostgresServer:
    """A PostgreSQL 18 as the local stack runs it, except that it does not wait for the disk."""

    def __init__(self) -> None:
        self.layout = Layout.of(scratch("postgres"))
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and make the database that all others are copies of."""
        self.layout.make_run()
        postgres.prepare(self.layout)
        command = [*postgres.command(self.layout), "-c", "fsync=off"]
        with (self.layout.data / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stderr=log)
        eventually(lambda: postgres.answers(self.layout), seconds=30)
        with self._copy("template0", "migrated").connect() as connection:
            migrate(connection)

    def database(self, *, migrated: bool = True) -> Database:
        """Make a database: one that is migrated, or an empty one."""
        name = f"test_{next(self._numbers)}"
        return self._copy("migrated" if migrated else "template0", name)

    def drop(self, database: Database) -> None:
        """Remove a database, whoever is still connected to it."""
        with Database(self.layout, "postgres").connect() as connection:
            connection.execute(f"DROP DATABASE {database.name} WITH (FORCE)".encode())

    def _copy(self, template: str, name: str) -> Database:
        with Database(self.layout, "postgres").connect() as connection:
            connection.execute(
                f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy".encode()
            )
        return Database(self.layout, name)

    def remove(self) -> None:
        """Stop it for good and remove its data."""
        if self._process is not None:
            # "Fast": it does not wait for connections to be closed.
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=30)
        self.layout.remove_run()
        shutil.rmtree(self.layout.data)
