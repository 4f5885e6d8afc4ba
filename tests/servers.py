"""Real servers for tests: private, on Unix sockets in directories of their own, gone afterwards."""

from __future__ import annotations

import itertools
import json
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import psycopg
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from admin.store import store_from
from ballotbox.errors import ImagesUnavailable
from ballotbox.migrate import migrate
from ballotbox.settings import Settings
from deploy.local import binaries, postgres
from deploy.local.layout import ROOT, Layout
from deploy.local.stack import Stack
from tests import reaper
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


@contextmanager
def running(data: Path, **options: Any) -> Iterator[Stack]:
    """Run a whole Votify, as `Stack` describes it, which ends with the tests even if they crash."""
    with Stack(data=data, **options) as stack:
        reaper.watch(stack.supervisor_pid, Layout.of(data).run)
        yield stack


class RedisServer:
    """
    A Redis with Votify's own configuration and users, and one more user, `tester`.

    Its data is in its directory and survives `kill` and `start`.
    """

    def __init__(self) -> None:
        self.directory = scratch("redis")
        self.socket = self.directory / "redis.sock"
        template = Template((ROOT / "deploy/redis/users.acl.template").read_text("utf-8"))
        services = ("VOTE", "WORKER", "RESULT", "ADMIN")
        users = template.substitute({f"{name}_REDIS_PASSWORD": PASSWORD for name in services})
        (self.directory / "users.acl").write_text(f"{users.rstrip()}\n{_TESTER}", "utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [
            *(
                str(binaries.redis(self.directory / "binary")),
                str(ROOT / "deploy/redis/redis.conf"),
            ),
            *("--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.directory)),
            *("--aclfile", str(self.directory / "users.acl")),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        reaper.watch(self._process.pid, self.directory)
        eventually(self._answers, seconds=30)

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
        shutil.rmtree(self.directory)

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
        reaper.watch(self._process.pid, self.layout.data, self.layout.run)
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


class ObjectsServer:
    """A SeaweedFS that speaks S3, with one user who may do everything."""

    USER = "votify"

    def __init__(self) -> None:
        self._directory = scratch("objects")
        self._ports = _free_ports(8)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it keeps files."""
        keys = {"accessKey": self.USER, "secretKey": PASSWORD}
        user = {"name": self.USER, "credentials": [keys], "actions": ["Admin"]}
        users = self._directory / "users.json"
        users.write_text(json.dumps({"identities": [user]}), "utf-8")
        names = ("master", "volume", "filer", "s3")
        ports = iter(self._ports)
        command = [
            *(str(Path(sysconfig.get_path("scripts"), "weed")), "server", "-filer", "-s3"),
            *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={self._directory}"),
            *(f"-{name}.port{kind}={next(ports)}" for name in names for kind in ("", ".grpc")),
            *("-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.config={users}"),
            *("-master.volumeSizeLimitMB=64", "-volume.max=500"),
        ]
        with (self._directory / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        reaper.watch(self._process.pid, self._directory)
        eventually(self._keeps_files, seconds=60)

    def settings(self, store: str = "s3://images/kept", **changes: Any) -> Settings:
        """Give settings that keep images in it."""
        keys = {"s3_access_key": self.USER, "s3_secret_key": PASSWORD}
        endpoint = f"http://127.0.0.1:{self._ports[6]}"
        return Settings(**{"image_store": store, "s3_endpoint": endpoint, **keys, **changes})

    def _keeps_files(self) -> bool:
        try:
            store_from(self.settings("s3://ready")).put("file", b"content")
        except ImagesUnavailable:
            return False
        return True

    def remove(self) -> None:
        """Stop it for good and remove its data."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._directory)


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
