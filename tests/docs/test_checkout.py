"""What a checkout writes, on every system."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.local.layout import ROOT

pytestmark = pytest.mark.skipif(
    not (ROOT / ".git").exists() or not shutil.which("git"), reason="only in a clone"
)
# As Git for Windows is set up, and Git everywhere else.
WINDOWS = ("-c", "core.autocrlf=true", "-c", "core.eol=crlf")
ELSEWHERE = ("-c", "core.autocrlf=false", "-c", "core.eol=lf")


def git(*arguments: str) -> str:
    """Ask Git about this clone."""
    return subprocess.run(
        ["git", "-C", str(ROOT), *arguments], check=True, capture_output=True, text=True
    ).stdout


def written(folder: Path, *system: str) -> dict[str, bytes]:
    """Write all files as Git does there, and read them."""
    git(*system, "checkout-index", "--all", f"--prefix={folder}/")
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_it_ends_lines_alike_on_windows(tmp_path: Path) -> None:
    """A shell script with CRLF does not start in a container, so no text is written with it."""
    windows = written(tmp_path / "windows", *WINDOWS)
    elsewhere = written(tmp_path / "elsewhere", *ELSEWHERE)

    assert "deploy/compose/make-secrets.sh" in elsewhere
    assert windows.keys() == elsewhere.keys()
    assert [path for path in elsewhere if windows[path] != elsewhere[path]] == []


def test_it_takes_no_picture_for_text() -> None:
    """Git leaves every byte of a picture, even of one without a zero byte."""
    paths = git("ls-files", "*.png").splitlines()
    assert paths
    marks = git("check-attr", "text", "--", *paths).splitlines()
    assert [mark for mark in marks if not mark.endswith(": text: unset")] == []
