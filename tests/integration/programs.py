"""Votify's programs as processes of their own, as an operating system sees them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from deploy.local.layout import ROOT


def start(module: str, *arguments: str, **environ: str) -> subprocess.Popen[str]:
    """Start `python -m module` with little in its environment beside `environ`."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**_surroundings(), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(module: str, *arguments: str, **environ: str) -> tuple[int, str]:
    """Run `python -m module` to its end; gives the exit code and what it wrote."""
    with start(module, *arguments, **environ) as process:
        output, _ = process.communicate(timeout=60)
        return process.returncode, output


def _surroundings() -> Mapping[str, str]:
    kept = ("PATH", "HOME", "LANG", "COVERAGE_PROCESS_CONFIG")
    return {name: os.environ[name] for name in kept if name in os.environ}
