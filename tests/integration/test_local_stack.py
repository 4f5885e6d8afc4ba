"""`make run`: the stack without Docker, really started, killed and stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.local import postgres
from deploy.local.errors import StackError
from deploy.local.layout import ROOT
from deploy.local.stack import Stack
from tests.waiting import eventually

pytestmark = pytest.mark.service

PATIENCE = 60.0


def soon(condition: Callable[[], Any]) -> Any:
    """Wait as long as a start may take on a busy machine."""
    return eventually(condition, seconds=PATIENCE)


def vote(stack_url: str, option: int = 1) -> None:
    body = json.dumps({"pollId": 1, "optionId": option}).encode()
    request = urllib.request.Request(
        f"{stack_url}/vote", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 202


def ballots(stack_url: str) -> int:
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


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(data=tmp_path_factory.mktemp("stack") / "data") as running:
        yield running


class Launched:
    """`python -m deploy.local` in a process of its own, and what it has said."""

    def __init__(self, data: Path, *, root: Path = ROOT, **env: str) -> None:
        self.data = data
        self.said = data.with_suffix(".said")
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.local"],
                cwd=root,
                env={**os.environ, "DATA": str(data), "PORT": str(free_port()), **env},
                stdout=output,
                stderr=output,
            )

    def says(self, words: str) -> str:
        """Wait until it has said these words, or has ended; gives all it has said."""
        soon(lambda: words in self.text or self.process.poll() is not None)
        assert words in self.text
        return self.text

    @property
    def text(self) -> str:
        return self.said.read_text("utf-8")

    @property
    def url(self) -> str:
        line = next(line for line in self.text.splitlines() if "/vote/" in line)
        return line.split()[-1].removesuffix("/vote/")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Launched]]:
    launched: list[Launched] = []

    def start(data: Path = tmp_path / "data", **options: Any) -> Launched:
        launched.append(Launched(data, **options))
        return launched[-1]

    yield start
    for each in launched:
        each.process.terminate()
        each.process.wait(PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    "name", ["nginx", "vote", "worker-1", "result-1", "admin", "redis", "postgres"]
)
def test_it_brings_back_whatever_is_killed(stack: Stack, name: str) -> None:
    """Each process may die at any moment; it is started again, and votes are counted as before."""
    before, killed = ballots(stack.url), stack.pids()[name]
    children = psutil.Process(killed).children(recursive=True)

    os.kill(killed, signal.SIGKILL)

    soon(lambda: stack.pids().get(name, killed) != killed)
    soon(lambda: not any(child.is_running() for child in children))
    stack.wait_ready()
    vote(stack.url)
    soon(lambda: ballots(stack.url) == before + 1)


def test_it_refuses_a_second_run_on_the_same_data(
    stack: Stack, launch: Callable[..., Launched]
) -> None:
    """Two stacks on one DATA would destroy it: the second one says so and leaves."""
    second = launch(stack.data)

    assert second.process.wait(PATIENCE) == 1
    assert "Votify already runs on" in second.text
    assert str(os.getpid()) in second.text
    assert "Traceback" not in second.text
    stack.wait_ready()


def test_it_says_that_a_port_is_taken(stack: Stack, launch: Callable[..., Launched]) -> None:
    """A busy port is told in a sentence that says what to do."""
    second = launch(PORT=str(stack.port))

    assert second.process.wait(PATIENCE) == 1
    assert f"Port {stack.port} is in use by another program." in second.text
    assert f"make run PORT={stack.port + 1}" in second.text
    assert "Traceback" not in second.text


def test_it_runs_beside_another_with_several_workers_and_results(
    stack: Stack, tmp_path: Path
) -> None:
    """Stacks with different DATA do not see each other, and services can be multiplied."""
    question = {"POLL_QUESTION": "Tea or coffee?", "POLL_OPTIONS": "Tea,Coffee"}
    before = ballots(stack.url)
    with Stack(data=tmp_path / "other", workers=2, results=2, env=question) as other:
        assert {"worker-1", "worker-2", "result-1", "result-2"} <= other.pids().keys()
        vote(other.url)
        soon(lambda: ballots(other.url) == 1)

        assert "Tea or coffee?" in urllib.request.urlopen(f"{other.url}/result/1").read().decode()
        assert ballots(stack.url) == before


def test_it_keeps_the_votes_and_leaves_no_process(launch: Callable[..., Launched]) -> None:
    """SIGTERM and Ctrl-C stop everything with exit code 0; the next run has the same numbers."""
    first = launch()
    first.says("Votify is ready")
    vote(first.url)
    soon(lambda: ballots(first.url) == 1)

    assert first.stop(signal.SIGTERM) == 0
    assert processes_of(first.data) == []

    again = launch(first.data)
    again.says("Votify is ready")
    assert ballots(again.url) == 1
    assert again.stop(signal.SIGINT) == 0
    assert processes_of(first.data) == []


def test_it_tells_the_password_that_it_made_once(launch: Callable[..., Launched]) -> None:
    """Who starts Votify for the first time can sign in; the password is not told again."""
    first = launch()
    first.says("Votify is ready")
    made = (first.data / "secrets" / "admin_password").read_text().strip()
    soon(lambda: f"as admin with the password {made}" in first.text)
    first.stop()

    again = launch(first.data)
    again.says("Votify is ready")
    again.stop()
    assert made not in again.text
    assert "with the password" not in again.text


def test_it_tells_no_password_that_was_given(launch: Callable[..., Launched]) -> None:
    """Who gives a password of their own knows it."""
    given = launch(ADMIN_PASSWORD="only for this test")
    given.says("Votify is ready")
    given.stop()

    assert "only for this test" not in given.text
    assert "with the password" not in given.text


@pytest.mark.parametrize("moment", ["Starting PostgreSQL", "Starting vote"])
def test_it_can_be_stopped_while_it_starts(launch: Callable[..., Launched], moment: str) -> None:
    """Ctrl-C before it is ready stops what is up by then, and the next start is a good one."""
    first = launch()
    first.says(moment)

    assert first.stop(signal.SIGINT) == 0
    soon(lambda: processes_of(first.data) == [])
    launch(first.data).says("Votify is ready")


def test_it_takes_over_when_the_launcher_was_killed(launch: Callable[..., Launched]) -> None:
    """The launcher killed alone leaves a running stack behind: the next run replaces it."""
    first = launch()
    first.says("Votify is ready")
    left = processes_of(first.data)
    first.stop(signal.SIGKILL)

    again = launch(first.data)
    again.says("An earlier run was not stopped properly")
    again.says("Votify is ready")

    own = {again.process.pid, first.process.pid}
    assert not [each for each in left if each.is_running() and each.pid not in own]
    vote(again.url)


def test_it_starts_again_after_everything_was_killed(launch: Callable[..., Launched]) -> None:
    """After a crash of the machine stale pid files and sockets are in the way of nothing."""
    first = launch()
    first.says("Votify is ready")
    vote(first.url)
    soon(lambda: ballots(first.url) == 1)
    # Whoever would start others again goes first.
    for each in sorted(processes_of(first.data), key=lambda each: each.create_time()):
        each.kill()
    first.process.wait(PATIENCE)
    soon(lambda: processes_of(first.data) == [])

    again = launch(first.data)
    again.says("Votify is ready")
    assert ballots(again.url) == 1


def test_it_stops_the_rest_when_supervisord_is_killed(launch: Callable[..., Launched]) -> None:
    """Without supervisord nothing is kept alive any more: better to end than to pretend."""
    running = launch()
    running.says("Votify is ready")
    [supervisord] = [
        each for each in processes_of(running.data) if "supervisor.supervisord" in each.cmdline()
    ]
    supervisord.kill()

    assert running.process.wait(PATIENCE) == 1
    assert "supervisord does not answer" in running.text
    assert "Traceback" not in running.text
    assert processes_of(running.data) == []


def test_it_is_not_kept_from_starting_by_a_number_given_out_again(tmp_path: Path) -> None:
    """A pid file whose number now is another's neither stops that process nor the start."""
    stack = Stack(data=tmp_path / "data")
    with stack:
        pass
    # PostgreSQL itself is wary of processes of its own account only.
    bystander = subprocess.Popen([*postgres.as_account(), "sleep", "600"], start_new_session=True)
    try:
        (stack.data / "postgres" / "postmaster.pid").write_text(f"{bystander.pid}\n")
        for name in ("supervisord", "postgres", "vote"):
            path = stack.data / "pids" / f"{name}.pid"
            path.write_text(str(bystander.pid))
            os.utime(path, (time.time() - 3600, time.time() - 3600))
        with stack:
            assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_it_says_at_once_which_service_cannot_run_and_why(launch: Callable[..., Launched]) -> None:
    """A service that ends each time it is started is named, with the last lines of its log."""
    broken = launch(VOTE_RATE="many")

    assert broken.process.wait(PATIENCE) == 1
    assert "nginx ends each time it is started" in broken.text
    assert 'invalid rate "rate=many"' in broken.text
    assert "Traceback" not in broken.text
    assert processes_of(broken.data) == []


def test_it_says_which_setting_is_wrong(launch: Callable[..., Launched]) -> None:
    """A bad setting stops the start with its own sentence."""
    broken = launch(POLL_KIND="lottery")

    assert broken.process.wait(PATIENCE) == 1
    assert "POLL_KIND: use one of" in broken.text


def test_it_starts_a_service_again_when_its_code_changes(
    launch: Callable[..., Launched], tmp_path: Path
) -> None:
    """RELOAD=1: a changed file of `worker` restarts the worker and nobody else."""
    copy = tmp_path / "clone"
    for part in ("admin", "ballotbox", "deploy", "nginx", "result", "vote", "web", "worker"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    running = launch(root=copy, RELOAD="1")
    running.says("Votify is ready")

    with (copy / "worker" / "__init__.py").open("a") as file:
        file.write("# changed\n")

    said = running.says("worker-1: its code has changed")
    assert "vote: its code has changed" not in said
    soon(lambda: "had ended" not in running.text and ballots(running.url) == 0)


def test_it_runs_a_command_with_the_environment_of_the_stack(stack: Stack) -> None:
    """`make recount` asks the running stack of DATA whether its tallies agree with its ledger."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local", "exec", "python", "-m", "ballotbox.recount"],
        cwd=ROOT,
        env={**os.environ, "DATA": str(stack.data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "agrees: cats-or-dogs" in done.stdout


def test_it_runs_no_command_beside_a_stack_that_does_not_run(tmp_path: Path) -> None:
    """Without a running stack there is nothing to ask, and that is what is said."""
    with pytest.raises(StackError, match="Votify does not run on"):
        Stack(data=tmp_path / "nothing").require_running()
