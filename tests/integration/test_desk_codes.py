"""The pages of a poll's codes."""

from __future__ import annotations

import csv
import io

import pytest

from admin.access import COOKIE
from admin.organiser import Organiser
from tests.desk import Desk
from tests.integration.browsing import Browser


@pytest.fixture
def ada(desk: Desk) -> Organiser:
    """Give an organiser."""
    return desk.organiser("ada")


@pytest.fixture
def browser(desk: Desk, ada: Organiser) -> Browser:
    """Give the browser in which she has signed in."""
    client = desk.app.test_client()
    client.set_cookie(COOKIE, desk.parts.sessions.begin(ada))
    return Browser(client)


@pytest.fixture
def path(desk: Desk, ada: Organiser) -> str:
    """Give the address of the codes of an open poll that takes them, and has none yet."""
    poll = desk.poll(ada, identity="code").poll.id
    desk.parts.office.open(ada, poll)
    return f"/admin/polls/{poll}/codes"


def test_it_says_that_nobody_can_vote_without_codes(browser: Browser, path: str) -> None:
    """On the page of the poll, with the way to make some."""
    page = browser.get(path.removesuffix("/codes"))
    assert "Nobody can vote yet" in page.text
    assert f'href="{path}"' in page.source


def test_it_makes_a_code_for_each_name(browser: Browser, path: str) -> None:
    """Names stand in lines; empty lines are none."""
    page = browser.send(browser.get(path), path, names="Ada\r\n\r\n  Grace  ")
    assert "2 codes" in page.text
    assert "Ada" in page.text
    assert "Grace" in page.text


def test_it_makes_codes_without_names(browser: Browser, path: str) -> None:
    """As many as are wanted."""
    assert "25 codes" in browser.send(browser.get(path), path, count="25").text


@pytest.mark.parametrize(
    ("names", "count", "field"),
    [
        ("", "", "count"),
        ("", "0", "count"),
        ("", "many", "count"),
        ("", "10001", "count"),
        ("Ada\nGrace", "1", "count"),
        ("x" * 101, "", "names"),
    ],
)
def test_it_says_what_is_wrong(
    browser: Browser, path: str, names: str, count: str, field: str
) -> None:
    """At the field, and with everything as it was filled in; no name is left out in silence."""
    page = browser.send(browser.get(path), path, names=names, count=count)
    assert page.status == 400
    assert page.form(path).invalid == {field}
    assert (page.form(path)["names"], page.form(path)["count"]) == (names, count)


def test_it_revokes(browser: Browser, path: str) -> None:
    """A code that is revoked is no more on the sheet."""
    page = browser.send(browser.get(path), path, names="Ada\nGrace")
    page = browser.send(page, f"{path}/1/revoke")
    assert "1 revoked" in page.text
    assert not page.offers(f"{path}/1/revoke")
    sheet = browser.get(f"{path}/sheet")
    assert "Grace" in sheet.text
    assert "Ada" not in sheet.text


def test_it_prints_a_slip_for_each(browser: Browser, path: str) -> None:
    """With a QR code that leads to the filled-in paper; more than a sheet has go on the next."""
    browser.send(browser.get(path), path, count="121")
    sheet = browser.get(f"{path}/sheet")
    assert sheet.source.count('class="slip"') == 120
    assert sheet.source.count('class="qr"') == 120
    assert browser.get(f"{path}/sheet?cursor=120").source.count('class="slip"') == 1


def test_it_gives_them_as_a_table(browser: Browser, path: str) -> None:
    """For a letter to each."""
    browser.send(browser.get(path), path, names="Ada")
    (row,) = csv.DictReader(io.StringIO(browser.client.get(f"{path}.csv").text))
    assert (row["number"], row["name"], row["used"]) == ("1", "Ada", "hidden")


def test_it_makes_none_for_a_poll_that_takes_none(
    browser: Browser, desk: Desk, ada: Organiser
) -> None:
    """Such a poll has no form for it, and refuses it."""
    path = f"/admin/polls/{desk.poll(ada).poll.id}/codes"
    assert not browser.get(path).offers(path)
    assert browser.post(path, count="1").status == 409
