"""The dashboard in a real browser: live, searched as one types, and right without a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.organiser import Organiser
from tests.e2e.site import Site
from tests.e2e.windows import Windows
from tests.waiting import eventually

pytestmark = [pytest.mark.service, pytest.mark.browser]

PHONE = {"width": 360, "height": 640}
HALL = {"width": 1920, "height": 1080}


Make = Callable[..., dict[str, Any]]


@pytest.fixture
def make(organiser: Organiser, site: Site) -> Make:
    """Give a way to make and open a poll, which every process of `result` knows then."""

    def made(*options: str, **fields: Any) -> dict[str, Any]:
        poll = organiser.poll(*options, **fields)
        site.wait_known(poll["id"])
        return poll

    return made


def card(page: Page, poll: int) -> Locator:
    return page.locator(f'[data-poll="{poll}"]')


def dashboard(people: Windows, words: str = "", **options: Any) -> Page:
    """Open the dashboard, and wait until it is live."""
    page = people.open(f"/result/?q={words}", **options)
    expect(page.locator("[data-live]")).to_have_text("Live")
    return page


def test_it_shows_votes_on_every_card_over_one_connection(
    people: Windows, make: Make, site: Site
) -> None:
    """Each vote is on its card without a reload, and all cards share a socket."""
    first, second = (make(question=f"Wall {number}?") for number in (1, 2))
    page = people.open("/vote/")
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto("/result/?q=wall")
    for poll, option in ((first, 1), (second, 2)):
        site.accept({"pollId": poll["id"], "optionId": option})
        expect(card(page, poll["id"]).locator("[data-ballots]")).to_have_text("1 counted")
        lead = card(page, poll["id"]).locator(".bars-lead")
        expect(lead).to_have_attribute("data-option", str(option))
        expect(lead.locator(".mini-figure")).to_have_text("100%")
        expect(lead.locator("rect")).to_have_attribute("width", "100%")
    assert len(sockets) == 1


def test_it_keeps_every_poll_in_its_place(
    people: Windows, make: Make, organiser: Organiser
) -> None:
    """What closes goes where closed ones are, what is new comes in, and the focus stays."""
    closing = make(question="Sorted away?")
    page = dashboard(people, "sorted")
    link = page.get_by_role("link", name="Sorted away?")
    link.focus()
    new = make(question="Sorted in?")
    organiser.do(closing["id"], "close")

    closed = page.locator('[data-group="closed"]')
    expect(closed.locator("[data-poll]")).to_have_attribute("data-poll", str(closing["id"]))
    expect(card(page, closing["id"])).to_contain_text("Closed")
    expect(page.locator('[data-group="open"]').locator("[data-poll]")).to_have_attribute(
        "data-poll", str(new["id"])
    )
    expect(link).to_be_focused()
    expect(page.locator('[data-tab="closed"]')).to_have_text(re.compile(r"Closed\s+1"))


def test_it_searches_as_one_types(people: Windows, make: Make) -> None:
    """The list, its parts and the address follow; a reload gives the same."""
    pear, plum = (make(question=f"Fruit: {name}?") for name in ("pear", "plum"))
    page = dashboard(people, "fruit")
    expect(page.locator("[data-poll]")).to_have_count(2)
    box = page.get_by_role("searchbox", name="Search in all polls")
    box.fill("fruit plum")
    expect(card(page, pear["id"])).to_have_count(0)
    expect(card(page, plum["id"])).to_be_visible()
    expect(page.locator("[data-news]")).to_have_text("1 poll found")
    assert page.url.endswith("/result/?q=fruit+plum")
    page.get_by_role("link", name=re.compile("Closed 0")).click()
    expect(page.get_by_text("No poll matches “fruit plum”.")).to_be_visible()
    box.fill("fruit")
    expect(page.get_by_text("No poll matches “fruit”.")).to_be_visible()
    page.get_by_role("link", name=re.compile("All 2")).click()
    expect(page.locator("[data-poll]")).to_have_count(2)


def test_it_finds_what_was_typed_before_its_script_came(people: Windows, make: Make) -> None:
    """Whoever types while the page still loads, as on a slow line, is answered all the same."""
    pear, plum = (make(question=f"Early: {name}?") for name in ("pear", "plum"))
    page = people.open("/vote/")
    held = hold_first(page, re.compile(r"/static/list\.js$"))
    page.goto("/result/?q=early", wait_until="commit")
    page.get_by_role("searchbox").fill("early plum")
    wait_held(page, held).continue_()
    expect(card(page, pear["id"])).to_have_count(0)
    expect(card(page, plum["id"])).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?q=early\+plum$"))


def test_it_says_what_was_found_though_the_list_changes_meanwhile(
    people: Windows, make: Make, organiser: Organiser
) -> None:
    """A search that is overtaken by a new look at the list is answered by that look."""
    _, plum = (make(question=f"Overtaken: {name}?") for name in ("pear", "plum"))
    page = dashboard(people, "overtaken")
    expect(page.locator("[data-poll]")).to_have_count(2)
    held = hold_first(page, re.compile(r"q=overtaken\+plum$"))
    page.get_by_role("searchbox").fill("overtaken plum")
    wait_held(page, held)
    organiser.do(plum["id"], "close")
    expect(page.locator("[data-poll]")).to_have_count(1)
    expect(page.locator("[data-news]")).to_have_text("1 poll found")


def hold_first(page: Page, address: re.Pattern[str]) -> list[Route]:
    """Let the first request to an address wait; it is put into the list that is given."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route(address, hold)
    return held


def wait_held(page: Page, held: list[Route]) -> Route:
    def seen() -> list[Route]:
        page.evaluate("0")  # as long as Playwright runs, its events come
        return held

    return eventually(seen)[0]


def test_it_needs_no_script(people: Windows, make: Make, site: Site) -> None:
    """Numbers, bars, search and parts are there for everybody."""
    poll = make(question="Plain as day?")
    site.wait_counted(site.accept({"pollId": poll["id"], "optionId": 2}))
    site.wait_ballots(1, poll["slug"])
    page = people.open("/result/", javascript=False)
    page.get_by_role("searchbox").fill("plain as")
    page.get_by_role("button", name="Search").click()
    expect(card(page, poll["id"])).to_contain_text("1 counted")
    expect(card(page, poll["id"])).to_contain_text("100%")
    page.get_by_role("link", name=re.compile("^Open")).click()
    expect(page.locator("[data-poll]")).to_have_count(1)
    card(page, poll["id"]).get_by_role("link").click()
    expect(page.locator("h1")).to_have_text("Plain as day?")


def test_it_says_when_it_is_not_live(people: Windows, make: Make) -> None:
    """Offline, it says so and of when the numbers are; back, it is live by itself."""
    make(question="Cut off?")
    page = dashboard(people, "cut")
    people.forgive_outages = True
    page.context.set_offline(True)
    badge = page.locator("[data-live]")
    expect(badge).to_have_text(re.compile(r"You are offline · numbers as of \d"))
    expect(page.locator("main")).to_have_attribute("data-stale", "")
    page.context.set_offline(False)
    expect(badge).to_have_text("Live")


def test_it_counts_down(people: Windows, make: Make) -> None:
    """What closes soon says how soon, and what closes some day, when."""
    soon = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
    near, far = (make(question="Ticking?", closes_at=at) for at in (soon, "2099-01-01T12:00:00Z"))
    page = dashboard(people, "ticking")
    expect(card(page, near["id"])).to_contain_text(re.compile(r"Open · closes in \d:\d\d"))
    expect(card(page, far["id"])).to_contain_text("Open until 1 Jan 2099")


@pytest.mark.night
@pytest.mark.parametrize("size", [PHONE, HALL], ids=["phone", "hall"])
def test_it_fits_every_screen(people: Windows, make: Make, size: Any) -> None:
    """Nothing sticks out sideways, whatever a poll is called, in either direction."""
    poll = make("A" * 200, "B", question="Sesquipedalian" * 21)
    for language in ("en-GB", "ar"):
        page = people.open(f"/result/?lang={language}&q=sesqui", viewport=size)
        expect(card(page, poll["id"])).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
