"""A new organiser at the desk, in a browser: from signing in to a sealed result."""

from __future__ import annotations

import io
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from ballotbox import verify
from tests.e2e.organiser import owner_password
from tests.e2e.windows import Windows
from tests.waiting import eventually

pytestmark = [pytest.mark.service, pytest.mark.browser]

POLL = re.compile(r"/admin/polls/\d+(\?|#|$)")
RECEIPT = re.compile("/vote/receipt/[^/]+$")


@pytest.fixture
def password(request: pytest.FixtureRequest) -> str:
    """Give the password of the first owner."""
    away = os.environ.get("VOTIFY_URL")
    return owner_password(None if away else request.getfixturevalue("stack"))


def sign_in(people: Windows, password: str, *, name: str = "admin", **options: Any) -> Page:
    """Open the desk and sign in."""
    page = people.open("/admin/", **options)
    fill_in(page, name, password)
    expect(page.get_by_role("heading", level=1)).to_contain_text("polls")
    return page


def fill_in(page: Page, name: str, password: str) -> None:
    """Give a name and a password."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def a_picture(colour: str) -> dict[str, Any]:
    """Make a photograph, as a file to upload."""
    file = io.BytesIO()
    Image.new("RGB", (1600, 1200), colour).save(file, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def do(page: Page, more: str, button: str) -> None:
    """Open what is folded away, and press the button in it."""
    page.locator("summary", has_text=more).click()
    page.get_by_role("button", name=button).click()


def vote(page: Page, option: str) -> None:
    """Vote on the paper that is open."""
    page.get_by_label(option).check()
    page.locator("[data-paper] button").click()
    expect(page).to_have_url(RECEIPT)


def test_it_takes_a_poll_from_the_first_word_to_the_sealed_result(
    people: Windows, password: str, tmp_path: Path
) -> None:
    """Make it with images, schedule and open it, two vote, close it, download and verify it."""
    desk = sign_in(people, password)
    desk.get_by_role("link", name="New poll").click()
    desk.get_by_label("Question", exact=True).fill("Where do we meet?")
    for number, (text, colour) in enumerate(
        {"By the sea": "blue", "In the hills": "green", "In town": "gray"}.items(), 1
    ):
        desk.get_by_label(f"Option {number}", exact=True).fill(text)
        row = desk.locator("[data-row]").nth(number - 1)
        row.locator("summary").click()
        row.locator("input[type=file]").set_input_files(a_picture(colour))
    desk.get_by_role("button", name=re.compile("Save|Make")).last.click()
    expect(desk).to_have_url(POLL)
    expect(desk.get_by_role("heading", level=1)).to_have_text("Where do we meet?")

    tomorrow = datetime.now(UTC) + timedelta(days=1)
    desk.locator("summary", has_text="Open later").click()
    desk.get_by_label("Opens").fill(tomorrow.strftime("%Y-%m-%dT%H:%M"))
    desk.get_by_role("button", name="Schedule").click()
    expect(desk.locator(".badge").first).to_contain_text("Scheduled")
    desk.get_by_role("button", name="Open now").click()
    expect(desk.locator(".badge").first).to_contain_text("Open")

    address = desk.locator("a[href*='/vote/where-do-we-meet']").first.get_attribute("href")
    assert address
    for option in ("By the sea", "In town"):
        voter = people.open(address)
        expect(voter.locator(".choice-picture")).to_have_count(3)
        loaded = "images => images.every(image => image.complete && image.naturalWidth > 0)"
        assert voter.locator(".choice-picture").evaluate_all(loaded)
        vote(voter, option)
    expect(desk.locator("[data-ballots]")).to_have_text("2 ballots")  # without a reload

    do(desk, "Close…", "Close the poll now")
    expect(desk.get_by_text("Final and sealed")).to_be_visible()
    with desk.expect_download() as download:
        desk.get_by_role("link", name="Download the seal").click()
    sealed = tmp_path / "result.json"
    download.value.save_as(sealed)
    with desk.expect_download() as download:
        desk.get_by_role("link", name="Ballots (CSV)").click()
    ballots = tmp_path / "ballots.csv"
    download.value.save_as(ballots)
    assert verify.main([str(sealed), "--ballots", str(ballots)]) == 0

    audience = people.open(address.replace("/vote/", "/result/"))
    expect(audience.get_by_text(re.compile("Final and sealed"))).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_it_signs_in_with_a_second_factor(
    people: Windows, password: str, *, javascript: bool
) -> None:
    """Set up from what the page shows, asked for at the next sign-in, and turned off."""
    name, secret = f"lise {javascript}", "fission was not his"
    owner = sign_in(people, password)
    owner.get_by_role("link", name="Organisers").click()
    owner.get_by_label("Name").fill(name)
    owner.get_by_label("Password", exact=True).fill(secret)
    owner.get_by_role("button", name="Add").click()
    expect(owner.get_by_text("The account is made.")).to_be_visible()

    desk = sign_in(people, secret, name=name, javascript=javascript)
    desk.get_by_role("link", name=name).click()
    desk.get_by_role("link", name="Set it up").click()
    key = desk.locator(".token").inner_text()
    desk.get_by_label("Code that the app shows").fill(pyotp.TOTP(key).now())
    desk.get_by_role("button", name="Turn it on").click()
    codes = desk.locator(".recovery .token").all_inner_texts()
    assert len(codes) == 10
    desk.get_by_role("button", name="Sign out").click()

    fill_in(desk, name, secret)
    desk.get_by_label("Code").fill(codes[0])
    desk.get_by_role("button", name="Sign in").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("polls")

    desk.goto("/admin/account/second-factor")
    expect(desk.get_by_text("9 recovery codes are left.")).to_be_visible()
    desk.get_by_label("Code").fill(codes[1])
    desk.get_by_role("button", name="Turn it off").click()
    expect(desk.get_by_text("The second factor is off.")).to_be_visible()


def test_it_works_without_javascript(people: Windows, password: str) -> None:
    """A poll is made, its options are put in order, and it is opened and closed."""
    desk = sign_in(people, password, javascript=False)
    desk.get_by_role("link", name="New poll").click()
    desk.get_by_label("Question", exact=True).fill("Which colour?")
    desk.get_by_label("Option 1", exact=True).fill("Red")
    desk.get_by_label("Option 2", exact=True).fill("Blue")
    desk.get_by_role("button", name="Down").first.click()
    expect(desk.get_by_label("Option 1", exact=True)).to_have_value("Blue")
    expect(desk.get_by_label("Question", exact=True)).to_have_value("Which colour?")
    desk.get_by_role("button", name=re.compile("Save|Make")).last.click()
    desk.get_by_role("button", name="Open now").click()
    do(desk, "Close…", "Close the poll now")
    # On a busy machine the click is over before the form is sent, and a reload would cross it.
    expect(desk.get_by_text("The poll is closed.")).to_be_visible()

    def closed() -> bool:
        desk.reload()
        return "Closed" in desk.locator(".badge").first.inner_text()

    eventually(closed, seconds=20)


def test_it_orders_options_by_the_keyboard_and_by_dragging(people: Windows, password: str) -> None:
    """Arrow keys on the grip move a row, and so does the mouse."""
    desk = sign_in(people, password)
    desk.goto("/admin/polls/new")
    for number, text in enumerate(("One", "Two", "Three"), 1):
        desk.get_by_label(f"Option {number}", exact=True).fill(text)

    def order() -> list[str]:
        fields = desk.locator("[data-row] input[type=text], [data-row] input.input")
        return [value for value in fields.evaluate_all("all => all.map(f => f.value)") if value]

    grips = desk.locator("[data-grip]")
    grips.nth(0).focus()
    desk.keyboard.press("ArrowDown")
    assert order() == ["Two", "One", "Three"]
    start, end = grips.nth(2).bounding_box(), grips.nth(0).bounding_box()
    assert start
    assert end
    desk.mouse.move(start["x"] + 5, start["y"] + 5)
    desk.mouse.down()
    desk.mouse.move(end["x"] + 5, end["y"] - 5, steps=12)
    desk.mouse.up()
    assert order() == ["Three", "Two", "One"]


def test_it_hands_out_codes(people: Windows, password: str) -> None:
    """
    Codes for names, a sheet with a QR code each; one is used, and the desk says so at the end.

    Before that it shows the numbers.
    """
    desk = sign_in(people, password)
    desk.goto("/admin/polls/new")
    desk.get_by_label("Question", exact=True).fill("Who leads the club?")
    desk.get_by_label("Option 1", exact=True).fill("Ada")
    desk.get_by_label("Option 2", exact=True).fill("Grace")
    desk.locator("label.rule", has_text="One vote per code").click()
    desk.get_by_role("button", name=re.compile("Save|Make")).last.click()
    desk.get_by_role("link", name="Codes", exact=True).click()
    desk.get_by_label("For whom").fill("Zoë\nYan")
    desk.get_by_role("button", name="Make them").click()
    expect(desk.locator("tbody .code")).to_have_count(2)
    codes = desk.locator("tbody .code").all_inner_texts()
    page = desk.url
    desk.get_by_role("link", name="Sheet to print").click()
    expect(desk.locator("svg[class*=qr], .sheet svg")).to_have_count(2)
    for words in ("Zoë", "Yan", *codes):
        expect(desk.get_by_text(words).first).to_be_visible()
    desk.goto(re.sub(r"/codes.*", "", page))
    desk.get_by_role("button", name="Open now").click()
    expect(desk.locator(".badge").first).to_contain_text("Open")
    address = desk.locator("a[href*='/vote/who-leads']").first.get_attribute("href")

    voter = people.open(f"{address}?code={codes[0]}")
    vote(voter, "Grace")

    expect(desk.locator("[data-ballots]")).to_have_text("1 ballot")
    desk.goto(page)
    expect(desk.get_by_text("You see the numbers.")).to_be_visible()
    expect(desk.get_by_text("1 used")).to_have_count(0)

    desk.goto(re.sub(r"/codes.*", "", page))
    do(desk, "Close…", "Close the poll now")
    do(desk, "Close for good…", "Close the poll for good")
    expect(desk.get_by_text("The poll is closed for good.")).to_be_visible()
    expect(desk.get_by_text("Reopen…")).to_have_count(0)
    desk.goto(page)
    expect(desk.get_by_text("1 used")).to_be_visible()
    assert "Grace" not in desk.locator("main").inner_text()
