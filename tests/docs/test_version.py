"""The version: in one place, and what was released is what runs."""

from __future__ import annotations

import json
import re
import tomllib

from ballotbox.version import VERSION
from deploy.local.layout import ROOT
from tests.docs.reading import read


def test_it_is_the_newest_release_of_the_changelog() -> None:
    """The first heading with a number and a date is of the version that `/healthz` says."""
    released = re.findall(
        r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", read("CHANGELOG.md"), flags=re.MULTILINE
    )
    assert released[0] == VERSION


def test_it_has_kept_what_each_release_left_behind() -> None:
    """Every version of the changelog has left a past, on which the code of today is tried."""
    released = re.findall(r"^## \[([\d.]+)\] - ", read("CHANGELOG.md"), flags=re.MULTILINE)
    for version in released:
        assert json.loads(read(f"tests/upgrade/{version}/left.json"))["version"] == version


def test_it_has_room_for_what_is_not_released() -> None:
    """What is new has a place above what was released."""
    headings = re.findall(r"^## (.+)$", read("CHANGELOG.md"), flags=re.MULTILINE)
    assert headings[0] == "[Unreleased]"


def test_it_stands_in_one_place() -> None:
    """Neither the project's file nor any program repeats it: a second one would be forgotten."""
    assert "version" not in tomllib.loads(read("pyproject.toml"))["project"]
    folders = ("admin", "ballotbox", "deploy", "nginx", "result", "vote", "web", "worker")
    programs = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    repeats = {path.name for path in programs if f'"{VERSION}"' in path.read_text("utf-8")}
    assert repeats == {"version.py"}
