"""The desk's pages, as a browser without JavaScript uses them, on real PostgreSQL and Redis."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from admin.desk.words import IDENTITIES, KINDS, VISIBILITIES
from admin.organiser import Organiser
from ballotbox.poll import Identity, Kind, Visibility
from ballotbox.queue import Code, RedisQueue
from ballotbox.version import VERSION
from tests.desk import PASSWORD, Desk
from tests.polls import FUTURE

Connection = psycopg.Connection[Any]
NEW = {"row": ["1", "2", "3"], "text-1": "Cats", "text-2": "Dogs", "text-3": ""}
RULES = {"kind": "single", "change": "yes", "identity": "cookie", "visibility": "always"}


@dataclass(frozen=True)
class Browser:
    """A browser in which somebody is signed in, or nobody."""

    client: FlaskClient

    def get(self, path: str, **options: Any) -> TestResponse:
        """Look at a page."""
        return self.client.get(path, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form."""
        return self.client.post(path, data=data or {}, **options)

    def sign_in(self, name: str, password: str = PASSWORD, **more: str) -> TestResponse:
        """Fill in the form and send it."""
        return self.post("/admin/sign-in", {"name": name, "password": password, **more})

    def make(self, question: str = "Cats or Dogs?", **fields: Any) -> int:
        """Make a poll by the form, and give its id."""
        answer = self.post("/admin/polls/new", {"question": question, **NEW, **RULES, **fields})
        assert answer.status_code == 303, words(answer)
        return int(re.findall(r"/admin/polls/(\d+)", answer.location)[0])


def words(answer: TestResponse) -> str:
    """Give what a page says, without its tags."""
    main = answer.text.partition('id="main"')[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


@pytest.fixture
def stranger(desk: Desk) -> Browser:
    """Give a browser in which nobody is signed in."""
    return Browser(desk.app.test_client())


@pytest.fixture
def ada(desk: Desk) -> Organiser:
    """Give an organiser."""
    return desk.organiser("ada")


@pytest.fixture
def browser(desk: Desk, ada: Organiser) -> Browser:
    """Give the browser of an organiser."""
    browser = Browser(desk.app.test_client())
    browser.sign_in("ada")
    return browser


# --- coming in and going out --------------------------------------------------------------------


def test_it_slows_down_who_guesses(stranger: Browser, ada: Organiser) -> None:
    """After ten tries even the right password is not looked at."""
    for _ in range(10):
        assert stranger.sign_in("ada", "a wrong password").status_code == 403
    answer = stranger.sign_in("ada")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"]


def test_it_keeps_the_session_from_scripts_and_other_sites(
    stranger: Browser, ada: Organiser
) -> None:
    """HttpOnly, SameSite; over HTTPS only where one came by HTTPS."""
    cookie = stranger.sign_in("ada").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie


def test_it_keeps_a_session_over_https(desk: Desk, ada: Organiser) -> None:
    """The router says that it was HTTPS; the cookie is good there, and does what it should."""
    browser = desk.app.test_client()
    secure = {"X-Forwarded-Proto": "https", "Host": "votes.example"}
    form = {"name": "ada", "password": PASSWORD}
    answer = browser.post(
        "/admin/sign-in", base_url="https://votes.example", headers=secure, data=form
    )
    assert "Secure" in answer.headers["Set-Cookie"]
    page = browser.get("/admin/", base_url="https://votes.example", headers=secure)
    assert page.status_code == 200


def test_it_renews_the_session_at_sign_in(browser: Browser) -> None:
    """What the browser had before is worth nothing afterwards."""
    before = browser.client.get_cookie("desk")
    assert before is not None
    browser.sign_in("ada")
    after = browser.client.get_cookie("desk")
    assert after is not None
    assert after.value != before.value
    browser.client.set_cookie("desk", before.value)
    assert browser.get("/admin/").status_code == 303


@pytest.mark.parametrize("path", ["/admin/polls/new", "/admin/sign-in", "/admin/account/password"])
def test_it_takes_no_form_from_another_site(browser: Browser, path: str) -> None:
    """A browser sends the cookie along, whoever has made the form."""
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert browser.post(path, {"question": "Mine?"}, headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["/admin/", "/admin/sign-in", "/admin/polls/99", "/admin/nothing"])
def test_every_page_says_what_it_may_load(browser: Browser, path: str) -> None:
    """Our own files and nothing else; nothing is kept in a cache."""
    if path == "/admin/sign-in":
        browser.client.delete_cookie("desk")
    headers = browser.get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


# --- making and changing ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "order"),
    [
        ("up-2", ["Dogs", "Cats", "Fish"]),
        ("down-1", ["Dogs", "Cats", "Fish"]),
        ("up-1", ["Cats", "Dogs", "Fish"]),
        ("down-3", ["Cats", "Dogs", "Fish"]),
        ("remove-2", ["Cats", "Fish"]),
        ("add", ["Cats", "Dogs", "Fish", ""]),
        ("up-99", ["Cats", "Dogs", "Fish"]),
    ],
)
def test_it_orders_options_without_a_script(
    desk: Desk, ada: Organiser, browser: Browser, button: str, order: list[str]
) -> None:
    """By buttons that send the form; nothing is saved by that."""
    sent = {"question": "Which?", **NEW, **RULES, "text-3": "Fish", "do": button}
    page = browser.post("/admin/polls/new", sent).text.partition("<template")[0]
    assert re.findall(r'name="text-\d+" value="([^"]*)"', page) == order
    assert desk.parts.office.list(ada).entries == []


def test_it_shows_what_people_write_as_text(browser: Browser) -> None:
    """A question is no part of a page."""
    poll = browser.make('<script>alert("x")</script> & more', **{"text-1": "<b>Cats</b>"})
    for path in (f"/admin/polls/{poll}", f"/admin/polls/{poll}/edit", "/admin/"):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert "<b>Cats" not in page
        assert "&lt;script&gt;alert" in page


def test_it_changes_no_second_of_a_window(desk: Desk, ada: Organiser, browser: Browser) -> None:
    """A form knows minutes; saving it without a change changes nothing."""
    poll = browser.make()
    desk.parts.office.open(ada, poll)
    before = desk.parts.office.edit(ada, poll, {"closes_at": FUTURE}).poll
    page = browser.get(f"/admin/polls/{poll}/edit").text
    sent = {
        name: re.findall(rf'name="{name}"[^>]*value="([^"]*)"', page)[0]
        for name in ("revision", "closes_at")
    }
    assert browser.post(f"/admin/polls/{poll}/edit", {**NEW, **RULES, **sent}).status_code == 303
    assert desk.parts.office.get(ada, poll).poll == before


# --- running a poll -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["", "/edit", ".json", "/codes", "/codes/sheet", "/codes.csv", "/ballots.csv", "/seal"]
)
def test_it_shows_nobody_the_polls_of_others(desk: Desk, browser: Browser, path: str) -> None:
    """As if they were not there."""
    poll = desk.poll(desk.organiser("bob")).poll.id
    other, missing = (browser.get(f"/admin/polls/{number}{path}") for number in (poll, 9999))
    assert other.status_code == missing.status_code == 404
    assert other.text == missing.text


# --- codes --------------------------------------------------------------------------------------


def test_it_makes_no_codes_where_they_open_nothing(browser: Browser) -> None:
    """Voters of the poll are known otherwise."""
    poll = browser.make()
    assert browser.post(f"/admin/polls/{poll}/codes", {"count": "3"}).status_code == 409
    assert browser.post(f"/admin/polls/{poll}/codes/1/revoke").status_code == 404


def test_it_prints_no_code_that_was_used(desk: Desk, ada: Organiser, browser: Browser) -> None:
    """It says that it was used, and nowhere what for."""
    poll = browser.make(identity="code", visibility="organiser", host_sees="voters")
    browser.post(f"/admin/polls/{poll}/codes", {"count": "2"})
    desk.parts.office.open(ada, poll)
    code = desk.parts.codes.page(ada, poll).codes[0]
    found = desk.parts.office.get(ada, poll).poll
    given = Code(text=code.text, number=code.number)
    RedisQueue(desk.redis).cast(found, f"code:{code.number}", found.marks([1]), code=given)
    desk.work()
    assert "1 used" in words(browser.get(f"/admin/polls/{poll}/codes"))
    sheet = words(browser.get(f"/admin/polls/{poll}/codes/sheet"))
    assert code.printed not in sheet


# --- accounts and tokens ------------------------------------------------------------------------


def test_it_signs_out_everywhere(desk: Desk, browser: Browser) -> None:
    """All browsers of one organiser, at once."""
    other = Browser(desk.app.test_client())
    other.sign_in("ada")
    assert browser.post("/admin/account/sign-out-everywhere").status_code == 303
    for each in (browser, other):
        assert each.get("/admin/").status_code == 303


# --- whoever runs it ----------------------------------------------------------------------------


def test_it_says_whether_it_is_ready(stranger: Browser) -> None:
    """PostgreSQL and Redis both answer."""
    assert json.loads(stranger.get("/healthz").data) == {"ok": True, "version": VERSION}
    ready = stranger.get("/readyz")
    assert (ready.status_code, json.loads(ready.data)["failing"]) == (200, {})


def test_it_counts_requests_by_route(browser: Browser) -> None:
    """Not by address: that would be a line for every poll."""
    poll = browser.make()
    browser.get(f"/admin/polls/{poll}")
    text = browser.get("/metrics").text
    assert 'route="/admin/polls/<int:poll>",status="200"' in text
    assert f"/admin/polls/{poll}" not in text


def test_it_shows_a_page_when_postgresql_is_away(browser: Browser, connection: Connection) -> None:
    """With a sentence, and an invitation to try again."""
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'votify_admin'"
    try:
        connection.execute("ALTER ROLE votify_admin NOLOGIN")
        connection.execute(kill)
        page, answer = browser.get("/admin/"), browser.get("/admin/polls.json")
    finally:
        connection.execute("ALTER ROLE votify_admin LOGIN")
    assert page.status_code == answer.status_code == 503
    assert page.headers["Retry-After"]
    assert "does not answer right now" in words(page)
    assert answer.json is not None
    assert answer.json["code"] == "ledger_unavailable"
    for said in (words(page), answer.text):
        assert "votify_admin" not in said, "what the driver says is not for everybody"
        assert "sec" not in said


def test_visibility_and_identity_have_words_each() -> None:
    """The page says in words what each stops and what it does not."""
    assert set(IDENTITIES) == set(Identity)
    assert set(VISIBILITIES) == set(Visibility)
    assert set(KINDS) == set(Kind)
    assert all("not" in said.meaning for said in IDENTITIES.values())
