"""The front door, the list of polls, and what whoever runs the service asks."""

from __future__ import annotations

import pytest

from ballotbox.errors import SettingsError
from ballotbox.settings import Settings
from ballotbox.version import VERSION
from tests.polls import FUTURE, PAST, a_poll
from tests.voting import a_service, text_of, told
from vote.app import create_app

OPEN = a_poll(1, slug="cats-or-dogs", code="ABC234")
ALSO_OPEN = a_poll(2, question="Tea or coffee?", closes_at=FUTURE)
CLOSED = a_poll(3, question="Best month?", closes_at=PAST)
COMING = a_poll(4, question="Who leads?", opens_at=FUTURE)


def test_it_lists_the_open_polls() -> None:
    """Who comes in sees what can be voted on now, and nothing else."""
    browser = a_service(OPEN, ALSO_OPEN, CLOSED, COMING).browser
    for address in ("/", "/vote/", "/vote"):
        words = text_of(browser.get(address))
        assert "Cats or Dogs?" in words
        assert "Tea or coffee?" in words
        assert "Best month?" not in words
        assert "Who leads?" not in words


def test_it_goes_straight_to_the_only_open_poll() -> None:
    """Where there is one poll there is nothing to choose."""
    answer = a_service(OPEN, CLOSED).browser.get("/vote/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/vote/cats-or-dogs")


def test_it_says_when_nothing_is_open() -> None:
    """Who comes between two polls is told so, and shown the way to the results."""
    browser = a_service(CLOSED).browser
    assert "No poll is open" in text_of(browser.get("/vote/"))
    assert "No poll is open" in text_of(browser.get("/"))
    assert 'href="/result/"' in browser.get("/vote/").text


@pytest.mark.parametrize("code", ["ABC234", "abc234", " abc 234 ", "ABC-234", "cats-or-dogs", "1"])
def test_it_lets_people_join_by_a_code(code: str) -> None:
    """A code is read from a screen and typed in, one way or another."""
    answer = a_service(OPEN, ALSO_OPEN).browser.get("/", query_string={"code": code})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/vote/cats-or-dogs")


@pytest.mark.parametrize("code", ["ABC235", "ü", "---", "a\0b", "x" * 80])
def test_it_says_that_there_is_no_such_code(code: str) -> None:
    """A mistyped code stays in the field, with a word on what to do."""
    page = a_service(OPEN, ALSO_OPEN).browser.get("/", query_string={"code": code})
    assert page.status_code == 404
    assert "There is no poll with this code." in text_of(page)
    assert "Cats or Dogs?" in text_of(page)


@pytest.mark.parametrize("address", ["/", "/?code=ABC234", "/vote/"])
def test_it_says_when_it_cannot_know(address: str) -> None:
    """Without Redis nobody can say which polls there are: not 'none', not 'unknown'."""
    service = a_service(OPEN)
    service.polls.away = True
    page = service.browser.get(address)
    assert page.status_code == 503
    assert "Retry-After" in page.headers
    assert "does not answer right now" in text_of(page)


def test_it_answers_unknown_addresses_as_asked() -> None:
    """People get a page, programs a problem."""
    browser = a_service(OPEN).browser
    page = browser.get("/nothing/here")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    problem = browser.get("/nothing/here", headers={"Accept": "application/json"})
    assert (problem.status_code, problem.mimetype) == (404, "application/problem+json")
    assert told(problem)["code"] == "not_found"


def test_it_says_whether_it_is_ready() -> None:
    """Alive is one thing, able to serve another; what fails is named."""
    service = a_service(OPEN)
    alive = service.browser.get("/healthz")
    assert (alive.status_code, told(alive)) == (200, {"ok": True, "version": VERSION})
    ready = service.browser.get("/readyz")
    assert (ready.status_code, told(ready)) == (200, {"ok": ["redis"], "failing": {}})
    service.queue.away = True
    failing = service.browser.get("/readyz")
    assert failing.status_code == 503
    assert list(told(failing)["failing"]) == ["redis"]
    assert service.browser.get("/healthz").status_code == 200


def test_it_does_not_start_without_a_secret() -> None:
    """Without a key that signs, anybody could be anybody."""
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        create_app(Settings())
