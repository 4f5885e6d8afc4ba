"""One running Votify: started in order, stopped in order, and cleaned up after if it was killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Self

from redis import Redis

from ballotbox.errors import SettingsError
from ballotbox.settings import Settings
from deploy.local import leftovers, postgres, probes, programs, router
from deploy.local.errors import StackError
from deploy.local.layout import ROOT, Layout
from deploy.local.patience import Patience, tail
from deploy.local.programs import Extras
from deploy.local.supervision import STOP_PATIENCE, Report, Supervision

_PATIENCE = 60.0
_LEFTOVER_PATIENCE = 10.0


class Stack:
    """
    PostgreSQL, Redis, NGINX, `vote`, `worker`, `result` and `admin`, kept alive by supervisord.

    Use it as a context manager: the stack is ready inside the block and gone after it. The data
    stays in `data`. One process may run several, each with its own `data`.
    """

    def __init__(
        self,
        *,
        data: Path,
        port: int = 0,
        workers: int = 1,
        results: int = 1,
        env: Mapping[str, str] | None = None,
        service_env: Mapping[str, Mapping[str, str]] | None = None,
        commands: Mapping[str, tuple[str, ...]] | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """
        Describe a stack; nothing is started yet.

        :param port: NGINX's; 0 takes one that is free.
        :param env: settings for every process, such as POLL_QUESTION, over those of the shell.
        :param service_env: further settings by service: `{"vote": {"VOTE_PROCESSES": "4"}}`.
        :param commands: what to run in place of a service, for measuring against: {"vote": (…)}.
        :param say: is told in a sentence what is being done.
        """
        self.data = data.resolve()
        self.port = port
        self._layout = Layout.of(data)
        self._extras = Extras(
            workers=workers,
            results=results,
            env=env or {},
            service_env=service_env or {},
            commands=commands or {},
        )
        self._say = say
        self._lock: IO[str] | None = None
        self._supervision: Supervision | None = None
        self._heartbeat: probes.Heartbeat | None = None
        self._clients: list[Redis] = []

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def supervisor_pid(self) -> int:
        return self._running.pid

    @property
    def alive(self) -> bool:
        """Whether supervisord, which keeps all others alive, is."""
        return self._supervision is not None and self._supervision.alive

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, *, patience: float = _PATIENCE) -> None:
        """
        Start everything; returns when a vote would really be counted.

        :param patience: seconds that each part may take to come up.
        :raise StackError: telling what did not come up, with the last lines of its log.
        """
        self._layout.make_data()
        self._lock = self._layout.lock()
        try:
            self._check_settings()
            self._clean_up()
            self.port = router.claim(self.port)
            self._start_servers(patience)
            self._start_services(patience)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything: NGINX, the services, Redis, PostgreSQL. Harmless when nothing runs."""
        if self._lock is None:
            return
        while self._clients:
            self._clients.pop().close()
        if self._supervision is not None:
            self._supervision.stop()
            self._supervision = None
        self._stop_leftovers()
        self._layout.remove_run()
        self._lock.close()
        self._lock = None

    def report(self) -> list[Report]:
        """Say how every process is doing."""
        return self._running.report()

    def pids(self) -> dict[str, int]:
        """Give the number of every process that runs now: {"vote": 123, "worker-1": …}."""
        return {each.name: each.pid for each in self.report() if each.pid}

    def halt(self, name: str) -> None:
        """Stop one process and leave it stopped."""
        self._running.halt(name)

    def resume(self, name: str) -> None:
        """Start a process that was halted."""
        self._running.run(name)

    def wait_ready(self, *, patience: float = _PATIENCE) -> None:
        """Wait until a vote would really be counted; raises StackError."""
        waiting = self._patience(patience)
        while trouble := self._trouble():
            waiting.tick(*trouble)

    def require_running(self) -> None:
        """Make sure that the stack runs, in this process or another one; raises StackError."""
        if not postgres.answers(self._layout):
            raise StackError(f"Votify does not run on {self.data}. Start it first: make run")

    def environment(self, name: str = "") -> dict[str, str]:
        """Give the whole environment of a process; by default that of the database's owner."""
        return programs.environment(self._layout, self._extras, name)

    def redis(self, user: str = "worker") -> Redis:
        """
        Make a client of the stack's Redis, with the rights of a service such as `vote`.

        It is closed when the stack stops.
        """
        password = self._layout.secret(f"{user}_redis_password").read_text("utf-8")
        client = probes.redis_at(self._layout.redis_socket, user=user, password=password)
        self._clients.append(client)
        return client

    def socket(self, name: str) -> Path:
        """Name the socket on which a web service (`vote`, `result-1`, `admin`) answers."""
        return self._layout.socket(name)

    def admin_password(self) -> str:
        """Give the password that the first organiser was made with, as far as the stack knows."""
        environ = self.environment("admin")
        path = environ.get("ADMIN_PASSWORD_FILE") or os.devnull
        return environ.get("ADMIN_PASSWORD") or Path(path).read_text("utf-8").strip()

    def new_password(self) -> str:
        """Give the password that the stack has made for the first organiser; once, then nothing."""
        if not self._layout.untold.exists():
            return ""
        self._layout.untold.unlink()
        return self.admin_password()

    def log(self, name: str) -> Path:
        """Name the log of a process."""
        return self._layout.log(name)

    @property
    def _running(self) -> Supervision:
        if self._supervision is None:
            raise StackError("The stack does not run.")
        return self._supervision

    def _check_settings(self) -> None:
        # Before anything is started: each service would say the same, one after the other.
        try:
            Settings.read(self.environment())
        except SettingsError as error:
            raise StackError(str(error)) from None

    def _clean_up(self) -> None:
        if self._stop_leftovers():
            self._say(
                "An earlier run was not stopped properly. What was left of it is stopped now."
            )
        self._layout.make_run()

    def _stop_leftovers(self) -> bool:
        found = False
        # First the one that would start the others again; then those in front, PostgreSQL last.
        for name in ("supervisord", "nginx", *self._service_pidfiles(), "redis", "postgres"):
            path = self._layout.pidfile(name)
            patience = STOP_PATIENCE if name == "supervisord" else _LEFTOVER_PATIENCE
            found |= leftovers.stop(path, patience=patience)
            path.unlink(missing_ok=True)
        return found

    def _service_pidfiles(self) -> list[str]:
        names = {path.stem for path in self._layout.pids.glob("*.pid")}
        return sorted(names - {"supervisord", "nginx", "redis", "postgres"})

    def _start_servers(self, patience: float) -> None:
        self._say("Starting PostgreSQL and Redis …")
        if postgres.prepare(self._layout):
            self._say("A new, empty database was made.")
        programs.write_acl(self._layout)
        router.prepare(
            self._layout,
            port=self.port,
            results=programs.result_names(self._extras),
            environ=self.environment(),
        )
        servers = programs.servers(self._layout, self._extras)
        services = programs.services(self._layout, self._extras)
        self._supervision = Supervision(self._layout, [*servers, *services])
        self._supervision.start()
        self._supervision.run(*(program.name for program in servers))
        waiting = self._patience(patience)
        while not postgres.answers(self._layout):
            waiting.tick("postgres", "it takes no connections")

    def _start_services(self, patience: float) -> None:
        self._migrate()
        # Before `admin` makes the account: a start that is cut short tells it the next time.
        if self._password_is_ours and not postgres.has_organisers(self._layout):
            self._layout.untold.touch(mode=0o600)
        client = self.redis()
        waiting = self._patience(patience)
        while not probes.redis_answers(client):
            waiting.tick("redis", "it does not answer")
        self._say("Starting vote, worker, result, admin and NGINX …")
        self._heartbeat = probes.Heartbeat(client)
        services = programs.services(self._layout, self._extras)
        self._running.run(*(program.name for program in services))
        self.wait_ready(patience=patience)

    def _trouble(self) -> tuple[str, str] | None:
        """Name a part that is not ready, and why it is not."""
        for name in ("vote", *programs.result_names(self._extras), "admin"):
            if why := probes.failing(self.socket(name)):
                return name, why
        if self._heartbeat is None or not self._heartbeat.beats():
            return "worker-1", "it does not drain"
        return None if probes.routed(self.port) else ("nginx", "it does not answer")

    @property
    def _password_is_ours(self) -> bool:
        path = self.environment("admin").get("ADMIN_PASSWORD_FILE")
        return path == str(self._layout.secret("admin_password"))

    def _patience(self, seconds: float) -> Patience:
        return Patience(seconds, log=self.log, report=self.report)

    def _migrate(self) -> None:
        postgres.ensure_database(self._layout)
        log = self._layout.log("migrate")
        with log.open("ab") as output:
            done = subprocess.run(
                [sys.executable, "-m", "ballotbox.migrate"],
                cwd=ROOT,
                env=self.environment(),
                stdout=output,
                stderr=output,
                check=False,
            )
        if done.returncode:
            raise StackError(f"The database could not be brought up to date.\n{tail(log)}")
