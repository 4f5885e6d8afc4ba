"""
Photograph every page in every state: `make pictures`, or `make pictures ONLY=result` for a part.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from deploy.local.stack import Stack
from tests.e2e import windows
from tests.scenes import album
from tests.scenes.every import SCENES
from tests.scenes.looks import LAPTOP, PHONE, PROJECTOR, Camera
from tests.scenes.visit import Scene
from tests.scenes.world import ENVIRONMENT, World

_PICTURES = Path("pictures")
_LOOKS = [replace(each, dark=dark) for each in (PHONE, LAPTOP, PROJECTOR) for dark in (False, True)]


def main(arguments: Sequence[str]) -> int:
    """Take the pictures; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make pictures", description=__doc__)
    parser.add_argument("--only", default="", help="a part of the scenes' names")
    only = parser.parse_args(arguments).only
    scenes = [scene for scene in SCENES if only in scene.name]
    began = time.monotonic()
    _look_for_fonts()
    try:
        failed = _take(scenes)
    except pytest.skip.Exception as no_browser:
        sys.exit(str(no_browser))
    album.bind(_PICTURES, [scene.name for scene in SCENES], _LOOKS)
    took = time.monotonic() - began
    print(f"{len(scenes) - len(failed)} scenes in {took:.0f} s: {_PICTURES / 'index.html'}")
    if failed or not scenes:
        print(f"Not made: {', '.join(failed) or 'there is no such scene'}", file=sys.stderr)
        return 1
    return 0


def _look_for_fonts() -> None:
    if shutil.which("fc-list") is None:
        return
    if not subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=True).stdout:
        print("No font here has Chinese: its signs are boxes. See CONTRIBUTING.md.")


def _take(scenes: Sequence[Scene]) -> list[str]:
    """Play scenes and take the pictures of each; returns the names of those that failed."""
    with (
        tempfile.TemporaryDirectory(prefix="votify-pictures-") as data,
        Stack(data=Path(data), env=ENVIRONMENT) as stack,
        windows.browser() as browser,
    ):
        world = World(stack)
        try:
            return [scene.name for scene in scenes if not _photographed(scene, browser, world)]
        finally:
            world.close()


def _photographed(scene: Scene, browser: Browser, world: World) -> bool:
    folder = _PICTURES / scene.name
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with scene.played(browser, world) as page:
            camera = Camera(page)
            # The largest first: what moves is for the big screen, and soon over.
            taken = {look: camera.take(look) for look in reversed(_LOOKS)}
    except Exception as error:  # noqa: BLE001 - the others are taken all the same
        print(f"{scene.name}: {error}", file=sys.stderr)
        return False
    folder.mkdir(parents=True)
    for look, picture in taken.items():
        (folder / f"{look.name}.png").write_bytes(picture)
        album.publish(scene.name, look, picture)
    print(scene.name)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
