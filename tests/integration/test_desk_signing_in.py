"""Signing in and out, as a browser without JavaScript does."""

from __future__ import annotations

import pytest

from admin.access import COOKIE
from ballotbox.settings import Settings
from tests.desk import PASSWORD, Desk
from tests.integration.browsing import Browser

SIGN_IN = "/admin/sign-in"


@pytest.fixture
def browser(desk: Desk) -> Browser:
    """Give a browser of somebody who has not signed in; `ada` could."""
    desk.organiser("ada")
    return Browser(desk.app.test_client())


def sign_in(browser: Browser, password: str = PASSWORD, *, first: str = SIGN_IN) -> str:
    """Sign in on the page that a first one leads to, and tell where that leads."""
    page = browser.get(first)
    assert page.path == SIGN_IN
    return browser.send(page, SIGN_IN, name="ada", password=password).path


def test_it_goes_on_where_one_wanted_to_be(browser: Browser) -> None:
    """Who is not signed in is asked to, and does not have to find the page again."""
    assert sign_in(browser, first="/admin/polls/new") == "/admin/polls/new"
    assert browser.get(SIGN_IN).path == "/admin/"


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example/", "https://evil.example/", "/admin/\\evil.example", "/vote/", "javascript:1"],
)
def test_it_leads_to_no_other_site(browser: Browser, elsewhere: str) -> None:
    """An address that somebody was sent must not lead away from here after the password."""
    page = browser.get(SIGN_IN)
    answer = browser.client.post(
        SIGN_IN,
        data={**page.form(SIGN_IN).fields, "name": "ada", "password": PASSWORD, "next": elsewhere},
    )
    assert answer.location == "/admin/"


def test_it_keeps_the_name_when_the_password_is_wrong(browser: Browser) -> None:
    """And says no more than that the two do not belong together."""
    page = browser.send(browser.get(SIGN_IN), SIGN_IN, name="ada", password="wrong, surely")
    assert page.status == 403
    assert "do not belong together" in page.text
    assert page.form(SIGN_IN)["name"] == "ada"
    assert "wrong, surely" not in page.source


def test_it_says_that_there_were_too_many_tries(browser: Browser, admin_settings: Settings) -> None:
    """On the same page, and even for the right password."""
    for _ in range(admin_settings.login_tries):
        sign_in(browser, "wrong, surely")
    page = browser.send(browser.get(SIGN_IN), SIGN_IN, name="ada", password=PASSWORD)
    assert page.status == 429
    assert "too many tries" in page.text
    assert page.headers["Retry-After"]


def test_it_signs_out(browser: Browser) -> None:
    """The session is worth nothing from then on, also to who has kept its cookie."""
    sign_in(browser)
    kept = browser.client.get_cookie(COOKIE)
    assert kept is not None
    assert kept.http_only
    assert kept.same_site == "Lax"
    out = browser.send(browser.get("/admin/"), "/admin/sign-out")
    assert "You are signed out" in out.text
    browser.client.set_cookie(COOKIE, kept.value)
    assert browser.get("/admin/").path == SIGN_IN


def test_it_hides_the_cookie_from_plain_http(browser: Browser) -> None:
    """Where the router speaks HTTPS, the cookie is for HTTPS alone."""
    answer = browser.client.post(
        SIGN_IN, data={"name": "ada", "password": PASSWORD}, headers={"X-Forwarded-Proto": "https"}
    )
    assert "Secure" in answer.headers["Set-Cookie"]


def test_it_takes_no_password_from_another_site(browser: Browser) -> None:
    """A page elsewhere could sign somebody in as somebody else."""
    answer = browser.client.post(
        SIGN_IN,
        data={"name": "ada", "password": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_it_makes_the_first_owner_at_the_first_sign_in(desk: Desk) -> None:
    """ADMIN_NAME and ADMIN_PASSWORD open an empty installation."""
    browser = Browser(desk.app.test_client())
    settings = desk.parts.settings
    page = browser.send(
        browser.get(SIGN_IN), SIGN_IN, name=settings.admin_name, password=settings.admin_password
    )
    assert page.path == "/admin/"
    assert "Organisers" in page.text


def test_it_lets_a_page_do_nothing_but_what_is_ours(browser: Browser) -> None:
    """Every page has the policy, and nothing that it forbids."""
    sign_in(browser)
    for path in ("/admin/", "/admin/polls/new", "/admin/account", "/admin/nowhere"):
        page = browser.get(path)
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Cache-Control"] == "no-store"
        assert " style=" not in page.source
        assert "<script>" not in page.source
