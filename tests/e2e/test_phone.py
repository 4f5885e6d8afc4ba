"""A phone in a hall with bad Wi-Fi: whatever becomes of the network, a vote arrives, and once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.organiser import Organiser
from tests.e2e.site import Site, votes
from tests.e2e.windows import Windows

pytestmark = [pytest.mark.service, pytest.mark.browser]

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 640}, "has_touch": True}
RECEIPT = re.compile("/vote/receipt/[^/]+$")
LATER = 40_000  # milliseconds: longer than a page waits before it looks again


def phone(people: Windows, poll: dict[str, Any]) -> Page:
    """Open a paper on a phone whose network will be bad."""
    people.forgive_outages = True
    return people.open(f"/vote/{poll['slug']}", **PHONE)


def button(page: Page) -> Locator:
    return page.locator("[data-send]")


def vote(page: Page, option: str) -> None:
    page.get_by_label(option).check()
    button(page).click()


def news(page: Page, name: str) -> Locator:
    return page.locator(f'[data-news="{name}"]')


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def lose(page: Page, *, answers: int = 0) -> Callable[[], None]:
    """
    Lose what a page sends; gives a function that mends the network.

    :param answers: so many papers do arrive at first, and only their answers are lost.
    """
    arrived: list[Any] = []

    def handle(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        if len(arrived) < answers:
            arrived.append(route.fetch(max_redirects=0))
        return route.abort()

    page.route("**/vote/*", handle)
    return lambda: page.unroute("**/vote/*")


def tap(page: Page, place: Locator, *, times: int) -> None:
    """
    Tap again before there is an answer to what the first tap has sent.

    An answer would take the page away, and Chromium may wait for ever for a page that it has left
    to take a touch.
    """
    sent: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route)
        else:
            route.continue_()

    box = place.bounding_box()
    assert box
    page.route("**/vote/*", hold)
    with page.expect_request(lambda request: request.method == "POST"):
        for _ in range(times):
            page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for route in sent:
        route.continue_()
    page.unroute("**/vote/*", hold)


def assert_counted(site: Site, poll: dict[str, Any], option: int, *, cast: int) -> None:
    """Hold that there is one vote, for this option, from so many ballots."""
    now = site.wait_ballots(1, poll["slug"])
    assert (votes(now, option), now["cast"]) == (1, cast)


def test_it_sends_a_vote_when_the_network_is_back(
    people: Windows, organiser: Organiser, site: Site
) -> None:
    """Offline the page says so, keeps the choice, and sends it by itself: once."""
    poll = organiser.poll("Tea", "Coffee")
    voter = phone(people, poll)
    voter.context.set_offline(True)
    expect(news(voter, "waiting")).to_contain_text("You can vote all the same")

    vote(voter, "Coffee")
    expect(news(voter, "waiting")).to_have_text(
        "You are offline. Your choice is kept here and is sent when you are back."
    )
    expect(voter.get_by_label("Coffee")).to_be_checked()
    voter.context.set_offline(False)

    expect(voter).to_have_url(RECEIPT)
    heading(voter, "Your vote is counted")
    assert_counted(site, poll, 2, cast=1)


def test_it_counts_once_a_vote_whose_answer_was_lost(
    people: Windows, organiser: Organiser, site: Site
) -> None:
    """It has arrived, nobody knows it, and it is sent again: a repeat is no second ballot."""
    poll = organiser.poll("Tea", "Coffee", change=False)
    voter = phone(people, poll)
    mend = lose(voter, answers=1)
    vote(voter, "Tea")
    expect(news(voter, "waiting")).to_contain_text("Your vote is not confirmed yet.")
    mend()

    heading(voter, "Your vote is counted")
    assert len([each for each in people.sent if each == f"POST /vote/{poll['slug']}"]) > 1
    assert_counted(site, poll, 1, cast=1)


@pytest.mark.parametrize(
    "status", [503, *(pytest.param(each, marks=pytest.mark.night) for each in (429, 500))]
)
def test_it_tries_again_when_votify_has_no_time(
    people: Windows, organiser: Organiser, site: Site, status: int
) -> None:
    """Whatever stands in the way for a moment is waited for, and not told as a refusal."""
    poll = organiser.poll("Tea", "Coffee")
    voter = phone(people, poll)
    problem = {"status": status, "headers": {"Retry-After": "1"}, "body": '{"code": "x"}'}
    kind = {"content_type": "application/problem+json"}
    voter.route("**/vote/*", lambda route: route.fulfill(**problem, **kind), times=1)

    vote(voter, "Tea")

    expect(voter).to_have_url(RECEIPT)
    assert_counted(site, poll, 1, cast=1)


def test_it_keeps_a_vote_over_a_reload_and_sends_it_from_the_front_door(
    people: Windows, organiser: Organiser, site: Site
) -> None:
    """The choice outlives its page: it is marked again there, and sent from any way in."""
    poll = organiser.poll("Tea", "Coffee")
    voter = phone(people, poll)
    lose(voter)
    vote(voter, "Coffee")
    expect(news(voter, "waiting")).to_contain_text("not confirmed yet")
    voter.reload()
    expect(voter.get_by_label("Coffee")).to_be_checked()
    expect(news(voter, "waiting")).to_contain_text("not confirmed yet")

    voter.goto("/")
    expect(voter.locator("[data-outbox]")).to_contain_text("not confirmed yet")
    voter.unroute("**/vote/*")
    voter.reload()
    expect(voter.locator("[data-outbox]")).to_contain_text("Your vote is received")
    voter.locator("[data-outbox] a").click()

    heading(voter, "Your vote is counted")
    assert_counted(site, poll, 2, cast=1)


def test_it_forgets_a_vote_after_a_day(people: Windows, organiser: Organiser, site: Site) -> None:
    """By then nobody could tell whether it is a repeat, so it is not sent any more."""
    poll = organiser.poll("Tea", "Coffee")
    voter = phone(people, poll)
    voter.clock.install()
    lose(voter)
    vote(voter, "Coffee")
    expect(news(voter, "waiting")).to_contain_text("not confirmed yet")
    assert voter.evaluate("localStorage.length") == 1
    voter.unroute("**/vote/*")
    voter.clock.set_system_time(datetime.now(UTC) + timedelta(hours=24))

    voter.reload()
    expect(button(voter)).to_have_text("Vote")
    expect(voter.get_by_label("Coffee")).not_to_be_checked()
    assert voter.evaluate("localStorage.length") == 0
    assert site.settled(poll["slug"])["cast"] == 0


def test_it_takes_many_taps_for_one_vote(people: Windows, organiser: Organiser, site: Site) -> None:
    """An impatient thumb is one ballot."""
    poll = organiser.poll("Tea", "Coffee")
    voter = phone(people, poll)
    voter.get_by_label("Tea").check()
    tap(voter, button(voter), times=4)
    heading(voter, "Your vote is counted")
    assert_counted(site, poll, 1, cast=1)


def test_it_says_on_an_open_receipt_that_a_later_vote_counts(
    people: Windows, organiser: Organiser
) -> None:
    """The page of the first vote, still open in another tab, says so without a reload."""
    poll = organiser.poll("Tea", "Coffee")
    voter = phone(people, poll)
    voter.clock.install()
    vote(voter, "Tea")
    voter.clock.fast_forward(LATER)
    heading(voter, "Your vote is counted")
    other = voter.context.new_page()
    other.goto(f"/vote/{poll['slug']}")
    vote(other, "Coffee")
    expect(other).to_have_url(RECEIPT)

    voter.clock.fast_forward(2 * LATER)
    heading(voter, "Your later vote counts")
