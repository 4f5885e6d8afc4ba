"""A ranking by tapping, dragging, buttons and keys; by selects where no script runs."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.organiser import Organiser
from tests.e2e.test_phone import PHONE, button, heading
from tests.e2e.windows import Windows
from tests.waiting import eventually

pytestmark = [pytest.mark.service, pytest.mark.browser]

DRINKS = ("Tea", "Coffee", "Water", "Milk")


@pytest.fixture
def paper(people: Windows, organiser: Organiser) -> Page:
    """Open the paper of a ranking of four on a phone, on which nothing has a place yet."""
    poll = organiser.poll(*DRINKS, kind="ranked")
    page = people.open(f"/vote/{poll['slug']}", **PHONE)
    expect(grip(page, "Tea")).to_have_role("button")
    return page


def row(page: Page, option: str) -> Locator:
    return page.locator(".ranking-row", has=page.get_by_text(option, exact=True))


def grip(page: Page, option: str) -> Locator:
    return row(page, option).locator("[data-grip]")


def assert_order(page: Page, *placed: str) -> None:
    """Hold which options have a place, in their order, on the page and in what is sent."""
    expect(page.locator("[data-placed] [data-text]")).to_have_text(list(placed))
    for place, option in enumerate(placed, 1):
        expect(grip(page, option)).to_have_text(str(place))
        expect(row(page, option).locator("select")).to_have_value(str(place))
    for option in {*DRINKS} - {*placed}:
        expect(row(page, option).locator("select")).to_have_value("")


def said(page: Page, text: str) -> None:
    expect(page.locator("[data-moved]")).to_have_text(text)


def test_it_ranks_by_taps_and_buttons(paper: Page) -> None:
    """A tap gives the next place, arrows move, a cross takes out; each is said once."""
    for option in ("Water", "Tea", "Coffee"):
        paper.get_by_text(option, exact=True).tap()
    assert_order(paper, "Water", "Tea", "Coffee")
    said(paper, "Coffee is in place 3 of 4 now.")
    paper.get_by_role("button", name="Move Coffee up").tap()
    paper.get_by_role("button", name="Move Water down").tap()
    assert_order(paper, "Coffee", "Water", "Tea")
    said(paper, "Water is in place 2 of 4 now.")
    expect(paper.get_by_role("button", name="Move Coffee up")).to_be_disabled()
    paper.get_by_role("button", name="Take Water out").tap()
    assert_order(paper, "Coffee", "Tea")
    said(paper, "Water has no place now.")

    button(paper).tap()
    heading(paper, "Your vote is counted")
    expect(paper.locator(".facts")).to_contain_text("1. Coffee, 2. Tea")
    paper.get_by_role("link", name="Change my vote").click()
    assert_order(paper, "Coffee", "Tea")


def test_it_ranks_by_the_keyboard_alone(paper: Page) -> None:
    """Enter gives a place, arrows move, Delete takes out, and the focus stays with the option."""
    expect(grip(paper, "Milk")).to_have_accessible_name("Put Milk in place 1")
    expect(grip(paper, "Milk")).to_have_accessible_description(
        "Use the up and down arrow keys to move it, and Delete to take it out. "
        "It can be dragged, too."
    )
    for option in ("Milk", "Tea"):
        grip(paper, option).focus()
        paper.keyboard.press("Enter")
        expect(grip(paper, option)).to_be_focused()
    assert_order(paper, "Milk", "Tea")
    paper.keyboard.press("ArrowUp")
    assert_order(paper, "Tea", "Milk")
    expect(grip(paper, "Tea")).to_be_focused()
    expect(grip(paper, "Tea")).to_have_accessible_name("Tea, place 1 of 4")
    paper.keyboard.press("ArrowDown")
    paper.keyboard.press("Delete")
    assert_order(paper, "Milk")
    expect(grip(paper, "Tea")).to_be_focused()


def centre(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, option: str, over: str, *, by: float) -> None:
    """Draw an option with a finger to so many pixels below the middle of another one."""
    touch = page.context.new_cdp_session(page)
    x, y = centre(grip(page, option))
    _, end = centre(row(page, over))
    points = [y + (end + by - y) * step / 8 for step in range(9)]
    for kind, y in zip(["touchStart", *["touchMove"] * 8], points, strict=True):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        page.evaluate("new Promise(requestAnimationFrame)")
    page.evaluate("new Promise(requestAnimationFrame)")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_it_ranks_by_a_finger(paper: Page) -> None:
    """A row follows the finger: into a place, to another one, and out again."""
    for option in ("Tea", "Coffee"):
        paper.get_by_text(option, exact=True).tap()
    drag(paper, "Coffee", "Tea", by=-20)
    assert_order(paper, "Coffee", "Tea")
    said(paper, "Coffee is in place 1 of 4 now.")
    drag(paper, "Milk", "Tea", by=-20)
    assert_order(paper, "Coffee", "Milk", "Tea")
    drag(paper, "Coffee", "Water", by=20)
    assert_order(paper, "Milk", "Tea")
    said(paper, "Coffee has no place now.")


@pytest.mark.night
def test_it_ranks_by_a_mouse(people: Windows, organiser: Organiser) -> None:
    """Anything of a row but its buttons can be drawn; the end of that is no click."""
    poll = organiser.poll(*DRINKS, kind="ranked")
    page = people.open(f"/vote/{poll['slug']}", viewport={"width": 1280, "height": 800})
    for option in ("Tea", "Coffee", "Water"):
        grip(page, option).click()
    page.mouse.move(*centre(row(page, "Water").locator("[data-text]")))
    page.mouse.down()
    _, top = centre(row(page, "Tea"))
    page.mouse.move(400, top - 20, steps=8)
    page.evaluate("new Promise(requestAnimationFrame)")
    page.mouse.up()
    assert_order(page, "Water", "Tea", "Coffee")


@pytest.mark.night
def test_it_scrolls_a_long_ranking(people: Windows, organiser: Organiser) -> None:
    """A row that is held at the edge of the window takes the page along."""
    options = [f"Option {number}" for number in range(1, 21)]
    poll = organiser.poll(*options, kind="ranked", max_choices=3)
    page = people.open(f"/vote/{poll['slug']}", viewport={"width": 1280, "height": 800})
    grip(page, "Option 2").click()
    last = grip(page, "Option 20")
    last.scroll_into_view_if_needed()
    page.mouse.move(*centre(last))
    page.mouse.down()
    page.mouse.move(400, 10, steps=4)
    eventually(lambda: page.evaluate("scrollY") == 0)
    page.evaluate("new Promise(requestAnimationFrame)")
    page.mouse.up()
    expect(page.locator("[data-placed] [data-text]")).to_have_text(["Option 20", "Option 2"])


def test_it_gives_no_more_places_than_there_are(people: Windows, organiser: Organiser) -> None:
    """When all are given, the others wait; drawn in between, an option takes the last one's."""
    poll = organiser.poll(*DRINKS, kind="ranked", max_choices=2, min_choices=2)
    page = people.open(f"/vote/{poll['slug']}", **PHONE)
    page.get_by_text("Tea", exact=True).tap()
    button(page).click()
    expect(page.locator('[data-news="slip"]')).to_have_text("Choose at least 2.")
    page.get_by_text("Coffee", exact=True).tap()
    expect(grip(page, "Milk")).to_be_disabled()
    page.get_by_text("Milk", exact=True).tap()
    assert_order(page, "Tea", "Coffee")
    drag(page, "Coffee", "Tea", by=-20)
    drag(page, "Water", "Tea", by=-20)
    assert_order(page, "Coffee", "Water")
    button(page).click()
    heading(page, "Your vote is counted")


def test_it_ranks_by_selects_without_a_script(people: Windows, organiser: Organiser) -> None:
    """The same rows, and what was chosen stands first when the paper is opened again."""
    poll = organiser.poll(*DRINKS, kind="ranked")
    phone: dict[str, Any] = {**PHONE, "javascript": False}
    page = people.open(f"/vote/{poll['slug']}", **phone)
    page.get_by_label("Water").select_option("1")
    page.get_by_label("Tea").select_option("2")
    button(page).click()
    heading(page, "Your vote is counted")
    page.get_by_role("link", name="Change my vote").click()
    expect(page.locator("[data-text]")).to_have_text(["Water", "Tea", "Coffee", "Milk"])
