"""Taking a vote back on the paper, as somebody without JavaScript does it."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from ballotbox.poll import Identity, Visibility
from tests.polls import PAST, a_poll
from tests.voting import Service, a_service, checked, hidden_key, text_of, told

PAPER = "/vote/cats-or-dogs"
WITHDRAW = 'name="withdraw"'


def service_with(**fields: Any) -> Service:
    """Make a service with one poll, at `PAPER`."""
    return a_service(a_poll(**{"slug": "cats-or-dogs", **fields}))


def send(service: Service, **data: Any) -> TestResponse:
    """Send the paper that the browser sees now."""
    paper = service.browser.get(PAPER)
    return service.browser.post(PAPER, data={"key": hidden_key(paper), **data})


def test_it_takes_a_vote_back() -> None:
    """The receipt says so, and so does the paper, on which one can vote again."""
    service = service_with()
    assert WITHDRAW not in service.browser.get(PAPER).text
    send(service, option="1")
    assert WITHDRAW in service.browser.get(PAPER).text

    answer = send(service, withdraw="1", option="2")

    assert answer.status_code == 303
    assert "Your vote is withdrawn" in text_of(service.browser.get(answer.headers["Location"]))
    paper = service.browser.get(PAPER)
    assert "Your vote is withdrawn. You can vote again" in text_of(paper)
    assert (checked(paper), WITHDRAW in paper.text) == ([], False)
    assert [choice for _, choice in service.queue.ballots()] == [[1], []]
    assert send(service, option="2").status_code == 303
    assert "Your vote: Dogs." in text_of(service.browser.get(PAPER))


def test_it_takes_a_vote_with_a_code_back() -> None:
    """The browser that voted with the code need not type it in again."""
    poll = a_poll(slug="cats-or-dogs", identity=Identity.CODE)
    service = a_service(poll)
    service.queue.publish(poll, {"AAAAA22222": 1})
    send(service, option="1", code="AAAAA-22222")
    assert 'type="hidden" name="code" value="AAAAA22222"' in service.browser.get(PAPER).text
    assert send(service, withdraw="1", code="AAAAA22222").status_code == 303
    assert service.queue.ballots() == [("code:1", [1]), ("code:1", [])]
    assert "Your vote is withdrawn." in text_of(service.browser.get(PAPER))


@pytest.mark.parametrize(
    "fields", [{"change": False}, {"closes_at": PAST}, {"visibility": Visibility.AFTER_VOTE}]
)
def test_it_offers_that_only_where_it_can_be_done(fields: dict[str, Any]) -> None:
    """Neither where a vote stays or has shown the numbers, nor when the poll is closed."""
    service = service_with(**fields)
    send(service, option="1")
    assert WITHDRAW not in service.browser.get(PAPER).text
    assert send(service, withdraw="1").status_code == 400


@pytest.mark.parametrize(
    ("voted", "fields", "words"),
    [
        (False, {}, "There is no vote of yours to withdraw."),
        (True, {"change": False}, "In this poll a vote cannot be withdrawn."),
        (True, {"visibility": Visibility.AFTER_VOTE}, "In this poll a vote cannot be withdrawn."),
    ],
)
def test_it_says_why_not(*, voted: bool, fields: dict[str, Any], words: str) -> None:
    """A form that somebody has kept is answered in words."""
    service = service_with(**fields)
    if voted:
        send(service, option="1")
    refused = send(service, withdraw="1")
    assert refused.status_code == 400
    assert words in text_of(refused)


@pytest.mark.parametrize("part", ["queue", "polls"])
def test_it_withdraws_once_what_was_sent_again(part: str) -> None:
    """An answer that was lost is asked for with the same key: from the paper, or a page for it."""
    service = service_with()
    send(service, option="1")
    key = hidden_key(service.browser.get(PAPER))
    getattr(service, part).away = True
    kept = service.browser.post(PAPER, data={"key": key, "withdraw": "1"})
    assert kept.status_code == 503
    assert WITHDRAW in kept.text
    assert "not been confirmed" in text_of(kept)
    assert hidden_key(kept) == key
    getattr(service, part).away = False
    answers = [service.browser.post(PAPER, data={"key": key, "withdraw": "1"}) for _ in range(2)]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert len(service.queue.ballots()) == 2


def test_it_keeps_apart_a_vote_and_its_withdrawal_with_one_key() -> None:
    """Who changes their mind while an answer is awaited is told that the first has arrived."""
    service = service_with()
    send(service, option="1")
    key = hidden_key(service.browser.get(PAPER))
    first = service.browser.post(PAPER, data={"key": key, "option": "2"})
    assert first.status_code == 303
    data, wants = {"key": key, "withdraw": "1"}, {"Accept": "application/json"}
    late = service.browser.post(PAPER, data=data, headers=wants)
    assert (late.status_code, told(late)["code"]) == (400, "sent_before")
    assert len(service.queue.ballots()) == 2
