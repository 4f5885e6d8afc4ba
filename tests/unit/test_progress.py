"""What is written while tests run: how far they are, what failed, and how to run that alone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.layout import ROOT
from tests.progress import _quoted

CONFTEST = """
import pytest
from tests.progress import Progress

@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    config.pluginmanager.register(Progress(reporter, "make test"))


"""
GOOD = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_it_holds(number):
    pass

def test_it_is_for_others():
    pytest.skip("not here")
"""
BAD = """
def test_it_holds():
    pass

def test_it_fails():
    assert 1 == 2
"""


@pytest.mark.parametrize("processes", ["0", "2"])
def test_it_says_how_far_it_is(tmp_path: Path, processes: str) -> None:
    """A line for each file, with what is left; a failure at once, and at the end what to type."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_good.py").write_text(GOOD)
    (tmp_path / "test_bad.py").write_text(BAD)
    command = [sys.executable, "-m", "pytest", "--rootdir=.", "-p", "no:cacheprovider"]
    # Of all that is installed, what is tried here: others take seconds to be imported.
    command += ["-p", "xdist.plugin"]
    alone = {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": str(ROOT),
        "PATH": "/usr/bin:/bin",
    }
    said = subprocess.run(
        [*command, f"-n{processes}", "--dist=loadfile", "."],
        cwd=tmp_path,
        env=alone,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    lines = re.findall(r"^ *(\d+) %, (\d) left: (\S+): (.+) in \d+ s$", said, re.MULTILINE)
    assert sorted((name, outcomes) for _, _, name, outcomes in lines) == [
        ("test_bad.py", "1 passed, 1 failed"),
        ("test_good.py", "3 passed, 1 skipped"),
    ]
    assert lines[-1][:2] == ("100", "0")
    assert "\nFAILED test_bad.py::test_it_fails\n" in said
    assert "\nmake test T=test_bad.py::test_it_fails\n" in said
    assert re.search(r"=+ 1 failed, 4 passed, 1 skipped in", said)


@pytest.mark.parametrize(
    "name",
    [
        "tests/unit/test_x.py::test_it_holds",
        "tests/unit/test_x.py::test_it_holds[a b-c]",
        "tests/unit/test_x.py::test_it_holds[{'optionId': {'$gt': 0}}]",
        'tests/unit/test_x.py::test_it_holds["quoted" `ls` \\n !x]',
    ],
)
def test_it_writes_a_name_as_make_and_the_shell_read_it(tmp_path: Path, name: str) -> None:
    """What stands there can be typed as it is, whatever a test is called."""
    (tmp_path / "Makefile").write_text("test:\n\t@printf '%s' $(T)\n")
    line = f"make -s test T={_quoted(name)}"
    done = subprocess.run(  # noqa: S602 - that is how a person runs it
        line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == name
