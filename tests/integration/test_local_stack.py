"""The stack without Docker, really started, and what of it may die at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from deploy.local import postgres
from deploy.local.errors import StackError
from deploy.local.layout import ROOT, Layout
from deploy.local.stack import Stack
from tests.integration.launching import ballots, soon, vote
from tests.servers import running

pytestmark = pytest.mark.service


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


@pytest.mark.night
def test_it_runs_beside_another_with_several_workers_and_results(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stacks see nothing of each other, can have several of each, and tell no given password."""
    question = {"POLL_QUESTION": "Tea or coffee?", "POLL_OPTIONS": "Tea,Coffee"}
    monkeypatch.setenv("ADMIN_PASSWORD", "whoever gives one knows it")
    before = ballots(stack.url)
    with running(tmp_path / "other", workers=2, results=2, env=question) as other:
        assert {"worker-1", "worker-2", "result-1", "result-2"} <= other.pids().keys()
        vote(other.url)
        soon(lambda: ballots(other.url) == 1)

        assert "Tea or coffee?" in urllib.request.urlopen(f"{other.url}/result/1").read().decode()
        assert ballots(stack.url) == before
        assert other.new_password() == ""


@pytest.mark.night
def test_it_is_not_kept_from_starting_by_a_number_given_out_again(tmp_path: Path) -> None:
    """A pid file whose number now is another's neither stops that process nor the start."""
    layout = Layout.of(tmp_path / "data")
    layout.make_data()
    layout.make_run()
    postgres.prepare(layout)
    # PostgreSQL itself is wary of processes of its own account only.
    bystander = subprocess.Popen([*postgres.as_account(), "sleep", "600"], start_new_session=True)
    try:
        (layout.data / "postgres" / "postmaster.pid").write_text(f"{bystander.pid}\n")
        for name in ("supervisord", "postgres", "vote"):
            path = layout.pidfile(name)
            path.write_text(str(bystander.pid))
            os.utime(path, (time.time() - 3600, time.time() - 3600))
        with running(layout.data):
            assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


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
