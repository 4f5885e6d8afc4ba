"""
What organisers see: the desk.
"""

from __future__ import annotations

import itertools
import re

import pyotp
from playwright.sync_api import Page, expect

from tests.scenes.visit import Play, Scene, Visit, group
from tests.scenes.world import password_of

_NUMBERS = itertools.count(1)


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


def make_token(visit: Visit, *, old: bool) -> Page:
    """Make a token for a program, in a session that is new or old."""
    visit.page.context.add_cookies(visit.world.new_session(old=old))
    page = visit.open("/admin/account")
    page.get_by_label("Name of a new token").fill("The clock in the hall")
    page.locator("input[name=scope]").first.check()
    page.get_by_role("button", name="Make a token").click()
    return page


def password_again(visit: Visit) -> None:
    """Be asked for the password, and give another one."""
    page = make_token(visit, old=True)
    page.get_by_label("Password").fill("what was it?")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("It was not done.")


def new_token(visit: Visit) -> None:
    """Make a token for a program."""
    page = make_token(visit, old=False)
    expect(page.get_by_text("shown this once")).to_be_visible()


def log(visit: Visit) -> None:
    """Look at what was done, after an edit and something that was refused."""
    visit.open("/admin/sign-in")
    wrong_password(visit)
    page = visit.desk_of("draft", "/edit")
    page.get_by_label("Question", exact=True).fill("What shall we have at the summer party?")
    save(page)
    page = visit.desk_of("final")
    page.locator("summary", has_text="Reopen…").click()
    page.get_by_label("Closes again").fill("2020-01-01T00:00")
    page.get_by_role("button", name="Reopen the poll").click()
    visit.desk("audit")


def set_up(visit: Visit, *, code: str = "") -> str:
    """Set a second factor up for somebody who has none, and tell who that is."""
    name = f"hedy {next(_NUMBERS)}"
    page = visit.desk("account/second-factor", name=name)
    secret = page.locator("input[name=secret]").input_value()
    page.get_by_label("Code").fill(code or pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Turn it on").click()
    return name


def factor_refused(visit: Visit) -> None:
    """Give a code that is not that of the app."""
    set_up(visit, code="000000")
    expect(visit.page.locator(".field-problem")).to_be_visible()


def recovery_codes(visit: Visit) -> None:
    """Be given the codes for a lost phone."""
    set_up(visit)
    expect(visit.page.get_by_text("shown this once")).to_be_visible()


def factor_on(visit: Visit) -> None:
    """Look after a second factor."""
    recovery_codes(visit)
    visit.open("/admin/account/second-factor")


def factor_needed(visit: Visit) -> None:
    """Be led to set one up."""
    visit.world.session("grace")
    visit.ask_factor()
    visit.desk(name="grace")
    expect(visit.page.get_by_text("Everybody here needs one.")).to_be_visible()


def code_asked(visit: Visit) -> None:
    """Give the password of who has a second factor."""
    name = set_up(visit)
    expect(visit.page.get_by_text("shown this once")).to_be_visible()
    visit.page.context.clear_cookies()
    page = visit.open("/admin/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password_of(name))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Code")).to_be_visible()


def code_refused(visit: Visit) -> None:
    """Give a code that is not right."""
    code_asked(visit)
    visit.page.get_by_label("Code").fill("000 000")
    visit.page.get_by_role("button", name="Sign in").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("You are not signed in.")


def with_factors(visit: Visit) -> None:
    """Look at the accounts, of which one has a second factor."""
    set_up(visit)
    expect(visit.page.get_by_text("shown this once")).to_be_visible()
    page = visit.desk("organisers")
    page.locator("li", has_text="hedy").first.locator("summary").click()


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
            "edit-codes": poll("draft-codes", "/edit"),
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
            "audit": log,
            "audit-none": desk("audit?act=poll.delete&day=2020-01-01"),
            "account": desk("account"),
            "sign-in-code": code_asked,
            "sign-in-code-wrong": code_refused,
            "second-factor": desk("account/second-factor", name="grace"),
            "second-factor-wrong": factor_refused,
            "second-factor-codes": recovery_codes,
            "second-factor-on": factor_on,
            "second-factor-needed": factor_needed,
            "organisers-factor": with_factors,
            "new-token": new_token,
            "password-asked-again": lambda visit: make_token(visit, old=True),
            "password-again-wrong": password_again,
            "unknown": desk("nothing/here", status=404),
            "not-allowed": desk("organisers", name="grace", status=403),
            "api-docs": lambda visit: visit.open("/api/docs"),
        },
    ),
    Scene(name="desk/sheet-printed", play=poll("codes", "/codes/sheet"), on_paper=True),
]
