"""The second factor: codes of an app, recovery codes, and owners who ask it of all."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pyotp
import pytest

from admin import accounts as command
from admin.access import COOKIE, DEVICE
from admin.factors import Factors
from admin.organiser import Organiser, Role
from ballotbox.errors import InvalidAccount, NotSignedIn, WrongCode
from ballotbox.settings import Settings
from tests.desk import PASSWORD, Desk
from tests.integration.browsing import Browser, Page

HOME, SIGN_IN, CODE = "/admin/", "/admin/sign-in", "/admin/sign-in/code"
ACCOUNT, PEOPLE = "/admin/account", "/admin/organisers"
FACTOR = f"{ACCOUNT}/second-factor"


class Clock:
    """A clock of the desk that stands still until it is moved on."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class App:
    """What makes codes on somebody's phone."""

    def __init__(self, clock: Clock, secret: str) -> None:
        self._clock = clock
        self.secret = secret

    def code(self, *, later: int = 0) -> str:
        """Give the code that is shown now, or so many steps later."""
        return pyotp.TOTP(self.secret).generate_otp(int(self._clock()) // 30 + later)


@pytest.fixture
def clock(desk: Desk) -> Clock:
    """Give the clock by which the desk looks at codes."""
    clock = Clock()
    desk.parts.factors._clock = clock
    return clock


@pytest.fixture
def ada(desk: Desk) -> Organiser:
    """Give an organiser."""
    return desk.organiser("ada")


@pytest.fixture
def factors(desk: Desk) -> Factors:
    """Give the second factors."""
    return desk.parts.factors


@pytest.fixture
def app(factors: Factors, clock: Clock, ada: Organiser) -> App:
    """Give the app of Ada, who has a second factor; a while ago."""
    app = App(clock, factors.new_secret())
    factors.turn_on(ada, app.secret, app.code())
    clock.now += 90
    return app


def sign_in(desk: Desk, name: str = "ada", first: str = SIGN_IN) -> tuple[Browser, Page]:
    """Give the password in a new browser; gives the page that follows."""
    browser = Browser(desk.app.test_client())
    page = browser.get(first)
    return browser, browser.send(page, SIGN_IN, name=name, password=PASSWORD)


# --- codes ----------------------------------------------------------------------------------------


def test_it_takes_a_code_once(factors: Factors, clock: Clock, ada: Organiser, app: App) -> None:
    """Who looks over a shoulder, or at the line, cannot use it again: nor one of before."""
    before, code = app.code(later=-1), app.code()
    factors.check(ada, f" {code[:3]} {code[3:]} ")
    for used in (code, before):
        with pytest.raises(WrongCode):
            factors.check(ada, used)
    clock.now += 30
    factors.check(ada, app.code())


@pytest.mark.parametrize("later", [-1, 0, 1])
def test_it_bears_with_a_clock_that_is_not_exact(
    factors: Factors, ada: Organiser, app: App, later: int
) -> None:
    """By half a minute, either way."""
    factors.check(ada, app.code(later=later))


@pytest.mark.parametrize("later", [-2, 2, 100])
def test_it_takes_no_code_of_another_time(
    factors: Factors, ada: Organiser, app: App, later: int
) -> None:
    """A code is good for as long as it is shown, and little longer."""
    with pytest.raises(WrongCode):
        factors.check(ada, app.code(later=later))


@pytest.mark.parametrize("code", ["", "000", "\0", "\u0661\u0662\u0663", "x" * 10_000, "\udcff"])
def test_it_takes_nothing_that_is_no_code(
    factors: Factors, ada: Organiser, app: App, code: str
) -> None:
    """Whatever a browser sends."""
    with pytest.raises(WrongCode):
        factors.check(ada, code)


def test_it_takes_a_code_once_of_many_at_the_same_moment(
    factors: Factors, ada: Organiser, app: App
) -> None:
    """Of the app and of paper: one of eight gets in."""
    recovery = factors.new_codes(ada)[0]
    for code in (app.code(), recovery):

        def take(_: int, code: str = code) -> bool:
            try:
                factors.check(ada, code)
            except WrongCode:
                return False
            return True

        with ThreadPoolExecutor(max_workers=8) as threads:
            assert sum(threads.map(take, range(8))) == 1


def test_it_takes_each_recovery_code_once(
    factors: Factors, ada: Organiser, app: App, connection: psycopg.Connection[Any]
) -> None:
    """However it is typed; nobody else's; of each, the table holds a hash."""
    codes = factors.new_codes(ada)
    assert len(set(codes)) == 10
    with pytest.raises(WrongCode):
        factors.check(Organiser(id=ada.id + 1, name="bob", role=Role.OWNER), codes[0])
    factors.check(ada, codes[0].lower().replace("-", " "))
    assert factors.codes_left(ada) == 9
    with pytest.raises(WrongCode):
        factors.check(ada, codes[0])
    kept = connection.execute("SELECT hash FROM recovery_codes").fetchall()
    assert not [code for code in codes for (each,) in kept if code.encode() in each]
    factors.new_codes(ada)
    with pytest.raises(WrongCode):
        factors.check(ada, codes[1])


def test_it_turns_on_with_a_code_of_that_secret_alone(
    factors: Factors, clock: Clock, ada: Organiser
) -> None:
    """Whoever has not read it right would be out for good; and there is one at most."""
    app, other = App(clock, factors.new_secret()), App(clock, factors.new_secret())
    with pytest.raises(WrongCode):
        factors.turn_on(ada, app.secret, other.code())
    with pytest.raises(InvalidAccount):
        factors.turn_on(ada, "A" * 24, App(clock, "A" * 24).code())
    assert not factors.is_on(ada)
    factors.turn_on(ada, app.secret, app.code())
    with pytest.raises(InvalidAccount):
        factors.turn_on(ada, other.secret, other.code())
    with pytest.raises(WrongCode):
        factors.check(ada, app.code())  # it was used to turn it on


# --- signing in -----------------------------------------------------------------------------------


def test_it_signs_in_by_two_steps(desk: Desk, app: App) -> None:
    """The password leads to a page for the code, and that to where one wanted to be."""
    browser, page = sign_in(desk, first="/admin/polls/new")
    assert page.path == CODE
    assert browser.client.get_cookie(DEVICE) is None
    page = browser.send(page, CODE, code=app.code())
    assert page.path == "/admin/polls/new"
    assert browser.client.get_cookie(DEVICE)


def test_it_lets_in_nobody_between_the_steps(desk: Desk, ada: Organiser, app: App) -> None:
    """Who has the password alone sees nothing: neither pages nor the API, and is in no list."""
    browser, _ = sign_in(desk)
    assert browser.get(HOME).path == SIGN_IN
    assert browser.client.get("/api/polls").status_code == 401
    assert browser.client.post(f"{FACTOR}/off", data={"again": PASSWORD}).location == SIGN_IN
    assert desk.parts.sessions.all(ada) == []
    pending = browser.client.get_cookie(COOKIE)
    assert pending is not None
    browser.send(browser.get(CODE), CODE, code=app.code())
    with pytest.raises(NotSignedIn):
        desk.parts.sessions.find(pending.value)


def test_it_waits_for_a_code_for_ten_minutes(
    desk: Desk, app: App, connection: psycopg.Connection[Any]
) -> None:
    """Then it begins again; and who has given no password is asked for that first."""
    browser, page = sign_in(desk)
    connection.execute("UPDATE sessions SET created_at = now() - interval '10 minutes'")
    assert browser.send(page, CODE, code=app.code()).path == SIGN_IN
    assert Browser(desk.app.test_client()).get(CODE).path == SIGN_IN


def test_it_says_that_a_code_is_wrong(desk: Desk, app: App) -> None:
    """On the same page, from which one goes on."""
    browser, page = sign_in(desk, first="/admin/polls/new")
    page = browser.send(page, CODE, code="000 000")
    assert page.status == 403
    assert "You are not signed in." in page.text
    assert browser.send(page, CODE, code=app.code()).path == "/admin/polls/new"


def test_it_lets_nobody_guess_codes(desk: Desk, app: App) -> None:
    """Ten from wherever, whatever password was given between them; a known browser has its own."""
    known, page = sign_in(desk)
    known.send(page, CODE, code=app.code())
    known.post("/admin/sign-out")
    for number in range(desk.parts.settings.login_tries):
        browser, page = sign_in(desk)
        browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"192.0.2.{number}"
        assert browser.send(page, CODE, code="000000").status == 403
    browser, page = sign_in(desk)
    refused = browser.send(page, CODE, code=app.code(later=1))
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) > 60
    page = known.send(known.get(SIGN_IN), SIGN_IN, name="ada", password=PASSWORD)
    assert known.send(page, CODE, code=app.code(later=1)).path == HOME


# --- one's own ------------------------------------------------------------------------------------


@pytest.fixture
def browser(desk: Desk, ada: Organiser) -> Browser:
    """Give the browser in which Ada has signed in."""
    return signed_in(desk, ada)


def signed_in(desk: Desk, who: Organiser) -> Browser:
    """Give a browser in which somebody has signed in."""
    client = desk.app.test_client()
    client.set_cookie(COOKIE, desk.parts.sessions.begin(who))
    return Browser(client)


def recovery_codes(page: Page) -> list[str]:
    """Read the recovery codes on a page."""
    return re.findall("[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}", page.text)


def test_it_is_set_up_without_a_script(
    desk: Desk, browser: Browser, clock: Clock, ada: Organiser
) -> None:
    """A QR code, the same in letters, a code to prove it; then ten codes, shown this once."""
    page = browser.get(FACTOR)
    app = App(clock, page.form(FACTOR)["secret"])
    assert app.secret in page.text
    assert '<svg class="qr"' in page.source or 'class="qr"' in page.source
    wrong = browser.send(page, FACTOR, code="000000")
    assert wrong.status == 403
    assert wrong.form(FACTOR).invalid == {"code"}
    assert wrong.form(FACTOR)["secret"] == app.secret
    done = browser.send(wrong, FACTOR, code=app.code())
    codes = recovery_codes(done)
    assert len(codes) == 10
    assert app.secret not in done.source
    shown = browser.get(FACTOR)
    assert "10 recovery codes are left" in shown.text
    assert recovery_codes(shown) == []
    other, page = sign_in(desk)
    assert other.send(page, CODE, code=codes[0]).path == HOME


def test_it_says_to_an_app_whose_it_is(factors: Factors) -> None:
    """So that somebody with several of them knows which is which."""
    who = Organiser(id=1, name="Zoë & Co:", role=Role.OWNER)
    found = urlsplit(Factors.address(who, "A" * 32))
    assert (found.scheme, found.netloc) == ("otpauth", "totp")
    assert parse_qs(found.query) == {"secret": ["A" * 32], "issuer": ["Votify"]}
    assert "Zo%C3%AB" in unescape(found.path)


def test_it_turns_off_with_a_code(
    desk: Desk, app: App, browser: Browser, ada: Organiser, factors: Factors
) -> None:
    """Not by whoever finds the browser open; then the password alone lets in."""
    page = browser.get(FACTOR)
    wrong = browser.post(f"{FACTOR}/off", code="000000")
    assert wrong.status == 403
    assert wrong.form(f"{FACTOR}/codes").invalid == {"code"}
    assert factors.is_on(ada)
    assert f'formaction="{FACTOR}/off"' in page.source
    assert "The second factor is off." in browser.post(f"{FACTOR}/off", code=app.code()).text
    assert sign_in(desk)[1].path == HOME
    assert factors.codes_left(ada) == 0


def test_it_makes_new_recovery_codes_with_a_code(app: App, browser: Browser) -> None:
    """The ones of before are worth nothing."""
    page = browser.get(FACTOR)
    assert browser.send(page, f"{FACTOR}/codes", code="000000").status == 403
    codes = recovery_codes(browser.send(page, f"{FACTOR}/codes", code=app.code()))
    assert len(codes) == 10
    assert "is off" in browser.post(f"{FACTOR}/off", code=codes[0]).text


@pytest.mark.parametrize("path", ["", "/codes", "/off"])
def test_it_needs_the_password_again(
    app: App, browser: Browser, connection: psycopg.Connection[Any], path: str
) -> None:
    """Where it was given a while ago."""
    connection.execute("UPDATE sessions SET confirmed_at = now() - interval '10 minutes'")
    page = browser.post(f"{FACTOR}{path}", code=app.code())
    assert "Your password again" in page.text


def test_it_lets_nobody_guess_codes_at_an_open_desk(desk: Desk, app: App, browser: Browser) -> None:
    """They are counted as those of signing in."""
    for _ in range(desk.parts.settings.login_tries):
        browser.post(f"{FACTOR}/off", code="000000")
    assert browser.post(f"{FACTOR}/off", code=app.code()).status == 429


def test_it_turns_out_who_came_in_by_the_password_alone(
    desk: Desk, clock: Clock, ada: Organiser, factors: Factors
) -> None:
    """Somebody who had learnt the password: their session ends, and their browser's own tries."""
    sessions, app = desk.parts.sessions, App(clock, factors.new_secret())
    thief, _ = sign_in(desk)
    mine, waiting = sessions.begin(ada), sessions.begin(ada, pending=True)
    factors.turn_on(ada, app.secret, app.code(), session=mine)
    assert sessions.find(mine).id == ada.id
    with pytest.raises(NotSignedIn):
        sessions.find_pending(waiting)
    assert thief.get(HOME).path == SIGN_IN
    for _ in range(desk.parts.settings.login_tries):
        browser, page = sign_in(desk)
        assert browser.send(page, CODE, code="000000").status == 403
    page = thief.send(thief.get(SIGN_IN), SIGN_IN, name="ada", password=PASSWORD)
    assert thief.send(page, CODE, code=app.code(later=1)).status == 429


# --- owners ---------------------------------------------------------------------------------------


@pytest.fixture
def owner(desk: Desk) -> Browser:
    """Give the browser of an owner."""
    return signed_in(desk, desk.organiser("olga", Role.OWNER))


def test_an_owner_takes_a_lost_one_away(
    desk: Desk, owner: Browser, ada: Organiser, app: App
) -> None:
    """Phone and codes are lost: the password alone lets in, until a new one is set up."""
    page = owner.get(PEOPLE)
    assert page.text.count("Take the second factor away") == 1
    page = owner.send(page, f"{PEOPLE}/{ada.id}/factor")
    assert "The account is changed" in page.text
    assert "Take the second factor away" not in page.text
    assert sign_in(desk)[1].path == HOME


def test_owners_may_ask_it_of_all(
    desk: Desk, owner: Browser, browser: Browser, clock: Clock, ada: Organiser
) -> None:
    """Who has none yet is led to set it up, can do nothing else, and goes on then."""
    owner.send(owner.get(PEOPLE), f"{PEOPLE}/second-factor")
    page = browser.get("/admin/polls/new")
    assert page.path == FACTOR
    assert "Everybody here needs one." in page.text
    answer = browser.client.get("/api/polls")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "second_factor_needed")
    assert owner.get(PEOPLE).path == FACTOR  # herself, too
    assert sign_in(desk)[1].path == FACTOR
    browser.send(page, FACTOR, code=App(clock, page.form(FACTOR)["secret"]).code())
    assert browser.get("/admin/polls/new").path == "/admin/polls/new"


def test_owners_may_leave_it_to_each(desk: Desk, factors: Factors, ada: Organiser) -> None:
    """Whoever has one keeps it."""
    olga = desk.organiser("olga", Role.OWNER)
    factors.ask_of_all(wanted=True)
    clock = Clock()
    factors._clock = clock
    app = App(clock, factors.new_secret())
    factors.turn_on(olga, app.secret, app.code())
    owner = signed_in(desk, olga)
    page = owner.send(owner.get(PEOPLE), f"{PEOPLE}/second-factor")
    assert "need not" in page.text
    assert not factors.for_all
    assert factors.is_on(olga)
    assert sign_in(desk)[1].path == HOME


def test_the_operator_takes_a_lost_one_away(
    desk: Desk,
    ada: Organiser,
    app: App,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By a command: where the last owner has lost the phone and the codes, nobody else could."""
    read: Callable[[], Settings] = lambda: desk.parts.settings  # noqa: E731
    monkeypatch.setattr(Settings, "read", staticmethod(read))
    assert command.main(["drop-factor", "nobody"]) == 1
    assert "There is no such organiser." in capsys.readouterr().err
    desk.organiser("olga", Role.OWNER)
    desk.parts.accounts.disable(ada.id)  # whoever is shut out for now is found, too
    assert command.main(["drop-factor", "ADA"]) == 0
    assert "ada signs in with the password alone." in capsys.readouterr().out
    assert not desk.parts.factors.is_on(ada)
