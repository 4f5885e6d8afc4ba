"""Pages that wait for a poll to open: each makes way for it by itself, and says nothing before."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.organiser import Organiser
from tests.e2e.site import Site
from tests.e2e.stage import signed_in
from tests.e2e.windows import Windows
from tests.waiting import eventually

pytestmark = [pytest.mark.service, pytest.mark.browser]

_SOON = timedelta(seconds=12)  # enough to open some pages before, on a busy machine
_THEN = 40_000  # milliseconds until a page must have noticed
WAITING = {
    "paper": "/vote/{slug}",
    "paper by code": "/vote/{code}",
    "result": "/result/{slug}",
    "stage": "/result/{slug}/present",
    "frame": "/embed/{slug}",
}


def heading(page: Page, words: str | re.Pattern[str], **options: Any) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words, **options)


@pytest.mark.parametrize("listed", [True, pytest.param(False, marks=pytest.mark.night)])
def test_it_makes_way_for_the_poll_when_it_opens(
    people: Windows, organiser: Organiser, site: Site, *, listed: bool
) -> None:
    """Nobody has to touch anything; until then no page has a word of what is asked."""
    draft = organiser.draft("Oolong", "Sencha", question="Which leaves?", listed=listed)
    far = organiser.do(draft["id"], "schedule", opens_at="2090-01-01T00:00:00Z")
    site.wait_known(far["slug"])
    pages = {name: people.open(path.format(**far)) for name, path in WAITING.items()}
    for page in pages.values():
        heading(page, re.compile("not open yet"))
        text = page.content().replace(far["slug"], "")
        assert not re.search("leaves|Oolong|Sencha", text)
    soon = (datetime.now(UTC) + _SOON).isoformat()
    organiser.do(draft["id"], "schedule", opens_at=soon)

    for name, page in pages.items():
        heading(page, "Which leaves?", timeout=_THEN)
        assert "Oolong" in page.content(), name
    expect(pages["paper by code"]).to_have_url(re.compile(f"/vote/{far['slug']}$"))


def test_it_says_how_long_one_waits(people: Windows, organiser: Organiser, site: Site) -> None:
    """The paper and the result count down; where the organiser moves the opening, they follow."""
    draft = organiser.draft("A", "B")
    soon = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    poll = organiser.do(draft["id"], "schedule", opens_at=soon)
    site.wait_known(poll["slug"])
    paper, result = (people.open(f"/{part}/{poll['slug']}") for part in ("vote", "result"))
    expect(paper.locator("[data-left]")).to_have_text(re.compile("^Opens in [23] h"))
    expect(result.locator("[data-state]")).to_have_text(re.compile(r"^Opens in [23]:\d\d:\d\d$"))
    later = (datetime.now(UTC) + timedelta(hours=9)).isoformat()
    organiser.do(draft["id"], "schedule", opens_at=later)
    expect(result.locator("[data-state]")).to_have_text(re.compile(r"^Opens in [89]:\d\d:\d\d$"))


def test_it_brings_an_unlisted_draft_onto_the_stage(
    people: Windows, organiser: Organiser, request: pytest.FixtureRequest
) -> None:
    """It is named by its number, by which nobody finds it: its organiser's browser learns more."""
    draft = organiser.draft("Red", "Blue", question="Which colour?", listed=False)
    people.forgive_outages = True  # a draft is answered with 404, which Chromium writes down
    path = f"/result/{draft['id']}/present"
    page, stranger = signed_in(people, request, path), people.open(path)
    for each in (page, stranger):
        heading(each, "The next question is not open yet")
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    page.keyboard.press("s")

    heading(page, "Which colour?")
    expect(page.locator("[data-live]")).to_have_text("Live")
    heading(stranger, "The next question is not open yet")


def test_it_presents_an_unlisted_poll_from_the_desk(
    people: Windows, organiser: Organiser, site: Site, request: pytest.FixtureRequest
) -> None:
    """Alone and in a row with others, in the order in which they were made."""
    polls = [
        organiser.poll("A", "B", question=f"Item of the board {n}?", listed=n == 2) for n in (1, 2)
    ]
    for poll in polls:
        site.wait_known(poll["slug"])
    page = signed_in(people, request, "/admin/?q=Item+of+the+board")
    for poll in polls:
        page.get_by_label(f"Present {poll['question']}").check()
    page.get_by_role("button", name="Present those ticked").click()
    heading(page, "Item of the board 1?")
    expect(page.locator("[data-live]")).to_have_text("Live")
    page.keyboard.press("PageDown")
    heading(page, "Item of the board 2?")
    page.goto(f"/admin/polls/{polls[0]['id']}")
    page.get_by_role("link", name="Present").click()
    heading(page, "Item of the board 1?")


def test_it_previews_a_scheduled_poll(
    people: Windows, organiser: Organiser, request: pytest.FixtureRequest
) -> None:
    """Its organiser sees the paper before it is open, as that of a draft, and then the real one."""
    draft = organiser.draft("Oolong", "Sencha", question="Which leaves?")
    organiser.do(draft["id"], "schedule", opens_at="2090-01-01T00:00:00Z")
    page = signed_in(people, request, f"/admin/polls/{draft['id']}")
    page.get_by_role("link", name="Preview").click()
    heading(page, "Which leaves?")
    expect(page.get_by_text("This is a preview.")).to_be_visible()
    expect(page.get_by_label("Oolong")).to_be_disabled()
    preview = page.url
    organiser.do(draft["id"], "open")
    eventually(lambda: page.goto(preview) and page.url.endswith(f"/vote/{draft['slug']}"))
