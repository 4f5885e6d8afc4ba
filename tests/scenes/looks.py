"""
What a page is looked at on: a telephone, a laptop, a projector, each in light and dark.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from playwright.sync_api import CDPSession, Page

_LONGEST = 6000  # pixels of CSS: the rest of a longer page looks like that before it


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """A screen, in pixels of CSS, with so many of its own for each, and whether it is dark."""

    device: str
    width: int
    height: int
    scale: int = 1
    dark: bool = False

    @property
    def theme(self) -> str:
        return "dark" if self.dark else "light"

    @property
    def name(self) -> str:
        return f"{self.device}-{self.theme}"


PHONE = Look(device="phone", width=360, height=640, scale=2)
LAPTOP = Look(device="laptop", width=1280, height=800)
PROJECTOR = Look(device="projector", width=1920, height=1080)
ZOOMED = Look(device="zoomed", width=640, height=400, scale=2)  # a laptop at 200 %
SMALLEST = Look(device="smallest", width=320, height=256, scale=4)  # the same at 400 %


class Camera:
    """Shows the same page on one screen after the other, and takes pictures of it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._devtools: CDPSession = page.context.new_cdp_session(page)

    def take(self, look: Look) -> bytes:
        """Give a picture of the whole page, as a PNG."""
        self.put_on(look)
        tall = min(
            max(self._page.evaluate("document.documentElement.scrollHeight"), look.height), _LONGEST
        )
        clip = {"x": 0, "y": 0, "width": look.width, "height": tall, "scale": 1}
        shot = self._devtools.send(
            "Page.captureScreenshot",
            {"clip": clip, "captureBeyondViewport": tall > look.height, "optimizeForSpeed": True},
        )
        return base64.b64decode(shot["data"])

    def put_on(self, look: Look) -> None:
        """Show the page on a screen, and wait until it is drawn."""
        metrics = {
            "width": look.width,
            "height": look.height,
            "deviceScaleFactor": look.scale,
            "mobile": False,
        }
        self._page.emulate_media(color_scheme="dark" if look.dark else "light")
        self._devtools.send("Emulation.setDeviceMetricsOverride", metrics)
        self._page.evaluate(_DRAWN)

    @property
    def overflow(self) -> int:
        """How many pixels the page sticks out sideways."""
        wide: int = self._page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return wide


_DRAWN = "new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
