"""
Says how far the tests are: a line for each file that is through, what is left, and what was slow.

`-q` and `-v` are pytest's own: dots, or a line for each test.
"""

from __future__ import annotations

import re
import shlex
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest
from _pytest.terminal import TerminalReporter

_SLOW = 3.0  # seconds of one test that are worth a word
_LONG = 30.0  # seconds after which a test that still runs is named
_SPECIAL = re.compile(r'["$`\\!]')  # what a shell reads in a text between double quotes


@dataclass(slots=True)
class _File:
    """How far the tests of a file are."""

    left: int
    began: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")


class Progress:
    """
    What is written while tests run, in one process or in several.

    :param reporter: pytest's own, which goes on to write all else.
    :param alone: the command that runs some tests of the same kind.
    """

    def __init__(self, reporter: TerminalReporter, alone: str) -> None:
        self._reporter = reporter
        self._alone = alone
        self._files: dict[str, _File] = {}
        self._total = self._left = 0
        self._running: dict[str, float] = {}
        self._took: Counter[str] = Counter()
        self._failed: list[str] = []
        reporter.showfspath = False

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Take the tests of this process; where there are several, this one has none."""
        self._expect(item.nodeid for item in session.items)

    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Take the tests that the processes share: each of them has found the same."""
        self._expect(ids)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport | pytest.CollectReport
    ) -> tuple[str, str, str] | None:
        """Keep pytest from writing letters between the lines; it counts all the same."""
        if hasattr(report, "wasxfail"):
            return None
        if report.failed:
            return "failed" if report.when == "call" else "error", "", ""
        return (report.outcome if report.skipped or report.when == "call" else ""), "", ""

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note when a test begins."""
        now = time.monotonic()
        self._running[nodeid] = now
        file = self._files.get(_file_of(nodeid))
        if file and not file.began:
            file.began = now

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what became of a part of a test; after the last one of a file, write its line."""
        name = report.nodeid
        self._took[name] += report.duration
        file = self._files.get(_file_of(name))
        if file is None:
            return
        if report.failed and name not in self._failed:
            self._failed.append(name)
            file.outcomes["failed"] += 1
            self._write(f"FAILED {name}", red=True)
        elif report.skipped or (report.when == "call" and report.passed):
            file.outcomes[report.outcome] += 1
        if report.when == "teardown":
            self._end(name, file)

    def pytest_terminal_summary(self) -> None:
        """Say how to run what has failed, alone."""
        if self._failed:
            self._reporter.section("to see one alone", red=True)
            for name in self._failed[:20]:
                self._reporter.write_line(f"{self._alone} T={_quoted(name)}")

    def _expect(self, names: Iterable[str]) -> None:
        count = Counter(map(_file_of, names))
        if count and not self._files:
            self._files = {name: _File(left) for name, left in count.items()}
            self._total = self._left = count.total()

    def _end(self, name: str, file: _File) -> None:
        self._running.pop(name, None)
        file.slowest = max(file.slowest, (self._took.pop(name), name.partition("::")[2]))
        file.left -= 1
        self._left -= 1
        if not file.left:
            self._write(self._line(_file_of(name), file))
        self._name_what_takes_long()

    def _line(self, name: str, file: _File) -> str:
        outcomes = ", ".join(f"{number} {outcome}" for outcome, number in file.outcomes.items())
        took = time.monotonic() - file.began
        seconds, slowest = file.slowest
        slow = f", {seconds:.0f} s of it {slowest}" if seconds >= _SLOW else ""
        done = 100 * (self._total - self._left) // self._total
        return f"{done:3} %, {self._left} left: {name}: {outcomes} in {took:.0f} s{slow}"

    def _name_what_takes_long(self) -> None:
        now = time.monotonic()
        for name, began in list(self._running.items()):
            if now - began > _LONG:
                del self._running[name]
                self._write(f"still running after {now - began:.0f} s: {name}")

    def _write(self, line: str, **markup: bool) -> None:
        self._reporter.ensure_newline()
        self._reporter.write_line(line, **markup)


def _file_of(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _quoted(nodeid: str) -> str:
    """Write the name of a test so that a shell, make and a shell again read it as it is."""
    once = shlex.quote(nodeid)
    if once == nodeid:
        return once
    return shlex.quote(once.replace("$", "$$")) if _SPECIAL.search(once) else f'"{once}"'
