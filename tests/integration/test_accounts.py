"""Who may come in: accounts and their passwords, on the real PostgreSQL."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher

from admin.accounts import Accounts
from admin.organiser import Organiser, Role
from admin.sessions import Sessions
from admin.tokens import POLLS, VOTE_FOR
from ballotbox.errors import InvalidAccount, LastOwner, NotSignedIn, UnknownOrganiser, WrongPassword
from ballotbox.published import bearer
from ballotbox.settings import Settings
from tests.desk import PASSWORD, Desk

Connection = psycopg.Connection[Any]


def test_it_lets_in_who_knows_the_password(accounts: Accounts) -> None:
    """Names are the same whatever their capitals, as people type them."""
    ada = accounts.add(" Ada ", PASSWORD)
    assert ada == Organiser(id=ada.id, name="Ada", role=Role.ORGANISER)
    assert accounts.verify("ada ", PASSWORD) == ada


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ada", "another password"),
        ("bob", PASSWORD),
        ("", ""),
        ("ada", PASSWORD + "\0"),
        ("ada\0", PASSWORD),
        ("ada", "x" * 100_000),
        ("ada", "\ud800"),
    ],
)
def test_it_lets_in_nobody_else(accounts: Accounts, name: str, password: str) -> None:
    """A wrong name and a wrong password are told the same."""
    accounts.add("ada", PASSWORD)
    with pytest.raises(WrongPassword):
        accounts.verify(name, password)


def test_it_keeps_passwords_as_argon2id(accounts: Accounts, connection: Connection) -> None:
    """Whoever reads the table knows no password."""
    accounts.add("ada", PASSWORD)
    (kept,) = connection.execute("SELECT password FROM organisers").fetchone() or ("",)
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


def test_it_hashes_anew_what_was_hashed_too_cheaply(
    desk: Desk, accounts: Accounts, connection: Connection
) -> None:
    """When hashing gets dearer, accounts follow as their people sign in."""
    accounts.add("ada", PASSWORD)  # at a test's cost
    Accounts(desk.parts.database.connect).verify("ada", PASSWORD)
    (kept,) = connection.execute("SELECT password FROM organisers").fetchone() or ("",)
    assert not PasswordHasher().check_needs_rehash(kept)


def test_it_keeps_a_password_that_is_changed_meanwhile(
    desk: Desk, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To hash the old one anew takes a while: it does not come back, nor let anybody in."""
    ada, slow = accounts.add("ada", PASSWORD), Accounts(desk.parts.database.connect)
    hashed = slow._passwords.hashed

    def change_meanwhile(password: str) -> str:
        accounts.set_password(ada.id, "another passphrase of hers")
        return hashed(password)

    monkeypatch.setattr(slow._passwords, "hashed", change_meanwhile)
    with pytest.raises(WrongPassword):
        slow.verify("ada", PASSWORD)
    assert accounts.verify("ada", "another passphrase of hers") == ada


@pytest.mark.parametrize(
    ("name", "password"),
    [("ada", PASSWORD), ("ADA", PASSWORD), ("", PASSWORD), ("a\nb", PASSWORD), ("bob", "short")],
)
def test_it_adds_no_account_that_cannot_be(accounts: Accounts, name: str, password: str) -> None:
    """A name is there once and can be seen; a password is not short."""
    accounts.add("ada", PASSWORD)
    with pytest.raises(InvalidAccount):
        accounts.add(name, password)


@pytest.mark.parametrize(
    "password",
    [
        *("password1234", "passwordpassword", "123456789012", "qwertyuiop12", "aaaaaaaaaaaa"),
        *("1qaz2wsx3edc", "iloveyou1234", "margarethehamilton", "hamiltonhamilton"),
        "x" * 1024,
    ],
)
def test_it_takes_no_password_that_is_easily_guessed(accounts: Accounts, password: str) -> None:
    """Known ones, rows of keys, repetitions, and one's own name; when it is changed as well."""
    name = "margarethe hamilton"
    with pytest.raises(InvalidAccount, match="easily guessed"):
        accounts.add(name, password)
    who = accounts.add(name, PASSWORD)
    for change in (
        lambda: accounts.set_password(who.id, password),
        lambda: accounts.change_password(who, PASSWORD, password),
    ):
        with pytest.raises(InvalidAccount, match="easily guessed"):
            change()
    assert accounts.verify(name, PASSWORD) == who


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "Tr0ub4dor&3xx",
        "wer fährt mit nach Köln?",
        "我们今晚去哪里吃饭呢好不好",
    ],
)
def test_it_takes_some_words_for_a_password(accounts: Accounts, password: str) -> None:
    """In any language, and without a rule on capitals and digits."""
    ada = accounts.add("ada", password)
    assert accounts.verify("ada", password) == ada


def test_it_lets_in_with_a_password_of_before(accounts: Accounts, connection: Connection) -> None:
    """Of 0.1.0, which took eight characters, easily guessed or not; a new one is as of today."""
    ada = accounts.add("ada", PASSWORD)
    short = PasswordHasher(1, 8, 1).hash("password")
    connection.execute("UPDATE organisers SET password = %s", [short])
    assert accounts.verify("ada", "password") == ada
    with pytest.raises(InvalidAccount):
        accounts.change_password(ada, "password", "password")


def test_it_makes_the_first_owner_from_the_settings(
    accounts: Accounts, admin_settings: Settings
) -> None:
    """On an empty database there is somebody who can come in, once."""
    first = accounts.ensure_first_owner(admin_settings)
    assert first is not None
    assert first.is_owner
    assert accounts.ensure_first_owner(admin_settings) is None
    assert accounts.verify("admin", admin_settings.admin_password) == first


def test_it_makes_no_owner_without_a_password(accounts: Accounts, admin_settings: Settings) -> None:
    """No password that everybody could know."""
    assert accounts.ensure_first_owner(replace(admin_settings, admin_password="")) is None
    assert not accounts.any()


def test_it_changes_ones_own_password(accounts: Accounts, sessions: Sessions) -> None:
    """Who changes it knows the old one; whoever is signed in with that is out."""
    ada = accounts.add("ada", PASSWORD)
    session = sessions.begin(ada)
    with pytest.raises(WrongPassword):
        accounts.change_password(ada, "wrong password", "a new password")
    with pytest.raises(InvalidAccount):
        accounts.change_password(ada, PASSWORD, "short")
    assert sessions.find(session) == ada
    accounts.change_password(ada, PASSWORD, "a new password")
    assert accounts.verify("ada", "a new password") == ada
    with pytest.raises(NotSignedIn):
        sessions.find(session)


def test_it_lets_an_owner_give_a_new_password(accounts: Accounts) -> None:
    """For who has forgotten it."""
    ada = accounts.add("ada", PASSWORD)
    accounts.set_password(ada.id, "a new password")
    assert accounts.verify("ada", "a new password") == ada


def test_it_shuts_out_and_lets_in_again(desk: Desk, accounts: Accounts, sessions: Sessions) -> None:
    """A disabled account is good for nothing: no password, session or token."""
    accounts.add("olga", PASSWORD, Role.OWNER)
    ada = accounts.add("ada", PASSWORD)
    session = sessions.begin(ada)
    _, token = desk.parts.tokens.create(ada, "a program", [POLLS])
    accounts.disable(ada.id)
    with pytest.raises(WrongPassword):
        accounts.verify("ada", PASSWORD)
    with pytest.raises(NotSignedIn):
        sessions.find(session)
    with pytest.raises(NotSignedIn):
        desk.parts.tokens.find(token)
    accounts.disable(ada.id, disabled=False)
    assert accounts.verify("ada", PASSWORD) == ada
    with pytest.raises(NotSignedIn):
        sessions.find(session)
    with pytest.raises(NotSignedIn):
        desk.parts.tokens.find(token)


@pytest.mark.parametrize(
    "change",
    [
        lambda accounts, ada: accounts.change_password(ada, PASSWORD, "a new password"),
        lambda accounts, ada: accounts.set_password(ada.id, "a new password"),
    ],
    ids=["one's own", "by an owner"],
)
def test_it_revokes_tokens_with_the_password(
    desk: Desk, accounts: Accounts, change: Callable[[Accounts, Organiser], None]
) -> None:
    """Whoever had the old one may have made some; `vote` learns it at once. Nobody else's are."""
    ada, bob = accounts.add("ada", PASSWORD), accounts.add("bob", PASSWORD)
    texts = [desk.parts.tokens.create(ada, "a program", [scope])[1] for scope in (POLLS, VOTE_FOR)]
    theirs = desk.parts.tokens.create(bob, "a program", [VOTE_FOR])[1]
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in (texts[1], theirs)]
    assert [bearer(desk.redis, each) for each in digests] == [str(ada.id), str(bob.id)]
    change(accounts, ada)
    for text in texts:
        with pytest.raises(NotSignedIn):
            desk.parts.tokens.find(text)
    assert [bearer(desk.redis, each) for each in digests] == [None, str(bob.id)]
    assert all(each.revoked_at for each in desk.parts.tokens.all(ada))


def test_it_always_keeps_an_owner(accounts: Accounts) -> None:
    """Without one, nobody could look after the accounts."""
    olga = accounts.add("olga", PASSWORD, Role.OWNER)
    with pytest.raises(LastOwner):
        accounts.disable(olga.id)
    with pytest.raises(LastOwner):
        accounts.set_role(olga.id, Role.ORGANISER)
    otto = accounts.add("otto", PASSWORD, Role.OWNER)
    accounts.disable(otto.id)
    with pytest.raises(LastOwner):
        accounts.set_role(olga.id, Role.ORGANISER)
    accounts.disable(otto.id, disabled=False)
    accounts.set_role(olga.id, Role.ORGANISER)
    assert {each.name: each.role for each in accounts.all()} == {
        "olga": Role.ORGANISER,
        "otto": Role.OWNER,
    }


@pytest.mark.parametrize(
    "act",
    [
        lambda accounts: accounts.set_password(99, "a new password"),
        lambda accounts: accounts.set_role(99, Role.OWNER),
        lambda accounts: accounts.disable(99),
    ],
)
def test_it_knows_no_account_that_is_not_there(
    accounts: Accounts, act: Callable[[Accounts], None]
) -> None:
    """Two owners may work at once, and one delete what the other looks at."""
    accounts.add("olga", PASSWORD, Role.OWNER)
    with pytest.raises(UnknownOrganiser):
        act(accounts)
