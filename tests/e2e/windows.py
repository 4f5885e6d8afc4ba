"""Windows of a real browser, and what the browser has to complain about."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserType,
    ConsoleMessage,
    Error,
    Page,
    Request,
    expect,
    sync_playwright,
)

expect.set_options(timeout=20_000)  # milliseconds; the machine may be busy

# The first two have no window to draw: a new visitor costs them a quarter of the processor time.
_NAMES = (
    *("chromium-headless-shell", "chrome-headless-shell"),
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
)
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_MISSING = (
    "NO BROWSER: these pages were tested in none. Install Chromium or Chrome (apt install"
    " chromium-headless-shell, brew install --cask chromium), or let Playwright do it: playwright"
    " install chromium"
)
# What browsers say of a header that counts over HTTPS alone, at a host that is not this machine.
_NO_HTTPS = "Cross-Origin-Opener-Policy header has been ignored"
_OUTAGE = re.compile("Failed to load resource|WebSocket connection to|net::ERR_")


# For a machine without fonts: the one that the pictures are drawn with.
_FONTS = """<?xml version="1.0"?>
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the system's browser, or Playwright's own; skips the test where there is none."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        running = _launch(playwright.chromium)
        # Without a font, letters have no size, and Chromium ends where there is a <select>.
        if not _can_write(running):
            running.close()
            running = _launch(playwright.chromium, FONTCONFIG_FILE=_lend_fonts(Path(folder)))
        yield running
        running.close()


def _launch(chromium: BrowserType, **environment: str) -> Browser:
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    given: dict[str, Any] = {**os.environ, **environment}
    try:
        return chromium.launch(executable_path=found, args=_ARGUMENTS, env=given)
    except Error as error:
        if found or "Executable doesn't exist" not in error.message:
            raise
        pytest.skip(_MISSING)


def _can_write(running: Browser) -> bool:
    page = running.new_page()
    page.set_content("<span>Cats or Dogs?</span>")
    width = page.locator("span").evaluate("words => words.getBoundingClientRect().width")
    page.close()
    return bool(width)


def _lend_fonts(folder: Path) -> str:
    fonts = folder / "fonts.conf"
    known = files("fontpkg_noto_sans") / "files"
    fonts.write_text(_FONTS.format(fonts=known, cache=folder / "cache"), "utf-8")
    return str(fonts)


class Windows:
    """
    Windows of several people, who know nothing of each other.

    `complaints` keeps every error of a script, every line that the browser writes to its console as
    an error or a warning (what the policy has blocked among them), and every request to elsewhere.

    :ivar sent: every request, as "METHOD path".
    :ivar forgive_outages: whether requests that fail are no complaint, because a test makes them.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self.complaints: list[str] = []
        self.sent: list[str] = []
        self.forgive_outages = False

    def open(self, path: str, *, javascript: bool = True, **options: Any) -> Page:
        """Open a page as somebody who was never here before."""
        context = self._browser.new_context(
            base_url=self._url, java_script_enabled=javascript, **options
        )
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", self._listen)
        page.on("request", self._see)
        page.goto(path)
        return page

    def close(self) -> None:
        """Close all windows."""
        for context in self._browser.contexts:
            context.close()

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning") or _NO_HTTPS in message.text:
            return
        if not (self.forgive_outages and _OUTAGE.search(message.text)):
            self.complaints.append(f"{message.location.get('url')}: {message.text}")

    def _see(self, request: Request) -> None:
        self.sent.append(f"{request.method} {urlsplit(request.url).path}")
        home = (self._url, self._url.replace("http", "ws", 1), f"blob:{self._url}", "data:")
        if not request.url.startswith(home):
            self.complaints.append(f"asked {request.url}")
