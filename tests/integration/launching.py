"""`make run` as a process of its own, and how a voter and a viewer meet what it runs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from deploy.local.layout import ROOT, Layout
from tests import reaper
from tests.waiting import eventually

PATIENCE = 60.0


def soon(condition: Callable[[], Any]) -> Any:
    """Wait as long as a start may take on a busy machine."""
    return eventually(condition, seconds=PATIENCE)


def vote(stack_url: str, option: int = 1) -> None:
    """Vote in the first poll, as somebody new."""
    body = json.dumps({"pollId": 1, "optionId": option}).encode()
    request = urllib.request.Request(
        f"{stack_url}/vote", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 202


def ballots(stack_url: str) -> int:
    """Give the ballots that the first poll shows."""
    with urllib.request.urlopen(f"{stack_url}/result/1.json", timeout=10) as answer:
        return int(json.load(answer)["ballots"])


def processes_of(data: Path) -> list[psutil.Process]:
    """Find every process of a stack: each is told DATA, or the run directory, or inherits one."""
    named = str(data)
    return [
        each
        for each in psutil.process_iter()
        if any(named in word for word in _words(each)) and each.status() != psutil.STATUS_ZOMBIE
    ]


def _words(process: psutil.Process) -> list[str]:
    try:
        return [*process.cmdline(), *process.environ().values()]
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return []


class Launched:
    """`python -m deploy.local` in a process of its own, and what it has said."""

    def __init__(self, data: Path, *, root: Path = ROOT, **env: str) -> None:
        self.data = data
        self.said = data.with_suffix(".said")
        small = {"DATA": str(data), "PORT": str(free_port()), "VOTE_PROCESSES": "1"}
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.local"],
                cwd=root,
                env={**os.environ, **small, **env},
                stdout=output,
                stderr=output,
            )
        reaper.watch(self.process.pid, Layout.of(data).run)

    def says(self, words: str) -> str:
        """Wait until it has said these words, or has ended; gives all it has said."""
        soon(lambda: words in self.text or self.process.poll() is not None)
        assert words in self.text
        return self.text

    @property
    def text(self) -> str:
        """All that it has said so far."""
        return self.said.read_text("utf-8")

    @property
    def url(self) -> str:
        """Where its router answers."""
        line = next(line for line in self.text.splitlines() if "/vote/" in line)
        return line.split()[-1].removesuffix("/vote/")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send it a signal and wait for its end; gives the exit code."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


def free_port() -> int:
    """Give a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])
