"""Voters who are known by a code, and voters whom somebody vouches for."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ballotbox.memory import MemoryQueue
from ballotbox.poll import Identity, Poll
from tests.polls import a_poll
from tests.voting import Service, a_service, hidden_key, text_of, told
from vote.guesses import WRONG

PAPER = "/vote/board"
CODE = "AAAAA22222"


def a_code_poll(number: int = 1, **fields: Any) -> Poll:
    known = {"slug": "board", "identity": Identity.CODE, "change": False}
    return a_poll(number, **{**known, **fields})


def service_with(*polls: Poll) -> Service:
    """Make a service whose first poll takes two codes."""
    service = a_service(*polls)
    service.queue.publish(polls[0], {CODE: 1, "BBBBB33333": 2})
    return service


def vote(service: Service, code: str, option: int = 1) -> TestResponse:
    """Fill in a paper and send it."""
    key = hidden_key(service.browser.get(PAPER))
    return service.browser.post(PAPER, data={"key": key, "option": option, "code": code})


@pytest.mark.parametrize("written", [CODE, "aaaaa-22222", " AAAAA 22222 ", "a a a a a-2 2 2 2 2"])
def test_it_reads_a_code_however_it_is_typed(written: str) -> None:
    """Case, gaps and hyphens are the paper's, not the code's."""
    service = service_with(a_code_poll())
    answer = service.post({"pollId": "board", "optionId": 1, "code": written})
    assert answer.status_code == 202
    assert service.queue.ballots() == [("code:1", [1])]


def test_it_withdraws_the_vote_of_a_code_for_who_has_its_receipt() -> None:
    """Who shows to have cast it; anybody else hears the same of a used and an unused code."""
    service = service_with(a_code_poll(change=True), a_code_poll(2, slug="other", change=True))
    withdrawal = {"pollId": "board", "withdraw": True, "code": CODE}
    service.queue.publish(a_code_poll(2, slug="other", change=True), {CODE: 1})
    elsewhere = told(service.post({"pollId": "other", "optionId": 1, "code": CODE}))["receipt"]
    unused = told(service.post(withdrawal))
    assert unused["code"] == "receipt_required"
    receipt = told(service.post({"pollId": "board", "optionId": 1, "code": CODE}))["receipt"]
    assert told(service.post(withdrawal)) == unused
    assert told(service.post({**withdrawal, "receipt": elsewhere})) == unused
    another = {**withdrawal, "code": "BBBBB33333"}
    assert told(service.post(another)) == unused
    assert told(service.post({**another, "receipt": receipt})) == unused
    assert told(service.post({"pollId": "board", "withdraw": True}))["code"] == "code_required"
    for nonsense in ("made up", 7, ["x"]):
        answer = told(service.post({**withdrawal, "receipt": nonsense}))
        assert answer["code"] == "invalid_ballot"
    assert service.post({**withdrawal, "receipt": receipt}).status_code == 202
    assert service.queue.ballots()[1:] == [("code:1", [1]), ("code:1", [])]


def test_it_changes_the_vote_of_a_code_for_who_has_its_receipt() -> None:
    """A program shows the receipt of the last vote; an earlier one is of no use any more."""
    service = service_with(a_code_poll(change=True))
    ballot = {"pollId": "board", "optionId": 1, "code": CODE}
    first = told(service.post(ballot))["receipt"]
    second = told(service.post({**ballot, "optionId": 2, "receipt": first}))["receipt"]
    for receipt in ({}, {"receipt": first}):
        assert told(service.post({**ballot, **receipt}))["code"] == "already_voted"
    assert service.post({**ballot, "receipt": second}).status_code == 202
    assert service.queue.ballots() == [("code:1", [1]), ("code:1", [2]), ("code:1", [1])]


def test_it_changes_the_vote_of_a_code_in_the_browser_that_cast_it() -> None:
    """There nothing is asked but the code; in another one a sentence says why not."""
    service = service_with(a_code_poll(change=True))
    assert vote(service, CODE).status_code == 303
    assert vote(service, CODE, option=2).status_code == 303
    stranger = Service(service.stranger(), service.queue, service.polls)
    refused = vote(stranger, CODE, option=1)
    assert refused.status_code == 400
    assert "Change the vote in the browser that it came from." in text_of(refused)
    data = {"key": hidden_key(refused), "withdraw": "1", "code": CODE}
    refused = stranger.browser.post(PAPER, data=data)
    assert "can be withdrawn only in the browser that it came from" in text_of(refused)
    assert service.queue.ballots() == [("code:1", [1]), ("code:1", [2])]


def test_it_answers_many_wrong_codes_from_one_address_with_patience(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Who guesses is told to slow down, and the log says it once; right codes are always taken."""
    service = service_with(a_code_poll())

    def guess(address: str, poll: str | int = "board") -> str:
        ballot = {"pollId": poll, "optionId": 1, "code": "CCCCC44444"}
        answer = service.post(ballot, headers={"X-Forwarded-For": address})
        return str(told(answer)["code"])

    answers = [guess("203.0.113.7") for _ in range(WRONG.burst + 50)]
    assert answers[: WRONG.burst] == ["unknown_code"] * WRONG.burst
    assert answers[-1] == "slow_down"
    assert guess("203.0.113.8") == "unknown_code"
    assert guess("203.0.113.7", poll=1) == "slow_down"
    assert guess("203.0.113.8", poll=1) == "unknown_poll"
    right = {"pollId": "board", "optionId": 1, "code": CODE}
    assert service.post(right, headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 202
    told_of = [each for each in caplog.messages if "wrong codes" in each]
    assert len(told_of) == 1
    assert "203.0.113.7" not in caplog.text


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (None, "code_required"),
        ("", "code_required"),
        ("--", "code_required"),
        (7, "code_required"),
        ("CCCCC44444", "unknown_code"),
        ("ßßßßß22222", "unknown_code"),
    ],
)
def test_it_takes_no_vote_without_a_valid_code(code: object, error: str) -> None:
    """No code, or one that is not valid, is refused with a code of its own."""
    service = service_with(a_code_poll())
    answer = service.post({"pollId": "board", "optionId": 1, "code": code})
    assert (answer.status_code, told(answer)["code"]) == (403, error)
    assert service.queue.ballots() == []


def test_it_takes_a_code_once_from_whatever_browser() -> None:
    """The voter is the code, not the browser."""
    service = service_with(a_code_poll())
    ballot = {"pollId": "board", "optionId": 1, "code": CODE}
    assert service.post(ballot).status_code == 202
    again = service.stranger().post("/vote", json=ballot)
    assert (again.status_code, told(again)["code"]) == (400, "already_voted")


def test_it_repeats_its_answer_when_the_code_was_revoked_since() -> None:
    """The answer was lost on its way, the ballot was not: it counts, and a new one does not."""
    poll = a_code_poll()
    service = service_with(poll)
    ballot = {"pollId": "board", "optionId": 1, "code": CODE}
    headers = {"Idempotency-Key": "key-of-this-request"}
    first = service.browser.post("/vote", json=ballot, headers=headers)
    service.queue.publish(poll, {CODE: -1})
    again = service.browser.post("/vote", json=ballot, headers=headers)
    assert (again.status_code, told(again)) == (202, told(first))
    other = service.stranger().post("/vote", json=ballot)
    assert (other.status_code, told(other)["code"]) == (403, "unknown_code")


def test_it_asks_for_the_code_on_the_paper() -> None:
    """A link with a code fills it in, and the paper says what a code stops and what it does not."""
    service = service_with(a_code_poll())
    paper = service.browser.get(f"{PAPER}?code=AAAAA-22222")
    assert 'name="code" value="AAAAA-22222"' in paper.text
    assert "One vote per code." in text_of(paper)
    assert vote(service, "AAAAA-22222").status_code == 303


def test_it_lets_two_people_vote_from_one_browser() -> None:
    """Who comes with another code is not shown the first one's vote, and may vote."""
    service = service_with(a_code_poll())
    assert vote(service, CODE).status_code == 303
    mine = service.browser.get(PAPER)
    assert "Your vote: Cats." in text_of(mine)
    assert f'href="{PAPER}?another=1"' in mine.text
    for link in (f"{PAPER}?another=1", f"{PAPER}?code=BBBBB33333"):
        paper = service.browser.get(link)
        assert "Your vote" not in paper.text
        assert "<button" in paper.text
    data = {"key": hidden_key(paper), "option": "2", "code": "BBBBB33333"}
    assert service.browser.post(PAPER, data=data).status_code == 303
    assert service.queue.ballots() == [("code:1", [1]), ("code:2", [2])]


@pytest.mark.parametrize("forged", ["1.1.1.AAAAA22222", "1.1.1.AAAAA22222.c2lnbmVk", "."])
def test_it_believes_no_keepsake_that_it_did_not_sign(forged: str) -> None:
    """What a browser keeps of its vote cannot be made up from a code."""
    service = service_with(a_code_poll())
    assert vote(service, CODE).status_code == 303
    page = service.stranger().get(PAPER, headers={"Cookie": f"ballot-1={forged}"})
    assert page.status_code == 200
    assert "Your vote" not in page.text


def test_it_keeps_the_code_on_the_way_to_the_right_address() -> None:
    """A QR code may lead to the poll by its id or its join code."""
    service = service_with(a_code_poll())
    for name in ("1", "CATS01"):
        answer = service.browser.get(f"/vote/{name}?code={CODE}")
        assert answer.headers["Location"] == f"{PAPER}?code={CODE}"
    for path in ("/vote/1", "/vote/1?code=CCCCC44444", f"/vote/99?code={CODE}"):
        assert service.browser.get(path).status_code == 404


def test_it_says_that_a_code_was_used_or_is_not_valid() -> None:
    """The paper comes back with the choice, the code, and a sentence."""
    service = service_with(a_code_poll())
    assert vote(service, CODE).status_code == 303
    for code, words in ((CODE, "This code has been used"), ("CCCCC44444", "not valid")):
        page = vote(service, code, option=2)
        assert words in text_of(page)
    assert f'value="{code}"' in page.text
    assert 'value="2" required checked' in page.text


# --- vouching -------------------------------------------------------------------------------------

TOKEN = "a-token-of-an-organiser"


def service_that_knows(whose: str | None, monkeypatch: pytest.MonkeyPatch) -> Service:
    """Make a service that knows TOKEN as one for these polls, or not at all."""
    known = {sha256(TOKEN.encode()).hexdigest(): whose}
    monkeypatch.setattr("vote.app.bearer", lambda _, digest: known.get(digest))
    return service_with(
        a_code_poll(owner=7), a_poll(2, owner=7), a_poll(3, identity=Identity.DECLARED)
    )


def send(service: Service, poll: int | str, authorization: str | None = f"Bearer {TOKEN}") -> Any:
    headers = {"Authorization": authorization} if authorization else {}
    ballot = {"pollId": poll, "optionId": 1, "userId": "ann"}
    return service.post(ballot, headers=headers)


@pytest.mark.parametrize("poll", [1, 2])
@pytest.mark.parametrize("whose", ["7", "*"])
def test_it_believes_who_may_vouch(poll: int, whose: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bearer says who votes, in polls of the token's organiser; an owner's in all."""
    service = service_that_knows(whose, monkeypatch)
    assert send(service, poll).status_code == 202
    assert service.queue.ballots() == [("user:ann", [1])]


@pytest.mark.parametrize("authorization", [f"Bearer {TOKEN}", "Basic YTpi", "Bearer", None])
@pytest.mark.parametrize(("poll", "whose"), [("board", "8"), (2, "8"), (2, None)])
def test_it_believes_nobody_else(
    authorization: str | None, poll: int | str, whose: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another organiser's token, an unknown one, none, and what is no token."""
    service = service_that_knows(whose, monkeypatch)
    answer = send(service, poll, authorization)
    assert (answer.status_code, told(answer)["code"]) == (403, "identity_required")
    assert service.queue.ballots() == []


@pytest.mark.parametrize("authorization", [f"Bearer {TOKEN}", "Basic YTpi", "Bearer", None])
def test_it_tells_nobody_else_that_there_is_such_a_number(
    authorization: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poll with codes is on no list: without a code or a token of it, there is none."""
    service = service_that_knows("8", monkeypatch)
    mine, nobodys = (told(send(service, number, authorization)) for number in (1, 99))
    assert mine == nobodys
    assert mine["code"] == "unknown_poll"


def test_it_cannot_be_told_that_somebody_is_another_kind_of_voter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who declares to be `code:1` or `user:ann` in a declared poll is nobody else's voter."""
    service = service_that_knows("7", monkeypatch)
    assert send(service, 3, None).status_code == 202
    assert service.queue.ballots() == [("ann", [1])]
    assert isinstance(service.queue, MemoryQueue)
