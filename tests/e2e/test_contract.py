"""
The public contract of POST /vote and what belongs to it, through the router.

What the service itself decides is held by `unit/test_vote_api.py`; here is what only the whole way
can show.
"""

from __future__ import annotations

import secrets
from typing import Any

import httpx2 as httpx
import pytest

from tests.e2e.site import HTML, JSON, POLL, Site, votes

pytestmark = pytest.mark.service


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is a problem (RFC 9457); returns it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["detail"]
    return problem


def a_key() -> str:
    return secrets.token_urlsafe(16)


@pytest.mark.parametrize(
    ("by", "choice"), [("slug", {"optionId": "2"}), ("id", {"optionIds": [2]})], ids=str
)
def test_it_accepts_a_ballot(site: Site, by: str, choice: dict[str, Any]) -> None:
    """A poll is named by its id or slug, numbers may come as text, and the answer is a receipt."""
    answer = site.cast({"pollId": site.standing()["poll"][by], **choice})

    assert answer.status_code == 202, answer.text
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    receipt = told.pop("receipt")
    assert told == {"status": "Vote queued", "poll": POLL, "choices": [2]}
    assert site.fate(receipt) in {"received", "counted"}


@pytest.mark.parametrize(
    ("ballot", "status", "code"),
    [
        ({"pollId": POLL, "optionId": {"$gt": 0}}, 400, "invalid_ballot"),
        ({"pollId": POLL, "optionId": 99}, 400, "unknown_option"),
        ({"pollId": POLL, "optionId": 1, "userId": "me"}, 403, "identity_required"),
        ({"pollId": "no-such-poll", "optionId": 1}, 404, "unknown_poll"),
    ],
    ids=str,
)
def test_it_refuses_a_ballot_and_says_why(
    site: Site, ballot: object, status: int, code: str
) -> None:
    """What cannot be counted is not accepted, with a code that programs may rely on."""
    assert_problem(site.cast(ballot), status, code)


@pytest.mark.parametrize("size", [17_000, 1_000_000], ids=["17 KB", "1 MB"])
def test_it_refuses_a_body_that_no_ballot_needs(site: Site, size: int) -> None:
    """A large body is refused before any service sees it: to a program, and to a person."""
    ballot = {"pollId": POLL, "optionId": 1, "padding": "x" * size}
    assert_problem(site.cast(ballot), 413, "content_too_large")

    form = {"option": "1", "userId": "x" * size}
    page = site.ask(f"/vote/{POLL}", method="POST", data=form, headers=HTML)
    assert page.status_code == 413
    assert page.headers["content-type"].startswith("text/html")


def test_it_gives_the_same_receipt_to_the_same_request(site: Site) -> None:
    """Sending a ballot once more with its key, by whoever lost the answer, counts it once."""
    before, key = site.settled(), a_key()

    receipts = {site.accept(key=key) for _ in range(3)}

    assert len(receipts) == 1
    site.wait_counted(receipts.pop())
    assert votes(site.wait_ballots(before["ballots"] + 1), 1) == votes(before, 1) + 1


def test_it_knows_no_receipt_that_it_has_not_given(site: Site) -> None:
    """A receipt cannot be made up, nor changed into that of another ballot."""
    receipt = site.accept()
    forged = ("B" if receipt[-1] != "B" else "C").join((receipt[:-1], ""))

    for code in ("nonsense", forged):
        assert_problem(site.ask(f"/vote/receipt/{code}", headers=JSON), 404, "unknown_receipt")
        page = site.ask(f"/vote/receipt/{code}", headers=HTML)
        assert (page.status_code, page.headers["content-type"][:9]) == (404, "text/html")


def test_it_gives_the_numbers_to_programs(site: Site) -> None:
    """JSON and CSV say the same, and a poll that does not exist is a problem."""
    site.accept()
    told = site.settled()
    table = site.ask(f"/result/{POLL}.csv")

    assert told["poll"]["slug"] == POLL
    assert [each["text"] for each in told["options"]] == ["Cats", "Dogs"]
    assert sum(each["votes"] for each in told["options"]) == told["ballots"]
    assert sum(each["share"] for each in told["options"]) == pytest.approx(1, abs=0.001)
    assert (told["worker_silent"], told["final"]) == (False, False)
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    rows = [f"{each['id']},{each['text']},{each['votes']}," for each in told["options"]]
    assert all(row in table.text for row in rows)
    assert_problem(site.ask("/result/no-such-poll.json"), 404, "unknown_poll")
