"""A vote on its whole way, as a voter and an audience see it in their browsers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from ballotbox.postgres import postgres_from
from ballotbox.settings import Settings
from deploy.local.stack import Stack
from tests.e2e.faults import frozen
from tests.e2e.site import POLL, Site, votes
from tests.e2e.test_phone import tap
from tests.e2e.windows import Windows

pytestmark = [pytest.mark.service, pytest.mark.browser]

PAPER, RESULT = f"/vote/{POLL}", f"/result/{POLL}"
RECEIPT = re.compile("/vote/receipt/[^/]+$")


def choose(page: Page, option: str) -> None:
    page.get_by_label(option).check()


def button(page: Page) -> Locator:
    return page.locator("[data-paper] button")


def middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def vote(page: Page, option: str) -> None:
    """Fill in the paper that is open, hand it in, and wait for the receipt."""
    choose(page, option)
    button(page).click()
    expect(page).to_have_url(RECEIPT)


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def shown(page: Page, option: int) -> Locator:
    """Find the number of votes that a result page shows for an option."""
    return page.locator(f'[data-option="{option}"] [data-votes]')


def number(votes: int) -> re.Pattern[str]:
    return re.compile(rf"^{votes:,} votes?$")


def recorded(stack: Stack) -> int:
    """Count the ballots in the ledger: those that were replaced, too."""
    with postgres_from(Settings.read(stack.environment())) as connection:
        row = connection.execute("SELECT count(*) FROM ballots").fetchone()
    assert row
    return int(row[0])


def test_it_shows_a_vote_to_the_audience_without_a_reload(people: Windows, site: Site) -> None:
    """One votes at /vote, and the number moves in another window that nobody touches."""
    before = site.settled()
    audience = people.open(RESULT)
    expect(audience.locator("[data-live]")).to_have_text("Live")
    expect(shown(audience, 1)).to_have_text(number(votes(before, 1)))
    audience.evaluate("window.untouched = true")

    # Other polls may be open too: the list leads to this one, or /vote/ to it straight away.
    voter = people.open("/vote")
    if not voter.url.endswith(PAPER):
        voter.locator(f'a[href="{PAPER}"]').click()
    expect(voter).to_have_url(re.compile(f"{PAPER}$"))
    vote(voter, "Cats")

    expect(shown(audience, 1)).to_have_text(number(votes(before, 1) + 1))
    total = audience.locator("[data-total]")
    expect(total).to_have_text(f"{before['ballots'] + 1:,} counted · 0 waiting")
    assert audience.evaluate("window.untouched") is True


def test_it_turns_received_into_counted_by_itself(
    people: Windows, site: Site, stack: Stack
) -> None:
    """The receipt tells what is true at each moment, and needs no reload for it."""
    voter = people.open(PAPER)
    with frozen(stack, "worker-1"):
        vote(voter, "Dogs")
        heading(voter, "Your vote is received")
        voter.evaluate("window.untouched = true")
    heading(voter, "Your vote is counted")
    assert voter.evaluate("window.untouched") is True
    assert site.fate(voter.url.rpartition("/")[2]) == "counted"


def test_it_lets_a_vote_be_changed(people: Windows, site: Site) -> None:
    """The later vote counts, the first receipt says so, and there is still one vote."""
    before = site.settled()
    voter = people.open(PAPER)
    vote(voter, "Cats")
    heading(voter, "Your vote is counted")
    first = voter.url

    voter.get_by_role("link", name="Change my vote").click()
    vote(voter, "Dogs")

    heading(voter, "Your vote is counted")
    voter.goto(first)
    heading(voter, "Your later vote counts")
    after = site.wait_ballots(before["ballots"] + 1)
    assert votes(after, 1) == votes(before, 1)
    assert votes(after, 2) == votes(before, 2) + 1


def test_it_remembers_what_one_has_chosen(people: Windows) -> None:
    """Who comes back sees the own choice, and nobody else does."""
    voter = people.open(PAPER)
    vote(voter, "Dogs")

    voter.goto(PAPER)

    expect(voter.get_by_text("Your vote: Dogs.")).to_be_visible()
    expect(voter.get_by_label("Dogs")).to_be_checked()
    expect(button(voter)).to_have_text("Change my vote")
    stranger = people.open(PAPER)
    expect(stranger.get_by_label("Dogs")).not_to_be_checked()
    expect(button(stranger)).to_have_text("Vote")


def test_it_takes_a_double_click_for_one_vote(people: Windows, site: Site, stack: Stack) -> None:
    """Two clicks are one ballot, and its receipt stays good."""
    before, in_ledger = site.settled()["ballots"], recorded(stack)
    voter = people.open(PAPER)
    choose(voter, "Cats")

    button(voter).dblclick()

    expect(voter).to_have_url(RECEIPT)
    heading(voter, "Your vote is counted")
    site.wait_ballots(before + 1)
    assert recorded(stack) == in_ledger + 1


def test_it_counts_one_vote_of_who_presses_again_while_waiting(
    people: Windows, site: Site, stack: Stack
) -> None:
    """Where the answer is slow and no script blocks the button, the same ballot comes twice."""
    before, in_ledger = site.settled()["ballots"], recorded(stack)
    voter = people.open(PAPER, javascript=False)
    choose(voter, "Dogs")
    x, y = middle(button(voter))
    with frozen(stack, "vote"):
        for _ in range(2):
            with voter.expect_request("**"):
                voter.mouse.click(x, y)

    expect(voter).to_have_url(RECEIPT)
    heading(voter, "Your vote is counted")
    site.wait_ballots(before + 1)
    assert people.sent.count(f"POST {PAPER}") == 2
    assert recorded(stack) == in_ledger + 1


def test_it_takes_a_double_tap_for_one_vote(people: Windows, site: Site, stack: Stack) -> None:
    """A thumb on a phone is no different."""
    before, in_ledger = site.settled()["ballots"], recorded(stack)
    phone: dict[str, Any] = {"viewport": {"width": 360, "height": 640}, "has_touch": True}
    voter = people.open(PAPER, **phone)
    voter.get_by_label("Cats").tap()
    tap(voter, button(voter), times=2)

    expect(voter).to_have_url(RECEIPT)
    site.wait_ballots(before + 1)
    assert recorded(stack) == in_ledger + 1


@pytest.mark.parametrize(
    ("again", "javascript"),
    [
        pytest.param("Cats", True, marks=pytest.mark.night),
        ("Dogs", True),
        pytest.param("Dogs", False, marks=pytest.mark.night),
    ],
)
def test_it_lets_one_go_back_and_vote_again(
    people: Windows, site: Site, again: str, *, javascript: bool
) -> None:
    """The Back button and the form once more is how people change their mind: nobody is scolded."""
    before = site.settled()["ballots"]
    voter = people.open(PAPER, javascript=javascript)
    vote(voter, "Cats")

    voter.go_back()
    vote(voter, again)

    heading(voter, "Your vote is counted")
    expect(voter.get_by_role("alert")).to_have_count(0)
    expect(voter.locator(".facts")).to_contain_text(again)
    site.wait_ballots(before + 1)
