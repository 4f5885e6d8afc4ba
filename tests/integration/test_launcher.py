"""`make run`: started, stopped, killed, and told what it cannot do."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.layout import ROOT
from deploy.local.stack import Stack
from tests.integration.launching import PATIENCE, Launched, ballots, processes_of, soon, vote

pytestmark = pytest.mark.service
night = pytest.mark.night  # each start is that of a whole Votify


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


def test_it_keeps_the_votes_and_leaves_no_process(launch: Callable[..., Launched]) -> None:
    """
    SIGTERM and Ctrl-C stop everything with exit code 0; the next run has the same numbers.

    Who starts Votify for the first time is told a password; it is not told again.
    """
    first = launch()
    first.says("Votify is ready")
    made = (first.data / "secrets" / "admin_password").read_text().strip()
    soon(lambda: f"as admin with the password {made}" in first.text)
    vote(first.url)
    soon(lambda: ballots(first.url) == 1)

    assert first.stop(signal.SIGTERM) == 0
    assert processes_of(first.data) == []

    again = launch(first.data)
    again.says("Votify is ready")
    assert ballots(again.url) == 1
    assert again.stop(signal.SIGINT) == 0
    assert processes_of(first.data) == []
    assert "with the password" not in again.text
    assert made not in again.text


@night
def test_it_can_be_stopped_while_it_starts(launch: Callable[..., Launched]) -> None:
    """Ctrl-C before it is ready stops what is up by then, and the next start is a good one."""
    for moment in ("Starting PostgreSQL", "Starting vote"):
        cut_short = launch()
        cut_short.says(moment)

        assert cut_short.stop(signal.SIGINT) == 0
        soon(lambda: processes_of(cut_short.data) == [])  # noqa: B023 - it is asked now
    launch().says("Votify is ready")


@night
def test_it_starts_again_whatever_was_killed(launch: Callable[..., Launched]) -> None:
    """The launcher, everything at once as in a crash of the machine, and supervisord."""
    first = launch()
    first.says("Votify is ready")
    vote(first.url)
    soon(lambda: ballots(first.url) == 1)

    # The launcher alone leaves a running stack behind: the next run replaces it.
    left = processes_of(first.data)
    first.stop(signal.SIGKILL)
    second = launch()
    second.says("An earlier run was not stopped properly")
    second.says("Votify is ready")
    own = {second.process.pid, first.process.pid}
    assert not [each for each in left if each.is_running() and each.pid not in own]
    vote(second.url)
    soon(lambda: ballots(second.url) == 2)

    # Whoever would start others again goes first. Stale pid files and sockets are in nobody's way.
    for each in sorted(processes_of(first.data), key=lambda each: each.create_time()):
        each.kill()
    second.process.wait(PATIENCE)
    soon(lambda: processes_of(first.data) == [])
    third = launch()
    third.says("Votify is ready")
    assert ballots(third.url) == 2

    # Without supervisord nothing is kept alive any more: better to end than to pretend.
    [supervisord] = [
        each for each in processes_of(third.data) if "supervisor.supervisord" in each.cmdline()
    ]
    supervisord.kill()
    assert third.process.wait(PATIENCE) == 1
    assert "supervisord does not answer" in third.text
    assert "Traceback" not in third.text
    assert processes_of(third.data) == []


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


@night
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
    assert "Starting" not in broken.text


@night
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
