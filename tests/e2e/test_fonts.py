"""The stage in fonts that are much narrower and much wider than this machine's."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.stage import LONG, Make, Shown, address, check_it_fits, on_stage
from tests.e2e.windows import Windows

# By day the presenter is looked at in the font of the machine.
pytestmark = [pytest.mark.service, pytest.mark.browser, pytest.mark.night]


FONT = files("fontpkg_noto_sans") / "files" / "NotoSans[wdth,wght].ttf"
# Arial Narrow and Verdana lie in between.
FACES = {"narrow": ("62.5%", "100%"), "usual": ("100%", "100%"), "wide": ("100%", "125%")}
STYLE = """
@font-face {
  font-family: Known; src: url(/known.ttf);
  font-weight: 100 900; font-stretch: 62.5% 100%; size-adjust: ADJUSTED;
}
* { font-family: Known !important; font-stretch: STRETCH !important; }
"""


def put_on(page: Page, face: str) -> None:
    """Show a page in a font that comes with the tests, and its code in the widest letters."""
    stretch, adjusted = FACES[face]
    page.route("**/known.ttf", lambda route: route.fulfill(body=FONT.read_bytes()))
    style = STYLE.replace("STRETCH", stretch).replace("ADJUSTED", adjusted)
    page.add_style_tag(content=style)
    page.evaluate("document.body.offsetWidth, document.fonts.ready")
    assert page.evaluate("document.fonts.check('1em Known')")
    page.locator(".slide-code").evaluate("code => code.textContent = 'WWMWWM'")
    page.evaluate("dispatchEvent(new Event('resize'))")


@pytest.mark.parametrize("face", ["narrow", "usual", "wide"])
@pytest.mark.parametrize(
    "screen",
    [pytest.param((1280, 720), id="room"), pytest.param((1024, 768), id="old")],
)
@pytest.mark.parametrize(
    "asked",
    [
        Shown("Cats or Dogs?", "single", 2, 1 / 25),
        Shown(LONG, "single", 3, 1 / 40),
        Shown("Which proposal comes first?", "single", 20, 1 / 55),
    ],
    ids=lambda asked: f"{asked.kind}-{asked.options}",
)
def test_the_stage_can_be_read_from_the_last_row(
    people: Windows, make: Make, face: str, screen: tuple[int, int], asked: Shown
) -> None:
    """However wide the letters of a font are, nothing is cut, covered or too small."""
    width, height = screen
    window: Any = {"width": width, "height": height}
    # The pages themselves let no font in.
    page = on_stage(people, address(asked.made(make)), viewport=window, bypass_csp=True)
    put_on(page, face)
    check_it_fits(page, width, height, letters=asked.letters)
    check_nothing_overlaps(page)
    page.keyboard.press("j")
    check_it_fits(page, width, height)
    check_nothing_overlaps(page)


def check_nothing_overlaps(page: Page) -> None:
    """Check that the ways to vote stand between the question and what is known, uncut."""
    head = page.locator(".slide-head").bounding_box()
    foot = page.locator(".slide-foot").bounding_box()
    assert head
    assert foot
    for part in (".slide-qr", ".slide-address", ".slide-code"):
        box = page.locator(part).bounding_box()
        assert box
        assert head["y"] + head["height"] <= box["y"]
        assert box["y"] + box["height"] <= foot["y"]
    whole = "code => code.scrollWidth <= code.clientWidth"
    assert page.locator(".slide-code").evaluate(whole)
