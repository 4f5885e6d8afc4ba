"""What voters, programs and audiences meet while a part of Votify is away, and afterwards."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable

import httpx2 as httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from deploy.local.stack import Stack
from tests.e2e.faults import Fault, frozen, kill, killed
from tests.e2e.site import HTML, POLL, Site
from tests.e2e.test_contract import assert_problem
from tests.e2e.windows import Windows
from tests.waiting import eventually

pytestmark = pytest.mark.service

QUICK = 10.0  # seconds; what waits for something that hangs takes longer
RESULTS = ("result-1", "result-2")

# One that hangs is the worse case: who is killed is noticed at once.
faults = pytest.mark.parametrize("fault", [frozen, pytest.param(killed, marks=pytest.mark.night)])


def quickly(act: Callable[[], httpx.Response]) -> httpx.Response:
    """Ask something that must not take long."""
    began = time.monotonic()
    answer = act()
    assert time.monotonic() - began < QUICK
    return answer


def badge(page: Page) -> Locator:
    """Find what says how live a result page is."""
    return page.locator("[data-live]")


@pytest.mark.parametrize("name", ["vote", "redis"])
@faults
def test_it_asks_programs_to_send_the_ballot_again(
    stack: Stack, site: Site, name: str, fault: Fault
) -> None:
    """Without ballot box there is no vote but a 503, and the same again is counted once."""
    before, key = site.settled()["ballots"], secrets.token_urlsafe(16)
    with fault(stack, name):
        answer = site.cast(key=key)

    assert_problem(answer, 503, "ballot_box_unavailable")
    assert answer.headers["retry-after"] == "1"
    assert site.accept(key=key) == site.accept(key=key)
    site.wait_ballots(before + 1)


def test_it_is_back_after_a_crash_of_vote(stack: Stack, site: Site) -> None:
    """A program that follows Retry-After needs nothing else to get its ballot in."""
    before, key = site.settled()["ballots"], secrets.token_urlsafe(16)

    kill(stack, "vote")
    refused = site.cast(key=key)

    assert_problem(refused, 503, "ballot_box_unavailable")
    answer = eventually(lambda: taken(site.cast(key=key)), seconds=20)
    site.wait_counted(answer.json()["receipt"])
    site.wait_ballots(before + 1)


# Milliseconds. On a machine that does nothing else it is said within 5 s, and right again within 3.
SAYS_SO = RIGHT_AGAIN = 20_000


@pytest.mark.browser
@faults
def test_it_says_within_seconds_that_the_network_is_cut_and_is_soon_right_again(
    stack: Stack, site: Site, people: Windows, fault: Fault
) -> None:
    """Nothing comes through any more: that is said, and when it does again, the page is live."""
    people.forgive_outages = True
    audience = people.open(f"/result/{POLL}")
    counted = site.settled()["ballots"]
    expect(badge(audience)).to_have_text("Live")
    with fault(stack, "nginx"):
        expect(badge(audience)).to_contain_text(re.compile("numbers as of"), timeout=SAYS_SO)
        expect(badge(audience)).to_contain_text(re.compile("Reconnecting"), timeout=SAYS_SO)

    expect(badge(audience)).to_have_text("Live", timeout=RIGHT_AGAIN)
    expect(audience.locator("[data-counted]")).to_have_text(f"{counted:,} counted")


@pytest.mark.browser
def test_it_catches_up_with_what_it_missed_while_it_was_offline(
    site: Site, people: Windows
) -> None:
    """A laptop that loses its Wi-Fi says so, and then has the votes that it missed."""
    people.forgive_outages = True
    audience = people.open(f"/result/{POLL}")
    before = site.settled()["ballots"]
    expect(badge(audience)).to_have_text("Live")
    audience.context.set_offline(True)
    expect(badge(audience)).to_contain_text("You are offline · numbers as of", timeout=SAYS_SO)
    site.accept()
    site.wait_ballots(before + 1)
    audience.context.set_offline(False)
    expect(badge(audience)).to_have_text("Live", timeout=RIGHT_AGAIN)
    counted = audience.locator("[data-counted]")
    expect(counted).to_have_text(f"{before + 1:,} counted", timeout=RIGHT_AGAIN)


def taken(answer: httpx.Response) -> httpx.Response | None:
    return answer if answer.status_code == 202 else None


@pytest.mark.browser
def test_it_keeps_the_choice_of_a_voter_whose_ballot_did_not_arrive(
    stack: Stack, site: Site, people: Windows
) -> None:
    """Without a script the paper comes back filled in, says so, and can be sent again."""
    before = site.settled()["ballots"]
    people.forgive_outages = True
    voter = people.open(f"/vote/{POLL}", javascript=False)
    voter.get_by_label("Dogs").check()
    with killed(stack, "redis"):
        voter.get_by_role("button", name="Vote").click()
        expect(voter.get_by_role("alert")).to_contain_text("Your vote has not been confirmed.")
        expect(voter.get_by_label("Dogs")).to_be_checked()

    voter.get_by_role("button", name="Send again").click()

    expect(voter.get_by_role("heading", level=1)).to_have_text("Your vote is counted")
    site.wait_ballots(before + 1)


@pytest.mark.browser
@faults
def test_it_takes_votes_while_the_database_is_away(
    stack: Stack, site: Site, people: Windows, fault: Fault
) -> None:
    """Voting goes on as quickly as ever, the audience is told, and in the end all are counted."""
    before = site.settled()["ballots"]
    people.forgive_outages = True
    audience = people.open(f"/result/{POLL}")
    expect(badge(audience)).to_have_text("Live")
    with fault(stack, "postgres"):
        receipts = [quickly(site.cast).json()["receipt"] for _ in range(10)]
        assert quickly(lambda: site.ask(f"/vote/{POLL}", headers=HTML)).status_code == 200
        assert {site.fate(receipt) for receipt in receipts} == {"received"}

        expect(badge(audience)).to_contain_text("Not live: no new numbers can be read")
        expect(badge(audience)).to_contain_text("numbers as of")
        page = quickly(lambda: site.ask(f"/result/{POLL}", headers=HTML))
        assert re.search(r'class="badge badge-warn"[^>]*data-live', page.text)
        assert quickly(lambda: site.ask(f"/result/{POLL}.json")).json()["ballots"] == before

    site.wait_ballots(before + 10)
    assert {site.fate(receipt) for receipt in receipts} == {"counted"}
    expect(badge(audience)).to_have_text("Live")
    expect(audience.locator("[data-total]")).to_contain_text(f"{before + 10:,} counted")


@pytest.mark.browser
def test_it_says_when_nobody_counts(stack: Stack, site: Site, people: Windows) -> None:
    """Without worker the page says within seconds that votes wait, how many, and when that ends."""
    before = site.settled()["ballots"]
    audience = people.open(f"/result/{POLL}")
    silent = audience.get_by_text("The counting worker is silent")
    total = audience.locator("[data-total]")
    expect(badge(audience)).to_have_text("Live")
    expect(silent).to_be_hidden()
    with killed(stack, "worker-1"):
        site.accept()
        site.accept()
        expect(total).to_have_text(f"{before:,} counted · 2 waiting")
        expect(silent).to_be_visible()
        # Another process of `result` than the page's may come to know it a moment later.
        said = re.compile(r"data-silent>\s*<strong>The counting worker is silent")
        eventually(lambda: said.search(site.ask(f"/result/{POLL}").text))
        eventually(lambda: site.standing()["worker_silent"])

    expect(total).to_have_text(f"{before + 2:,} counted · 0 waiting")
    expect(silent).to_be_hidden()


@pytest.mark.browser
def test_it_says_when_the_connection_is_gone_and_recovers(
    stack: Stack, site: Site, people: Windows
) -> None:
    """The page of a dead server says so at once, keeps its numbers, and catches up by itself."""
    before = site.settled()["ballots"]
    people.forgive_outages = True
    audience = people.open(f"/result/{POLL}")
    total = audience.locator("[data-total]")
    expect(badge(audience)).to_have_text("Live")
    with killed(stack, *RESULTS):
        expect(badge(audience)).to_contain_text("Reconnecting… · numbers as of")
        expect(total).to_contain_text(f"{before:,} counted")
        site.wait_counted(site.accept())
        assert_problem(site.ask(f"/result/{POLL}.json"), 503, "unavailable")
        page = site.ask(f"/result/{POLL}", headers=HTML)
        assert page.status_code == 503
        assert "The results do not" in page.text

    expect(badge(audience)).to_have_text("Live")
    expect(total).to_contain_text(f"{before + 1:,} counted")
