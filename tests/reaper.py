"""
Ends what tests have started where they could not: the process of the tests was killed.

A program of its own holds the other end of a pipe, which closes when that process is gone, however
it ended. What is on its list then is stopped, and its directories are removed.
"""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

_PATIENCE = 60.0  # seconds; a whole Votify is stopped in order


def watch(pid: int, *directories: Path) -> None:
    """Put a process of ours on the list, and directories that nobody needs after it."""
    # A number is given out again when a process has ended: with its start it means this one alone.
    entry = (pid, psutil.Process(pid).create_time(), [str(each) for each in directories])
    pipe = _program().stdin
    assert pipe
    pipe.write(json.dumps(entry) + "\n")
    pipe.flush()


@cache
def _program() -> subprocess.Popen[str]:
    # In a session of its own: Ctrl-C is for the tests.
    command = [sys.executable, __file__]
    program = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)
    atexit.register(program.communicate)  # closes the pipe
    return program


def main() -> None:
    """Read the list until the process that writes it is gone; then end what is left of it."""
    entries = [json.loads(line) for line in sys.stdin]
    left = [found for pid, began, _ in entries if (found := _process(pid, began))]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in psutil.wait_procs(left, _PATIENCE)[1]:
        process.kill()
    for _, _, directories in entries:
        for directory in directories:
            shutil.rmtree(directory, ignore_errors=True)


def _process(pid: int, began: float) -> psutil.Process | None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return process if process.create_time() == began else None
    return None


if __name__ == "__main__":
    main()
