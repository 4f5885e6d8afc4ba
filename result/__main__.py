"""
Run the service: `python -m result`. The only file that knows eventlet.

Everything here is about two things: that nothing stops eventlet's loop, on which every socket of
this process depends, and that the process ends when it can no longer do its work.
"""
# ruff: noqa: E402 - the standard library has to be patched before anything else is imported

import warnings

# It announces its own end at each start; that is known, and why there is one file that imports it.
warnings.filterwarnings("ignore", "\\s*Eventlet is deprecated")

import eventlet

eventlet.monkey_patch()

import os

# psycopg waits in C, and stops the loop for as long as a query takes, unless it is told before it
# is imported to wait in a way that eventlet can patch.
os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")

import gc
import itertools
import logging
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import eventlet.wsgi
import psycopg.waiting

from ballotbox import logs
from ballotbox.errors import SettingsError
from ballotbox.settings import Settings
from result.app import Service, create

log = logging.getLogger("result")

_MOST_FILES = 65_536
_SPARE_FILES = 200  # for connections of our own, logs and modules
_SECONDS_TO_STOP = 1.5


class NumberedListener:
    """
    A listening socket that gives every client an address of its own.

    eventlet keeps its open connections by address, and on a Unix socket nobody has one: it would
    know of a single connection, and wait for the others for ever when it is told to stop.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._numbers = itertools.count(1)

    def accept(self) -> tuple[socket.socket, tuple[str, int]]:
        """Accept a client."""
        client, _ = self._listener.accept()
        return client, ("unix", next(self._numbers))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._listener, name)


def main() -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    try:
        settings = Settings.read()
        check_waiting()
        settings.require_receipt_key()
    except SettingsError as error:
        sys.stderr.write(f"votify: {error}\n")
        return 2
    logs.configure(settings)
    service = create(settings, async_mode="eventlet")
    gc.freeze()  # what is loaded by now stays, and need not be looked at
    return Run(service, listen(settings.bind)).until_stopped()


def check_waiting() -> None:
    """Raise SettingsError if a query would stop the loop."""
    if psycopg.waiting.wait is not psycopg.waiting.wait_selector:
        raise SettingsError(
            "PSYCOPG_WAIT_FUNC: set it to wait_selector or not at all; with anything else, every"
            " query stops all sockets for as long as it runs."
        )


def listen(bind: str) -> Any:  # noqa: ANN401 - eventlet is not typed
    """Open the socket named by BIND."""
    if bind.startswith("unix:"):
        path = Path(bind.removeprefix("unix:"))
        if path.is_socket():
            path.unlink()  # left behind by a process that was killed
        return NumberedListener(eventlet.listen(str(path), family=socket.AF_UNIX, backlog=2048))
    host, _, port = bind.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return eventlet.listen((host.strip("[]"), int(port)), family=family, backlog=2048)


def most_clients() -> int:
    """
    Raise the limit of open files as far as is useful, and tell how many clients fit below it.

    eventlet's server ends when it runs out of files, so it must stop accepting before.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = _MOST_FILES if hard == unlimited else min(_MOST_FILES, hard)
    if soft != unlimited and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    files = _MOST_FILES if soft == unlimited else soft
    return max(1, files - _SPARE_FILES)


class Run:
    """One run of the server, from its start to its end."""

    def __init__(self, service: Service, listener: Any) -> None:  # noqa: ANN401
        self._service = service
        self._exit_code = 0
        self._server = eventlet.spawn(
            eventlet.wsgi.server,
            listener,
            service.wsgi,
            max_size=most_clients(),
            keepalive=30,
            socket_timeout=60,
            debug=False,  # no traceback to clients
            log_output=False,
            # There eventlet writes a line for every client that goes without a word.
            environ={"wsgi.errors": Path(os.devnull).open("w")},  # noqa: SIM115 - for good
        )

    def until_stopped(self) -> int:
        """Serve; returns the exit code."""
        for task in self._service.tasks:
            threading.Thread(target=self._guard, args=(task,), daemon=True).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            # The handler runs in the middle of anything: it only says what is to be done.
            signal.signal(number, lambda *_: eventlet.spawn_n(self._stop))
        log.info("serving", extra={"pid": os.getpid()})
        self._server.wait()
        log.info("stopped")
        return self._exit_code

    def _guard(self, task: Callable[[], None]) -> None:
        try:
            task()
        except Exception:
            # Pages would look alive and never move again. Whoever started us starts us again.
            log.exception("a task has ended, and so must the process")
            self._exit_code = 1
            self._stop()

    def _stop(self) -> None:
        # Whatever still hangs after that, a client that takes no data for one, is cut off.
        eventlet.spawn_after(_SECONDS_TO_STOP, os._exit, self._exit_code)
        self._service.close()
        eventlet.sleep(0.1)  # the goodbyes go out
        eventlet.kill(self._server, KeyboardInterrupt())


if __name__ == "__main__":
    sys.exit(main())
