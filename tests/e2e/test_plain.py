"""The same journey for people whose browser runs no script: all of it is plain HTML."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.organiser import Organiser
from tests.e2e.site import POLL, Site, votes
from tests.e2e.windows import Windows

pytestmark = [pytest.mark.service, pytest.mark.browser]


def test_it_works_from_the_front_door_to_the_results_without_javascript(
    people: Windows, site: Site
) -> None:
    """The code on the screen leads to the paper, the paper to a receipt, that to the numbers."""
    before = site.settled()
    page = people.open("/", javascript=False)

    # As it is typed on a phone: small letters, and a gap.
    code = before["poll"]["code"].lower()
    page.get_by_label("Code of the poll").fill(f"{code[:3]} {code[3:]}")
    page.get_by_role("button", name="Join").click()
    expect(page).to_have_url(re.compile(f"/vote/{POLL}$"))
    page.get_by_label("Dogs").check()
    page.get_by_role("button", name="Vote").click()

    expect(page).to_have_url(re.compile("/vote/receipt/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your vote is counted")
    page.get_by_role("link", name="Watch the results").click()
    expect(page.locator('[data-option="2"] [data-votes]')).to_have_text(
        re.compile(rf"^{votes(before, 2) + 1:,} votes?$")
    )
    expect(page.locator("noscript p")).to_have_text("Load this page again for newer numbers.")
    bar = page.locator('[data-option="2"] rect')
    share = site.standing()["options"][1]["share"] * 100
    assert float((bar.get_attribute("width") or "").rstrip("%")) == pytest.approx(share, abs=0.01)


def test_it_keeps_what_was_typed_when_there_is_no_such_code(people: Windows) -> None:
    """A wrong code is said in words beside the field, and can be corrected there."""
    page = people.open("/", javascript=False)
    page.get_by_label("Code of the poll").fill("NOSUCH")
    people.forgive_outages = True  # the page comes with status 404, which Chromium writes down
    page.get_by_role("button", name="Join").click()

    expect(page.get_by_role("alert")).to_contain_text("There is no poll with this code")
    expect(page.get_by_label("Code of the poll")).to_have_value("NOSUCH")
    page.locator(f'a[href="/vote/{POLL}"]').click()
    expect(page).to_have_url(re.compile(f"/vote/{POLL}$"))


def test_it_sends_no_paper_without_a_choice(people: Windows) -> None:
    """The browser itself asks for a choice; nothing is sent."""
    page = people.open(f"/vote/{POLL}", javascript=False)
    page.get_by_role("button", name="Vote").click()

    expect(page.locator("input:invalid").first).to_be_attached()
    expect(page).to_have_url(re.compile(f"/vote/{POLL}$"))
    assert not [request for request in people.sent if request.startswith("POST")]


def test_it_withdraws_and_looks_up_without_javascript(
    people: Windows, organiser: Organiser, site: Site
) -> None:
    """The vote is taken back after a second look, and its receipt found again by hand."""
    poll = organiser.poll("Tea", "Coffee")
    page = people.open(f"/vote/{poll['slug']}", javascript=False)
    page.get_by_label("Tea").check()
    page.get_by_role("button", name="Vote").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Your vote is counted")
    receipt = page.locator(".code").inner_text()

    page.get_by_role("link", name="Change my vote").click()
    page.get_by_text("Withdraw my vote").click()
    page.get_by_role("button", name="Withdraw it now").click()
    expect(heading).to_have_text("Your vote is withdrawn")
    site.wait_ballots(0, poll["slug"])

    page.goto("/")
    page.get_by_role("link", name="Check a receipt").click()
    page.get_by_label("The receipt, or its address").fill(receipt)
    page.get_by_role("button", name="Look it up").click()
    expect(heading).to_have_text("Your vote is withdrawn")
