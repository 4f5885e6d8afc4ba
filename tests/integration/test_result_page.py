"""The page of a poll in a real browser: what it shows, and what it says when it cannot."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from ballotbox.ballot import Ballot, Close, Mark
from ballotbox.ledger import PostgresLedger
from ballotbox.postgres import postgres_from
from ballotbox.settings import Settings
from deploy.local.stack import Stack

pytestmark = [pytest.mark.service, pytest.mark.browser]

PATIENCE = 15_000  # milliseconds
SIZES = {"phone": (360, 640), "laptop": (1280, 720), "hall": (1920, 1080)}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run everything, with the first poll of a fresh database."""
    with Stack(data=tmp_path_factory.mktemp("votify")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a browser: the system's Chromium, or the one that Playwright has installed."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(stack: Stack, browser: Browser) -> Iterator[Page]:
    """Open the poll's page; nothing may be blocked by the policy or fail in a script."""
    complaints: list[str] = []
    page = browser.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if "Security Policy" in m.text else None)
    page.goto(f"{stack.url}/result/cats-or-dogs")
    expect(live(page)).to_have_text("Live", timeout=PATIENCE)
    yield page
    page.close()
    assert complaints == []


def live(page: Page) -> Any:
    """Find what says how live the page is."""
    return page.locator("[data-live]")


def vote(stack: Stack, option: int, times: int = 1) -> int:
    """Record ballots of new voters; returns how many count now."""
    with postgres_from(Settings.read(stack.environment())) as connection:
        ledger = PostgresLedger(connection)
        start = time.time_ns() // 1000
        marks = (Mark(option, 1),)
        ledger.record([Ballot(1, f"v{start + n}", start + n, marks) for n in range(times)])
        return ledger.tally(1).ballots


def test_it_moves_by_itself(stack: Stack, page: Page) -> None:
    """A counted vote appears as count, share, bar and total, without a reload."""
    counted = vote(stack, 1, 3)
    total = page.locator("[data-total]")
    expect(total).to_contain_text(f"{counted} counted", timeout=PATIENCE)
    row = page.locator('[data-option="1"]')
    expect(row.locator("[data-votes]")).to_have_text("3 votes")
    expect(row.locator("[data-share]")).to_have_text("100%")
    assert row.locator("rect").get_attribute("width") == "100%"
    expect(row).to_have_class("bars-row bars-lead")


def test_it_says_when_it_is_no_longer_live_and_comes_back(stack: Stack, page: Page) -> None:
    """A stopped process is noticed within seconds; the numbers then keep their time."""
    process = stack.pids()["result-1"]
    os.kill(process, signal.SIGSTOP)
    try:
        expect(live(page)).to_contain_text("Reconnecting", timeout=8_000)
        expect(live(page)).to_contain_text("numbers as of")
    finally:
        os.kill(process, signal.SIGCONT)
    expect(live(page)).to_have_text("Live", timeout=PATIENCE)


def test_it_connects_again_after_a_restart(stack: Stack, page: Page) -> None:
    """A server that stops and says goodbye is not the end: the page goes on with the new one."""
    os.kill(stack.pids()["result-1"], signal.SIGTERM)
    expect(live(page)).not_to_have_text("Live", timeout=PATIENCE)
    counted = vote(stack, 2)
    expect(live(page)).to_have_text("Live", timeout=PATIENCE)
    expect(page.locator("[data-total]")).to_contain_text(f"{counted} counted")


def test_it_says_when_the_network_is_gone(page: Page) -> None:
    """Being offline is said at once."""
    page.context.set_offline(True)
    expect(live(page)).to_contain_text("You are offline", timeout=2_000)
    page.context.set_offline(False)
    expect(live(page)).to_have_text("Live", timeout=PATIENCE)


def test_it_says_when_nobody_counts(stack: Stack, page: Page) -> None:
    """A worker that hangs: votes wait, and the page says so and how many."""
    workers = [pid for name, pid in stack.pids().items() if name.startswith("worker")]
    silent = page.get_by_text("The counting worker is silent")
    expect(silent).to_be_hidden()
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        body = {"pollId": 1, "optionId": 1}
        assert page.request.post(f"{stack.url}/vote", data=body).status == 202
        expect(silent).to_be_visible(timeout=30_000)
        expect(page.locator("[data-total]")).to_contain_text("1 waiting")
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
    expect(silent).to_be_hidden(timeout=30_000)
    expect(page.locator("[data-total]")).to_contain_text("0 waiting", timeout=30_000)


def test_it_drops_numbers_that_are_older_than_those_shown(page: Page) -> None:
    """A process that is behind cannot turn the numbers back."""
    kept = page.evaluate(
        """async () => {
          const { Watch } = await import("/result/static/watch.js");
          const seen = [];
          const watch = new Watch(1, (snapshot) => seen.push(snapshot.version));
          const at = (version, second) => watch.take({
            poll: { id: 1 }, version, as_of: `2026-11-21T09:00:${second}Z` });
          at(5, "10"); at(4, "11"); at(6, "12"); at(6, "12"); at(2, "30");
          return seen;
        }"""
    )
    assert kept == [5, 6, 6, 2]  # the last: an older copy of the database, long after


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_screen(stack: Stack, browser: Browser, size: str, scheme: Any) -> None:
    """Nothing sticks out sideways, and everything that matters is on the first screen."""
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(f"{stack.url}/result/cats-or-dogs")
    expect(live(page)).to_have_text("Live", timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator("[data-total]").bounding_box()
    assert box
    assert box["y"] + box["height"] <= height
    page.close()


def test_it_ends_with_the_final_result(stack: Stack, page: Page) -> None:
    """After the close the page says that these numbers are the last word."""
    with postgres_from(Settings.read(stack.environment())) as connection:
        PostgresLedger(connection).record([Close(1, time.time_ns() // 1000)])
    expect(page.locator("[data-state]")).to_have_text("Closed · final", timeout=PATIENCE)
    expect(page.get_by_text("with code")).to_be_hidden()
