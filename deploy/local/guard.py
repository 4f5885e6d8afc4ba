"""
Stands between supervisord and a program: `python -m deploy.local.guard SPEC`.

Stops what the program's last life left behind, writes its pid file, and becomes the program.
SPEC is a JSON file: {"argv": […], "env": {…}, "pidfile": "…"}.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from deploy.local import leftovers

# Something that cannot start is tried once a second, however often it has failed: what it waits
# for, such as Redis, may be back at any moment.
_SECONDS_BETWEEN_STARTS = 1.0
_PATIENCE = 2.0


def main(spec_path: Path) -> None:
    """Become the program that the file describes."""
    spec = json.loads(spec_path.read_text("utf-8"))
    pidfile = Path(spec["pidfile"])
    leftovers.stop(pidfile, patience=_PATIENCE)
    _pause(pidfile)
    leftovers.remember(pidfile)
    os.execve(spec["argv"][0], spec["argv"], spec["env"])  # noqa: S606 - that is what it is for


def _pause(pidfile: Path) -> None:
    try:
        age = time.time() - pidfile.stat().st_mtime
    except FileNotFoundError:
        return
    time.sleep(min(max(_SECONDS_BETWEEN_STARTS - age, 0), _SECONDS_BETWEEN_STARTS))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
