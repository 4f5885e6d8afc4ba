"""Papers of polls that an organiser makes, in the browsers of voters and of an audience."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.organiser import Organiser
from tests.e2e.windows import Windows
from tests.waiting import eventually

pytestmark = [pytest.mark.service, pytest.mark.browser]

# Without scripts papers go the same way, whatever their kind: by day one of them is enough.
with_scripts_or_not = pytest.mark.parametrize(
    "javascript", [True, pytest.param(False, marks=pytest.mark.night)]
)

_SOON = timedelta(seconds=8)  # enough to open a page before, on a busy machine
_THEN = 40_000  # milliseconds until a page must have noticed
RECEIPT = re.compile("/vote/receipt/[^/]+$")


def soon() -> str:
    return (datetime.now(UTC) + _SOON).isoformat()


def button(page: Page) -> Locator:
    return page.get_by_role("button", name="Vote")


def hand_in(page: Page) -> None:
    """Hand the paper in, and wait until it is counted."""
    button(page).click()
    expect(page).to_have_url(RECEIPT)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your vote is counted")


def audience(people: Windows, poll: dict[str, Any]) -> Page:
    """Open a result page that is live, and that knows when it is loaded again."""
    people.forgive_outages = True  # for a second, a new poll may be unknown there
    page = people.open(f"/result/{poll['slug']}")
    eventually(lambda: (answer := page.reload()) and answer.ok, seconds=30)
    expect(page.locator("[data-live]")).to_have_text("Live")
    people.forgive_outages = False
    page.evaluate("window.untouched = true")
    return page


def rate(page: Page, option: str, value: int) -> None:
    page.get_by_role("group", name=option).get_by_role("radio", name=str(value)).check()


def row(page: Page, option: int) -> Locator:
    return page.locator(f'[data-option="{option}"]')


def test_it_opens_a_paper_that_was_opened_too_early(people: Windows, organiser: Organiser) -> None:
    """Who comes before the poll opens waits on the page, and can vote without touching it."""
    draft = organiser.draft("Tea", "Coffee")
    poll = organiser.do(draft["id"], "schedule", opens_at=soon())
    voter = people.open(f"/vote/{poll['slug']}")
    expect(voter.get_by_text("This poll is not open yet.")).to_be_visible()
    expect(voter.locator("[data-left]")).to_have_text(re.compile(r"^Opens in \d+:\d\d$"))
    expect(voter.get_by_label("Tea")).to_have_count(0)
    expect(button(voter)).to_have_count(0)

    expect(button(voter)).to_be_visible(timeout=_THEN)
    voter.get_by_label("Tea").check()
    hand_in(voter)


def test_it_closes_a_paper_at_the_time(people: Windows, organiser: Organiser) -> None:
    """Who sits before an open paper when the time is over sees that, and keeps what is on it."""
    poll = organiser.poll("Tea", "Coffee", closes_at=soon())
    voter = people.open(f"/vote/{poll['slug']}")
    expect(voter.locator("[data-left]")).to_have_text(re.compile(r"^Closes in \d+:\d\d$"))
    voter.get_by_label("Tea").check()

    closed = voter.get_by_text("This poll is closed.")
    expect(closed).to_be_visible(timeout=_THEN)
    expect(button(voter)).to_be_disabled()
    expect(voter.get_by_label("Tea")).to_be_checked()
    voter.get_by_role("link", name="See the result").click()
    expect(voter).to_have_url(re.compile(f"/result/{poll['slug']}$"))


@pytest.mark.parametrize("javascript", [True, False])
def test_it_says_that_the_poll_has_closed_meanwhile(
    people: Windows, organiser: Organiser, *, javascript: bool
) -> None:
    """A paper that is sent after the organiser has closed the poll comes back and says so."""
    poll = organiser.poll("Tea", "Coffee")
    voter = people.open(f"/vote/{poll['slug']}", javascript=javascript)
    voter.get_by_label("Tea").check()
    organiser.do(poll["id"], "close")
    people.forgive_outages = True  # the paper comes with status 400, which Chromium writes down

    button(voter).click()

    expect(voter.get_by_role("alert")).to_contain_text("The poll has closed in the meantime.")
    expect(voter.get_by_text("This poll is closed.")).to_be_visible()
    expect(button(voter)).to_have_count(0)
    assert organiser.wait_final(poll["id"])["ballots"] == 0


@with_scripts_or_not
def test_it_shows_a_rating_to_the_audience(
    people: Windows, organiser: Organiser, *, javascript: bool
) -> None:
    """The mean and the columns move without a reload, and who rates again finds the values."""
    poll = organiser.poll("Tea", "Coffee", kind="rating")
    hall = audience(people, poll)
    for value in (5, 2):
        voter = people.open(f"/vote/{poll['slug']}", javascript=javascript)
        rate(voter, "Tea", value)
        hand_in(voter)

    expect(row(hall, 1).locator("[data-share]")).to_have_text("3.50")
    expect(row(hall, 1).locator("[data-votes]")).to_have_text("2 ratings")
    expect(row(hall, 1).locator("[data-count]")).to_have_text(["0", "1", "0", "0", "1"])
    expect(row(hall, 2).locator("[data-share]")).to_have_text("–")
    expect(hall.locator("[data-total]")).to_have_text("2 counted · 0 waiting")
    assert hall.evaluate("window.untouched") is True
    voter.get_by_role("link", name="Change my vote").click()
    expect(voter.get_by_text("Your vote: Tea: 2 of 5.")).to_be_visible()
    expect(voter.locator("input[name=value-1][value='2']")).to_be_checked()


@with_scripts_or_not
def test_it_shows_a_ranking_to_the_audience(
    people: Windows, organiser: Organiser, *, javascript: bool
) -> None:
    """First places, points and rounds move without a reload, and the receipt says the order."""
    poll = organiser.poll("Tea", "Coffee", "Water", kind="ranked")
    hall = audience(people, poll)
    for places in ({"Water": "1", "Tea": "2"}, {"Water": "1"}, {"Coffee": "1"}):
        voter = people.open(f"/vote/{poll['slug']}", javascript=javascript)
        for option, place in places.items():
            if javascript:
                voter.get_by_text(option, exact=True).click()
            else:
                voter.get_by_label(option).select_option(place)
        hand_in(voter)

    expect(row(hall, 3).locator("[data-votes]")).to_have_text("2 first places · 4 points")
    expect(row(hall, 1).locator("[data-votes]")).to_have_text("0 first places · 1 point")
    expect(hall.locator("[data-winner]")).to_have_text("Water is ahead in round 1.")
    expect(hall.locator("[data-total]")).to_have_text("3 counted · 0 waiting")
    assert hall.evaluate("window.untouched") is True
    organiser.do(poll["id"], "close")
    expect(hall.locator("[data-winner]")).to_have_text("Water wins in round 1.")
    expect(hall.get_by_text("Final and sealed at")).to_be_visible()
    assert hall.evaluate("window.untouched") is True


def test_it_takes_a_code_from_its_link(people: Windows, organiser: Organiser) -> None:
    """The code of a printed sheet is on the paper already, and good for one vote."""
    draft = organiser.draft("Tea", "Coffee", identity="code", change=False)
    (code,) = organiser.codes(draft["id"], 1)
    poll = organiser.do(draft["id"], "open")
    people.forgive_outages = True  # papers come with status 400, which Chromium writes down
    voter, second = (people.open(f"/vote/{poll['slug']}?code={code}") for _ in range(2))
    for page in (voter, second):
        page.get_by_label("Tea").check()
    hand_in(voter)
    button(second).click()
    expect(second.get_by_role("alert")).to_contain_text("This code has been used")
    second.get_by_label("Your code for this poll").fill("AAAAA-AAAAA")
    second.get_by_label("Tea").check()
    button(second).click()
    expect(second.get_by_role("alert")).to_contain_text("This code is not valid for this poll.")
