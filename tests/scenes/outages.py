"""
What is seen while a part of Votify is away, or somebody asks for too much.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from deploy.local.stack import Stack
from tests.e2e.faults import frozen
from tests.e2e.site import HTML
from tests.scenes.results import live
from tests.scenes.visit import Play, Scene, Visit, group
from tests.scenes.voting import send
from tests.waiting import eventually

_LARGE = 20_000  # characters: more than the router takes of a ballot
_ALLOWED = 2_001  # votes of one address at once

_SUBMIT = """
([path, size]) => {
  const make = (name, values) => Object.assign(document.createElement(name), values);
  const form = make("form", { method: "post", action: path });
  form.append(make("textarea", { name: "x", value: "x".repeat(size) }));
  document.body.append(form);
  form.submit();
}
"""


@contextmanager
def halted(stack: Stack, *names: str) -> Iterator[None]:
    """Stop processes; they are started again at the end."""
    for name in names:
        stack.halt(name)
    try:
        yield
    finally:
        for name in names:
            stack.resume(name)
        stack.wait_ready()


def away(name: str, path: str) -> Play:
    """Open a page of a service that does not run."""

    def play(visit: Visit) -> None:
        visit.lose(halted, name)
        visit.open(path, status=503)

    return play


def received(visit: Visit) -> None:
    """Vote while nobody counts."""
    visit.lose(frozen, "worker-1")
    page = visit.vote("single")
    page.get_by_label("In the garden").check()
    send(page, "received")


def silent(visit: Visit) -> None:
    """Watch while nobody counts."""
    page = live(visit.result("nothing"))
    visit.lose(frozen, "worker-1")
    visit.world.receipt("nothing")
    expect(page.get_by_text("The counting worker is silent")).to_be_visible()


def counting(visit: Visit) -> None:
    """Watch a poll that is closed, and whose last votes are not counted yet."""
    poll = visit.spare("closing")
    page = live(visit.open(f"/result/{poll.slug}"))
    visit.lose(frozen, "worker-1")
    visit.world.site.accept({"pollId": poll.id, "optionId": 1})
    visit.world.organiser.do(poll.id, "close")
    expect(page.get_by_text("the last votes are being counted").first).to_be_visible()


def stale(visit: Visit) -> None:
    """Watch while the database is away."""
    page = live(visit.result("single"))
    visit.lose(frozen, "postgres")
    expect(page.locator("[data-live]").first).to_contain_text("no new numbers can be read")


def reconnecting(visit: Visit) -> None:
    """Watch while the server is away."""
    page = live(visit.result("single"))
    visit.lose(halted, "result-1")
    expect(page.locator("[data-live]").first).to_contain_text("Reconnecting…")


def present_reconnecting(visit: Visit) -> None:
    """Lose the server while a hall watches."""
    page = live(visit.stage("two"))
    visit.lose(halted, "result-1")
    expect(page.locator("[data-live]").first).to_contain_text("Reconnecting…")


def no_ballot_box(visit: Visit) -> None:
    """Open a paper while Redis is away."""
    visit.vote("single")
    visit.lose(halted, "redis")
    visit.open(f"/vote/{visit.world.poll('single').slug}", status=503)


def nothing_known(visit: Visit) -> None:
    """Send a paper to a Votify that was started without its ballot box."""
    page = visit.vote("single")
    visit.lose(halted, "redis")
    stack = visit.world.stack
    stack.halt("vote")
    stack.resume("vote")
    eventually(lambda: "http-equiv" in visit.world.site.ask("/", headers=HTML).text)
    page.get_by_label("By the lake").check()
    with page.expect_navigation():
        page.evaluate("HTMLFormElement.prototype.submit.call(document.querySelector('form'))")
    expect(page.get_by_role("button", name="Send again")).to_be_visible()


def submit(page: Page, path: str, size: int) -> None:
    """Send a form that the page does not have."""
    with page.expect_navigation():
        page.evaluate(_SUBMIT, [path, size])


def too_large(visit: Visit) -> None:
    """Send a ballot that is none."""
    submit(visit.vote("single"), "/vote/any", _LARGE)


def too_large_for_the_desk(visit: Visit) -> None:
    """Send the desk a file that is none."""
    submit(visit.desk(), "/admin/polls/new", 7_000_000)


def too_many_tries(visit: Visit) -> None:
    """Try passwords as quickly as one can."""
    page = visit.open("/admin/sign-in")
    while visit.world.site.ask("/admin/sign-in", method="POST").status_code != 429:
        pass
    submit(page, "/admin/sign-in", 1)


def too_many_votes(visit: Visit) -> None:
    """Send votes as quickly as one can: from here on this address may send none."""
    page = visit.vote("single")
    while visit.world.site.ask("/", method="POST").status_code != 429:
        pass
    submit(page, "/vote/any", 1)


SCENES: list[Scene] = [
    *group("receipt", {"received": received}),
    *group(
        "result",
        {
            "silent": silent,
            "counting": counting,
            "stale": stale,
            "reconnecting": reconnecting,
            "present-reconnecting": present_reconnecting,
        },
    ),
    *group(
        "away",
        {
            "paper-without-redis": no_ballot_box,
            "nothing-known": nothing_known,
            "vote": away("vote", "/"),
            "result": away("result-1", "/result/"),
            "admin": away("admin", "/admin/"),
            "not-found": lambda visit: visit.open("/nothing/here", status=404),
            "too-large": too_large,
            "too-large-desk": too_large_for_the_desk,
            "too-many-tries": too_many_tries,
            "too-many-votes": too_many_votes,
        },
    ),
]
