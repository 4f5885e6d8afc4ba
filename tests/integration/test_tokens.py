"""Tokens: programs of organisers, on the real PostgreSQL and Redis."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql
from redis import Redis

from admin.organiser import Role
from admin.tokens import POLLS, VOTE_FOR
from ballotbox.errors import InvalidAccount, NotSignedIn, UnknownToken
from ballotbox.published import bearer
from tests.desk import Desk
from tests.servers import Database

Connection = psycopg.Connection[Any]


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
