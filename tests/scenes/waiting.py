"""
What voters see where the network is bad, or the poll is changed while they think.
"""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from tests.scenes.visit import Scene, Visit, group
from tests.scenes.voting import press
from tests.scenes.world import Known
from tests.waiting import eventually


def offline(visit: Visit) -> None:
    """Lose the network before anything is sent."""
    page = visit.vote("single")
    page.context.set_offline(offline=True)
    expect(page.locator("[data-news=waiting]")).to_be_visible()


def kept(visit: Visit) -> None:
    """Vote without network."""
    page = visit.vote("single")
    page.get_by_label("By the lake").check()
    page.context.set_offline(offline=True)
    press(page)
    expect(page.locator("[data-news=waiting]")).to_be_visible()


def not_confirmed(visit: Visit) -> Page:
    """Vote over a network that lets no vote through."""
    page = visit.vote("once")
    page.route("**/vote/*", lambda route: route.abort() if _is_post(route) else route.continue_())
    page.get_by_label("Abstain").check()
    press(page)
    expect(page.locator("[data-news=waiting]")).to_contain_text("not confirmed yet")
    return page


def _is_post(route: Route) -> bool:
    return route.request.method == "POST"


def front_door(visit: Visit) -> None:
    """Come to the front door while a vote still waits."""
    not_confirmed(visit)
    page = visit.open("/")
    expect(page.locator("[data-outbox]")).to_contain_text("not confirmed yet")


def closed(visit: Visit) -> None:
    """Think until the poll is closed."""
    _, page = _thinking(visit)
    _see(page, "closed")


def reopened(visit: Visit) -> None:
    """Think until the poll is closed, and opened again."""
    poll, page = _thinking(visit)
    _see(page, "closed")
    visit.world.organiser.seal(poll.id)
    visit.world.organiser.do(poll.id, "reopen")
    _see(page, "reopened")


def changed(visit: Visit) -> None:
    """Think until the poll asks something else."""
    poll, page = _thinking(visit, act="")
    visit.world.organiser.edit(poll.id, question="Tea, coffee or cocoa?")
    _see(page, "changed")


def _thinking(visit: Visit, *, act: str = "close") -> tuple[Known, Page]:
    poll = visit.spare("nothing")
    page = visit.open(f"/vote/{poll.slug}")
    page.get_by_label("Tea").check()
    if act:
        visit.world.organiser.do(poll.id, act)
    return poll, page


def _see(page: Page, news: str) -> None:
    """Come back to the page until it has news; it asks when it comes into sight."""

    def there() -> bool:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        return page.locator(f"[data-news={news}]").is_visible()

    eventually(there)


SCENES: list[Scene] = group(
    "waiting",
    {
        "offline": offline,
        "kept": kept,
        "not-confirmed": not_confirmed,
        "front-door": front_door,
        "closed": closed,
        "reopened": reopened,
        "changed": changed,
    },
)
