"""The examples of the README, as they stand there, against a running Votify."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local.layout import ROOT
from tests.docs.reading import programs, read
from tests.e2e.npm import which
from tests.e2e.site import Site, votes
from tests.waiting import eventually

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(not (ROOT / "README.md").exists(), reason="an image holds no README"),
]

ADDRESS = "http://localhost:8081"


def example(language: str, url: str) -> str:
    """Give the README's only program in a language, for the stack that runs here."""
    (program,) = programs("README.md", language)
    assert ADDRESS in program.text
    return program.text.replace(ADDRESS, url)


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[Path]:
    """Run a program for the length of a block; gives the file that holds what it says."""
    said = folder / "said"
    with said.open("wb") as output, subprocess.Popen(command, cwd=folder, stdout=output) as process:
        yield said
        process.kill()


def test_it_takes_a_vote_by_the_line_of_the_readme(url: str, site: Site) -> None:
    """The line is typed as it stands, and the answer is what the README shows."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")
    found = re.search(r"^\$ (curl .+)\n(\{.+\})$", read("README.md"), flags=re.MULTILINE)
    assert found
    line = found[1].replace(ADDRESS, url)
    answer = subprocess.run(line, shell=True, capture_output=True, text=True, check=True).stdout  # noqa: S602
    shown, told = json.loads(found[2]), json.loads(answer)
    site.wait_counted(told["receipt"])
    assert told | {"receipt": ""} == shown | {"receipt": ""}
    assert len(told["receipt"]) == len(shown["receipt"])


def test_it_shows_votes_to_the_python_of_the_readme(url: str, site: Site, tmp_path: Path) -> None:
    """It prints how the poll stands, and again when a vote comes."""
    before = votes(site.settled(), 1)
    with running([sys.executable, "-u", "-c", example("python", url)], tmp_path) as said:
        eventually(lambda: f"'Cats': {before}," in said.read_text(), seconds=20)
        site.accept()
        eventually(lambda: f"'Cats': {before + 1}," in said.read_text(), seconds=20)


def test_it_shows_votes_to_the_javascript_of_the_readme(
    url: str, site: Site, node_folder: Path, tmp_path: Path
) -> None:
    """The same, with the client from npm."""
    (tmp_path / "watch.mjs").write_text(example("js", url), "utf-8")
    (tmp_path / "node_modules").symlink_to(node_folder / "node_modules")
    before = votes(site.settled(), 1)
    with running([which("node") or "node", "watch.mjs"], tmp_path) as said:
        eventually(lambda: f"Cats: {before}," in said.read_text(), seconds=20)
        site.accept()
        eventually(lambda: f"Cats: {before + 1}," in said.read_text(), seconds=20)
