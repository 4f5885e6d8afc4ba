"""
Where the processes of one gunicorn keep their counts, for `prometheus_client` to add them up.

Apart from `vote.metrics`, because that library looks for the place when it is imported.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

_PREFIX = "votify-counts-"


def make_directory(parent: Path) -> Path:
    """
    Make a directory for this process and its children, and remove those that nobody uses any more.

    A directory in use is locked. The children inherit the lock, and it ends with the last of them:
    what a killed gunicorn left behind is found by that, whatever has become of its process id.
    """
    for left in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # it is in use, or somebody else's
            _remove_unused(left)
    made = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}", dir=parent))
    fcntl.flock(os.open(made, os.O_RDONLY), fcntl.LOCK_SH)  # kept open for good
    # Nobody looks for a directory under its first name, so none is removed before it is locked.
    return made.rename(made.with_name(made.name.removeprefix(".")))


def _remove_unused(directory: Path) -> None:
    lock = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(directory)
    finally:
        os.close(lock)
