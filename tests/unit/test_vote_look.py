"""What an open page asks of its paper: `GET /vote/<name>.json`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ballotbox.poll import Kind
from tests.polls import FUTURE, PAST, a_poll
from tests.voting import a_service, told

LOOK = "/vote/cats-or-dogs.json"


def test_it_describes_the_paper() -> None:
    """What is asked and by which rules, and how long it is open; nothing of any voter."""
    service = a_service(
        a_poll(slug="cats-or-dogs", kind=Kind.MULTIPLE, max_choices=2, closes_at=FUTURE)
    )
    answer = service.browser.get(LOOK)
    look = told(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert look["poll"]["question"] == "Cats or Dogs?"
    assert (look["poll"]["kind"], look["poll"]["state"]) == ("multiple", "open")
    assert look["options"][1] == {"id": 2, "text": "Dogs", "image": None}
    assert look["opens_in"] is None
    # The time was set when the tests were collected, which may be a while ago.
    assert 70_000 < look["closes_in"] <= 86_400


def test_it_says_what_the_paper_says() -> None:
    """A page knows by the terms whether its question is still the one that is asked."""
    service = a_service(a_poll(slug="cats-or-dogs"))
    terms = told(service.browser.get(LOOK))["terms"]
    assert f'data-terms="{terms}"' in service.browser.get("/vote/cats-or-dogs").text
    service.polls.edit(replace(service.polls.find("1"), question="Dogs or Cats?"))
    assert told(service.browser.get(LOOK))["terms"] != terms


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"closes_at": PAST}, "closed"),
        ({"closed": True}, "closed"),
        ({"opens_at": FUTURE}, "coming"),
    ],
)
def test_it_says_where_the_poll_is(fields: dict[str, Any], state: str) -> None:
    """Closed by the clock or by hand, or not open yet."""
    service = a_service(a_poll(slug="cats-or-dogs", **fields))
    assert told(service.browser.get(LOOK))["poll"]["state"] == state


def test_it_knows_no_other_polls() -> None:
    """Neither what there is not, nor a draft by its name or its secret."""
    service = a_service(a_poll(slug="cats-or-dogs", draft=True, preview="0123456789abcdef"))
    for name in ("cats-or-dogs", "nothing", "preview:0123456789abcdef"):
        answer = service.browser.get(f"/vote/{name}.json")
        assert (answer.status_code, told(answer)["code"]) == (404, "unknown_poll")


def test_it_says_when_it_cannot_know() -> None:
    """Without Redis the page keeps what it has."""
    service = a_service(a_poll(slug="cats-or-dogs"))
    service.polls.away = True
    assert service.browser.get(LOOK).status_code == 503
