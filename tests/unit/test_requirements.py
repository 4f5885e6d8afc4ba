"""What is installed where: requirements/*.txt."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from deploy.local.layout import ROOT

FILES = sorted((ROOT / "requirements").glob("*.txt"))


def pins(path: Path) -> dict[str, str]:
    """Read the packages of a compiled file and their versions."""
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", path.read_text(), re.MULTILINE))


# Node.js is for machines that have none, and shares no package with the rest.
PYTHON_FILES = [path for path in FILES if path.stem != "node"]


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda path: path.stem)
def test_it_pins_the_same_versions_everywhere(path: Path) -> None:
    """What the tests have run with is what the containers install."""
    assert pins(path).items() <= pins(ROOT / "requirements" / "dev.txt").items()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_fixes_every_file_by_hash_and_names_no_index(path: Path) -> None:
    """Nothing but what was locked can be installed, from wherever the machine installs."""
    text = path.read_text()

    assert text.count("--hash=sha256:") >= len(pins(path)) > 0
    assert "://" not in text
    assert "--index" not in text


def test_it_installs_no_database_driver_for_vote() -> None:
    """`vote` could not reach PostgreSQL even if somebody wrote the code for it."""
    assert not [name for name in pins(ROOT / "requirements" / "vote.txt") if "psycopg" in name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_was_compiled_from_what_is_asked_for(path: Path) -> None:
    """Every package of the .in file is in the compiled one: nobody forgot `make requirements`."""
    asked = re.findall(r"^([a-z][a-z0-9-]*)", path.with_suffix(".in").read_text(), re.MULTILINE)

    assert set(asked) <= pins(path).keys()


@pytest.mark.night  # half a minute of work
def test_it_lists_what_is_installed_with_its_licence() -> None:
    """`make sbom` makes a file that says what runs, and by which right."""
    subprocess.run(["make", "-C", str(ROOT), "sbom"], check=True, timeout=300)
    listed = json.loads((ROOT / "sbom.json").read_text("utf-8"))
    versions = {each["name"].lower().replace("_", "-"): each for each in listed["components"]}
    pinned = pins(ROOT / "requirements" / "dev.txt")
    for name in ("flask", "gunicorn", "psycopg", "python-socketio", "redis"):
        assert versions[name]["version"] == pinned[name]
        assert versions[name]["licenses"]
