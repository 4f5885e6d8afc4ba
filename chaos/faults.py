"""
What is done to the processes: SIGKILL, or SIGSTOP for some seconds, at random moments.

A fault counts only if it landed: the killed process was seen gone, the stopped one seen stopped.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

import psutil

from deploy.local.stack import Stack

# (what, how): every run works through all of them in an order of its own, then begins again.
_PLAN = (
    ("vote", "kill"),
    ("vote child", "kill"),
    ("vote child", "stop"),
    ("worker", "kill"),
    ("worker", "kill"),
    ("worker", "stop"),
    ("worker", "stop"),
    ("result", "kill"),
    ("result", "stop"),
    ("redis", "kill"),
    ("redis", "stop"),
    ("postgres", "kill"),
    ("postgres child", "kill"),
    ("postgres child", "stop"),
)
MUST_LAND = ("vote", "worker", "result", "redis", "postgres")
"""What must have been killed at least once, for a run to say anything."""

_PAUSE = (0.3, 1.2)  # seconds between two faults
_STOPPED = (0.5, 3.0)  # seconds for which a process is stopped
_AT_ONCE = 0.2  # how often the next fault does not wait


class Faults(threading.Thread):
    """Do faults until told to stop; `landed` counts them by (what, how)."""

    def __init__(self, stack: Stack, seed: int) -> None:
        super().__init__(name="faults", daemon=True)
        self._stack = stack
        self._random = Random(-seed)
        self._over = threading.Event()
        self._suspensions: list[threading.Thread] = []
        self.planned = 0
        self.landed: Counter[tuple[str, str]] = Counter()

    @property
    def missing(self) -> list[str]:
        """Name what should have been killed and was not."""
        return [what for what in MUST_LAND if not self.landed[what, "kill"]]

    def run(self) -> None:
        """See `threading.Thread.run`."""
        for what, how in self._endless_plan():
            if self._random.random() > _AT_ONCE:
                self._over.wait(self._random.uniform(*_PAUSE))
            if self._over.is_set():
                return
            self.planned += 1
            process = self._find(what)
            if process is None:
                continue
            if how == "kill":
                self._kill(what, process)
            else:
                stop = threading.Thread(target=self._suspend, args=(what, process), daemon=True)
                stop.start()
                self._suspensions.append(stop)

    def heal(self) -> None:
        """Do no more faults, and let everything that was stopped go on."""
        self._over.set()
        self.join()
        for stop in self._suspensions:
            stop.join()

    def _endless_plan(self) -> Iterator[tuple[str, str]]:
        while True:
            yield from self._random.sample(_PLAN, len(_PLAN))

    def _find(self, what: str) -> psutil.Process | None:
        name, _, child = what.partition(" ")
        pids = [pid for label, pid in self._stack.pids().items() if label.partition("-")[0] == name]
        try:
            processes = [psutil.Process(pid) for pid in pids]
            if child:
                processes = [each for process in processes for each in process.children()]
            return self._random.choice(processes) if processes else None
        except psutil.NoSuchProcess:
            return None

    def _kill(self, what: str, process: psutil.Process) -> None:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            return
        if _until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE):
            self.landed[what, "kill"] += 1

    def _suspend(self, what: str, process: psutil.Process) -> None:
        try:
            process.suspend()
            if _until(lambda: process.status() == psutil.STATUS_STOPPED):
                self.landed[what, "stop"] += 1
            self._over.wait(self._random.uniform(*_STOPPED))
            process.resume()
        except psutil.NoSuchProcess:
            return


def _until(holds: Callable[[], bool], seconds: float = 2.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if holds():
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.005)
    return False
