"""
What the tests take from the machine: its size, and nothing else that could change what they see.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping, Sequence
from pathlib import Path

import psutil

# What programs need to be found and to run, and what tools of tests are told by. All other
# variables are dropped: a proxy, a locale, a time zone, a PGUSER or a POLL_KIND of somebody's shell
# would make the same test another one.
_KEPT = frozenset(
    {
        *("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER", "VIRTUAL_ENV"),
        *("PYTHONHASHSEED", "PYTHONUNBUFFERED"),
        # A stack that runs elsewhere, and its first owner.
        *("VOTIFY_URL", "ADMIN_PASSWORD"),
        # How much is tried, and which of it again.
        *("BAD_INPUT_REQUESTS", "BAD_INPUT_SEED", "CURIOUS_VOTERS"),
        # Programs that lie elsewhere than on other machines, and the fonts to try pages with.
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "FONTCONFIG_FILE"),
    }
)
_KEPT_PREFIXES = ("COVERAGE_", "HYPOTHESIS_", "PLAYWRIGHT_", "PYTEST_")

# Each process of the tests has servers and a browser of its own.
_BYTES_EACH = 2 << 30
_MOST = 8


def forget(environ: MutableMapping[str, str]) -> None:
    """Drop what the shell has set for other programs."""
    for name in list(environ):
        if name not in _KEPT and not name.startswith(_KEPT_PREFIXES):
            del environ[name]
    if "VOTIFY_URL" not in environ:
        environ.pop("ADMIN_PASSWORD", None)
    environ["TZ"] = "UTC"


def processes(asked: Sequence[str]) -> int:
    """
    Tell in how many processes tests are run; 0 is in this one.

    Most of the time a test waits for a server or a browser, so three serve two cores. Where all are
    to look at one stack that runs elsewhere, they would count each other's votes.

    :param asked: files, folders and single tests, as they were given to pytest.
    """
    if os.environ.get("VOTIFY_URL"):
        return 0
    files = {name for name, _, _ in (each.partition("::") for each in asked)}
    if len(files) == 1 and Path(*files).is_file():
        return 0
    # Half as many again as there are cores.
    serve = int(_cores() * 1.5 + 0.5)
    return max(1, min(serve, _memory() // _BYTES_EACH, _MOST))


def _cores() -> float:
    """Give the cores that this process may use; in a container that may be a part of them."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, period = _limit("cpu.max", "max 1").split()
    return here if quota == "max" else min(here, int(quota) / int(period))


def _memory() -> int:
    """Give the bytes of memory that are free; in a container as many as it may have at most."""
    free: int = psutil.virtual_memory().available
    most = _limit("memory.max", "max")
    return free if most == "max" else min(free, int(most))


def _limit(name: str, otherwise: str) -> str:
    """Read what Linux allows to this container; macOS has no such file."""
    try:
        return Path("/sys/fs/cgroup", name).read_text("ascii").strip()
    except OSError:
        return otherwise
