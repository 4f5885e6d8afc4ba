"""
Run Votify on this machine until Ctrl-C or SIGTERM: `python -m deploy.local`.

PORT and DATA say where, RELOAD=1 starts a service again when its code changes, and every setting
of Votify may stand in the environment too. `python -m deploy.local exec COMMAND …` runs a command
with the environment of the stack that runs on DATA.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from types import FrameType

from ballotbox.version import VERSION
from deploy.local import reload
from deploy.local.errors import StackError
from deploy.local.layout import ROOT
from deploy.local.stack import Stack

_LOOK_AGAIN = 0.5
# Seconds between two lines about the same process: one that cannot run is started every second.
_TELL_AGAIN = 20.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str]) -> int:
    """Run the stack, or a command beside it; returns the exit code."""
    try:
        stack = Stack(data=_data(), port=_port(), say=_say)
        match arguments:
            case []:
                return _run(stack)
            case ["exec", *command] if command:
                return _exec(stack, command)
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write(f"{__doc__}\n")
    return 2


def _run(stack: Stack) -> int:
    for each in _SIGNALS:
        # Under nohup the end of the terminal is to be ignored.
        if each is not signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _leave)
    began = time.monotonic()
    try:
        changes = _changes()
        # From here on the code is watched: what changes during the start is not missed.
        next(changes)
        stack.start()
        _announce(stack, time.monotonic() - began)
        return _look_after(stack, changes)
    finally:
        # The stop is under way: a second Ctrl-C must not leave it half done.
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        stack.stop()


def _leave(number: int, _: FrameType | None) -> None:
    _say(f"\nStopping ({signal.Signals(number).name}) …")
    raise SystemExit(0)


def _announce(stack: Stack, seconds: float) -> None:
    _say(f"\nVotify is ready after {seconds:.1f} s (version {VERSION}):\n")
    _say(f"  Vote      {stack.url}/vote/")
    _say(f"  Results   {stack.url}/result/")
    _say(f"  All polls {stack.url}/")
    _say(f"  Organise  {stack.url}/admin/")
    if password := stack.new_password():
        _say(f"\nSign in there as {_admin_name(stack)} with the password {password}")
        _say("It was made for you and is shown this once; change it at the desk.")
    if address := _lan_address():
        _say(f"\nFrom other devices in this network: http://{address}:{stack.port}/")
    _say(f"Data and logs: {_shown(stack.data)}. Ctrl-C stops everything; the data stays.\n")


def _admin_name(stack: Stack) -> str:
    return stack.environment("admin").get("ADMIN_NAME") or "admin"


def _look_after(stack: Stack, changes: Iterator[set[str]]) -> int:
    """Tell of every restart until a signal comes; raises StackError if supervisord is gone."""
    known = stack.pids()
    told: dict[str, float] = {}
    for changed in changes:
        for name in sorted(name for name in known if name.partition("-")[0] in changed):
            _say(f"{name}: its code has changed, starting it again.")
            stack.halt(name)
            stack.resume(name)
            known.pop(name)
        now = stack.pids()
        for name in {name for name, pid in now.items() if known.get(name, pid) != pid}:
            if time.monotonic() - told.get(name, -_TELL_AGAIN) >= _TELL_AGAIN:
                told[name] = time.monotonic()
                _say(f"{name} had ended and was started again. Its log: {_shown(stack.log(name))}")
        known |= now
    return 0


def _changes() -> Iterator[set[str]]:
    if os.environ.get("RELOAD", "0") in ("", "0"):
        while True:
            yield set()
            time.sleep(_LOOK_AGAIN)
    yield from reload.changed_services(Event())


def _exec(stack: Stack, command: list[str]) -> int:
    stack.require_running()
    os.chdir(ROOT)
    if command[0] == "python":
        command = [sys.executable, *command[1:]]
    try:
        os.execvpe(command[0], command, stack.environment())  # noqa: S606 - what was asked for
    except OSError as error:
        raise StackError(f"{command[0]} cannot be run: {error.strerror}.") from None


def _data() -> Path:
    return Path(os.environ.get("DATA") or ROOT / ".local")


def _port() -> int:
    value = os.environ.get("PORT") or "8081"
    if not value.isdecimal() or not 0 < int(value) < 65536:  # noqa: PLR2004
        raise StackError(f"PORT={value} is not a port: use a number from 1 to 65535.")
    return int(value)


def _lan_address() -> str:
    """Find this machine's address in its network; connecting a datagram socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return ""


def _shown(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
