"""The page of each kind of poll in a real browser, and what happens to a poll while one looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ballotbox.poll import Kind, Option, Poll, Visibility
from tests.viewing import Site

pytestmark = [pytest.mark.service, pytest.mark.browser]

HALL = (1920, 1080)
NAMES = ("Ada", "Llanfairpwllgwyngyllgogerychwyrn", "Lise Meitner")
CHOICES: dict[Kind, Any] = {
    Kind.SINGLE: [[1], [1], [2]],
    Kind.MULTIPLE: [[1, 2], [2], [2, 3]],
    Kind.RATING: [{1: 5, 2: 3}, {1: 4}, {1: 4, 3: 1}],
    Kind.RANKED: [[1, 2]] * 3 + [[2]] * 2 + [[3, 2]] * 2,
}

Open = Callable[..., Page]


@pytest.fixture
def look_at(site: Site, browser: Browser) -> Iterator[Open]:
    """Give a function that opens a poll's page; nothing may be blocked or fail in a script."""
    pages, complaints = list[Page](), list[str]()

    def look(poll: Poll, query: str = "", **options: Any) -> Page:
        page = browser.new_page(**options)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda m: complaints.append(m.text) if "Security Policy" in m.text else None
        )
        page.goto(f"{site.stack.url}/result/{poll.slug}{query}")
        if options.get("java_script_enabled", True):
            expect(page.locator("[data-live]")).to_have_text("Live")
        pages.append(page)
        return page

    yield look
    for page in pages:
        page.close()
    assert complaints == []


def a_poll(site: Site, kind: Kind = Kind.SINGLE, **fields: Any) -> Poll:
    """Add a poll of a kind, with three options."""
    options = tuple(Option(id=n, text=text) for n, text in enumerate(NAMES, 1))
    most = 1 if kind is Kind.SINGLE else 3
    return site.poll(**{"kind": kind, "options": options, "max_choices": most, **fields})


def numbers(page: Page) -> str:
    """Give all that the page says in numbers, and how long its bars are."""
    body = page.locator(".result-body")
    widths = [rect.get_attribute("width") for rect in body.locator(".bar rect").all()]
    lead = [row.get_attribute("data-option") for row in body.locator(".bars-lead").all()]
    heights = [rect.get_attribute("height") for rect in body.locator(".spread rect").all()]
    lengths = [float((each or "").rstrip("%")) for each in [*widths, *heights]]
    return f"{' '.join(body.inner_text().split())} {lengths} {lead}"


@pytest.mark.parametrize("kind", Kind)
def test_its_script_writes_what_the_server_writes(site: Site, look_at: Open, kind: Kind) -> None:
    """Numbers that have moved before one's eyes are those of a page that was loaded afterwards."""
    poll = a_poll(site, kind)
    page = look_at(poll)
    site.mark(poll, *CHOICES[kind])
    total = f"{len(CHOICES[kind])} counted"
    expect(page.locator("[data-total]")).to_contain_text(total)
    if kind is Kind.RANKED:
        ahead = f"{NAMES[1]} is ahead in round 2."
        expect(page.locator("[data-winner]")).to_have_text(ahead)
    without = look_at(poll, java_script_enabled=False)
    assert numbers(page) == numbers(without)
    assert page.locator(".bars-lead").count() == 1


@pytest.mark.parametrize("kind", [Kind.RATING, Kind.RANKED])
def test_it_shows_a_hall_all_that_matters(site: Site, look_at: Open, kind: Kind) -> None:
    """However long a word is, the first screen has all but the files."""
    width, height = HALL
    poll = a_poll(site, kind)
    site.mark(poll, *CHOICES[kind])
    page = look_at(poll, viewport={"width": width, "height": height})
    if kind is Kind.RANKED:
        page.locator(".rounds").scroll_into_view_if_needed()
        expect(page.locator("[data-winner]")).to_be_visible()
        page.evaluate("scrollTo(0, 0)")
    box = page.locator("[data-total]").bounding_box()
    assert box
    assert box["y"] + box["height"] <= height


def test_it_drops_numbers_that_are_older_than_those_shown(site: Site, look_at: Open) -> None:
    """A process that is behind cannot turn the numbers back."""
    kept = look_at(a_poll(site)).evaluate(
        """async () => {
          const { Watch } = await import("/result/static/watch.js");
          const seen = [];
          const watch = new Watch(1, "1", (snapshot) => seen.push(snapshot.version));
          const at = (version, second) => watch.take({
            poll: { id: 1 }, version, as_of: `2026-11-21T09:00:${second}Z` });
          at(5, "10"); at(4, "11"); at(6, "12"); at(6, "12"); at(2, "30");
          return seen;
        }"""
    )
    assert kept == [5, 6, 6, 2]  # the last: an older copy of the database, long after


def test_it_counts_down_to_the_end(site: Site, look_at: Open) -> None:
    """How long is left is said to the second, and the end as it comes."""
    poll = a_poll(site, closes_at=datetime.now(UTC) + timedelta(seconds=8))
    state = look_at(poll).locator("[data-state]")
    expect(state).to_contain_text("closes in 0:0")
    expect(state).to_contain_text("Closed")


def test_it_counts_down_to_the_start(site: Site, look_at: Open) -> None:
    """Where people wait: on the poll's page; the list has no polls that are to come."""
    poll = a_poll(site, opens_at=datetime.now(UTC) + timedelta(hours=2))
    page = look_at(poll)
    expect(page.locator("[data-state]")).to_contain_text("Opens in 1:59:")
    page.goto(f"{site.stack.url}/result/?q={poll.code}")
    expect(page.locator(f'.poll-card[data-poll="{poll.id}"]')).to_have_count(0)


def test_it_says_that_a_poll_is_gone_and_goes_on_when_it_is_back(site: Site, look_at: Open) -> None:
    """A poll that was taken off is not shown as if it was still live."""
    poll = a_poll(site)
    live = look_at(poll).locator("[data-live]")
    site.change("UPDATE polls SET draft = true WHERE id = %(poll)s", poll)
    expect(live).to_have_text("This poll is not shown any more")
    site.change("UPDATE polls SET draft = false WHERE id = %(poll)s", poll)
    expect(live).to_have_text("Live")


def test_it_loads_another_page_when_another_thing_is_asked(site: Site, look_at: Open) -> None:
    """Before the first ballot a poll may become one of another kind, with another page."""
    poll = a_poll(site)
    page = look_at(poll)
    site.change("UPDATE polls SET kind = 'rating', max_choices = 3 WHERE id = %(poll)s", poll)
    expect(page.get_by_text("Rated from 1 to 5.")).to_be_visible()
    expect(page.locator("[data-spread] > li")).to_have_count(15)


def test_it_shows_voters_what_they_may_see(site: Site, look_at: Open) -> None:
    """With a receipt the numbers are there and move; without it not one is on the page."""
    poll = a_poll(site, visibility=Visibility.AFTER_VOTE)
    site.mark(poll, [1])
    voter, stranger = look_at(poll, f"?receipt={site.receipt(poll)}"), look_at(poll)
    site.mark(poll, [1], [2])
    expect(voter.locator("[data-total]")).to_contain_text("3 counted")
    expect(stranger.get_by_text("The numbers are hidden")).to_be_visible()
    expect(stranger.locator("[data-total]")).to_be_empty()
    expect(stranger.locator("[data-votes]").first).to_be_empty()


def test_it_says_when_a_result_was_sealed_and_when_the_seal_is_broken(
    site: Site, look_at: Open
) -> None:
    """The seal can be downloaded as soon as it is there; a reopening is said, and said again."""
    poll = a_poll(site)
    site.mark(poll, [1])
    page = look_at(poll)
    site.close(poll)
    seal = page.get_by_role("link", name="download the seal")
    expect(seal).to_be_visible()
    with page.expect_download() as download:
        seal.click()
    assert download.value.suggested_filename == f"{poll.slug}-seal.json"
    site.change("SELECT reopen_poll(%(poll)s)", poll)
    broken = page.get_by_text("is broken")
    expect(broken).to_be_visible()
    expect(seal).to_be_hidden()
    page.reload()
    expect(broken).to_be_visible()
