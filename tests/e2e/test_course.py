"""What one can do with a result: put it in order, replay how it came to be, take it along."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.organiser import Organiser
from tests.e2e.site import Site
from tests.e2e.windows import Windows
from tests.waiting import eventually

pytestmark = [pytest.mark.service, pytest.mark.browser]

NAMES = ("Ada", "Grace", "Lise")


@pytest.fixture(scope="module")
def poll(organiser: Organiser, site: Site) -> dict[str, Any]:
    """Make a poll whose votes came over some seconds, in another order than its options."""
    made = organiser.poll(*NAMES)
    site.wait_known(made["id"])
    for samples, option in enumerate((1, 2, 3, 3, 2, 3)):
        # There is one sample a second, at most: each vote comes in the next one.
        eventually(partial(is_sampled, site, made, samples))
        site.accept({"pollId": made["id"], "optionId": option})
    eventually(partial(is_sampled, site, made, 6))
    return made


def timeline(site: Site, poll: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = site.ask(f"/result/{poll['slug']}/timeline.json").json()
    return found


def is_sampled(site: Site, poll: dict[str, Any], samples: int) -> bool:
    """Tell whether there are so many samples, and a vote now would be in another second."""
    at = timeline(site, poll)["at"]
    now = datetime.now(UTC).replace(microsecond=0)
    return len(at) >= samples and all(datetime.fromisoformat(each) < now for each in at)


def address(poll: dict[str, Any], query: str = "") -> str:
    return f"/result/{poll['slug']}{query}"


def live(page: Page) -> Locator:
    return page.locator("[data-live]")


def order(page: Page) -> list[str]:
    return page.locator("[data-options] .bars-text").all_inner_texts()


def choose(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).click()


def watch(people: Windows, path: str, **options: Any) -> Page:
    """Open a result page and wait until it is live."""
    page = people.open(path, **options)
    expect(live(page)).to_have_text("Live")
    return page


def test_it_changes_the_order_when_asked_and_keeps_it(
    people: Windows, site: Site, poll: dict[str, Any]
) -> None:
    """Highest first, in place; it stays so while votes come in, and when one comes back."""
    page = watch(people, address(poll))
    page.evaluate("window.untouched = true")
    assert order(page) == ["Ada", "Grace", "Lise"]
    choose(page, "Highest first")
    assert order(page) == ["Lise", "Grace", "Ada"]
    assert page.evaluate("window.untouched") is True
    assert page.url.endswith(address(poll))

    counted = site.standing(poll["slug"])["ballots"]
    for _ in range(4):
        site.accept({"pollId": poll["id"], "optionId": 1})
    site.wait_ballots(counted + 4, poll["slug"])
    expect(page.locator("[data-counted]")).to_have_text(f"{counted + 4} counted")
    assert order(page) == ["Lise", "Grace", "Ada"]

    page.reload()
    expect(page.locator("[data-options] .bars-text")).to_have_text(["Ada", "Lise", "Grace"])
    expect(page.get_by_role("link", name="Highest first")).to_have_attribute("aria-current", "true")
    choose(page, "In the poll’s order")
    assert order(page) == ["Ada", "Grace", "Lise"]


def test_it_changes_the_order_without_a_script(people: Windows, poll: dict[str, Any]) -> None:
    """The same links lead to the same page in another order."""
    page = people.open(address(poll), javascript=False)
    choose(page, "Highest first")
    highest = order(page)
    choose(page, "In the poll’s order")
    assert (sorted(highest), order(page)) == (list(NAMES), list(NAMES))
    assert highest != order(page)


def test_it_shows_how_the_vote_went_to_who_looks(
    people: Windows, site: Site, poll: dict[str, Any]
) -> None:
    """The lines are fetched when one comes to them, and again when there are new votes."""
    page = watch(people, address(poll), viewport={"width": 1280, "height": 600})
    assert not [each for each in people.sent if "/part/" in each]
    page.locator("#timeline").scroll_into_view_if_needed()
    key = page.locator(".chart-key li")
    expect(key).to_have_count(3)
    before = site.standing(poll["slug"])["options"][1]["votes"]
    site.accept({"pollId": poll["id"], "optionId": 2})
    expect(key.filter(has_text="Grace")).to_contain_text(str(before + 1))
    expect(page.locator(".chart-times")).not_to_contain_text("UTC")  # the reader's own zone


def test_it_replays_the_vote_and_never_calls_that_live(
    people: Windows, site: Site, poll: dict[str, Any]
) -> None:
    """The bars of each moment, by button and by keyboard; new votes do not break in."""
    page = watch(people, address(poll))
    page.locator("#timeline").scroll_into_view_if_needed()
    slider = page.get_by_role("slider", name="Moment of the vote")
    slider.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    past = timeline(site, poll)

    replaying = page.locator("[data-replaying]")
    expect(replaying).to_have_text(re.compile(r"^Replay · \d\d:\d\d:\d\d$"))
    expect(live(page)).to_be_hidden()
    expect(page.locator("[data-counted]")).to_have_text(f"{past['ballots'][1]} counted")
    expect(page.locator('[data-option="2"] [data-votes]')).to_have_text("1 vote")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("2 counted$"))
    expect(page.locator("[data-cursor]")).to_have_attribute("visibility", "visible")

    counted = site.standing(poll["slug"])["ballots"]
    site.accept({"pollId": poll["id"], "optionId": 2})
    site.wait_ballots(counted + 1, poll["slug"])
    expect(page.locator("[data-counted]")).to_have_text(f"{past['ballots'][1]} counted")

    page.get_by_role("button", name="Back to live").click()
    expect(live(page)).to_have_text("Live")
    expect(replaying).to_be_hidden()
    expect(page.locator("[data-counted]")).to_have_text(f"{counted + 1} counted")


@pytest.mark.night
def test_it_plays_to_the_end_by_itself(people: Windows, site: Site, poll: dict[str, Any]) -> None:
    """From the first sample to the last; then the numbers are those of the last one."""
    page = watch(people, address(poll), reduced_motion="reduce")
    page.locator("#timeline").scroll_into_view_if_needed()
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_role("button", name="Replay")).to_be_visible()
    slider = page.get_by_role("slider", name="Moment of the vote")
    assert slider.input_value() == slider.get_attribute("max")
    counted = f"{timeline(site, poll)['ballots'][-1]} counted"
    expect(page.locator("[data-counted]")).to_have_text(counted)


def test_it_says_when_the_last_vote_came(people: Windows, site: Site, poll: dict[str, Any]) -> None:
    """By the server's clock, counted up, and not read out each time."""
    site.accept({"pollId": poll["id"], "optionId": 3})
    page = watch(people, address(poll))
    last = page.locator("[data-changed]")
    expect(last).to_have_text(re.compile(r"^Last vote [2-9] sec\w*\.? ago$"))
    assert last.evaluate("element => element.closest('[aria-live], [role=status]')") is None
    cast = site.standing(poll["slug"])["cast"]
    expect(page.locator("[data-turnout]")).to_contain_text(f"· {cast} ballots cast")


def test_it_hands_out_what_one_wants_to_take_along(people: Windows, poll: dict[str, Any]) -> None:
    """The address and the frame to embed are copied by a button, and lead here."""
    page = watch(people, address(poll), permissions=["clipboard-read", "clipboard-write"])
    page.get_by_text("Share this result").click()
    here = page.get_by_label("Link", exact=True)
    assert here.input_value().endswith(address(poll))
    page.bring_to_front()  # a browser lends the clipboard to the page in front alone
    page.get_by_role("button", name="Copy").last.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(rf'<iframe src="http://[^"]+/embed/{poll["slug"]}" [^>]+></iframe>', copied)


def test_it_prints_one_light_page_without_controls(people: Windows, poll: dict[str, Any]) -> None:
    """What stays on paper: the numbers, their time, and where they are from."""
    page = watch(people, address(poll), color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    for control in (".order", "#timeline", ".share", "[data-live]", ".result-join"):
        expect(page.locator(control)).to_be_hidden()
    foot = page.locator(".print-only")
    expect(foot).to_contain_text(re.compile(r"Numbers as of \d+ .*:\d\d"))
    expect(foot).to_contain_text(address(poll))
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(248, 246, 241)"
    assert page.pdf(format="A4").count(b"/Type /Page\n") == 1
