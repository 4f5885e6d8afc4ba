"""The receipt's page: what it says of a ballot in each state."""

from __future__ import annotations

import pytest

from tests.polls import a_poll
from tests.voting import Service, a_service, text_of, told

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
    # Only while there is something to wait for does the page ask again by itself.
    assert ("http-equiv" in page.text) == (state == "received")
    assert ("receipt.js" in page.text) == (state == "received")


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
