"""
What a hall sees on the big screen, and what other pages show in a frame.
"""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.faults import frozen
from tests.scenes.results import live
from tests.scenes.visit import Play, Scene, Visit, group
from tests.scenes.voting import at

_IDLE = "document.querySelector('[data-stage]').setAttribute('data-idle', '')"


def stage(poll: str, query: str = "") -> Play:
    """Show a poll, when nobody has moved the mouse for a while."""
    return lambda visit: live(visit.stage(poll, query)).evaluate(_IDLE)


def pressed(poll: str, key: str) -> Play:
    """Press a key while a poll is shown."""

    def play(visit: Visit) -> None:
        live(visit.stage(poll)).keyboard.press(key)

    return play


def show(visit: Visit) -> Page:
    """Show several polls, the second of them."""
    names = [visit.world.poll(name).slug for name in ("two", "rating", "ranked")]
    return live(visit.open(f"/result/{names[1]}/present?show={','.join(names)}"))


def to_come(visit: Visit) -> None:
    """Show a question that is not open yet, as its organiser."""
    visit.page.context.add_cookies(visit.world.session("admin"))
    page = visit.stage("draft", status=404)
    expect(page.get_by_text("The next question is not open yet")).to_be_visible()


def as_organiser(visit: Visit) -> Page:
    """Show a poll as its organiser, who can close it."""
    visit.page.context.add_cookies(visit.world.session("admin"))
    page = live(visit.stage("two"))
    expect(page.get_by_role("button", name="Close…")).to_be_visible()
    return page


def asked(visit: Visit) -> None:
    """Be asked whether the poll is to be closed."""
    as_organiser(visit).get_by_role("button", name="Close…").click()
    expect(visit.page.get_by_role("dialog")).to_be_visible()


def last_seconds(visit: Visit) -> None:
    """Watch the last minute of a poll."""
    poll = visit.spare("last-minute")
    page = live(visit.open(f"/result/{poll.slug}/present"))
    expect(page.locator("[data-clock]")).to_be_visible()


def celebrated(visit: Visit) -> None:
    """Watch the poll close."""
    poll = visit.spare("party")
    page = live(visit.open(f"/result/{poll.slug}/present"))
    page.evaluate(_IDLE)
    visit.world.organiser.do(poll.id, "close")
    expect(page.locator("[data-verdict]")).to_contain_text("By the lake")
    expect(page.locator("[data-final]")).to_be_visible()


def counting(visit: Visit) -> None:
    """Watch the last votes being counted."""
    poll = visit.spare("two")
    page = live(visit.open(f"/result/{poll.slug}/present"))
    visit.lose(frozen, "worker-1")
    visit.world.site.accept({"pollId": poll.id, "optionId": 1})
    visit.world.organiser.do(poll.id, "close")
    expect(page.get_by_text("the last votes are being counted").first).to_be_visible()


def offline(visit: Visit) -> None:
    """Lose the network."""
    page = live(visit.stage("two"))
    page.context.set_offline(offline=True)
    expect(page.locator("[data-live]")).to_contain_text("You are offline")


def embed(poll: str, query: str = "") -> Play:
    """Open what others put into their pages."""
    return lambda visit: live(visit.open(f"/embed/{visit.world.poll(poll).slug}{query}"))


SCENES: list[Scene] = [
    *group(
        "present",
        {
            "two": stage("two"),
            "single": stage("single"),
            "multiple": stage("multiple"),
            "rating": stage("rating"),
            "ranked": stage("ranked"),
            "images": stage("images"),
            "many": stage("many"),
            "words": stage("words"),
            "nothing": stage("nothing"),
            "coming": lambda visit: visit.stage("coming"),
            "closing": stage("closing"),
            "last-seconds": last_seconds,
            "hidden": stage("after-close"),
            "organiser-only": stage("final-organiser"),
            "curtain": stage("single", "?curtain=1"),
            "join": pressed("single", "j"),
            "keys": pressed("single", "?"),
            "show": show,
            "to-come": to_come,
            "as-organiser": as_organiser,
            "asked": asked,
            "counting": counting,
            "offline": offline,
            "final": stage("final"),
            "final-rating": stage("final-rating"),
            "final-ranked": stage("final-ranked"),
            "final-tie": stage("final-tie"),
            "celebrated-quietly": celebrated,
        },
    ),
    Scene(name="present/celebrated", play=celebrated, moves=True),
    *group(
        "embed",
        {
            "single": embed("single"),
            "rating": embed("rating"),
            "ranked": embed("final-ranked"),
            "hidden": embed("after-close"),
            "coming": embed("coming"),
            "dark": embed("two", "?theme=dark"),
            "light": embed("two", "?theme=light"),
            "unknown": at("/embed/nobody-knows", status=404),
        },
    ),
]
