"""How the tests of the stage come to a poll, and on the stage."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.organiser import owner_password
from tests.e2e.site import Site
from tests.e2e.windows import Windows

Make = Callable[..., dict[str, Any]]
"""Makes an open poll in which programs can vote, as `Organiser.poll` does."""

LONG = (
    "Do you agree that the assembly, having heard the report of the treasurer and of the auditors,"
    " approves the accounts as presented and discharges the board for the past two years?"
)


class Shown(NamedTuple):
    """What is asked, how many options there are, and their letters as a part of the height."""

    question: str
    kind: str
    options: int
    letters: float

    def made(self, make: Make) -> dict[str, Any]:
        """Make the poll."""
        texts = [f"Proposal number {number}" for number in range(1, self.options + 1)]
        most = {"max_choices": self.options} if self.kind != "single" else {}
        return make(*texts, question=self.question, kind=self.kind, **most)


def vote(site: Site, poll: dict[str, Any], *options: int) -> None:
    """Cast a vote of somebody else for each option, and wait until they are counted."""
    for number, option in enumerate(options):
        site.accept(
            {"pollId": poll["id"], "optionId": option, "userId": f"{time.time_ns()}-{number}"}
        )
    site.wait_ballots(len(options), str(poll["id"]))


def address(*polls: dict[str, Any], **query: str) -> str:
    """Give the address of a show."""
    show = {"show": ",".join(str(poll["id"]) for poll in polls)} if len(polls) > 1 else {}
    asked = "&".join(f"{name}={value}" for name, value in {**show, **query}.items())
    return f"/result/{polls[0]['id']}/present?{asked}"


def on_stage(people: Windows, path: str, **options: Any) -> Page:
    """Open the stage, and wait until it is live."""
    page = people.open(path, **options)
    expect(page.locator("[data-live]")).to_have_text("Live")
    return page


def signed_in(people: Windows, request: pytest.FixtureRequest, path: str) -> Page:
    """Open a page in a browser in which the organiser is signed in at the desk."""
    away = os.environ.get("VOTIFY_URL")
    page = people.open("/admin/")
    page.get_by_label("Name").fill("admin")
    password = owner_password(None if away else request.getfixturevalue("stack"))
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("polls")
    page.goto(path)
    return page


def check_it_fits(page: Page, width: int, height: int, *, letters: float | None = None) -> None:
    """
    Check that all is on the screen, uncut, in letters that grow with it; the code is huge.

    :param letters: the size of the options, as a part of the height; None where none are shown.
    """
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    parts = page.locator("h1, [data-option], [data-ways], .slide-code, .slide-qr, .slide-foot")
    for box in parts.evaluate_all("all => all.map(each => each.getBoundingClientRect().toJSON())"):
        assert box["left"] >= 0
        assert box["top"] >= 0
        assert box["right"] <= width
        assert box["bottom"] <= height
    unit = min(width / 16, height / 9) * 9
    assert size(page, "h1") >= unit / 25
    assert size(page, ".slide-code") >= unit / 16
    if letters is not None:
        assert size(page, ".bars-text") >= unit * letters


def size(page: Page, selector: str) -> float:
    """Measure the letters of the first of such elements, in pixels."""
    pixels = "element => parseFloat(getComputedStyle(element).fontSize)"
    return float(page.locator(selector).first.evaluate(pixels))
