"""Every page in every state is for everyone: axe-core, zoom, keyboard, motion (WCAG 2.2 AA)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.organiser import Organiser
from tests.e2e.windows import Windows
from tests.scenes.every import SCENES
from tests.scenes.looks import LAPTOP, PHONE, SMALLEST, ZOOMED, Camera, Look
from tests.scenes.visit import Scene
from tests.scenes.world import ENVIRONMENT, World
from tests.servers import running

pytestmark = [pytest.mark.service, pytest.mark.browser]

DARK_PHONE = Look(device="phone", width=PHONE.width, height=PHONE.height, scale=2, dark=True)

# Of the other languages only the one that is written from right to left: it is laid out anew.
PAGES = [
    each
    for each in SCENES
    if each.is_page and not each.on_paper and each.language in ("en-GB", "ar")
]

# What a change is looked at with: what is laid out in a way of its own. The others, mostly the same
# parts in another order or state, are the night's.
BY_DAY = {
    *("empty/front", "front/polls", "paper/rating-chosen", "paper/ranked-chosen"),
    *("paper/closed-with-my-vote", "receipt/counted", "waiting/kept", "away/vote"),
    *("results/all", "result/multiple", "result/final-ranked", "result/timeline"),
    *("present/single", "present/join", "embed/ranked", "ar/result/final-ranked"),
    *("desk/sign-in", "desk/polls", "desk/new-with-errors", "desk/open", "desk/codes"),
}
SCENES_AND_WHEN = [
    pytest.param(each, id=each.name, marks=[] if each.name in BY_DAY else [pytest.mark.night])
    for each in PAGES
]

MANY = 40  # more than the places that a page has for the Tab key

# Whatever axe-core knows of WCAG up to 2.2 AA, and what it thinks is good practice.
RULES: dict[str, Any] = {
    "resultTypes": ["violations"],
    "runOnly": [
        *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"),
        "best-practice",
    ],
    "rules": {"target-size": {"enabled": True}},
}


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[World]:
    """Give a Votify of their own to the scenes: they stop processes, and begin without polls."""
    if os.environ.get("VOTIFY_URL"):
        pytest.skip("stops processes, and VOTIFY_URL names a stack elsewhere")
    with running(tmp_path_factory.mktemp("scenes"), env=ENVIRONMENT) as stack:
        # By day the first of the list, of which the tenth is the one that closes soon.
        made = World(stack, most=None if request.config.getoption("--all") else 10)
        yield made
        made.close()


def test_it_looks_at_each_part_by_day() -> None:
    """A scene that is renamed does not leave the day unseen, nor does a part that is new."""
    assert {each.name for each in PAGES} >= BY_DAY
    assert {each.name.partition("/")[0] for each in PAGES} == {
        name.partition("/")[0] for name in BY_DAY
    }


@pytest.mark.parametrize("scene", SCENES_AND_WHEN)
def test_it_is_for_everyone(
    scene: Scene, browser: Browser, world: World, request: pytest.FixtureRequest
) -> None:
    """Nothing to complain about for axe-core, nothing sticks out, the focus is seen, all rests."""
    with scene.played(browser, world) as page:
        camera = Camera(page)
        complaints = _unseen_focus(page)
        complaints += _restless(page) if not scene.moves else []
        for look in (PHONE, ZOOMED, SMALLEST):
            camera.put_on(look)
            if camera.overflow > 0:
                complaints.append(f"{look.device}: sticks out by {camera.overflow} pixels")
        for look in _looked_at(scene, everything=request.config.getoption("--all")):
            camera.put_on(look)
            complaints += [f"{look.name}: {each}" for each in _axe(page)]
    assert not complaints, "\n".join(complaints)


def _looked_at(scene: Scene, *, everything: bool) -> tuple[Look, ...]:
    """Tell on what axe-core looks at a scene: by day, every other one is on a dark phone."""
    if everything:
        return LAPTOP, DARK_PHONE
    return (LAPTOP if sorted(BY_DAY).index(scene.name) % 2 else DARK_PHONE,)


@pytest.mark.parametrize(
    "kind",
    [
        "single",
        "ranked",
        *(pytest.param(k, marks=pytest.mark.night) for k in ("multiple", "rating")),
    ],
)
def test_it_takes_the_keyboard_alone(people: Windows, organiser: Organiser, kind: str) -> None:
    """From the code on the screen to the result, with each kind of paper, without a mouse."""
    poll = organiser.poll("Tea", "Coffee", "Water", kind=kind)
    page = people.open("/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    go(page, page.get_by_label("Code of the poll"))
    page.keyboard.type(poll["code"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cats or Dogs?")

    fill_in(page, kind)
    go(page, page.get_by_role("button", name="Vote"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your vote is counted")
    expect(page.locator(".facts")).to_contain_text("Coffee")

    go(page, page.get_by_role("link", name="Watch the results"))
    page.keyboard.press("Enter")
    expect(page.locator("[data-live]").first).to_have_text("Live")
    go(page, page.locator("summary", has_text="Share this result"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Link", exact=True)).to_be_visible()


def fill_in(page: Page, kind: str) -> None:
    """Say that Coffee is best, by keys."""
    if kind == "ranked":
        go(page, page.get_by_role("button", name="Put Coffee in place 1"))
        page.keyboard.press("Enter")
    elif kind == "rating":
        go(page, page.get_by_role("group", name="Coffee").get_by_role("radio").first)
        for _ in range(5):
            page.keyboard.press("ArrowRight")
    elif kind == "multiple":
        go(page, page.get_by_label("Coffee"))
        page.keyboard.press("Space")
    else:
        go(page, page.get_by_label("Tea"))
        page.keyboard.press("ArrowDown")


def go(page: Page, place: Locator) -> None:
    """Press Tab until a place has the focus."""
    for _ in range(MANY):
        page.keyboard.press("Tab")
        if place.evaluate("place => place === document.activeElement"):
            return
    pytest.fail(f"the Tab key does not lead to {place}")


def _axe(page: Page) -> list[str]:
    """Give what axe-core has found on a page."""
    found = Axe().run(page, options=RULES).response
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def _unseen_focus(page: Page) -> list[str]:
    """Give what shows nothing when it has the focus of the keyboard."""
    page.keyboard.press("Tab")  # from now on, the browser shows the focus
    return [f"no focus is seen: {each}" for each in page.evaluate(_UNSEEN)]


def _restless(page: Page) -> list[str]:
    """Give what moves although the reader wants nothing to."""
    return [f"moves: {each}" for each in page.evaluate(_MOVING)]


_UNSEEN = """
() => {
  const framed = (element) => ["", "::after"].some((part) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element, part);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  });
  // A card or a label may be framed in place of what it holds.
  const seen = (element) => element && (framed(element) || seen(element.parentElement));
  const able = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  const unseen = [];
  for (const element of document.querySelectorAll(able)) {
    if (element.tabIndex < 0 || element.disabled || !element.checkVisibility()) continue;
    element.focus({ preventScroll: true });
    if (document.activeElement !== element) continue;
    if (!seen(element)) unseen.push(element.outerHTML.slice(0, 200));
  }
  document.activeElement?.blur();
  return unseen;
}
"""

_MOVING = """
() => document.getAnimations()
  .filter((animation) => animation.playState === "running")
  .map((animation) => animation.effect?.target?.outerHTML.slice(0, 200))
"""
