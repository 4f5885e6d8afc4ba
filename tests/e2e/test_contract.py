"""The public contract of POST /vote and what belongs to it, through the router."""

from __future__ import annotations

import secrets
from typing import Any

import httpx
import pytest

from tests.e2e.site import HTML, JSON, POLL, Site, votes
from tests.waiting import eventually

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
    "choice",
    [{"optionId": 2}, {"optionId": "2"}, {"optionIds": [2]}, {"optionIds": ["2"]}],
    ids=str,
)
@pytest.mark.parametrize("by", ["slug", "id", "id as text", "code"])
def test_it_accepts_a_ballot(site: Site, by: str, choice: dict[str, Any]) -> None:
    """A poll is named by its id or slug, numbers may come as text, and the answer is a receipt."""
    poll = site.standing()["poll"]
    name = {"id as text": str(poll["id"])}.get(by) or poll[by]

    answer = site.cast({"pollId": name, **choice})

    assert answer.status_code == 202, answer.text
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    receipt = told.pop("receipt")
    assert told == {"status": "Vote queued", "poll": POLL, "choices": [2]}
    assert site.fate(receipt) in {"received", "counted"}


@pytest.mark.parametrize(
    ("ballot", "status", "code"),
    [
        ({"optionId": 1}, 400, "invalid_ballot"),
        ({"pollId": POLL}, 400, "invalid_ballot"),
        ({"pollId": POLL, "optionId": 1, "optionIds": [1]}, 400, "invalid_ballot"),
        ({"pollId": POLL, "optionIds": []}, 400, "invalid_ballot"),
        ({"pollId": POLL, "optionIds": 1}, 400, "invalid_ballot"),
        ({"pollId": POLL, "optionId": "Cats"}, 400, "invalid_ballot"),
        ({"pollId": POLL, "optionId": 1.5}, 400, "invalid_ballot"),
        ({"pollId": POLL, "optionId": True}, 400, "invalid_ballot"),
        ({"pollId": POLL, "optionId": {"$gt": 0}}, 400, "invalid_ballot"),
        ({"pollId": ["1"], "optionId": 1}, 400, "invalid_ballot"),
        (["not", "an", "object"], 400, "invalid_ballot"),
        ({"pollId": POLL, "optionId": 99}, 400, "unknown_option"),
        ({"pollId": POLL, "optionId": 0}, 400, "unknown_option"),
        ({"pollId": POLL, "optionId": -1}, 400, "unknown_option"),
        ({"pollId": POLL, "optionIds": [1, 2]}, 400, "too_many_choices"),
        ({"pollId": POLL, "optionId": 1, "userId": "me"}, 403, "identity_required"),
        ({"pollId": "no-such-poll", "optionId": 1}, 404, "unknown_poll"),
        ({"pollId": 999_999, "optionId": 1}, 404, "unknown_poll"),
    ],
    ids=str,
)
def test_it_refuses_a_ballot_and_says_why(
    site: Site, ballot: object, status: int, code: str
) -> None:
    """What cannot be counted is not accepted, with a code that programs may rely on."""
    assert_problem(site.cast(ballot), status, code)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 9000], ids=lambda body: body[:3])
def test_it_refuses_what_is_no_json(site: Site, body: bytes) -> None:
    """Garbage is a bad request and no crash."""
    answer = site.ask(
        "/vote", method="POST", content=body, headers={"Content-Type": "application/json"}
    )
    assert_problem(answer, 400, "invalid_ballot")


@pytest.mark.parametrize("key", ["short", "x" * 129])
def test_it_refuses_a_key_that_protects_nobody(site: Site, key: str) -> None:
    """An Idempotency-Key has 8 to 128 characters: others are no accident."""
    assert_problem(site.cast(key=key), 400, "invalid_ballot")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_it_knows_no_other_way_to_vote(site: Site, method: str) -> None:
    """Other methods are named as what they are, and the right ones with them."""
    answer = site.ask("/vote", method=method, json={"pollId": POLL, "optionId": 1})

    assert_problem(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_it_takes_json_alone_from_programs(site: Site, kind: str) -> None:
    """The kinds that a form of another site could send without asking are not taken."""
    body = b'{"pollId": "cats-or-dogs", "optionId": 1}'
    answer = site.ask("/vote", method="POST", content=body, headers={"Content-Type": kind})

    assert_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("size", [17_000, 1_000_000], ids=["17 KB", "1 MB"])
def test_it_refuses_a_body_that_no_ballot_needs(site: Site, size: int) -> None:
    """A large body is refused before any service sees it: to a program, and to a person."""
    ballot = {"pollId": POLL, "optionId": 1, "padding": "x" * size}
    assert_problem(site.cast(ballot), 413, "content_too_large")

    form = {"option": "1", "userId": "x" * size}
    page = site.ask(f"/vote/{POLL}", method="POST", data=form, headers=HTML)
    assert page.status_code == 413
    assert page.headers["content-type"].startswith("text/html")


def test_it_slows_down_a_voter_in_a_hurry(site: Site) -> None:
    """One voter may change the vote, but not without a pause; others are not held up."""
    with httpx.Client(base_url=site.url) as voter:
        ballot = {"pollId": POLL, "optionId": 1}
        answers = [voter.post("/vote", json=ballot) for _ in range(15)]
        refused = [answer for answer in answers if answer.status_code == 429]

        assert answers[0].status_code == 202
        assert refused
        assert_problem(refused[0], 429, "slow_down")
        assert int(refused[0].headers["retry-after"]) >= 1
    site.accept()


def test_it_gives_the_same_receipt_to_the_same_request(site: Site) -> None:
    """Sending a ballot once more with its key, by whoever lost the answer, counts it once."""
    before, key = site.settled(), a_key()

    receipts = {site.accept(key=key) for _ in range(3)}

    assert len(receipts) == 1
    site.wait_counted(receipts.pop())
    assert votes(site.wait_ballots(before["ballots"] + 1), 1) == votes(before, 1) + 1


def test_it_takes_a_used_key_for_no_other_ballot(site: Site) -> None:
    """A key that comes back with another choice is a mistake, and the first ballot stays."""
    key = a_key()
    receipt = site.accept(key=key)

    answer = site.cast({"pollId": POLL, "optionId": 2}, key=key)

    assert_problem(answer, 400, "invalid_ballot")
    site.wait_counted(receipt)


def test_it_lets_a_program_be_the_same_voter_again(site: Site) -> None:
    """Whoever sends the cookie back replaces the own vote, and the first receipt tells."""
    before = site.settled()
    with httpx.Client(base_url=site.url) as voter:
        first, second = (
            voter.post("/vote", json={"pollId": POLL, "optionId": option}).json()["receipt"]
            for option in (1, 2)
        )
    site.wait_counted(second)

    assert eventually(lambda: site.fate(first) == "replaced")
    wanted = (votes(before, 1), votes(before, 2) + 1)
    # Counted is not shown yet: for a moment the page may still have the first choice.
    assert eventually(lambda: (votes(site.standing(), 1), votes(site.standing(), 2)) == wanted)


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
