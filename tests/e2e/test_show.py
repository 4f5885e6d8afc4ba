"""The stage led by keys and buttons: polls in a row, the curtain, and the organiser's word."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.organiser import Organiser
from tests.e2e.site import Site
from tests.e2e.stage import Make, address, on_stage, signed_in, vote
from tests.e2e.windows import Windows

pytestmark = [pytest.mark.service, pytest.mark.browser]

_TWICE = """key => {
    for (const time of [1, 2]) dispatchEvent(new KeyboardEvent("keydown", { key }));
}"""


def test_it_goes_from_poll_to_poll_in_place(people: Windows, make: Make) -> None:
    """The page stays, and with it the full screen; the address is that of the poll on the stage."""
    polls = [make("A", "B", question=f"Question {n}?") for n in (1, 2, 3)]
    page = on_stage(people, address(*polls))
    page.evaluate("globalThis.isTheSamePage = true")
    heading, place = page.get_by_role("heading", level=1), page.locator("[data-place]")
    expect(place).to_have_text("1 of 3")
    expect(page.get_by_role("link", name="Back")).to_be_hidden()

    page.keyboard.press("ArrowRight")
    expect(heading).to_have_text("Question 2?")
    page.keyboard.press("PageDown")
    expect(heading).to_have_text("Question 3?")
    expect(place).to_have_text("3 of 3")
    expect(page).to_have_url(re.compile(f"/result/{polls[2]['id']}/present\\?show="))
    expect(page).to_have_title("Question 3? · Votify")
    expect(page.locator("[data-live]")).to_have_text("Live")
    page.keyboard.press("PageDown")
    page.get_by_role("link", name="Back").click()
    expect(heading).to_have_text("Question 2?")
    page.keyboard.press("PageUp")
    expect(heading).to_have_text("Question 1?")
    assert page.evaluate("globalThis.isTheSamePage")


def test_it_goes_on_while_the_network_is_away(people: Windows, make: Make) -> None:
    """The next poll was fetched before; one that was not is asked for again, and the page stays."""
    polls = [make("A", "B", question=f"Question {n}?") for n in (1, 2, 3)]
    with_next = on_stage(people, address(*polls))
    with_next.wait_for_load_state("networkidle")
    people.forgive_outages = True
    with_next.context.set_offline(True)
    with_next.keyboard.press("ArrowRight")
    expect(with_next.get_by_role("heading", level=1)).to_have_text("Question 2?")
    with_next.keyboard.press("ArrowRight")
    expect(with_next.locator("[data-said]")).to_have_text(re.compile("could not be loaded"))
    expect(with_next.get_by_role("heading", level=1)).to_have_text("Question 2?")
    with_next.context.set_offline(False)
    with_next.keyboard.press("ArrowRight")
    expect(with_next.get_by_role("heading", level=1)).to_have_text("Question 3?")


def test_it_leaves_keys_to_those_who_type_or_want_none(people: Windows, make: Make) -> None:
    """With Ctrl, in a dialog, or switched off, a letter does nothing; arrows always work."""
    polls = [make("A", "B", question=f"Question {n}?") for n in (1, 2)]
    page = on_stage(people, address(*polls))
    slide = page.locator("[data-slide]")
    page.keyboard.press("Control+h")
    expect(slide).not_to_have_attribute("data-curtain", "")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    page.keyboard.press("h")
    page.keyboard.press("ArrowRight")
    page.get_by_label("Letters are keys on this page").uncheck()
    page.get_by_role("button", name="Done").click()
    expect(dialog).to_be_hidden()
    page.keyboard.press("h")
    expect(slide).not_to_have_attribute("data-curtain", "")
    expect(page.get_by_role("heading", level=1)).to_have_text("Question 1?")
    page.reload()
    expect(page.locator("[data-live]")).to_have_text("Live")
    page.keyboard.press("j")
    expect(page.locator("[data-options]")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", level=1)).to_have_text("Question 2?")


def test_it_waits_for_a_poll_that_is_not_open_and_starts_it(
    people: Windows, make: Make, organiser: Organiser, request: pytest.FixtureRequest
) -> None:
    """Nothing of a draft is shown; its organiser starts it with S, and every screen has it."""
    first = make("A", "B", question="Question 1?")
    draft = organiser.draft("Red", "Blue", question="Which colour?", identity="declared")
    people.forgive_outages = True  # a draft is answered with 404, which Chromium writes down
    page = signed_in(people, request, address(first, draft))
    stranger = people.open(address(draft))
    page.keyboard.press("ArrowRight")
    for each in (page, stranger):
        expect(each.get_by_role("heading", level=1)).to_have_text(
            "The next question is not open yet"
        )
        assert "Red" not in each.content()
    expect(stranger.get_by_role("button", name="Start")).to_be_hidden()
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    stranger.keyboard.press("s")

    page.evaluate(_TWICE, "s")
    expect(page.locator("[data-said]")).to_have_text("The poll is open.")
    assert people.sent.count(f"POST /api/polls/{draft['id']}/open") == 1
    for each in (page, stranger):
        expect(each.get_by_role("heading", level=1)).to_have_text("Which colour?")
        expect(each.locator("[data-live]")).to_have_text("Live")
    expect(page.get_by_role("button", name="Close…")).to_be_visible()


def test_it_closes_only_when_told_twice_and_then_celebrates(
    people: Windows, make: Make, organiser: Organiser, site: Site, request: pytest.FixtureRequest
) -> None:
    """C asks once more; then the winner is told and marked, and the seal; and it rains paper."""
    poll = make("Cats", "Dogs")
    vote(site, poll, 1, 1, 2)
    page = signed_in(people, request, address(poll))
    stranger = on_stage(people, address(poll))
    expect(stranger.get_by_role("button", name="Close…")).to_be_hidden()
    stranger.keyboard.press("c")
    expect(stranger.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Close…")).to_be_visible()
    page.keyboard.press("c")
    asking = page.get_by_role("dialog", name="Close the poll now?")
    asking.get_by_role("button", name="Leave it open").click()
    expect(asking).to_be_hidden()
    assert organiser.call("GET", f"/polls/{poll['id']}")["state"] == "open"
    page.keyboard.press("c")
    expect(asking).to_be_visible()
    page.keyboard.press("c")

    for each in (page, stranger):
        expect(each.locator("canvas.confetti")).to_be_attached()
        expect(each.locator("[data-verdict]")).to_have_text("Cats wins.")
        expect(each.locator(".bars-won .bars-text")).to_have_text(["Cats"])
        expect(each.locator("[data-ways]")).to_be_hidden()
        expect(each.locator("[data-seal]")).to_have_text(re.compile("Final and sealed at"))
    expect(page.locator("canvas.confetti")).not_to_be_attached(timeout=4000)
    later = on_stage(people, address(poll))
    expect(later.locator("[data-verdict]")).to_have_text("Cats wins.")
    expect(later.locator("canvas.confetti")).not_to_be_attached()


def test_it_steps_back_while_nobody_moves(people: Windows, make: Make) -> None:
    """The tools vanish after a moment, and come when the pointer moves or Tab reaches them."""
    page = on_stage(people, address(make("Cats", "Dogs")))
    tools = page.locator("[data-tools]")
    page.mouse.move(300, 300)
    expect(tools).to_have_css("opacity", "1")
    expect(tools).to_have_css("opacity", "0", timeout=6000)
    page.mouse.move(320, 320)
    expect(tools).to_have_css("opacity", "1")
    expect(tools).to_have_css("opacity", "0", timeout=6000)
    page.keyboard.press("Tab")
    expect(tools).to_have_css("opacity", "1")
    expect(page.locator("[data-tools] :focus-visible")).to_have_count(1)


def test_it_presents_what_is_ticked_at_the_desk(
    people: Windows, make: Make, request: pytest.FixtureRequest
) -> None:
    """From the desk's list, polls come on the stage in the order in which they were made."""
    polls = [make("A", "B", question=f"Agenda item {n}?") for n in (1, 2)]
    page = signed_in(people, request, "/admin/?q=Agenda+item")
    for poll in polls:
        page.get_by_label(f"Present {poll['question']}").check()
    page.get_by_role("button", name="Present those ticked").click()
    expect(page.locator("[data-place]")).to_have_text("1 of 2")
    expect(page.get_by_role("heading", level=1)).to_have_text("Agenda item 1?")
    expect(page.locator("[data-live]")).to_have_text("Live")
    page.keyboard.press("PageDown")
    expect(page.get_by_role("heading", level=1)).to_have_text("Agenda item 2?")
