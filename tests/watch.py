"""
Run the tests that saved files touch, until Ctrl-C: `python -m tests.watch`.

A file of tests that is saved runs whole, with the servers it needs. Everything else runs what
`tests.selection` finds for it, without servers. Saving during a run begins anew.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

from grimp.exceptions import SourceSyntaxError
from watchfiles import Change, DefaultFilter, watch

from deploy.local.layout import ROOT
from tests.selection import QUICK, Selection, read_code, select

_LOOK_AGAIN = 300  # milliseconds
_PYTEST = (
    *(sys.executable, "-m", "pytest", "--quiet", "--no-header", "--exitfirst"),
    # The nearest first, one after the other: parallel processes take seconds to begin.
    "--numprocesses=0",
)
_QUICK_ONLY = ("-m", "not service")


class _Sources(DefaultFilter):
    """What people write. Tools and tests leave their own files in the folder too."""

    ignore_dirs = (*DefaultFilter.ignore_dirs, "pictures", "test-results")

    def __call__(self, change: Change, path: str) -> bool:
        top, *more = Path(path).relative_to(ROOT).parts
        hidden = top.startswith(".") and more
        return not hidden and Path(path).is_file() and super().__call__(change, path)


class _Pytest:
    """A run of pytest. What it writes is passed on until it is stopped."""

    def __init__(self, command: list[str]) -> None:
        color = ["--color=yes"] if sys.stdout.isatty() else []
        self._process = subprocess.Popen(
            [*command, *color],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Hears of Ctrl-C once, from us, and not from the terminal too.
            start_new_session=True,
        )
        self._heard = True
        self._voice = Thread(target=self._pass_on, daemon=True)
        self._voice.start()

    def ended(self) -> bool:
        """Say whether it is over, and all of its output told."""
        return self._process.poll() is not None and not self._voice.is_alive()

    @property
    def passed(self) -> bool:
        return self._process.returncode == 0

    def stop(self) -> None:
        """End it as Ctrl-C would, so that what tests have started is gone; pages of it unheard."""
        self._heard = False
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        self._process.wait()

    def _pass_on(self) -> None:
        assert self._process.stdout is not None
        while part := self._process.stdout.read1():  # type: ignore[attr-defined]
            if self._heard:
                _say(part.decode(errors="replace"), end="")


class _Runs:
    """The files that were saved, and one run of pytest after the other for what they touch."""

    def __init__(self) -> None:
        self._saved: set[str] = set()
        self._waiting: list[list[str]] = []
        self._running: _Pytest | None = None

    def begin(self, saved: set[str]) -> None:
        """Begin with what was saved now, and with what a run that is not done was about."""
        if self._running is None:
            self._saved.clear()
        self.stop()
        self._waiting.clear()
        self._saved |= saved
        try:
            found = select(self._saved, read_code())
        except SourceSyntaxError as error:
            _say(f"\n{error}")
            return
        _say("\n" + sentence(sorted(self._saved), found))
        self._waiting = commands(found)

    def go_on(self) -> None:
        """Begin what comes next, if it is time; after a failure nothing does."""
        if self._running is not None:
            if not self._running.ended():
                return
            if not self._running.passed:
                self._waiting.clear()
        self._running = _Pytest(self._waiting.pop(0)) if self._waiting else None

    def stop(self) -> None:
        """End what runs."""
        if self._running is not None:
            self._running.stop()
            self._running = None


def main() -> None:
    """Watch until Ctrl-C."""
    logging.getLogger("watchfiles").setLevel(logging.ERROR)  # it tells of Ctrl-C
    runs = _Runs()
    try:
        with suppress(KeyboardInterrupt):
            for saved in _saves():
                if saved:
                    runs.begin(saved)
                runs.go_on()
    finally:
        # The servers of a test are being stopped: a second Ctrl-C must not leave that half done.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        runs.stop()


def commands(found: Selection) -> list[list[str]]:
    """Write the runs of pytest for a selection."""
    whole = [[*_PYTEST, *found.whole]] if found.whole else []
    quick = [[*_PYTEST, *_QUICK_ONLY, *found.quick]] if found.quick else []
    return whole + quick


def sentence(saved: list[str], found: Selection) -> str:
    """Say what is run and why, in a line."""
    parts = [f"{_shortly(found.whole)} with servers"] if found.whole else []
    parts += [f"{_shortly(found.quick)} without servers"] if found.quick else []
    if not parts and found.left:
        return f"{_shortly(saved)}: only tests with servers touch it. make test T={found.left[0]}"
    return f"{_shortly(saved)}: {' and '.join(parts) or 'no test imports or names it'}"


def _shortly(paths: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"{paths[0]}{more}"


def _saves() -> Iterator[set[str]]:
    """Give what was saved, several times a second; nothing: an empty set."""
    changes = watch(
        ROOT,
        watch_filter=_Sources(),
        rust_timeout=_LOOK_AGAIN,
        yield_on_timeout=True,
        raise_interrupt=False,
    )
    for number, batch in enumerate(changes):
        if number == 0:
            folders = ", ".join(each.rstrip("/") for each in QUICK)
            _say(f"Watching. What a saved file touches of {folders} is run; Ctrl-C ends it.")
        yield {str(Path(path).relative_to(ROOT)) for _, path in batch}


def _say(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
