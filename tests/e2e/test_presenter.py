"""The stage in a browser: read from the last row, honest while it counts, and glad at the end."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.organiser import Organiser
from tests.e2e.site import Site
from tests.e2e.stage import LONG, Make, Shown, address, check_it_fits, on_stage, size, vote
from tests.e2e.windows import Windows
from tests.waiting import eventually

pytestmark = [pytest.mark.service, pytest.mark.browser]
night = pytest.mark.night

SCREENS = {"room": (1280, 720), "hall": (1920, 1080), "cinema": (3840, 2160), "old": (1024, 768)}


@pytest.mark.parametrize(
    "screen",
    ["room", *(pytest.param(each, marks=night) for each in ("old", "hall", "cinema"))],
)
@pytest.mark.parametrize(
    "asked",
    [
        Shown("Cats or Dogs?", "single", 2, 1 / 25),
        Shown("How was the day?", "rating", 4, 1 / 30),
        Shown("What do we drink?", "ranked", 5, 1 / 30),
        Shown("Who is the new hall to be named after?", "multiple", 8, 1 / 36),
        Shown(LONG, "single", 3, 1 / 40),
        Shown("Which proposal comes first?", "single", 20, 1 / 55),
    ],
    ids=lambda asked: f"{asked.kind}-{asked.options}",
)
def test_it_can_be_read_from_the_last_row(
    people: Windows, make: Make, screen: str, asked: Shown
) -> None:
    """Everything fits without scrolling, in letters that grow with the screen; the code is huge."""
    width, height = SCREENS[screen]
    page = on_stage(people, address(asked.made(make)), viewport={"width": width, "height": height})
    check_it_fits(page, width, height, letters=asked.letters)


def test_it_turns_the_page_where_there_is_too_much(people: Windows, make: Make) -> None:
    """Options that no letters make fit are paged through, by arrow keys and by who tabs to them."""
    page = on_stage(people, address(make(*(f"Number {n}" for n in range(100)))))
    last = page.locator("[data-option]").last
    expect(last).not_to_be_in_viewport()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(last).to_be_in_viewport()
    page.keyboard.press("ArrowUp")
    expect(last).not_to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    page.keyboard.press("Tab")
    expect(page.get_by_role("region", name="Options")).to_be_focused()


def test_it_moves_and_says_how_live_it_is(people: Windows, make: Make, site: Site) -> None:
    """A counted vote appears by itself; without a network the numbers are called old."""
    poll = make("Cats", "Dogs")
    page = on_stage(people, address(poll))
    vote(site, poll, 1, 1, 2)

    expect(page.locator("[data-counted]")).to_have_text("3 counted")
    expect(page.locator('[data-option="1"] [data-share]')).to_have_text("67%")
    people.forgive_outages = True
    page.context.set_offline(True)
    expect(page.locator("[data-live]")).to_have_text(
        re.compile("You are offline · numbers as of"), timeout=5000
    )
    page.context.set_offline(False)
    expect(page.locator("[data-live]")).to_have_text("Live")


def test_it_has_the_way_to_vote_in_a_code_that_phones_read(people: Windows, make: Make) -> None:
    """Black on white in the dark too, with a margin; J makes it as large as the screen."""
    poll = make("Cats", "Dogs")
    page = on_stage(people, address(poll), color_scheme="dark")
    code = page.locator(".slide-qr svg")
    fills = code.locator("path").evaluate_all(
        "all => all.map(p => p.getAttribute('fill') ?? p.getAttribute('stroke'))"
    )
    assert {"#000", "#fff"} == set(fills)
    small = code.bounding_box()
    assert small
    assert small["width"] >= 200

    page.keyboard.press("j")
    large = code.bounding_box()
    assert large
    assert large["width"] > small["width"] * 1.3
    expect(page.locator("[data-options]")).to_be_hidden()
    expect(page.get_by_role("button", name="How to vote")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("J")
    expect(page.locator("[data-options]")).to_be_visible()
    page.goto(f"/?code={poll['code']}")
    expect(page).to_have_url(re.compile(f"/vote/{poll['slug']}$"))


def test_it_covers_the_numbers_on_this_screen_alone(
    people: Windows, make: Make, site: Site
) -> None:
    """What is behind the curtain is not seen nor read out; a clicker's black button lifts it."""
    poll = make("Cats", "Dogs")
    vote(site, poll, 1, 1, 2)
    page = on_stage(people, address(poll, curtain="1"))
    share = page.locator('[data-option="1"] [data-share]')
    expect(page.locator("[data-counted]")).to_have_text("3 counted")
    expect(share).to_be_hidden()
    read_out = page.locator("main").aria_snapshot()
    assert "67%" not in read_out
    assert "2 votes" not in read_out
    bar = "rect => rect.getBoundingClientRect().width"
    assert page.locator('[data-option="1"] rect').evaluate(bar) == 0

    page.keyboard.press("r")
    expect(share).to_be_visible()
    assert "67%" in page.locator("main").aria_snapshot()
    eventually(lambda: page.locator('[data-option="1"] rect').evaluate(bar) > 100)
    page.keyboard.press("h")
    expect(share).to_be_hidden()
    page.keyboard.press(".")
    expect(share).to_be_visible()
    page.get_by_role("button", name="Hide the numbers").click()
    expect(share).to_be_hidden()


def test_it_keeps_its_joy_behind_the_curtain_and_still_for_who_wants_that(
    people: Windows, make: Make, organiser: Organiser, site: Site
) -> None:
    """The result is celebrated when revealed; reduced motion leaves the mark and the words."""
    poll = make("Cats", "Dogs")
    vote(site, poll, 2)
    covered = on_stage(people, address(poll, curtain="1"))
    still = on_stage(people, address(poll), reduced_motion="reduce")
    organiser.do(poll["id"], "close")
    expect(still.locator("[data-verdict]")).to_have_text("Dogs wins.")
    expect(covered.locator("[data-state]")).to_have_text("Closed · final")
    expect(covered.locator("[data-verdict]")).to_be_hidden()
    for each in (covered, still):
        expect(each.locator("canvas.confetti")).not_to_be_attached()

    covered.keyboard.press("r")
    expect(covered.locator("canvas.confetti")).to_be_attached()
    expect(covered.locator("[data-verdict]")).to_be_visible()
    assert faults(still) == []
    mark = "text => getComputedStyle(text, '::before').clipPath"
    assert still.locator(".bars-won .bars-text").evaluate(mark).startswith("polygon")


def test_it_counts_the_last_minute_down(people: Windows, make: Make, organiser: Organiser) -> None:
    """In its last minute the time that is left stands beside the question, as large as can be."""
    ends = datetime.now(UTC) + timedelta(seconds=90)
    poll = make("Cats", "Dogs", closes_at=ends.isoformat())
    page = on_stage(people, address(poll))
    clock = page.locator("[data-clock]")
    expect(clock).to_be_hidden()
    sooner = datetime.now(UTC) + timedelta(seconds=20)
    organiser.edit(poll["id"], closes_at=sooner.isoformat())
    expect(clock).to_have_text(re.compile(r"^0:1\d$"))
    assert size(page, "[data-clock]") > size(page, "h1")
    bottom = "element => element.getBoundingClientRect().bottom"
    top = "element => element.getBoundingClientRect().top"
    code, foot = page.locator(".slide-code"), page.locator(".slide-foot")
    eventually(lambda: code.evaluate(bottom) <= foot.evaluate(top))
    expect(clock).to_have_attribute("data-last", "", timeout=15_000)
    expect(page.locator("[data-state]")).to_have_text("Closed · final", timeout=25_000)
    expect(clock).to_be_hidden()
    expect(page.locator("[data-verdict]")).to_have_text("Nobody has voted.")


def test_it_shows_no_winner_where_the_numbers_stay_hidden(
    people: Windows, make: Make, organiser: Organiser, site: Site
) -> None:
    """The stage of a poll for its organiser alone says closed, and no more."""
    poll = make("Cats", "Dogs", visibility="organiser")
    site.accept({"pollId": poll["id"], "optionId": 1, "userId": "somebody"})
    page = on_stage(people, address(poll))
    organiser.do(poll["id"], "close")
    expect(page.locator("[data-state]")).to_have_text("Closed · final")
    expect(page.locator("[data-verdict]")).to_have_text("")
    expect(page.locator(".bars-won")).to_have_count(0)
    expect(page.locator("canvas.confetti")).not_to_be_attached()


def test_it_makes_room_for_what_is_changed(
    people: Windows, make: Make, organiser: Organiser
) -> None:
    """A poll that gets another kind while it is on the stage is shown as what it is now."""
    poll = make("Cats", "Dogs")
    page = on_stage(people, address(poll))
    organiser.edit(poll["id"], question="How good are they?", kind="rating", max_choices=2)
    expect(page.get_by_role("heading", level=1)).to_have_text("How good are they?")
    expect(page.locator("[data-votes]").first).to_have_text("0 ratings")
    expect(page.locator("[data-live]")).to_have_text("Live")


@night
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_it_is_clean_to_axe(people: Windows, make: Make, scheme: Any, width: int) -> None:
    """The stage has no fault that axe-core finds: open, covered, with its dialog, and hidden."""
    poll = make("Cats", "Dogs", visibility="after_close")
    window = {"color_scheme": scheme, "viewport": {"width": width, "height": 720}}
    page = on_stage(people, address(make("Cats", "Dogs"), poll), **window)
    assert faults(page) == []
    page.keyboard.press("h")
    page.keyboard.press("j")
    assert faults(page) == []
    page.keyboard.press("?")
    assert faults(page) == []
    page.keyboard.press("?")
    page.keyboard.press("PageDown")
    expect(page.get_by_text("The numbers are hidden")).to_be_visible()
    assert faults(page) == []


def faults(page: Page) -> list[str]:
    """List what axe-core has to say against a page as it is now."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]
