"""Where gunicorn's processes keep their counts: nobody's is removed while it is in use."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.waiting import eventually
from vote.counts import make_directory

# A process that makes its directory, leaves its lock to a child, says so, and waits to be killed.
_PROGRAM = """
import os, sys, time
from pathlib import Path
from vote.counts import make_directory
made = make_directory(Path(sys.argv[1]))
child = os.fork()
if child:
    print(made, child, flush=True)
time.sleep(60)
"""


def test_it_removes_what_killed_processes_left_and_nothing_else(tmp_path: Path) -> None:
    """A directory lasts as long as one of the processes that use it, and no longer."""
    stranger = tmp_path / "votify"
    stranger.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        name, child = parent.stdout.readline().split()
        theirs = Path(name)

        ours = make_directory(tmp_path)
        assert theirs.is_dir()

        parent.kill()
        parent.wait()
        assert make_directory(tmp_path).is_dir()
        assert theirs.is_dir()

        os.kill(int(child), signal.SIGKILL)
        eventually(lambda: make_directory(tmp_path).exists() and not theirs.exists())
    assert ours.is_dir()
    assert stranger.is_dir()
