"""How often signing in may be tried, and that nobody keeps somebody else out by trying."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from redis import Redis
from redis.exceptions import ResponseError

from admin.access import DEVICE
from admin.organiser import Organiser, Role
from admin.throttle import ADDRESS_A_MINUTE, NAME_A_MINUTE, Throttle
from ballotbox.errors import LedgerUnavailable, TooManyTries, VotifyError, WrongPassword
from ballotbox.settings import Settings
from tests.desk import PASSWORD, Desk, a_desk
from tests.integration.browsing import Browser, Page
from tests.servers import RedisServer

Connection = psycopg.Connection[Any]
SIGN_IN = "/admin/sign-in"
HOME = "/admin/"


@pytest.fixture
def ada(desk: Desk) -> Organiser:
    """Give an organiser."""
    return desk.organiser("ada")


@pytest.fixture
def throttle(desk: Desk) -> Throttle:
    """Give one that takes three tries."""
    return Throttle(desk.parts.database.connect, tries=3, minutes=15)


def fail(throttle: Throttle, times: int = 1, **whose: Any) -> None:
    """Try in vain, whether that is counted or refused."""
    for _ in range(times):
        with suppress(WrongPassword, TooManyTries), throttle.trying(**whose):
            raise WrongPassword


def may_try(throttle: Throttle, **whose: Any) -> bool:
    """Tell whether one may try; it succeeds then."""
    with suppress(TooManyTries), throttle.trying(**whose):
        return True
    return False


# --- what is counted -----------------------------------------------------------------------------


def test_it_lets_nobody_guess_passwords(throttle: Throttle) -> None:
    """After so many tries one has to wait, whether the last would have been right or not."""
    for _ in range(3):
        with pytest.raises(WrongPassword), throttle.trying(name="Ada ", address="192.0.2.1"):
            raise WrongPassword
    with (
        pytest.raises(TooManyTries) as found,
        throttle.trying(name="ada", address="192.0.2.1"),
    ):
        pytest.fail("nobody looks at the password")
    assert 14 * 60 < found.value.seconds <= 15 * 60


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("ADMIN", "2001:db8::1"),
        ("adm\u0130n", "2001:db8::1"),  # PostgreSQL's small letter of it is an i
        ("admin", "2001:db8::ffff"),
        (" admin", "2001:db8::1"),
    ],
)
def test_it_counts_what_comes_to_the_same_as_one(
    throttle: Throttle, name: str, address: str
) -> None:
    """A name that is written otherwise is no other account, and a customer has many addresses."""
    fail(throttle, 3, name="admin", address="2001:db8::1")
    assert not may_try(throttle, name=name, address=address)


@pytest.mark.parametrize("times", [10, 40])
def test_it_keeps_nobody_out_elsewhere(throttle: Throttle, times: int) -> None:
    """What a stranger at one address tries with somebody's name is no try from another address."""
    fail(throttle, times, name="ada", address="192.0.2.1")
    assert not may_try(throttle, name="ada", address="192.0.2.1")
    assert may_try(throttle, name="ada", address="192.0.2.2")


def test_it_keeps_nobody_out_for_names_of_others(throttle: Throttle) -> None:
    """A stranger in a hall makes up a hundred names, and its presenter signs in from there."""
    for number in range(100):
        fail(throttle, name=f"made up {number}", address="192.0.2.1")
    assert may_try(throttle, name="ada", address="192.0.2.1")


def test_it_slows_down_who_tries_one_name_from_everywhere(throttle: Throttle) -> None:
    """For the rest of a minute, and not longer: whoever it belongs to may come from anywhere."""
    for number in range(NAME_A_MINUTE):
        fail(throttle, name="ada", address=f"192.0.2.{number}")
    with (
        pytest.raises(TooManyTries) as found,
        throttle.trying(name="ada", address="198.51.100.1"),
    ):
        pytest.fail("nobody looks at the password")
    assert 0 < found.value.seconds <= 60
    assert may_try(throttle, name="bob", address="198.51.100.1")


def test_it_slows_down_who_tries_everything_from_one_address(throttle: Throttle) -> None:
    """For the rest of a minute: each try costs the time of a hash, whatever the name."""
    for number in range(ADDRESS_A_MINUTE):
        fail(throttle, name=f"made up {number}", address="192.0.2.1")
    with (
        pytest.raises(TooManyTries) as found,
        throttle.trying(name="ada", address="192.0.2.1"),
    ):
        pytest.fail("nobody looks at the password")
    assert 0 < found.value.seconds <= 60
    assert may_try(throttle, name="ada", address="192.0.2.2")


def test_it_gives_a_known_browser_tries_of_its_own(throttle: Throttle) -> None:
    """Nobody else uses them up, from wherever; they are as few, also from many addresses."""
    for number in range(NAME_A_MINUTE):
        fail(throttle, name="ada", address=f"192.0.2.{number}")
    for number in range(ADDRESS_A_MINUTE):
        fail(throttle, name=f"made up {number}", address="198.51.100.1")
    assert may_try(throttle, name="ada", address="198.51.100.1", device=b"hers")
    for number in range(3):
        fail(throttle, name="ada", address=f"203.0.113.{number}", device=b"hers")
    assert not may_try(throttle, name="ada", address="203.0.113.9", device=b"hers")


def test_it_does_not_count_who_knows_the_password(throttle: Throttle) -> None:
    """An office full of organisers signs in from one address."""
    for _ in range(5):
        assert may_try(throttle, name="ada", address="192.0.2.1")


def test_it_counts_before_it_tries(desk: Desk) -> None:
    """Of 25 at the same moment ten are tried."""
    throttle = Throttle(desk.parts.database.connect, tries=10, minutes=15)
    tried: list[int] = []

    def guess(number: int) -> None:
        with suppress(VotifyError), throttle.trying(name="ada", address="192.0.2.1"):
            tried.append(number)
            raise WrongPassword

    with ThreadPoolExecutor(max_workers=25) as threads:
        list(threads.map(guess, range(25)))
    assert len(tried) == 10


def test_it_forgets_in_time(throttle: Throttle, connection: Connection) -> None:
    """Nothing is kept of what is over: strangers fill no table."""
    for number in range(5):
        fail(throttle, 3, name=f"{number}" * 100_000, address="x" * 100_000)
    connection.execute("UPDATE tries SET ends_at = now()")
    assert may_try(throttle, name="0" * 100_000, address="x" * 100_000)
    left = connection.execute("SELECT count(*), max(length(key)) FROM tries").fetchone()
    assert left == (3, 32)


def test_it_lets_nobody_in_uncounted(admin_settings: Settings, settings: Settings) -> None:
    """Where tries cannot be counted, none is made."""
    away = replace(admin_settings, database_url="postgresql://127.0.0.1:1/votify")
    with a_desk(away, settings, Redis()) as desk:
        throttle = Throttle(desk.parts.database.connect, tries=2, minutes=15)
        with (
            pytest.raises(LedgerUnavailable),
            throttle.trying(name="ada", address="192.0.2.1"),
        ):
            pytest.fail("nobody looks at the password")


# --- browsers that are known ----------------------------------------------------------------------


class Person:
    """Somebody with a browser, at an address."""

    def __init__(self, desk: Desk, address: str) -> None:
        self.client = desk.app.test_client()
        self.client.environ_base["HTTP_X_FORWARDED_FOR"] = address

    def sign_in(self, name: str = "ada", password: str = PASSWORD) -> Page:
        """Sign in, and give the page that follows."""
        browser = Browser(self.client)
        if browser.get(HOME).path == HOME:
            browser.post("/admin/sign-out")
        return browser.send(browser.get(SIGN_IN), SIGN_IN, name=name, password=password)

    @property
    def device(self) -> str:
        """What the browser shows that has signed in before."""
        kept = self.client.get_cookie(DEVICE)
        return kept.value if kept else ""


def test_it_lets_a_known_browser_in_beside_a_stranger(desk: Desk, ada: Organiser) -> None:
    """Forty wrong tries at the same address, and she signs in; a new browser there has to wait."""
    hers, new = Person(desk, "192.0.2.1"), Person(desk, "192.0.2.1")
    assert hers.sign_in().path == HOME
    for _ in range(40):
        Person(desk, "192.0.2.1").sign_in(password="wrong, surely")
    assert hers.sign_in().path == HOME
    assert new.sign_in().status == 429
    assert Person(desk, "192.0.2.2").sign_in().path == HOME


def test_it_keeps_of_a_browser_what_lets_nobody_in(
    desk: Desk, ada: Organiser, connection: Connection
) -> None:
    """The cookie is read by no script and sent by no other site; the table has a hash of it."""
    person = Person(desk, "192.0.2.1")
    answer = person.client.post(SIGN_IN, data={"name": "ada", "password": PASSWORD})
    (cookie,) = (each for each in answer.headers.getlist("Set-Cookie") if "device=" in each)
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Max-Age=15552000" in cookie
    kept = connection.execute("SELECT hash FROM devices").fetchall()
    assert len(kept) == 1
    assert person.device.encode() not in kept[0][0]
    person.client.delete_cookie("desk")
    assert Browser(person.client).get(HOME).path == SIGN_IN


def test_it_hides_the_mark_of_a_browser_from_plain_http(desk: Desk, ada: Organiser) -> None:
    """Where the router speaks HTTPS, no other host of the domain can set it."""
    answer = desk.app.test_client().post(
        SIGN_IN,
        data={"name": "ada", "password": PASSWORD},
        headers={"X-Forwarded-Proto": "https"},
    )
    cookies = answer.headers.getlist("Set-Cookie")
    assert any(each.startswith("__Host-device=") and "Secure" in each for each in cookies)


def test_it_knows_a_browser_again(desk: Desk, ada: Organiser) -> None:
    """It keeps its mark at the next sign-in; one that somebody else has put there is replaced."""
    person = Person(desk, "192.0.2.1")
    person.sign_in()
    first = person.device
    person.sign_in()
    assert person.device == first
    bobs = desk.parts.devices.remember(desk.organiser("bob"))
    for planted in ("x" * 43, "", "0", bobs):
        other = Person(desk, "192.0.2.1")
        other.client.set_cookie(DEVICE, planted)
        other.sign_in()
        assert other.device not in ("", planted)


def test_it_knows_a_browser_by_its_own_account_alone(desk: Desk, ada: Organiser) -> None:
    """Whoever may sign in gets no more tries at the passwords of others."""
    text = desk.parts.devices.remember(ada)
    assert desk.parts.devices.find(text, " ADA")
    assert desk.parts.devices.find(text, "bob") is None
    assert desk.parts.devices.find("", "ada") is None


@pytest.mark.parametrize("how", ["own password", "new password", "everywhere", "shut out"])
def test_it_forgets_browsers(desk: Desk, ada: Organiser, how: str) -> None:
    """With the password, with the account, and when one signs out everywhere: of nobody else."""
    parts, text = desk.parts, desk.parts.devices.remember(ada)
    other = parts.devices.remember(desk.organiser("olga", Role.OWNER))
    if how == "own password":
        parts.accounts.change_password(ada, PASSWORD, "correct horse battery")
    elif how == "new password":
        parts.accounts.set_password(ada.id, "correct horse battery")
    elif how == "everywhere":
        parts.sessions.end_all(ada)
    else:
        parts.accounts.disable(ada.id)
        parts.accounts.disable(ada.id, disabled=False)
    assert parts.devices.find(text, "ada") is None
    assert parts.devices.find(other, "olga")


def test_it_forgets_browsers_that_do_not_come_back(
    desk: Desk, ada: Organiser, connection: Connection
) -> None:
    """After half a year; and of one who signs in by a program all but the latest hundred."""
    text = desk.parts.devices.remember(ada)
    connection.execute("UPDATE devices SET seen_at = now() - interval '180 days 1 minute'")
    assert desk.parts.devices.find(text, "ada") is None
    assert desk.parts.devices.remember(ada, text) != text
    texts = [desk.parts.devices.remember(ada) for _ in range(101)]
    assert connection.execute("SELECT count(*) FROM devices").fetchone() == (100,)
    assert desk.parts.devices.find(texts[-1], "ada")


def test_it_lets_in_at_once_with_a_new_password(desk: Desk, ada: Organiser) -> None:
    """Who has forgotten it has tried too often, and an owner helps: nobody waits for anything."""
    person = Person(desk, "192.0.2.1")
    for _ in range(11):
        person.sign_in(password="what was it?")
    desk.parts.accounts.set_password(ada.id, "correct horse battery")
    assert person.sign_in(password="correct horse battery").path == HOME


# --- Redis ----------------------------------------------------------------------------------------


@pytest.fixture
def full(admin_settings: Settings, settings: Settings, own_redis: RedisServer) -> Iterator[Desk]:
    """Give a desk whose Redis takes nothing more."""
    with own_redis.client() as client:
        client.config_set("maxmemory", "1mb")
    full = replace(admin_settings, redis_url=own_redis.url("admin"))
    with own_redis.client("worker") as redis, a_desk(full, settings, redis) as desk:
        yield desk


def test_it_lets_in_where_redis_is_full(full: Desk) -> None:
    """A flood of votes keeps no organiser from the desk; guesses are counted as ever."""
    with pytest.raises(ResponseError, match="maxmemory"):
        full.redis.set("anything", "x")
    full.organiser("ada")
    assert Person(full, "192.0.2.1").sign_in().path == HOME
    stranger = Person(full, "192.0.2.2")
    for _ in range(full.parts.settings.login_tries):
        assert stranger.sign_in(password="wrong, surely").status == 403
    assert stranger.sign_in().status == 429
