"""What happens to a poll while its paper lies open: it is said, and nothing filled in is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.organiser import Organiser
from tests.e2e.test_phone import LATER, PHONE, button, heading, news
from tests.e2e.windows import Windows
from tests.waiting import eventually

pytestmark = [pytest.mark.service, pytest.mark.browser]


def paper(people: Windows, poll: dict[str, Any]) -> Page:
    """Open a paper, choose, and take the page's clock in hand."""
    voter = people.open("/", **PHONE)
    voter.clock.install()
    voter.goto(f"/vote/{poll['slug']}")
    voter.get_by_label("Coffee").check()
    return voter


def later(page: Page, name: str) -> None:
    """Let time go by until something is said: `vote` remembers a poll for a second."""

    def seen() -> bool:
        page.clock.fast_forward(LATER)
        return news(page, name).is_visible()

    eventually(seen, seconds=20)


def test_it_says_that_the_organiser_has_closed_and_opened_the_poll(
    people: Windows, organiser: Organiser
) -> None:
    """The choice stays, the button is off with the reason beside it, and comes back."""
    poll = organiser.poll("Tea", "Coffee")
    voter = paper(people, poll)
    organiser.do(poll["id"], "close")
    organiser.wait_final(poll["id"])

    later(voter, "closed")
    expect(news(voter, "closed")).to_contain_text("This poll is closed.")
    expect(button(voter)).to_be_disabled()
    expect(button(voter)).to_have_accessible_description(
        re.compile("^This poll is closed. No more votes are taken.")
    )
    expect(voter.get_by_label("Coffee")).to_be_checked()

    organiser.do(poll["id"], "reopen")
    later(voter, "reopened")
    expect(news(voter, "closed")).to_be_hidden()
    button(voter).click()
    voter.clock.fast_forward(LATER)
    heading(voter, "Your vote is counted")


def test_it_says_that_the_poll_was_edited(people: Windows, organiser: Organiser) -> None:
    """Nobody sends an old paper unawares, and the new one is a link away."""
    poll = organiser.poll("Tea", "Coffee")
    voter = paper(people, poll)
    organiser.edit(poll["id"], question="Which of these?")

    later(voter, "changed")
    expect(news(voter, "changed")).to_contain_text("The organiser has changed this poll.")
    expect(voter.get_by_label("Coffee")).to_be_checked()
    expect(button(voter)).to_be_disabled()
    voter.get_by_role("link", name="Take the new paper").click()
    heading(voter, "Which of these?")
    expect(button(voter)).to_be_enabled()
