"""
Processes that outlived the run they belong to, found by pid file and stopped by pid.

A number alone is not enough: after a reboot, or in a restarted container, it may be another's.
A pid file is dated with the birth of its process, so one born at another time is not the one.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import psutil

# Seconds by which the same birth may be told differently, when the clock has been set meanwhile.
_NEAR = 3.0

_LOOK_AGAIN = 0.02
_SECONDS_TO_DIE = 5.0


def remember(pidfile: Path) -> None:
    """Write this process' number, dated with its birth; a process keeps both across exec."""
    draft = pidfile.with_suffix(".new")
    draft.write_text(str(os.getpid()), "ascii")
    born = psutil.Process().create_time()
    os.utime(draft, (born, born))
    draft.rename(pidfile)


def find(pidfile: Path) -> list[psutil.Process]:
    """
    Find the living process of a pid file and the members of its process group.

    The members matter where the leader was killed alone: NGINX workers then go on serving, and
    would keep the port from the next master.
    """
    try:
        pid = int(pidfile.read_text("ascii"))
        written = pidfile.stat().st_mtime
    except (OSError, ValueError):
        return []
    if not _may_be_ours(pid, written):
        return []
    return [each for each in psutil.process_iter() if _group(each) == pid and _alive(each)]


def stop(pidfile: Path, *, patience: float) -> bool:
    """
    Stop what a pid file names: politely, and after `patience` seconds for certain.

    :return: whether there was anything to stop.
    """
    found = find(pidfile)
    for process in found:
        _tell(process, "terminate")
    stubborn = _wait(found, patience)
    for process in stubborn:
        _tell(process, "kill")
    _wait(stubborn, _SECONDS_TO_DIE)
    return bool(found)


def _wait(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """
    Wait until processes have ended; gives those that have not.

    One that has ended and was not reaped is no longer there: it lost its parent, and what is
    process 1 of a container may reap late or never.
    """
    deadline = time.monotonic() + seconds
    while (left := [each for each in processes if _alive(each)]) and time.monotonic() < deadline:
        time.sleep(_LOOK_AGAIN)
    return left


def _may_be_ours(pid: int, written: float) -> bool:
    try:
        born = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return bool(written > psutil.boot_time())
    return bool(abs(born - written) < _NEAR)


def _group(process: psutil.Process) -> int | None:
    try:
        return os.getpgid(process.pid)
    except (ProcessLookupError, PermissionError):
        return None


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _tell(process: psutil.Process, action: str) -> None:
    with suppress(psutil.NoSuchProcess):
        getattr(process, action)()
