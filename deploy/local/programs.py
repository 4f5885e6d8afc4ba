"""The processes of the stack: their commands, environments, and how each is stopped."""

from __future__ import annotations

import os
import string
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ballotbox.settings import Settings
from deploy.local import binaries, postgres, router
from deploy.local.layout import ROOT, Layout

# Set by the stack, which alone knows where its parts are. Whatever the shell has by these names
# belongs to something else.
_OURS = (
    "BIND",
    "DATABASE_PASSWORD",
    "DATABASE_PASSWORD_FILE",
    "DATABASE_URL",
    "REDIS_PASSWORD",
    "REDIS_PASSWORD_FILE",
    "REDIS_URL",
)
_ROLES = {"worker": "votify_worker", "result": "votify_result", "admin": "votify_admin"}
# Who reads which secret. One that the shell gives, by itself or as a file, is not replaced.
_SECRETS = {
    "vote": ("SECRET_KEY",),
    "result": ("RECEIPT_KEY",),
    "worker": ("SEAL_KEY",),
    "admin": ("ADMIN_PASSWORD",),
}
_USERS = ("vote", "worker", "result", "admin")
_LEAST = 1 << 28  # bytes for Redis, on the smallest machine; on others a quarter of what there is


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """
    One process for supervisord to keep alive.

    :param group: what is stopped together; the groups' ranks say in which order, highest first.
    :param patience: seconds it may take to stop before it is killed.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    group: str
    rank: int
    signal: str = "TERM"
    patience: int = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Extras:
    """What the one who starts the stack adds: how many of a kind, variables, other commands."""

    workers: int = 1
    results: int = 1
    env: Mapping[str, str]
    service_env: Mapping[str, Mapping[str, str]]
    commands: Mapping[str, tuple[str, ...]]


def servers(layout: Layout, extras: Extras) -> list[Program]:
    """Describe what must be up before any service: PostgreSQL and Redis."""
    env = environment(layout, extras, "")
    return [
        Program(
            name="postgres",
            argv=tuple(postgres.command(layout)),
            env=env,
            group="database",
            rank=10,
            signal="INT",  # "fast": does not wait for clients
            patience=60,
        ),
        Program(
            name="redis",
            argv=tuple(_redis(layout)),
            env=env,
            group="queue",
            rank=20,
            patience=30,
        ),
    ]


def services(layout: Layout, extras: Extras) -> list[Program]:
    """Describe the services of Votify itself, and the router before them."""
    python = sys.executable
    found = [(name, _gunicorn(name)) for name in ("vote", "admin")]
    found += [(f"worker-{n}", (python, "-m", "worker")) for n in _numbers(extras.workers)]
    found += [(name, (python, "-m", "result")) for name in result_names(extras)]
    nginx = Program(
        name="nginx",
        argv=tuple(router.command(layout)),
        env=environment(layout, extras, ""),
        group="router",
        rank=40,
        signal="QUIT",  # ends what it has begun, for at most worker_shutdown_timeout
        patience=5,
    )
    return [
        *(
            Program(
                name=name,
                argv=extras.commands.get(name.partition("-")[0], argv),
                env=environment(layout, extras, name),
                group="services",
                rank=30,
            )
            for name, argv in found
        ),
        nginx,
    ]


def result_names(extras: Extras) -> list[str]:
    """Name the processes of `result`."""
    return [f"result-{n}" for n in _numbers(extras.results)]


def environment(layout: Layout, extras: Extras, name: str) -> dict[str, str]:
    """
    Give the whole environment of a program: what the shell gave, what the stack knows, the extras.

    :param name: `vote`, `worker-1`, `result-1`, `admin`…; empty for what acts as the owner of the
        database.
    """
    kind = name.partition("-")[0]
    found = {key: value for key, value in os.environ.items() if key not in _OURS}
    found["PYTHONPATH"] = str(ROOT)
    found["PYTHONUNBUFFERED"] = "1"
    user = kind or "worker"
    found["REDIS_URL"] = f"unix://{user}@{layout.redis_socket}?db=0"
    found["REDIS_PASSWORD_FILE"] = str(layout.secret(f"{user}_redis_password"))
    if kind == "result":
        _keep_secret_key_from(found)
    for secret in _SECRETS.get(kind, ()):
        if not given(found, secret):
            found[f"{secret}_FILE"] = str(layout.secret(secret.lower()))
    if kind != "vote":
        found["DATABASE_URL"] = postgres.url(layout, _ROLES.get(kind, postgres.OWNER))
    if kind in ("vote", "result", "admin"):
        found["BIND"] = f"unix:{layout.socket(name)}"
    if kind in ("admin", "") and not found.get("IMAGE_STORE"):
        found["IMAGE_STORE"] = str(layout.images)
    if kind == "result":
        # Without it psycopg's C code would hold up every other client while a query runs.
        found["PSYCOPG_WAIT_FUNC"] = "wait_selector"
    return found | dict(extras.env) | dict(extras.service_env.get(kind, {}))


def _keep_secret_key_from(environ: dict[str, str]) -> None:
    """Put the key of receipts in the place of a SECRET_KEY that the shell gives."""
    if given(environ, "SECRET_KEY") and not given(environ, "RECEIPT_KEY"):
        environ["RECEIPT_KEY"] = Settings.read(environ).require_receipt_key()
    for name in ("SECRET_KEY", "SECRET_KEY_FILE"):
        environ.pop(name, None)


def given(environ: Mapping[str, str], secret: str) -> bool:
    """Say whether a secret is in an environment, by itself or as a file."""
    return bool(environ.get(secret) or environ.get(f"{secret}_FILE"))


def write_acl(layout: Layout) -> None:
    """Write Redis' users, with the passwords of this DATA."""
    template = (ROOT / "deploy" / "redis" / "users.acl.template").read_text("utf-8")
    names = [f"{user}_redis_password" for user in _USERS]
    values = {name.upper(): layout.secret(name).read_text("utf-8").strip() for name in names}
    path = layout.run / "users.acl"
    path.touch(mode=0o600)
    path.write_text(string.Template(template).substitute(values), "utf-8")


def _gunicorn(name: str) -> tuple[str, ...]:
    python = (sys.executable, "-m", "gunicorn")
    return (*python, "-c", f"{name}/gunicorn.conf.py", f"{name}.app:create_app()")


def _redis(layout: Layout) -> Iterable[str]:
    return [
        str(binaries.redis(layout.redis / "server")),
        str(ROOT / "deploy" / "redis" / "redis.conf"),
        *("--port", "0", "--unixsocket", str(layout.redis_socket), "--unixsocketperm", "700"),
        *("--dir", str(layout.redis), "--aclfile", str(layout.run / "users.acl")),
        *("--maxmemory", str(max(_memory() // 4, _LEAST))),
    ]


def _memory() -> int:
    """Give the bytes of memory of the machine; in a container, what that may have."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    most = limit.read_text("utf-8").strip() if limit.exists() else "max"
    return whole if most == "max" else min(whole, int(most))


def _numbers(count: int) -> range:
    return range(1, count + 1)
