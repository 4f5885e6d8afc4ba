"""Who may come in: accounts, sessions and tokens, on the real PostgreSQL and Redis."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import psycopg
import pyotp
import pytest
from argon2 import PasswordHasher
from psycopg import sql
from redis import Redis

from admin.accounts import Accounts
from admin.organiser import Organiser, Role
from admin.sessions import Sessions
from admin.tokens import POLLS, VOTE_FOR
from ballotbox.errors import (
    InvalidAccount,
    LastOwner,
    NotSignedIn,
    UnknownOrganiser,
    UnknownToken,
    WrongPassword,
)
from ballotbox.published import bearer
from ballotbox.settings import Settings
from tests.desk import PASSWORD, Desk
from tests.servers import Database

Connection = psycopg.Connection[Any]
Change = Callable[[Desk, Organiser], object]
ANOTHER = "another passphrase of hers"


def _factor(desk: Desk, who: Organiser) -> None:
    factors = desk.parts.factors
    secret = factors.new_secret()
    factors.turn_on(who, secret, pyotp.TOTP(secret).now())


def _disable(desk: Desk, who: Organiser) -> None:
    desk.organiser("olga", Role.OWNER)
    desk.parts.accounts.disable(who.id)


CHANGES: dict[str, Change] = {
    "password": lambda desk, who: desk.parts.accounts.set_password(who.id, ANOTHER),
    "disabled": _disable,
    "second factor": _factor,
}


@pytest.fixture
def accounts(desk: Desk) -> Accounts:
    """Give the accounts; there is none yet."""
    return desk.parts.accounts


@pytest.fixture
def sessions(desk: Desk) -> Sessions:
    """Give the sessions."""
    return desk.parts.sessions


# --- accounts -----------------------------------------------------------------------------------


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
        accounts.set_password(ada.id, ANOTHER)
        return hashed(password)

    monkeypatch.setattr(slow._passwords, "hashed", change_meanwhile)
    with pytest.raises(WrongPassword):
        slow.verify("ada", PASSWORD)
    assert accounts.verify("ada", ANOTHER) == ada


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


# --- sessions -----------------------------------------------------------------------------------


def test_it_keeps_no_session_that_could_be_used(
    accounts: Accounts, sessions: Sessions, connection: Connection
) -> None:
    """Of what the browser shows, the table holds a hash."""
    text = sessions.begin(accounts.add("ada", PASSWORD))
    (kept,) = connection.execute("SELECT hash FROM sessions").fetchone() or (b"",)
    assert kept == hashlib.sha256(text.encode()).digest()


def test_it_renews_a_session_at_sign_in(accounts: Accounts, sessions: Sessions) -> None:
    """What a browser had before, or was given by somebody else, is worth nothing afterwards."""
    ada = accounts.add("ada", PASSWORD)
    before = sessions.begin(ada)
    after = sessions.begin(ada, instead_of=before)
    assert after != before
    assert sessions.find(after) == ada
    with pytest.raises(NotSignedIn):
        sessions.find(before)


def test_it_ends_a_session_that_is_not_used(
    accounts: Accounts, sessions: Sessions, connection: Connection
) -> None:
    """After so many hours without a click; a click starts them anew."""
    text = sessions.begin(accounts.add("ada", PASSWORD))
    connection.execute("UPDATE sessions SET seen_at = now() - interval '11 hours 59 minutes'")
    sessions.find(text)
    fresh = "SELECT seen_at > now() - interval '1 minute' FROM sessions"
    assert connection.execute(fresh).fetchone() == (True,)
    connection.execute("UPDATE sessions SET seen_at = now() - interval '12 hours 1 minute'")
    with pytest.raises(NotSignedIn):
        sessions.find(text)


def test_it_ends_a_session_after_a_week(
    accounts: Accounts, sessions: Sessions, connection: Connection
) -> None:
    """However much it is used: a browser that was left behind is not signed in for ever."""
    ada = accounts.add("ada", PASSWORD)
    text = sessions.begin(ada)
    connection.execute("UPDATE sessions SET created_at = now() - interval '6 days 23 hours'")
    assert sessions.find(text) == ada
    connection.execute("UPDATE sessions SET created_at = now() - interval '7 days 1 minute'")
    with pytest.raises(NotSignedIn):
        sessions.find(text)
    assert sessions.all(ada) == []
    sessions.begin(ada)
    assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (1,)


def test_it_ends_one_session(accounts: Accounts, sessions: Sessions) -> None:
    """By its id, which lets nobody in; somebody else's is not there, nor is nonsense."""
    ada, bob = accounts.add("ada", PASSWORD), accounts.add("bob", PASSWORD)
    lost, kept = sessions.begin(ada, device="a lost phone"), sessions.begin(ada, device="here")
    (wanted,) = (each.id for each in sessions.all(ada) if each.device == "a lost phone")
    with pytest.raises(NotSignedIn):
        sessions.find(wanted)
    for who, session in ((bob, wanted), (ada, "x"), (ada, "0" * 64), (ada, "\0"), (ada, "")):
        sessions.end_one(who, session)
    assert sessions.find(lost) == ada
    sessions.end_one(ada, wanted)
    with pytest.raises(NotSignedIn):
        sessions.find(lost)
    assert sessions.find(kept) == ada


def test_it_signs_out_everywhere(accounts: Accounts, sessions: Sessions) -> None:
    """All of one's own sessions, and nobody else's."""
    ada, bob = accounts.add("ada", PASSWORD), accounts.add("bob", PASSWORD)
    ours, theirs = [sessions.begin(ada), sessions.begin(ada)], sessions.begin(bob)
    sessions.end_all(ada)
    for text in ours:
        with pytest.raises(NotSignedIn):
            sessions.find(text)
    assert sessions.find(theirs) == bob


def test_it_lists_sessions(accounts: Accounts, sessions: Sessions) -> None:
    """So that one sees where one is signed in."""
    ada = accounts.add("ada", PASSWORD)
    sessions.begin(ada, device="an old\nphone")
    text = sessions.begin(ada, device="a laptop")
    listed = sessions.all(ada, current=text)
    assert [(each.device, each.current) for each in listed] == [
        ("a laptop", True),
        ("an oldphone", False),
    ]


@pytest.mark.parametrize("text", ["", "x", "ü", "\udcff", "\0"])
def test_it_knows_no_session_that_it_did_not_begin(sessions: Sessions, text: str) -> None:
    """Whatever a browser sends."""
    with pytest.raises(NotSignedIn):
        sessions.find(text)


# --- tokens -------------------------------------------------------------------------------------


def test_it_shows_a_token_once(desk: Desk, connection: Connection) -> None:
    """It is worth something to who has its text, of which the table holds a hash."""
    ada = desk.organiser()
    token, text = desk.parts.tokens.create(ada, "a program", [POLLS])
    assert desk.parts.tokens.find(text, address="192.0.2.1") == (ada, {POLLS}, token.id)
    (kept,) = connection.execute("SELECT hash FROM tokens").fetchone() or (b"",)
    assert kept == hashlib.sha256(text.encode()).digest()
    (listed,) = desk.parts.tokens.all(ada)
    assert replace(listed, used_at=None, used_from=None) == token
    assert listed.used_at is not None
    assert listed.used_from == "192.0.2.1"


def test_it_notes_the_use_of_a_token_once_a_minute(desk: Desk, connection: Connection) -> None:
    """When it was, and from where: reading costs no writing."""
    ada = desk.organiser()
    _, text = desk.parts.tokens.create(ada, "a program", [POLLS])
    for address in ("192.0.2.1", "192.0.2.2"):
        desk.parts.tokens.find(text, address=address)
    assert desk.parts.tokens.all(ada)[0].used_from == "192.0.2.1"
    connection.execute("UPDATE tokens SET used_at = now() - interval '61 seconds'")
    desk.parts.tokens.find(text, address="192.0.2.2")
    assert desk.parts.tokens.all(ada)[0].used_from == "192.0.2.2"


@pytest.mark.parametrize("days", [90, 1, 365])
def test_it_ends_a_token_in_time(desk: Desk, connection: Connection, days: int) -> None:
    """After 90 days, or as many as its maker says; `vote` learns it from the worker by itself."""
    ada = desk.organiser()
    token, text = desk.parts.tokens.create(ada, "a program", [VOTE_FOR], days=days)
    assert token.expires_at is not None
    assert (token.expires_at - token.created_at).days == days
    digest = hashlib.sha256(text.encode()).hexdigest()
    connection.execute("UPDATE tokens SET expires_at = now() + interval '1 minute'")
    desk.work()
    assert desk.parts.tokens.find(text).organiser == ada
    assert bearer(desk.redis, digest) == str(ada.id)
    connection.execute("UPDATE tokens SET expires_at = now()")
    with pytest.raises(NotSignedIn):
        desk.parts.tokens.find(text)
    desk.work()
    assert bearer(desk.redis, digest) is None
    assert desk.parts.tokens.all(ada)[0].is_over


def test_it_takes_a_token_of_before(desk: Desk, connection: Connection) -> None:
    """0.1.0 has made them without an end; they go on, and what they make has one."""
    ada = desk.organiser()
    token, text = desk.parts.tokens.create(ada, "a program", [POLLS, VOTE_FOR])
    connection.execute("UPDATE tokens SET expires_at = NULL")
    assert desk.parts.tokens.find(text).organiser == ada
    (listed,) = desk.parts.tokens.all(ada)
    assert not listed.is_over
    child, _ = desk.parts.tokens.create(ada, "its child", [POLLS], parent=token.id)
    assert child.expires_at is not None
    desk.work()
    assert bearer(desk.redis, hashlib.sha256(text.encode()).hexdigest()) == str(ada.id)


def test_it_ends_with_a_token_what_it_has_made(desk: Desk) -> None:
    """Whoever had one that is revoked keeps no way in, by however many steps; others go on."""
    ada, bob = desk.organiser("ada"), desk.organiser("bob")
    tokens = desk.parts.tokens
    parent, *texts = tokens.create(ada, "a program", [POLLS], days=30)
    child, text = tokens.create(ada, "its child", [POLLS], parent=parent.id)
    grandchild, last = tokens.create(ada, "its grandchild", [VOTE_FOR], days=1, parent=child.id)
    assert (child.parent, child.expires_at) == (parent.id, parent.expires_at)
    assert grandchild.expires_at is not None
    assert grandchild.expires_at < parent.expires_at
    _, other = tokens.create(ada, "another", [POLLS])
    with pytest.raises(UnknownToken):
        tokens.revoke(bob, child.id)
    tokens.revoke(ada, parent.id)
    for each in (*texts, text, last):
        with pytest.raises(NotSignedIn):
            tokens.find(each)
    assert tokens.find(other).organiser == ada
    assert desk.redis.hgetall("tokens") == {}
    with pytest.raises(NotSignedIn):
        tokens.create(ada, "too late", [POLLS], parent=child.id)


def test_it_makes_no_token_of_one_that_is_being_revoked(desk: Desk, connection: Connection) -> None:
    """Whichever is first: a child that is made at that moment is revoked, or it is not made."""
    ada = desk.organiser()
    tokens = desk.parts.tokens
    for _ in range(10):
        parent, _ = tokens.create(ada, "a program", [POLLS])
        child, _ = tokens.create(ada, "its child", [POLLS], parent=parent.id)

        def make(parent: int = child.id) -> None:
            with suppress(NotSignedIn):
                tokens.create(ada, "its grandchild", [POLLS], parent=parent)

        with ThreadPoolExecutor(max_workers=4) as threads:
            made = [threads.submit(make) for _ in range(3)]
            revoked = threads.submit(tokens.revoke, ada, parent.id)
            for each in (*made, revoked):
                each.result()
        assert all(each.revoked_at for each in tokens.all(ada))


def test_it_revokes_a_token(desk: Desk) -> None:
    """At once; again is harmless; somebody else's is not there."""
    ada, bob = desk.organiser("ada"), desk.organiser("bob")
    token, text = desk.parts.tokens.create(ada, "a program", [POLLS])
    for who, number in ((bob, token.id), (ada, 0), (ada, 99), (ada, 10**30)):
        with pytest.raises(UnknownToken):
            desk.parts.tokens.revoke(who, number)
    desk.parts.tokens.revoke(ada, token.id)
    desk.parts.tokens.revoke(ada, token.id)
    with pytest.raises(NotSignedIn):
        desk.parts.tokens.find(text)


@pytest.mark.parametrize(
    ("name", "scopes"),
    [("", [POLLS]), ("a\0b", [POLLS]), ("x" * 101, [POLLS]), ("ok", []), ("ok", ["everything"])],
)
def test_it_makes_no_token_that_cannot_be(desk: Desk, name: str, scopes: list[str]) -> None:
    """A token has a name and is for something."""
    with pytest.raises(InvalidAccount):
        desk.parts.tokens.create(desk.organiser(), name, scopes)


@pytest.mark.parametrize("days", [0, -1, 366, 10**8])
def test_it_makes_no_token_without_an_end(desk: Desk, days: int) -> None:
    """It is good for a year at most."""
    with pytest.raises(InvalidAccount) as found:
        desk.parts.tokens.create(desk.organiser(), "ok", [POLLS], days=days)
    assert found.value.field == "days"


def test_it_tells_vote_who_may_vouch(desk: Desk, redis: Redis) -> None:
    """At once: a token for voting by its hash, with whose polls it is for."""
    ada, olga = desk.organiser("ada"), desk.organiser("olga", Role.OWNER)
    tokens = desk.parts.tokens
    token, text = tokens.create(ada, "a program", [VOTE_FOR, POLLS])
    _, owners = tokens.create(olga, "another", [VOTE_FOR])
    tokens.create(ada, "not for voting", [POLLS])
    hashes = {hashlib.sha256(each.encode()).hexdigest().encode() for each in (text, owners)}
    assert set(redis.hgetall("tokens")) == hashes
    assert sorted(redis.hgetall("tokens").values()) == sorted([b"*", str(ada.id).encode()])
    tokens.revoke(ada, token.id)
    assert list(redis.hgetall("tokens").values()) == [b"*"]


def test_the_desk_reads_no_voter(database: Database) -> None:
    """Its role has no right to the ledger, only to a view without voters."""
    with database.connect("votify_admin") as connection:
        for table in ("ballots", "salts"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))


# --- at the same moment ---------------------------------------------------------------------------


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_lets_nobody_in_by_what_held_a_moment_ago(
    desk: Desk, accounts: Accounts, sessions: Sessions, change: Change
) -> None:
    """A password that was checked before the change begins no session after it."""
    accounts.add("ada", PASSWORD)
    verified = accounts.verify("ada", PASSWORD)
    change(desk, verified)
    with pytest.raises(NotSignedIn):
        sessions.begin(verified)
    assert sessions.all(verified) == []


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_ends_what_waited_for_a_code(
    desk: Desk, accounts: Accounts, sessions: Sessions, change: Change
) -> None:
    """Its code comes too late, though it was checked before."""
    ada = accounts.add("ada", PASSWORD)
    waiting = sessions.begin(ada, pending=True)
    change(desk, ada)
    with pytest.raises(NotSignedIn):
        sessions.begin(ada, after=waiting)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_makes_no_token_for_a_session_that_has_ended(
    desk: Desk, accounts: Accounts, sessions: Sessions, change: Change
) -> None:
    """It was asked for before the change, and would outlive what should end everything."""
    ada = accounts.add("ada", PASSWORD)
    session = sessions.begin(ada)
    assert desk.parts.tokens.create(ada, "in time", [POLLS], session=session)
    change(desk, ada)
    with pytest.raises(NotSignedIn):
        desk.parts.tokens.create(ada, "too late", [POLLS], session=session)
    assert [token.name for token in desk.parts.tokens.all(ada)] == ["in time"]
