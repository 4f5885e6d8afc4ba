"""What needs the password again, in a browser that was left open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from admin.access import COOKIE
from admin.organiser import Organiser, Role
from tests.desk import PASSWORD, Desk
from tests.integration.browsing import Browser, Page

ACCOUNT = "/admin/account"
TOKENS = f"{ACCOUNT}/tokens"
PEOPLE = "/admin/organisers"


@pytest.fixture
def olga(desk: Desk) -> Organiser:
    """Give an owner."""
    return desk.organiser("olga", Role.OWNER)


@pytest.fixture
def later(connection: psycopg.Connection[Any]) -> Callable[[str], None]:
    """Give a function that lets some time pass for all sessions."""

    def pass_by(interval: str) -> None:
        connection.execute(
            "UPDATE sessions SET confirmed_at = confirmed_at - %s::interval", [interval]
        )

    return pass_by


@pytest.fixture
def browser(desk: Desk, olga: Organiser, later: Callable[[str], None]) -> Browser:
    """Give the browser of an owner who has signed in a while ago."""
    client = desk.app.test_client()
    client.set_cookie(COOKIE, desk.parts.sessions.begin(olga))
    later("10 minutes")
    return Browser(client)


def make_token(browser: Browser) -> Page:
    """Fill in the form for a token."""
    return browser.send(browser.get(ACCOUNT), TOKENS, name='the "bot"', scope=["polls", "vote-for"])


def test_it_asks_for_the_password_and_does_what_was_asked_for(
    browser: Browser, desk: Desk, olga: Organiser, later: Callable[[str], None]
) -> None:
    """As it was filled in, by one form, without a script; then not again for ten minutes."""
    asked = make_token(browser)
    assert asked.status == 403
    assert "Your password again" in asked.text
    assert desk.parts.tokens.all(olga) == []
    done = browser.send(asked, TOKENS, again=PASSWORD)
    assert "is made" in done.text
    (token,) = desk.parts.tokens.all(olga)
    assert (token.name, token.scopes) == ('the "bot"', ("polls", "vote-for"))
    later("9 minutes")
    assert "is made" in make_token(browser).text
    later("1 minute")
    assert make_token(browser).status == 403


def test_it_asks_again_where_it_was_another_password(browser: Browser, desk: Desk) -> None:
    """Says so, keeps what was filled in, and shows no password."""
    asked = browser.send(make_token(browser), TOKENS, again="wrong, surely")
    assert asked.status == 403
    assert "That is not your password." in asked.text
    assert "wrong, surely" not in asked.source
    assert "is made" in browser.send(asked, TOKENS, again=PASSWORD).text


def test_it_lets_nobody_try_passwords_at_an_open_desk(browser: Browser, desk: Desk) -> None:
    """They are counted as those of signing in."""
    asked = make_token(browser)
    for _ in range(desk.parts.settings.login_tries):
        asked = browser.send(asked, TOKENS, again="wrong, surely")
    refused = browser.send(asked, TOKENS, again=PASSWORD)
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) > 60
    assert "too many tries" in refused.text


def test_it_asks_before_it_changes_accounts(
    browser: Browser, desk: Desk, later: Callable[[str], None]
) -> None:
    """Roles, passwords, who is shut out, and new ones."""
    ada = desk.organiser("ada")
    for act, fields in (("role", {"role": "owner"}), ("password", {"password": "x" * 12})):
        place = f"{PEOPLE}/{ada.id}/{act}"
        assert browser.send(browser.get(PEOPLE), place, **fields).status == 403
    asked = browser.send(browser.get(PEOPLE), PEOPLE, name="bob", password="correct horse")
    assert asked.status == 403
    assert [each.name for each in desk.parts.accounts.all()] == ["ada", "olga"]
    assert not desk.parts.accounts.verify("ada", PASSWORD).is_owner
    assert "The account is made" in browser.send(asked, PEOPLE, again=PASSWORD).text


def test_it_asks_before_it_deletes_a_poll(browser: Browser, desk: Desk, olga: Organiser) -> None:
    """Opening one is done at once: nobody in a hall is kept waiting."""
    poll = desk.poll(olga).poll.id
    page, place = f"/admin/polls/{poll}", f"/admin/polls/{poll}/delete"
    asked = browser.send(browser.get(page), place)
    assert asked.status == 403
    assert browser.get(page).status == 200
    assert "The poll is deleted" in browser.send(asked, place, again=PASSWORD).text
    other = desk.poll(olga).poll.id
    opened = browser.send(browser.get(f"/admin/polls/{other}"), f"/admin/polls/{other}/open")
    assert "The poll is open" in opened.text


def test_it_asks_a_session_and_no_token(browser: Browser, desk: Desk, olga: Organiser) -> None:
    """At the API, too: a program has no password, and its token was made by who gave it."""
    wanted = {"name": "bot", "scopes": ["polls"]}
    answer = browser.client.post("/api/tokens", json=wanted)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "password_needed")
    _, text = desk.parts.tokens.create(olga, "a program", ["polls"])
    bearer = {"Authorization": f"Bearer {text}"}
    assert browser.client.post("/api/tokens", json=wanted, headers=bearer).status_code == 201


def test_it_takes_no_password_from_another_site(browser: Browser, desk: Desk) -> None:
    """Nor does another browser of the same person get anything from it."""
    answer = browser.client.post(
        TOKENS,
        data={"name": "bot", "scope": "polls", "again": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    assert make_token(browser).status == 403
