"""supervisord: its configuration, its process, and its control socket."""

from __future__ import annotations

import json
import os
import resource
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, cast
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from deploy.local.errors import StackError
from deploy.local.layout import ROOT, Layout
from deploy.local.programs import Program

# A stop in order takes as long as its slowest part; after this, something hangs.
STOP_PATIENCE = 120.0
_ANSWER_PATIENCE = 15.0
_AT_ONCE = False  # do not wait for the program to count as running
_FILES = 65536
_LOG_BYTES = "10MB"


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What supervisord says of a program. `pid` is 0 while it does not run."""

    name: str
    pid: int
    state: str


class Supervision:
    """One supervisord and its programs, none of which starts before it is asked to."""

    def __init__(self, layout: Layout, programs: Iterable[Program]) -> None:
        self._layout = layout
        self._programs = list(programs)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start supervisord and wait until it answers; raises StackError."""
        config = self._layout.run / "supervisord.conf"
        config.write_text(_configuration(self._layout, self._programs), "utf-8")
        for program in self._programs:
            _write_spec(self._layout, program.name, list(program.argv), dict(program.env))
        argv = [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "-c", str(config)]
        _write_spec(self._layout, "supervisord", argv, {**os.environ, "PYTHONPATH": str(ROOT)})
        with self._layout.log("supervisord").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                _guarded(self._layout, "supervisord"),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                # Ctrl-C is for the one who waits for it; that one stops all in order.
                start_new_session=True,
            )
        deadline = time.monotonic() + _ANSWER_PATIENCE
        while not self._answers():
            if not self.alive or time.monotonic() > deadline:
                raise StackError(
                    f"supervisord does not start: see {self._layout.log('supervisord')}."
                )
            time.sleep(0.02)

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def report(self) -> list[Report]:
        """Say how every program is doing."""
        found = cast("list[dict[str, Any]]", self._ask("getAllProcessInfo"))
        return [
            Report(name=each["name"], pid=each["pid"], state=each["statename"]) for each in found
        ]

    def run(self, *names: str) -> None:
        """Start programs; supervisord keeps them running from now on."""
        for name in names:
            self._ask("startProcess", self._address(name), _AT_ONCE)

    def halt(self, name: str) -> None:
        """Stop a program, wait for its end, and leave it stopped until it is run again."""
        with suppress(Fault):  # it was not running at this moment
            self._ask("stopProcess", self._address(name))

    def stop(self) -> None:
        """Stop the programs by rank, the highest first, and supervisord itself."""
        if self._process is None:
            return
        if self.alive:
            self._process.terminate()
        try:
            self._process.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _answers(self) -> bool:
        # The socket is there a moment before anybody listens on it.
        try:
            self._ask("getState")
        except StackError:
            return False
        return True

    def _address(self, name: str) -> str:
        return next(f"{each.group}:{name}" for each in self._programs if each.name == name)

    def _ask(self, question: str, *details: object) -> Any:  # noqa: ANN401 - as XML-RPC gives it
        transport = SupervisorTransport(None, None, f"unix://{self._layout.supervisor_socket}")
        try:
            with ServerProxy("http://localhost", transport=transport) as control:
                return getattr(control.supervisor, question)(*details)
        except OSError as error:
            raise StackError(f"supervisord does not answer: {error}.") from error


def _write_spec(layout: Layout, name: str, argv: list[str], env: dict[str, str]) -> None:
    spec = {"argv": argv, "env": env, "pidfile": str(layout.pidfile(name))}
    path = layout.spec(name)
    path.touch(mode=0o600)
    path.write_text(json.dumps(spec), "utf-8")


def _guarded(layout: Layout, name: str) -> list[str]:
    return [sys.executable, "-m", "deploy.local.guard", str(layout.spec(name))]


def _configuration(layout: Layout, programs: list[Program]) -> str:
    parts = [_SUPERVISORD.format_map(_escaped(_main_values(layout)))]
    for program in programs:
        values = {
            "name": program.name,
            "command": shlex.join(_guarded(layout, program.name)),
            "directory": str(ROOT),
            "signal": program.signal,
            "patience": str(program.patience),
            "log": str(layout.log(program.name)),
            "log_bytes": _LOG_BYTES,
        }
        parts.append(_PROGRAM.format_map(_escaped(values)))
    for group, members in groupby(programs, key=attrgetter("group", "rank")):
        names = ",".join(program.name for program in members)
        parts.append(_GROUP.format(name=group[0], rank=group[1], programs=names))
    return "\n".join(parts)


def _main_values(layout: Layout) -> dict[str, str]:
    return {
        "socket": str(layout.supervisor_socket),
        "run": str(layout.run),
        "log": str(layout.log("supervisord")),
        "log_bytes": _LOG_BYTES,
        "files": str(min(_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])),
        "user": "user=root" if os.getuid() == 0 else "",
    }


def _escaped(values: dict[str, str]) -> dict[str, str]:
    return {name: value.replace("%", "%%") for name, value in values.items()}


_SUPERVISORD = """\
[supervisord]
logfile={log}
logfile_maxbytes={log_bytes}
pidfile={run}/supervisord.pid
childlogdir={run}
minfds={files}
{user}

[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""

# startsecs=0: whatever ends is started again at once and for ever; the guard in front of each
# program sees to it that this happens once a second at most.
_PROGRAM = """\
[program:{name}]
command={command}
directory={directory}
autostart=false
autorestart=true
startsecs=0
stopsignal={signal}
stopwaitsecs={patience}
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes={log_bytes}
stdout_logfile_backups=1
"""

# Groups are stopped one after the other, the members of a group all at once.
_GROUP = """\
[group:{name}]
programs={programs}
priority={rank}
"""
