"""Codes of polls that are tried in vain: a budget at each door that takes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ballotbox.errors import SlowDown
from tests.polls import a_poll
from tests.voting import a_service, told
from vote.guesses import Guesses

LISTED = a_poll(1, code="ABC234")
UNLISTED = a_poll(2, code="XYZ789", slug="cats-or-dogs-kq7xm2pd3w", listed=False)
HALL, ELSEWHERE = "192.0.2.1", "198.51.100.7"
BUDGET = 500

Knock = Callable[[FlaskClient, str, str], TestResponse]


def sent(browser: FlaskClient, address: str, path: str, **options: Any) -> TestResponse:
    headers = {"X-Forwarded-For": address, "Accept": "application/json"}
    return browser.open(path, headers=headers, **options)


DOORS: dict[str, Knock] = {
    "front door": lambda browser, address, code: sent(browser, address, f"/?code={code}"),
    "paper": lambda browser, address, code: sent(browser, address, f"/vote/{code}"),
    "its file": lambda browser, address, code: sent(browser, address, f"/vote/{code}.json"),
    "form": lambda browser, address, code: sent(
        browser, address, f"/vote/{code}", method="POST", data={"option": "1"}
    ),
    "program": lambda browser, address, code: sent(
        browser, address, "/vote", method="POST", json={"pollId": code, "optionId": 1}
    ),
}
at_each_door = pytest.mark.parametrize("knock", DOORS.values(), ids=DOORS)


def spend(knock: Knock, browser: FlaskClient, address: str) -> None:
    """Try codes until they are answered no more."""
    for number in range(BUDGET):
        assert knock(browser, address, f"A{number:05}").status_code == 404


@at_each_door
def test_it_finds_nobody_a_poll_by_trying_codes(knock: Knock) -> None:
    """When the budget is spent, the right code says no more than a wrong one."""
    browser = a_service(LISTED, UNLISTED, guesses=Guesses(lambda: 0.0)).browser
    spend(knock, browser, HALL)
    wrong, right = knock(browser, HALL, "AAAAAA"), knock(browser, HALL, UNLISTED.code)
    assert [wrong.status_code, right.status_code] == [429, 429]
    assert told(wrong) == told(right)
    assert told(right)["code"] == "slow_down"
    assert right.headers["Retry-After"]


@at_each_door
def test_it_lets_everybody_else_in_meanwhile(knock: Knock) -> None:
    """By the address of the poll, by the code of one that all can see, and from elsewhere."""
    browser = a_service(LISTED, UNLISTED, guesses=Guesses(lambda: 0.0)).browser
    spend(knock, browser, HALL)
    assert knock(browser, HALL, "AAAAAA").status_code == 429
    for address, name in (
        (HALL, LISTED.code),
        (HALL, LISTED.slug),
        (HALL, UNLISTED.slug),
        (ELSEWHERE, UNLISTED.code),
    ):
        assert knock(browser, address, name).status_code < 400, name


def test_it_counts_what_is_typed_in_once() -> None:
    """A code with a gap in it is looked for in two ways."""
    browser = a_service(LISTED, UNLISTED, guesses=Guesses(lambda: 0.0)).browser
    front = DOORS["front door"]
    for number in range(BUDGET):
        assert front(browser, HALL, f"a{number:05}"[:3] + f"-{number:03}").status_code == 404
    assert front(browser, HALL, "AAA-AAA").status_code == 429


def test_it_forgives_with_time() -> None:
    """Two each second: who goes on trying does not make the others wait longer."""
    now = [0.0]
    guesses, environ = Guesses(lambda: now[0]), {"REMOTE_ADDR": HALL}
    for number in range(BUDGET):
        guesses.wrong(f"A{number:05}", environ)
    for number in range(BUDGET):
        with pytest.raises(SlowDown):
            guesses.wrong(f"B{number:05}", environ)
    now[0] = 0.5
    guesses.check(environ)


def test_it_counts_names_that_can_be_codes_and_no_others() -> None:
    """An old address that many follow is no guess."""
    guesses, environ = Guesses(lambda: 0.0), {"REMOTE_ADDR": HALL}
    for _ in range(2 * BUDGET):
        for name in ("4711", "cats-or-dogs", "ABC-234", "ABCDEFG"):
            guesses.wrong(name, environ)
    guesses.check(environ)


def test_it_takes_the_addresses_of_one_connection_for_one() -> None:
    """Whoever has an address of IPv6 has 2^64 of them."""
    guesses = Guesses(lambda: 0.0)
    for number in range(BUDGET):
        guesses.wrong("AAAAAA", {"REMOTE_ADDR": f"2001:db8:1:2::{number:x}"})
    with pytest.raises(SlowDown):
        guesses.check({"REMOTE_ADDR": "2001:db8:1:2:ffff::1"})
    guesses.check({"REMOTE_ADDR": "2001:db8:1:3::1"})
    guesses.check({"REMOTE_ADDR": "unix:"})
