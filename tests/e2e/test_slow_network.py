"""The ballot page on a bad network: how much is transferred, how soon it shows, and what moves."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.organiser import Organiser
from tests.e2e.test_phone import PHONE, button
from tests.e2e.windows import Windows

pytestmark = [pytest.mark.service, pytest.mark.browser]

MOST = 60 * 1024  # bytes, of the page and everything that it loads
# Slow 3G, as browsers' own tools have it: ms, and bytes a second.
SLOW = {"latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
WATCH = """
  window.moved = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
      moved.push({ value, what: sources.map(({ node }) => node?.outerHTML ?? node?.nodeName) });
    }
  }).observe({ type: "layout-shift", buffered: true });
"""


def load(people: Windows, address: str, **options: Any) -> tuple[Page, int]:
    """Open a page for the first time over slow 3G; give it, and how many bytes came."""
    page = people.open("about:blank", **PHONE, **options)
    page.add_init_script(WATCH)
    browser = page.context.new_cdp_session(page)
    received: list[int] = []
    browser.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    browser.send("Network.enable")
    browser.send("Network.emulateNetworkConditions", {"offline": False, **SLOW})
    page.goto(address, wait_until="networkidle")
    return page, int(sum(received))


@pytest.mark.parametrize(
    ("kind", "locale"),
    [("single", "en-GB"), ("multiple", "de"), ("rating", "ar"), ("ranked", "fr")],
)
def test_it_is_light_quick_and_still(
    people: Windows, organiser: Organiser, kind: str, locale: str
) -> None:
    """A first visit loads at most 60 KB, and nothing moves, not even when the scripts come."""
    closes = datetime.now(UTC) + timedelta(hours=3)
    poll = organiser.poll(
        *("Tea", "Coffee", "Water", "Milk"), kind=kind, closes_at=closes.isoformat()
    )
    page, received = load(people, f"/vote/{poll['slug']}", locale=locale)

    expect(button(page)).to_be_visible()
    expect(page.locator("[data-left]")).not_to_be_empty()
    paint = page.evaluate("performance.getEntriesByType('paint')[0].startTime")
    sys.stdout.write(f"{kind}, {locale}: {received:,} bytes, first paint after {paint:,.0f} ms\n")
    assert received <= MOST
    page.evaluate("new Promise(requestAnimationFrame)")
    assert page.evaluate("moved") == []
