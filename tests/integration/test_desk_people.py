"""The pages of one's own account, and of all accounts."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest

from admin.access import COOKIE
from admin.organiser import Organiser, Role
from ballotbox.errors import NotSignedIn, WrongPassword
from tests.desk import PASSWORD, Desk
from tests.integration.browsing import Browser

ACCOUNT = "/admin/account"
PEOPLE = "/admin/organisers"


def signed_in(desk: Desk, who: Organiser) -> Browser:
    """Give a browser in which somebody has signed in."""
    client = desk.app.test_client()
    client.set_cookie(COOKIE, desk.parts.sessions.begin(who, device="Firefox/145.0 (Linux)"))
    return Browser(client)


@pytest.fixture
def ada(desk: Desk) -> Organiser:
    """Give an organiser."""
    return desk.organiser("ada")


@pytest.fixture
def browser(desk: Desk, ada: Organiser) -> Browser:
    """Give the browser in which she has signed in."""
    return signed_in(desk, ada)


@pytest.fixture
def owner(desk: Desk) -> Browser:
    """Give the browser of an owner."""
    return signed_in(desk, desk.organiser("eve", Role.OWNER))


def test_it_changes_the_password(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """And signs out everywhere but here."""
    elsewhere = signed_in(desk, ada)
    page = browser.send(
        browser.get(ACCOUNT), f"{ACCOUNT}/password", old=PASSWORD, new="correct horse battery"
    )
    assert "The password is changed" in page.text
    assert desk.parts.accounts.verify("ada", "correct horse battery") == ada
    assert elsewhere.get(ACCOUNT).path == "/admin/sign-in"


@pytest.mark.parametrize(
    ("old", "new", "field"), [("wrong", "correct horse battery", "old"), (PASSWORD, "short", "new")]
)
def test_it_says_what_is_wrong_with_a_password(
    browser: Browser, old: str, new: str, field: str
) -> None:
    """At the field; a page never shows a password again."""
    page = browser.send(browser.get(ACCOUNT), f"{ACCOUNT}/password", old=old, new=new)
    assert page.form(f"{ACCOUNT}/password").invalid == {field}
    assert page.status >= 400
    assert new not in page.source


def test_it_counts_no_try_where_the_new_password_cannot_be(browser: Browser, desk: Desk) -> None:
    """Whoever looks for a password that is long enough is not locked out meanwhile."""
    for _ in range(desk.parts.settings.login_tries + 1):
        page = browser.send(browser.get(ACCOUNT), f"{ACCOUNT}/password", old=PASSWORD, new="short")
        assert page.form(f"{ACCOUNT}/password").invalid == {"new"}
    page = browser.send(
        browser.get(ACCOUNT), f"{ACCOUNT}/password", old=PASSWORD, new="correct horse battery"
    )
    assert "The password is changed" in page.text


def test_it_lets_nobody_try_passwords_at_an_open_desk(browser: Browser, desk: Desk) -> None:
    """Tries of the old password are counted as those of signing in are."""
    for _ in range(desk.parts.settings.login_tries):
        browser.send(
            browser.get(ACCOUNT), f"{ACCOUNT}/password", old="wrong", new="long enough to be taken"
        )
    page = browser.send(
        browser.get(ACCOUNT), f"{ACCOUNT}/password", old=PASSWORD, new="long enough to be taken"
    )
    assert page.status == 429


def test_it_shows_where_one_is_signed_in(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """By the name of the browser, and ends all of it at once."""
    signed_in(desk, ada)
    page = browser.get(ACCOUNT)
    assert page.text.count("Firefox on Linux") == 2
    assert page.text.count("this one") == 1
    assert browser.send(page, f"{ACCOUNT}/sign-out-everywhere").path == "/admin/sign-in"
    assert not desk.parts.sessions.all(ada)


def test_it_signs_one_browser_out(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """One that was lost, and no other; this one has the button that all pages have."""
    lost = signed_in(desk, ada)
    session = desk.parts.sessions.all(ada)[0].id  # the last one that was begun
    page = browser.get(ACCOUNT)
    assert page.source.count('/end"') == 1
    page = browser.send(page, f"{ACCOUNT}/sessions/{session}/end")
    assert "That browser is signed out." in page.text
    assert lost.get(ACCOUNT).path == "/admin/sign-in"
    assert page.text.count("Firefox on Linux") == 1


def test_it_shows_a_token_once(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """It works until it is revoked, and is never shown again."""
    page = browser.send(
        browser.get(ACCOUNT), f"{ACCOUNT}/tokens", name="the bot", scope=["polls", "vote-for"]
    )
    found = re.search(r"votify_[\w-]+", page.text)
    assert found
    assert desk.parts.tokens.find(found[0])[0] == ada
    page = browser.get(ACCOUNT)
    assert "the bot" in page.text
    assert found[0] not in page.source
    (token,) = desk.parts.tokens.all(ada)
    assert "Revoked" in browser.send(page, f"{ACCOUNT}/tokens/{token.id}/revoke").text
    with pytest.raises(NotSignedIn):
        desk.parts.tokens.find(found[0])


@pytest.mark.parametrize(("name", "scope", "text"), [("", ["polls"], "name"), ("bot", [], "for")])
def test_it_says_what_is_wrong_with_a_token(
    browser: Browser, name: str, scope: list[str], text: str
) -> None:
    """And keeps what was filled in."""
    page = browser.send(browser.get(ACCOUNT), f"{ACCOUNT}/tokens", name=name, scope=scope)
    assert page.status == 400
    assert f"A token’s {text}" in page.text.replace("'", "’") or "A token is for" in page.text
    assert page.form(f"{ACCOUNT}/tokens")["name"] == name
    assert page.form(f"{ACCOUNT}/tokens").fields.get("scope", []) == scope


def test_it_says_how_long_a_token_is_good(
    browser: Browser, desk: Desk, ada: Organiser, connection: psycopg.Connection[Any]
) -> None:
    """And when and from where it was last used; one of before has no end."""
    place = f"{ACCOUNT}/tokens"
    form = browser.get(ACCOUNT).form(place)
    assert form["days"] == "90"
    page = browser.send(browser.get(ACCOUNT), place, name="bot", scope=["polls"], days="30")
    (token,) = desk.parts.tokens.all(ada)
    assert token.expires_at is not None
    assert (token.expires_at - token.created_at).days == 30
    assert "good until" in page.text
    found = re.search(r"votify_[\w-]+", page.text)
    assert found
    desk.app.test_client().get(
        "/api/tokens",
        headers={"Authorization": f"Bearer {found[0]}", "X-Forwarded-For": "192.0.2.7"},
    )
    assert "from 192.0.2.7" in browser.get(ACCOUNT).text
    connection.execute("UPDATE tokens SET expires_at = now()")
    assert "Expired" in browser.get(ACCOUNT).text
    connection.execute("UPDATE tokens SET expires_at = NULL")
    assert "has no end" in browser.get(ACCOUNT).text


@pytest.mark.parametrize("days", ["0", "366", "-1", "ninety", "9" * 20])
def test_it_says_that_a_token_has_to_end(browser: Browser, days: str) -> None:
    """At the field."""
    page = browser.send(
        browser.get(ACCOUNT), f"{ACCOUNT}/tokens", name="bot", scope=["polls"], days=days
    )
    assert page.status == 400
    assert page.form(f"{ACCOUNT}/tokens").invalid == {"days"}


def test_it_shows_accounts_to_owners_alone(browser: Browser, owner: Browser) -> None:
    """An organiser finds neither the link nor the page."""
    assert PEOPLE not in browser.get("/admin/").source
    assert browser.get(PEOPLE).status == 403
    assert "ada" in owner.get(PEOPLE).text


def test_it_adds_somebody(owner: Browser, desk: Desk) -> None:
    """With the password that the owner tells them."""
    page = owner.send(owner.get(PEOPLE), PEOPLE, name="bob", password="correct horse")
    assert "The account is made" in page.text
    assert desk.parts.accounts.verify("bob", "correct horse").role is Role.ORGANISER


@pytest.mark.parametrize(
    ("name", "password", "field"),
    [("ada", "correct horse", "name"), ("", "correct horse", "name"), ("bob", "x", "password")],
)
def test_it_says_what_is_wrong_with_an_account(
    owner: Browser, ada: Organiser, name: str, password: str, field: str
) -> None:
    """At the field, with the name kept."""
    page = owner.send(owner.get(PEOPLE), PEOPLE, name=name, password=password, role="owner")
    assert page.form(PEOPLE).invalid == {field}
    assert (page.form(PEOPLE)["name"], page.form(PEOPLE)["role"]) == (name, "owner")


def test_it_looks_after_accounts(owner: Browser, desk: Desk, ada: Organiser) -> None:
    """Another role, another password, out and in again."""
    place = f"{PEOPLE}/{ada.id}"
    owner.send(owner.get(PEOPLE), f"{place}/role")
    assert desk.parts.accounts.verify("ada", PASSWORD).is_owner
    owner.send(owner.get(PEOPLE), f"{place}/password", password="another password")
    owner.send(owner.get(PEOPLE), f"{place}/disable")
    with pytest.raises(WrongPassword):
        desk.parts.accounts.verify("ada", "another password")
    assert "Let in again" in owner.get(PEOPLE).text
    owner.send(owner.get(PEOPLE), f"{place}/enable")
    assert desk.parts.accounts.verify("ada", "another password").id == ada.id


def test_it_keeps_the_last_owner(owner: Browser, desk: Desk) -> None:
    """It says so at the account."""
    (me,) = (each for each in desk.parts.accounts.all() if each.name == "eve")
    page = owner.send(owner.get(PEOPLE), f"{PEOPLE}/{me.id}/disable")
    assert page.status == 409
    assert f'id="account-{me.id}-problem"' in page.source
