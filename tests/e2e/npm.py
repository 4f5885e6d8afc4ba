"""A viewer of results in another language: the socket.io-client of npm, run by Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import eventually

_HERE = Path(__file__).parent / "node"
_BESIDE_PYTHON = str(Path(sys.executable).parent)
_MISSING = (
    "NO NODE.JS: the JavaScript client was not tested. Install node and npm (apt install npm,"
    " brew install node), or both by pip: pip install -r requirements/node.txt"
)


def which(program: str) -> str | None:
    """Find a program on the PATH or beside Python."""
    return shutil.which(program) or shutil.which(program, path=_BESIDE_PYTHON)


def install(folder: Path) -> Path:
    """
    Give a folder with the viewer and its packages; skips the test where there is no Node.js.

    Packages that are installed beside the lock file are used; otherwise they are installed into
    `folder`.
    """
    if which("node") is None:
        pytest.skip(_MISSING)
    if (_HERE / "node_modules").is_dir():
        return _HERE
    npm = which("npm")
    if npm is None:
        pytest.skip(_MISSING)
    shutil.copytree(_HERE, folder, dirs_exist_ok=True)
    subprocess.run([npm, "ci", "--ignore-scripts", "--prefer-offline"], cwd=folder, check=True)
    return folder


class NpmViewer:
    """A client in a process of its own, and everything that it was sent, in order."""

    def __init__(
        self, folder: Path, url: str, *, path: str, transport: str, poll: str | None = None
    ) -> None:
        command = [which("node") or "node", "viewer.mjs", url, path, transport]
        self._process = subprocess.Popen(
            [*command, poll] if poll else command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.heard: list[tuple[str, Any]] = []
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout
        with self._process.stdout as lines:
            for line in lines:
                event, data = json.loads(line)
                self.heard.append((event, data))

    def of(self, event: str) -> list[Any]:
        """Give what came with an event so far."""
        return [data for name, data in self.heard if name == event]

    def first(self, event: str) -> Any:
        """Wait for the first of an event, and give what came with it."""
        return eventually(lambda: self.of(event))[0]

    def close(self) -> None:
        """Leave."""
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            # It may hang in a request; a process left behind would be blamed on another test.
            self._process.kill()
            self._process.wait()
        self._listener.join()
