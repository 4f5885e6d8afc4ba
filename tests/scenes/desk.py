"""
What organisers see: the desk.
"""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.scenes.visit import Play, Scene, Visit, group


def desk(path: str = "", *, name: str = "admin", status: int = 200) -> Play:
    """Open a page of the desk."""
    return lambda visit: visit.desk(path, name=name, status=status)


def poll(name: str, rest: str = "") -> Play:
    """Open a poll at the desk."""
    return lambda visit: visit.desk_of(name, rest)


def unfolded(name: str) -> Play:
    """Open what is folded away on the page of a poll."""

    def play(visit: Visit) -> None:
        page = visit.desk_of(name)
        for each in page.locator("details.more > summary").all():
            each.click()

    return play


def wrong_password(visit: Visit) -> None:
    """Sign in with a password that is wrong."""
    page = visit.open("/admin/sign-in")
    page.get_by_label("Name").fill("nobody")
    page.get_by_label("Password").fill("what was it?")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("You are not signed in.")


def signed_out(visit: Visit) -> None:
    """Sign out."""
    visit.open("/admin/sign-in?done=signed-out")


def mixed(visit: Visit) -> None:
    """Look at all polls."""
    visit.world.fill()
    visit.desk()


def with_errors(visit: Visit) -> None:
    """Save a poll that has mistakes in it."""
    page = visit.desk("polls/new")
    page.get_by_label("Question", exact=True).fill("Is that so?")
    page.get_by_label("Option 1", exact=True).fill("Yes")
    page.locator("label.rule", has_text="Several options").click()
    page.get_by_label("At most").fill("many")
    save(page)
    expect(page.locator(".field-problem").first).to_be_visible()


def save(page: Page) -> None:
    """Press the button that saves."""
    page.get_by_role("button", name=re.compile("^Save")).last.click()


def with_codes(visit: Visit) -> None:
    """Look at codes, of which one is used and one is revoked."""
    used, *_ = visit.world.codes("codes", 1)
    visit.world.site.accept({"pollId": visit.world.poll("codes").id, "optionId": 1, "code": used})
    page = visit.desk_of("codes", "/codes")
    page.locator("tbody").get_by_role("button").nth(1).click()
    expect(page.get_by_text("The code is worth nothing any more.")).to_be_visible()


def in_doubt(visit: Visit) -> None:
    """Open a final poll whose numbers were changed in the database by hand."""
    page = visit.desk(f"polls/{visit.world.doubtful.id}")
    expect(page.get_by_text("These numbers are in doubt.")).to_be_visible()


def who_has_voted(visit: Visit) -> None:
    """Open a poll whose organiser is told who has voted, before it is closed for good."""
    poll = visit.world.spare("told-voters")
    (code,) = visit.world.organiser.codes(poll.id, 1)
    visit.world.site.wait_counted(
        visit.world.site.accept({"pollId": poll.id, "optionId": 1, "code": code})
    )
    visit.desk(f"polls/{poll.id}/codes")
    expect(visit.page.get_by_text("1 used")).to_be_visible()
    visit.desk(f"polls/{poll.id}")
    expect(visit.page.get_by_text("You see who has voted.")).to_be_visible()


def for_good(visit: Visit) -> None:
    """Close a poll with codes for good."""
    poll = visit.world.spare("told-voters")
    visit.world.organiser.do(poll.id, "close")
    visit.world.organiser.wait_final(poll.id)
    page = visit.desk(f"polls/{poll.id}")
    page.locator("summary", has_text="Close for good…").click()
    expect(page.get_by_role("button", name="Close the poll for good")).to_be_visible()


def refused(visit: Visit) -> None:
    """Reopen a poll until a time that has passed."""
    page = visit.desk_of("final")
    page.locator("summary", has_text="Reopen…").click()
    page.get_by_label("Closes again").fill("2020-01-01T00:00")
    page.get_by_role("button", name="Reopen the poll").click()
    expect(page.locator(".field-problem")).to_be_visible()


def new_token(visit: Visit) -> None:
    """Make a token for a program."""
    page = visit.desk("account")
    page.get_by_label("Name of a new token").fill("The clock in the hall")
    page.locator("input[name=scope]").first.check()
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_text("shown this once")).to_be_visible()


SCENES: list[Scene] = [
    *group(
        "desk",
        {
            "sign-in": lambda visit: visit.open("/admin/sign-in"),
            "wrong-password": wrong_password,
            "signed-out": signed_out,
            "empty": desk(name="grace"),
            "polls": mixed,
            "polls-open": desk("?state=open"),
            "polls-none-found": desk("?q=nothing+like+this"),
            "new": desk("polls/new"),
            "new-with-errors": with_errors,
            "edit": poll("draft", "/edit"),
            "edit-with-ballots": poll("single", "/edit"),
            "edit-images": poll("images", "/edit"),
            "edit-closed": poll("final", "/edit"),
            "draft": poll("draft"),
            "draft-codes": poll("draft-codes"),
            "coming": poll("coming"),
            "open": poll("single"),
            "open-rating": poll("rating"),
            "open-ranked": poll("ranked"),
            "hidden": poll("after-close"),
            "final": poll("final"),
            "in-doubt": in_doubt,
            "told-voters": who_has_voted,
            "close-for-good": for_good,
            "final-ranked": poll("final-ranked"),
            "final-unfolded": unfolded("final"),
            "draft-unfolded": unfolded("draft"),
            "refused": refused,
            "broken": poll("broken"),
            "archived": poll("archived"),
            "codes": with_codes,
            "codes-none": poll("draft-codes", "/codes"),
            "sheet": poll("codes", "/codes/sheet"),
            "organisers": desk("organisers"),
            "account": desk("account"),
            "new-token": new_token,
            "unknown": desk("nothing/here", status=404),
            "not-allowed": desk("organisers", name="grace", status=403),
            "api-docs": lambda visit: visit.open("/api/docs"),
        },
    ),
    Scene(name="desk/sheet-printed", play=poll("codes", "/codes/sheet"), on_paper=True),
]
