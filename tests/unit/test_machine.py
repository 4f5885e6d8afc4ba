"""What the tests take from the machine they run on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests import machine
from tests.waiting import eventually

HERE = str(Path(__file__).relative_to(Path.cwd()))


def test_it_forgets_what_the_shell_has_set_for_others() -> None:
    """A proxy, a locale, a zone, settings of Votify and of its servers: none reaches a test."""
    theirs = {
        *("HTTP_PROXY", "https_proxy", "LANG", "LC_ALL", "LANGUAGE", "PGUSER", "POLL_KIND", "DATA"),
        *("PUBLIC_URL", "SECRET_KEY", "AWS_PROFILE", "GUNICORN_CMD_ARGS", "PYTHONOPTIMIZE"),
    }
    environ = {**dict.fromkeys(theirs, "x"), "PATH": "/bin", "TZ": "Asia/Kolkata"}
    machine.forget(environ)
    assert environ == {"PATH": "/bin", "TZ": "UTC"}


def test_it_keeps_the_password_of_a_stack_elsewhere_alone() -> None:
    """ADMIN_PASSWORD is a setting, too: it counts together with VOTIFY_URL only."""
    alone, beside = ({"ADMIN_PASSWORD": "x", **more} for more in ({}, {"VOTIFY_URL": "http://x"}))
    for environ in (alone, beside):
        machine.forget(environ)
    assert "ADMIN_PASSWORD" not in alone
    assert beside["ADMIN_PASSWORD"] == "x"


def test_it_has_forgotten_it_here() -> None:
    """These tests themselves run in that environment."""
    assert os.environ["TZ"] == "UTC"
    assert not {name for name in os.environ if name.lower().endswith("_proxy")}


@pytest.mark.parametrize("asked", [[HERE], [f"{HERE}::test_one", f"{HERE}::test_two"]])
def test_it_runs_one_file_where_it_was_asked_to(asked: list[str]) -> None:
    """Other processes would only take time to start."""
    assert machine.processes(asked) == 0


def test_it_runs_one_process_where_all_share_a_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that vote in the same poll would not find the number that they expect."""
    monkeypatch.setenv("VOTIFY_URL", "http://localhost:8081")
    assert machine.processes(["tests"]) == 0


@pytest.mark.parametrize("asked", [["tests"], [HERE, "tests/docs"]])
@pytest.mark.parametrize(
    ("cores", "gigabytes", "wanted"),
    [(2, 16, 3), (1, 16, 2), (0.5, 16, 1), (64, 256, 8), (4, 5, 2), (2, 1, 1)],
)
def test_it_runs_as_many_processes_as_serve(
    monkeypatch: pytest.MonkeyPatch, asked: list[str], cores: float, gigabytes: int, wanted: int
) -> None:
    """More than there are cores, as long as there is memory for their servers and browsers."""
    monkeypatch.setattr(machine, "_cores", lambda: cores)
    monkeypatch.setattr(machine, "_memory", lambda: gigabytes << 30)
    assert machine.processes(asked) == wanted


def test_it_counts_the_cores_that_it_may_use() -> None:
    """At least a part of one, and never more than there are."""
    assert 0 < machine._cores() <= (os.cpu_count() or 1)


def test_it_ends_servers_whose_tests_were_killed(tmp_path: Path) -> None:
    """What a killed test run has started does not go on, and its directory is gone."""
    data = tmp_path / "data"
    data.mkdir()
    program = (
        "import subprocess, sys, time, pathlib\n"
        "from tests import reaper\n"
        "server = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        f"reaper.watch(server.pid, pathlib.Path({str(data)!r}))\n"
        "print(server.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as tests:
        assert tests.stdout
        server = psutil.Process(int(tests.stdout.readline()))
        tests.kill()
    eventually(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)
    eventually(lambda: not data.exists())
