"""Waiting for something to come up, with an end and a reason."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from deploy.local.errors import StackError
from deploy.local.supervision import Report

_TICK = 0.05
# Whoever has been started this often and still is not ready is not going to be.
_LIVES = 5
_LAST_LINES = 15


class Patience:
    """Counts down the time, and the lives that a program loses."""

    def __init__(
        self, seconds: float, *, log: Callable[[str], Path], report: Callable[[], list[Report]]
    ) -> None:
        """
        Begin to wait.

        :param log: names the log of a program.
        :param report: says how every program is doing.
        """
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._log = log
        self._report = report
        self._lives: defaultdict[str, set[int]] = defaultdict(set)

    def tick(self, name: str, why: str) -> None:
        """
        Wait a moment longer for a program.

        :raise StackError: if the time is over, or the program ends again and again.
        """
        for each in self._report():
            self._lives[each.name].add(each.pid)
        lives = len(self._lives[name] - {0})
        if lives >= _LIVES:
            raise StackError(
                f"{name} ends each time it is started ({why}).\n{tail(self._log(name))}"
            )
        if time.monotonic() > self._deadline:
            end = f"{name} did not come up within {self._seconds:.0f} s: {why}."
            raise StackError(f"{end}\n{tail(self._log(name))}")
        time.sleep(_TICK)


def tail(log: Path) -> str:
    """Give the last lines of a log, headed by its name."""
    try:
        lines = log.read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return f"{log} is not there."
    return "\n".join([f"The last lines of {log}:", *lines[-_LAST_LINES:]])
