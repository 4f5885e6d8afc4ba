"""The receipt's page: what it says of a ballot in each state."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ballotbox import logs
from ballotbox.receipt import Receipts
from tests.polls import FUTURE, a_poll
from tests.voting import Service, a_service, text_of, told
from web import qr

JSON = {"Accept": "application/json"}


@pytest.fixture
def service() -> Service:
    """Give a service with one poll."""
    return a_service(a_poll(slug="cats-or-dogs"))


def receipt_of(service: Service, option: int = 1) -> str:
    """Vote, and give the receipt's address."""
    return f"/vote/receipt/{told(service.post({'pollId': 1, 'optionId': option}))['receipt']}"


def assert_told(service: Service, receipt: str, state: str, heading: str) -> None:
    """Check what a receipt says to programs and to people."""
    answer = service.browser.get(receipt, headers=JSON)
    assert answer.headers["Cache-Control"] == "no-store"
    assert told(answer)["state"] == state
    assert told(answer)["poll"] == "cats-or-dogs"
    assert receipt.endswith(told(answer)["receipt"])
    page = service.browser.get(receipt)
    assert heading in text_of(page)
    # Without a script the page asks again only while there is something to wait for.
    assert ("http-equiv" in page.text) == (state == "received")


def test_it_says_received_then_counted(service: Service) -> None:
    """A ballot is received until a worker has counted it."""
    receipt = receipt_of(service)
    assert_told(service, receipt, "received", "Your vote is received")
    service.queue.count_all()
    assert_told(service, receipt, "counted", "Your vote is counted")


def test_it_says_replaced_by_a_later_vote(service: Service) -> None:
    """The receipt of a vote that was changed says so; the later one's is its own."""
    first, second = receipt_of(service, 1), receipt_of(service, 2)
    assert_told(service, first, "replaced", "Your later vote counts")
    assert_told(service, second, "received", "Your vote is received")
    assert "Your vote Dogs" in text_of(service.browser.get(second))
    assert "Your vote Dogs" not in text_of(service.browser.get(first))


def test_it_says_that_a_vote_is_withdrawn(service: Service) -> None:
    """On both receipts, for it is what has become of the vote; the last one offers a new one."""
    first = receipt_of(service)
    answer = told(service.post({"pollId": 1, "withdraw": True}))
    last = f"/vote/receipt/{answer['receipt']}"
    for receipt in (first, last):
        assert_told(service, receipt, "withdrawn", "Your vote is withdrawn")
    assert "Vote again" in text_of(service.browser.get(last))


def test_it_asks_on_while_a_later_vote_may_come(service: Service) -> None:
    """The page of a counted vote is settled when the poll is closed, and not before."""
    receipt = receipt_of(service)
    service.queue.count_all()
    assert "data-settled" not in service.browser.get(receipt).text
    service.polls.edit(replace(service.polls.find("1"), closed=True))
    assert "data-settled" in service.browser.get(receipt).text


@pytest.mark.parametrize(
    "typed", ["{code}", "  {code} ", "http://localhost/vote/receipt/{code}?lang=de"]
)
def test_it_finds_a_receipt_that_is_typed_in(service: Service, typed: str) -> None:
    """By its code or by its whole address, as it was kept."""
    receipt = receipt_of(service)
    code = receipt.rpartition("/")[2]
    answer = service.browser.get("/vote/receipt", query_string={"receipt": typed.format(code=code)})
    assert (answer.status_code, answer.headers["Location"]) == (303, receipt)


def test_it_keeps_what_was_typed_when_there_is_no_such_receipt(service: Service) -> None:
    """A mistyped receipt stays in the field; an empty page asks for one."""
    page = service.browser.get("/vote/receipt", query_string={"receipt": 'no"such'})
    assert page.status_code == 404
    assert "There is no such receipt." in text_of(page)
    assert 'value="no&#34;such"' in page.text
    empty = service.browser.get("/vote/receipt")
    assert empty.status_code == 200
    assert "no such receipt" not in text_of(empty)


@pytest.mark.parametrize("page", ["/", "RECEIPT"])
def test_it_leads_to_where_receipts_are_looked_up(service: Service, page: str) -> None:
    """From the front door, and from any receipt."""
    address = receipt_of(service) if page == "RECEIPT" else page
    assert 'href="/vote/receipt"' in service.browser.get(address).text


@pytest.mark.parametrize(
    ("public", "headers", "start"),
    [
        ("", {}, "http://localhost/"),
        ("", {"X-Forwarded-Proto": "https"}, "https://localhost/"),
        ("https://votes.example.org", {}, "https://votes.example.org/"),
    ],
)
def test_it_gives_the_address_that_other_devices_reach(
    public: str, headers: dict[str, str], start: str
) -> None:
    """What is copied and what the QR code says is the receipt's address from outside."""
    service = a_service(a_poll(slug="cats-or-dogs"), public_url=public)
    receipt = receipt_of(service)
    page = service.browser.get(receipt, headers=headers).text
    assert f'data-copy="{start}{receipt.lstrip("/")}"' in page
    assert qr.inline(f"{start}{receipt.lstrip('/')}") in page


def test_it_says_why_a_vote_is_not_counted(service: Service) -> None:
    """A ballot that the ledger refused has a reason, in words and as a code."""
    receipt = receipt_of(service)
    service.queue.count_all(rejecting="already_voted")
    assert_told(service, receipt, "rejected", "This vote is not counted")
    assert told(service.browser.get(receipt, headers=JSON))["reason"] == "already_voted"
    assert "An earlier vote of yours counts" in text_of(service.browser.get(receipt))


def test_it_tells_the_choice_to_nobody_else(service: Service) -> None:
    """Only the browser that voted is shown what for."""
    receipt = receipt_of(service)
    assert "Your vote Cats" in text_of(service.browser.get(receipt))
    assert "Your vote Cats" not in text_of(service.stranger().get(receipt))


@pytest.mark.parametrize("code", ["x", "A" * 32, "ü" * 32, "%00" * 32])
def test_it_does_not_know_forged_receipts(service: Service, code: str) -> None:
    """A code we did not issue is a 404 with its own code."""
    answer = service.browser.get(f"/vote/receipt/{code}", headers=JSON)
    assert (answer.status_code, told(answer)["code"]) == (404, "unknown_receipt")
    page = service.browser.get(f"/vote/receipt/{code}")
    assert page.status_code == 404
    assert "There is no such receipt" in text_of(page)


def test_it_says_when_nobody_can_tell(service: Service) -> None:
    """Without Redis the page says so, that nothing is lost, and tries again by itself."""
    receipt = receipt_of(service)
    service.queue.away = True
    page = service.browser.get(receipt)
    assert page.status_code == 503
    assert "Accepted votes are safe" in text_of(page)
    assert "http-equiv" in page.text
    answer = service.browser.get(receipt, headers=JSON)
    assert (answer.status_code, told(answer)["code"]) == (503, "ballot_box_unavailable")


def test_it_says_nothing_of_a_poll_that_is_not_open_again() -> None:
    """A poll that was begun anew may ask something else: its old receipts do not tell what."""
    poll = a_poll(slug="cats-or-dogs")
    service = a_service(poll)
    receipt = receipt_of(service)
    service.polls.edit(replace(poll, opens_at=FUTURE))
    page = service.browser.get(receipt)
    assert page.status_code == 200
    assert not re.search("cats|dogs", page.text, re.IGNORECASE)
    assert told(service.browser.get(receipt, headers=JSON))["poll"] is None


def test_it_knows_the_poll_of_a_receipt_that_is_on_no_list() -> None:
    """The receipt names it by its number, and leads to it by its slug."""
    service = a_service(a_poll(slug="cats-or-dogs", listed=False))
    receipt = told(service.post({"pollId": "cats-or-dogs", "optionId": 1}))["receipt"]
    page = service.browser.get(f"/vote/receipt/{receipt}")
    assert "Cats or Dogs?" in text_of(page)
    assert 'href="/vote/cats-or-dogs"' in page.text
    assert 'href="/result/cats-or-dogs"' in page.text


def test_it_logs_a_fault_without_who_met_it(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A line may say at which receipt the program failed, and then not for which address."""
    receipt = receipt_of(service)
    monkeypatch.setattr(Receipts, "read", lambda *_: 1 / 0)
    front = {"X-Forwarded-For": "203.0.113.9"}
    answer = service.browser.get(
        receipt, headers=front, environ_base={"REMOTE_ADDR": "203.0.113.9"}
    )
    assert answer.status_code == 500
    said = "\n".join(map(logs.JsonFormatter().format, caplog.records))
    assert "ZeroDivisionError" in said
    assert "203.0.113.9" not in said
