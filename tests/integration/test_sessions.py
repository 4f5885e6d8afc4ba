"""Sessions: who is signed in where, and until when, on the real PostgreSQL."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import psycopg
import pyotp
import pytest

from admin.accounts import Accounts
from admin.organiser import Organiser, Role
from admin.sessions import Sessions
from admin.tokens import POLLS
from ballotbox.errors import NotSignedIn
from tests.desk import PASSWORD, Desk

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
