"""
What voters see once they have voted: the receipt, in all that may have become of a vote.
"""

from __future__ import annotations

from playwright.sync_api import expect

from tests.scenes.visit import Scene, Visit, group
from tests.scenes.voting import at, send, voted


def unfolded(visit: Visit) -> None:
    """Take the receipt to another device."""
    voted(visit).locator("details.more > summary").click()
    expect(visit.page.get_by_role("button", name="Copy the address")).to_be_visible()


def replaced(visit: Visit) -> None:
    """Look at the receipt of a vote that was changed."""
    first = voted(visit).url
    page = visit.vote("single")
    page.get_by_label("In the garden").check()
    send(page)
    page.goto(first)
    expect(page.locator("[data-state=replaced]")).to_be_visible()


def withdrawn(visit: Visit) -> None:
    """Withdraw the vote."""
    voted(visit)
    page = visit.vote("single")
    page.locator("details.more > summary").click()
    page.get_by_role("button", name="Withdraw it now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your vote is withdrawn")


def paper_after_that(visit: Visit) -> None:
    """Come back to the paper when the vote is withdrawn."""
    withdrawn(visit)
    expect(visit.vote("single").get_by_text("Your vote is withdrawn.")).to_be_visible()


def not_counted(visit: Visit) -> None:
    """Look at the receipt of a vote that the organiser has thrown away."""
    poll = visit.spare("nothing")
    page = visit.open(f"/vote/{poll.slug}")
    page.get_by_label("Tea").check()
    receipt = send(page).url
    organiser = visit.world.organiser
    organiser.do(poll.id, "close")
    organiser.seal(poll.id)
    organiser.do(poll.id, "reset", confirm=poll.slug)
    organiser.do(poll.id, "open")
    page.goto(receipt)
    expect(page.get_by_role("heading", level=1)).to_have_text("This vote is not counted")


SCENES: list[Scene] = group(
    "receipt",
    {
        "counted": voted,
        "unfolded": unfolded,
        "replaced": replaced,
        "withdrawn": withdrawn,
        "paper-after-that": paper_after_that,
        "not-counted": not_counted,
        "look-up": at("/vote/receipt"),
        "look-up-unknown": at("/vote/receipt?receipt=nothing", status=404),
        "unknown": at("/vote/receipt/nothing", status=404),
    },
)
