"""The door for programs: every answer of `POST /vote`."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from ballotbox.poll import Identity, Kind
from tests.polls import FUTURE, PAST, a_poll
from tests.voting import Service, a_service, told

CATS = {"pollId": 1, "optionId": 1}
DOGS = {"pollId": 1, "optionId": 2}
KEY = {"Idempotency-Key": "a key of one request"}


@pytest.fixture
def service() -> Service:
    """Give a service with a poll of each sort."""
    return a_service(
        a_poll(1, slug="cats-or-dogs"),
        a_poll(2, kind=Kind.MULTIPLE, options=("a", "b", "c"), max_choices=2),
        a_poll(3, change=False),
        a_poll(4, closes_at=PAST),
        a_poll(5, opens_at=FUTURE),
        a_poll(6, identity=Identity.DECLARED, change=False),
    )


def assert_problem(answer: TestResponse, status: int, code: str) -> str:
    """Check that an answer is a problem (RFC 9457) with a stable code; give its detail."""
    assert answer.content_type == "application/problem+json"
    problem = told(answer)
    assert (answer.status_code, problem["code"]) == (status, code)
    assert set(problem) == {"type", "title", "status", "code", "detail"}
    assert problem["status"] == status
    return str(problem["detail"])


def test_it_accepts_a_ballot(service: Service) -> None:
    """An accepted ballot is on the queue, and answered with its receipt, poll and choices."""
    answer = service.post(CATS)
    assert answer.status_code == 202
    assert told(answer)["status"] == "Vote queued"
    assert told(answer)["poll"] == "cats-or-dogs"
    assert told(answer)["choices"] == [1]
    assert [choice for _, choice in service.queue.ballots()] == [[1]]
    receipt = f"/vote/receipt/{told(answer)['receipt']}"
    found = service.browser.get(receipt, headers={"Accept": "application/json"})
    assert told(found)["state"] == "received"


@pytest.mark.parametrize(
    "ballot",
    [
        {"pollId": "1", "optionId": "1"},
        {"pollId": "cats-or-dogs", "optionId": 1},
        {"pollId": "CATS01", "optionId": 1},
        {"pollId": 1, "optionIds": ["1"], "optionId": None, "userId": None, "more": {}},
    ],
)
def test_it_takes_what_clients_write(service: Service, ballot: Any) -> None:
    """A poll is named by id, slug or code; ids are numbers or digits; what is null is not there."""
    answer = service.post(ballot)
    assert (answer.status_code, told(answer)["choices"]) == (202, [1])


def test_it_takes_several_choices(service: Service) -> None:
    """Where a poll takes several choices they are answered in the order of their ids."""
    answer = service.post({"pollId": 2, "optionIds": [3, "1"]})
    assert (answer.status_code, told(answer)["choices"]) == (202, [1, 3])


@pytest.mark.parametrize(
    ("ballot", "status", "code"),
    [
        ({"pollId": 1, "optionId": 3}, 400, "unknown_option"),
        ({"pollId": 1, "optionId": -1}, 400, "unknown_option"),
        ({"pollId": 1, "optionIds": [1, 2]}, 400, "too_many_choices"),
        ({"pollId": 2, "optionIds": [1, 2, 3]}, 400, "too_many_choices"),
        ({"pollId": 2, "optionIds": [1, 1]}, 400, "invalid_ballot"),
        ({"pollId": 2, "optionIds": [1, "1"]}, 400, "invalid_ballot"),
        ({"pollId": 2, "optionIds": []}, 400, "invalid_ballot"),
        ({"pollId": 1}, 400, "invalid_ballot"),
        ({"pollId": 1, "optionId": 1, "optionIds": [1]}, 400, "invalid_ballot"),
        ({"optionId": 1}, 400, "invalid_ballot"),
        ({"pollId": 4, "optionId": 1}, 400, "poll_closed"),
        ({"pollId": 5, "optionId": 1}, 400, "poll_not_open"),
        ({"pollId": 1, "optionId": 1, "userId": "ann"}, 403, "identity_required"),
        ({"pollId": 6, "optionId": 1}, 403, "identity_required"),
        ({"pollId": 6, "optionId": 1, "userId": "a\nb"}, 400, "invalid_ballot"),
        ({"pollId": 7, "optionId": 1}, 404, "unknown_poll"),
        ({"pollId": "birds", "optionId": 1}, 404, "unknown_poll"),
    ],
)
def test_it_refuses_by_the_rules(service: Service, ballot: Any, status: int, code: str) -> None:
    """Each rule has its status and code, and nothing of a refused ballot is on the queue."""
    assert assert_problem(service.post(ballot), status, code)
    assert service.queue.ballots() == []


def test_it_refuses_a_second_vote(service: Service) -> None:
    """Where a vote cannot be changed, a second one is refused in the words clients know."""
    assert service.post({"pollId": 3, "optionId": 1}).status_code == 202
    detail = assert_problem(service.post({"pollId": 3, "optionId": 2}), 400, "already_voted")
    assert detail == "User has already voted for this poll"
    stranger = service.stranger().post("/vote", json={"pollId": 3, "optionId": 2})
    assert stranger.status_code == 202


def test_it_lets_a_vote_be_changed(service: Service) -> None:
    """Where it can, the same browser's votes are one voter's."""
    assert [service.post(each).status_code for each in (CATS, DOGS)] == [202, 202]
    (first, _), (second, _) = service.queue.ballots()
    assert first == second


def test_it_takes_the_client_s_word_where_the_poll_does(service: Service) -> None:
    """In a `declared` poll the userId is the voter, as a number or as text."""
    ballot = {"pollId": 6, "optionId": 1}
    answer = service.post({**ballot, "userId": 12})
    assert answer.status_code == 202
    assert "Set-Cookie" not in answer.headers
    assert service.queue.ballots() == [("12", [1])]
    assert_problem(service.post({**ballot, "userId": "12"}), 400, "already_voted")


def cookie_of(answer: TestResponse) -> str | None:
    """Give the voter that an answer makes its receiver, None if it makes none."""
    return answer.headers["Set-Cookie"].split(";")[0] if "Set-Cookie" in answer.headers else None


def test_it_makes_nobody_the_voter_of_another_poll_by_a_key(service: Service) -> None:
    """Who sends the key of somebody else's vote elsewhere is somebody new there."""
    victim = cookie_of(service.post(CATS, headers=KEY))
    guessed = cookie_of(
        service.stranger().post("/vote", json={"pollId": 3, "optionId": 2}, headers=KEY)
    )
    assert None not in (victim, guessed)
    assert victim != guessed


@pytest.mark.parametrize(
    ("key", "minutes", "known"),
    [
        ("of 16 characters", 4.9, True),
        ("of 16 characters", 5.1, False),
        ("order-12345", 0, False),
        ("of-fifteen-char", 0, False),
    ],
)
def test_it_makes_nobody_a_voter_by_a_key_that_may_be_guessed(
    service: Service, monkeypatch: pytest.MonkeyPatch, key: str, minutes: float, *, known: bool
) -> None:
    """A lost answer is asked for soon and by a long key; other repeats get the receipt alone."""
    headers = {"Idempotency-Key": key}
    first = service.post(CATS, headers=headers)
    later = SimpleNamespace(time_ns=lambda: time.time_ns() + int(minutes * 60e9))
    monkeypatch.setattr("vote.booth.time", later)
    again = service.stranger().post("/vote", json=CATS, headers=headers)
    assert told(again)["receipt"] == told(first)["receipt"]
    assert cookie_of(again) == (cookie_of(first) if known else None)
    assert len(service.queue.ballots()) == 1


def test_it_gives_the_same_receipt_for_the_same_request(service: Service) -> None:
    """A request that is sent again with its key is accepted once."""
    answers = [service.post(CATS, headers=KEY) for _ in range(3)]
    assert len({told(answer)["receipt"] for answer in answers}) == 1
    assert len(service.queue.ballots()) == 1


def test_it_knows_a_voter_again_whose_first_answer_was_lost(service: Service) -> None:
    """A client that never got its cookie sends its key again, and it is no second ballot."""
    service.queue.loses_answer = True
    assert_problem(
        service.stranger().post("/vote", json=CATS, headers=KEY), 503, "ballot_box_unavailable"
    )
    assert service.stranger().post("/vote", json=CATS, headers=KEY).status_code == 202
    assert len(service.queue.ballots()) == 1


def test_it_refuses_a_key_that_was_used_for_another_choice(service: Service) -> None:
    """A key stands for one request, not for whatever comes with it."""
    service.post(CATS, headers=KEY)
    assert "another choice" in assert_problem(
        service.post(DOGS, headers=KEY), 400, "invalid_ballot"
    )


@pytest.mark.parametrize("key", ["short", "x" * 129, "schlüssel"])
def test_it_refuses_a_key_it_cannot_keep(service: Service, key: str) -> None:
    """A key that would be ignored is refused."""
    headers = {"Idempotency-Key": key.encode("latin-1").decode("latin-1")}
    assert_problem(service.post(CATS, headers=headers), 400, "invalid_ballot")


def test_it_tells_a_hasty_voter_to_slow_down(service: Service) -> None:
    """Too many ballots of one voter are a 429 that says when to try again."""
    service.queue._interval = 60_000_000
    service.post(CATS)
    answer = service.post(DOGS)
    assert_problem(answer, 429, "slow_down")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("part", ["queue", "polls"])
def test_it_says_when_the_ballot_box_is_unreachable(service: Service, part: str) -> None:
    """Without Redis no ballot is accepted, and the answer says to try again."""
    getattr(service, part).away = True
    answer = service.post(CATS)
    assert_problem(answer, 503, "ballot_box_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"cats"',
        b"NaN",
        b"\xff\xfe{}",
        b'{"pollId": 1, "optionId": 1}\0',
        b'{"pollId": 1, "optionId": ' + b"9" * 5000 + b"}",
        b'{"pollId": 1, "optionId": ' + b"[" * 8000,
        b'{"pollId": ' + b"[" * 3000 + b"]" * 3000 + b', "optionId": 1}',
        b'{"pollId": 1, "optionId": true}',
        b'{"pollId": true, "optionId": 1}',
        b'{"pollId": 1.0, "optionId": 1}',
        b'{"pollId": 1, "optionId": 1e400}',
        b'{"pollId": 1, "optionIds": {"1": 1}}',
        b'{"pollId": 1, "optionIds": [[1]]}',
        b'{"pollId": 1, "optionIds": "12"}',
        b'{"pollId": {"id": 1}, "optionId": 1}',
        b'{"pollId": 6, "optionId": 1, "userId": "\\ud800"}',
        b'{"pollId": 6, "optionId": 1, "userId": true}',
        b'{"pollId": 6, "optionId": 1, "userId": ["ann"]}',
        b'{"pollId": 6, "optionId": 1, "userId": "a\\u0000b"}',
    ],
)
def test_it_refuses_nonsense(service: Service, body: bytes) -> None:
    """Whatever is sent for a ballot is refused as one, and is no error of ours."""
    answer = service.browser.post("/vote", data=body, content_type="application/json")
    assert_problem(answer, 400, "invalid_ballot")


@pytest.mark.parametrize("name", ["\\u0000", "\\ud800", "../1", "cats or dogs", "*", "1\\n"])
def test_it_knows_no_poll_of_an_odd_name(service: Service, name: str) -> None:
    """A name that no poll can have is an unknown poll."""
    body = f'{{"pollId": "{name}", "optionId": 1}}'
    answer = service.browser.post("/vote", data=body, content_type="application/json")
    assert_problem(answer, 404, "unknown_poll")


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
_ballots = st.fixed_dictionaries(
    {},
    optional={
        "pollId": st.sampled_from([1, 2, 6, "1", "CATS02"]) | _json,
        "optionId": st.integers(-1, 4) | _json,
        "optionIds": st.lists(st.integers(-1, 4), max_size=4) | _json,
        "userId": st.text(max_size=200) | _json,
    },
)


@given(ballot=_ballots | _json)
def test_it_answers_anything_with_yes_or_a_reason(ballot: Any) -> None:
    """Any JSON is either an accepted ballot or refused with a 4xx."""
    service = a_service(
        a_poll(1), a_poll(2, kind=Kind.MULTIPLE), a_poll(6, identity=Identity.DECLARED)
    )
    body = json.dumps(ballot)
    answer = service.browser.post("/vote", data=body, content_type="application/json")
    assert answer.status_code == 202 or 400 <= answer.status_code < 500
    assert len(service.queue.ballots()) == (answer.status_code == 202)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_it_takes_json_only(service: Service, content_type: str) -> None:
    """What a form of another site could send is not taken for JSON."""
    body = json.dumps(CATS)
    answer = service.browser.post("/vote", data=body, content_type=content_type)
    assert_problem(answer, 415, "unsupported_media_type")


def test_it_takes_json_that_names_its_encoding(service: Service) -> None:
    """A parameter of the content type is no reason to refuse."""
    body = json.dumps(CATS)
    answer = service.browser.post(
        "/vote", data=body, content_type="application/json; charset=utf-8"
    )
    assert answer.status_code == 202


def test_it_reads_no_long_body(service: Service) -> None:
    """A megabyte is no ballot; the code is the router's, whatever Python calls it."""
    answer = service.post({**CATS, "filler": "x" * 2**20})
    assert_problem(answer, 413, "content_too_large")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_it_names_the_methods_it_takes(service: Service, method: str) -> None:
    """Another method is a 405 that says which there are."""
    answer = service.browser.open("/vote", method=method)
    assert_problem(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def test_it_refuses_ballots_from_other_sites(service: Service) -> None:
    """A browser that says it was sent by another site is refused, cookie or not."""
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
        assert_problem(service.post(CATS, headers=headers), 403, "cross_site")
    assert service.queue.ballots() == []


def test_it_counts_casts_by_their_outcome(service: Service) -> None:
    """Prometheus is told how many ballots were accepted, and why others were not."""
    service.post(CATS)
    service.post({"pollId": 1, "optionId": 3})
    service.browser.post("/vote", data="{", content_type="application/json")
    metrics = service.browser.get("/metrics").text
    assert 'votify_casts_total{outcome="accepted"} 1.0' in metrics
    assert 'votify_casts_total{outcome="unknown_option"} 1.0' in metrics
    assert 'votify_casts_total{outcome="invalid_ballot"} 1.0' in metrics
    assert "votify_cast_seconds_count 3.0" in metrics


def test_it_hides_its_own_mistakes(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug is a 500 as a problem, without its inner words."""
    monkeypatch.setattr(service.queue, "cast", lambda *_, **__: 1 / 0)
    detail = assert_problem(service.post(CATS), 500, "internal_server_error")
    assert "division" not in detail


# --- withdrawing ----------------------------------------------------------------------------------


def test_it_withdraws_a_vote(service: Service) -> None:
    """The answer is that of a ballot, with a receipt of its own, and chooses nothing."""
    cast = told(service.post(CATS))
    answer = service.post({"pollId": 1, "withdraw": True})
    assert (answer.status_code, told(answer)["status"]) == (202, "Vote queued")
    assert told(answer)["choices"] == []
    assert told(answer)["receipt"] != cast["receipt"]
    assert [choice for _, choice in service.queue.ballots()] == [[1], []]


@pytest.mark.parametrize("kind", Kind)
def test_it_withdraws_a_vote_of_any_kind(kind: Kind) -> None:
    """Whatever was chosen, and however few choices a poll allows, all of it can be taken back."""
    service = a_service(a_poll(1, kind=kind, options=("a", "b", "c")))
    choice = {"ratings": {"1": 5}} if kind is Kind.RATING else {"optionId": 1}
    assert service.post({"pollId": 1, **choice}).status_code == 202
    answer = service.post({"pollId": 1, "withdraw": True})
    assert (answer.status_code, told(answer)["choices"]) == (202, [])


def test_it_withdraws_only_a_vote_that_is_there(service: Service) -> None:
    """A stranger gets no receipt, which could be a pass to hidden numbers, and no cookie."""
    answer = service.post({"pollId": 1, "withdraw": True}, headers=KEY)
    assert assert_problem(answer, 400, "nothing_to_withdraw") == (
        "There is no vote of yours to withdraw."
    )
    assert "Set-Cookie" not in answer.headers
    assert service.queue.waiting() == 0


def test_it_withdraws_nothing_where_votes_are_final(service: Service) -> None:
    """Where a vote may not be changed it may not be taken back either."""
    service.post({"pollId": 3, "optionId": 1})
    answer = service.post({"pollId": 3, "withdraw": True})
    assert (
        assert_problem(answer, 400, "already_voted") == "In this poll a vote cannot be withdrawn."
    )
    service.post({"pollId": 6, "optionId": 1, "userId": "ann"})
    answer = service.post({"pollId": 6, "withdraw": True, "userId": "ann"})
    assert_problem(answer, 400, "already_voted")


def test_it_answers_a_repeated_withdrawal_the_same(service: Service) -> None:
    """An answer that was lost may be asked for again, also when the vote is gone by then."""
    service.post(CATS)
    answers = [service.post({"pollId": 1, "withdraw": True}, headers=KEY) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert told(answers[0]) == told(answers[1])
    assert len(service.queue.ballots()) == 2
    assert_problem(service.post({"pollId": 1, "withdraw": True}), 400, "nothing_to_withdraw")


@pytest.mark.parametrize(
    "ballot",
    [
        {"optionId": 1, "withdraw": True},
        {"optionIds": [], "withdraw": True},
        {"ratings": {}, "withdraw": True},
        {"withdraw": 1},
        {"withdraw": "true"},
        {"withdraw": False},
        {"withdraw": None},
    ],
)
def test_it_takes_no_doubtful_word_for_a_withdrawal(service: Service, ballot: Any) -> None:
    """A vote is taken back only by who says so and nothing else."""
    service.post(CATS)
    assert_problem(service.post({"pollId": 1, **ballot}), 400, "invalid_ballot")
    assert len(service.queue.ballots()) == 1


def test_it_casts_a_ballot_that_says_it_does_not_withdraw(service: Service) -> None:
    """False and null are what a form of many fields sends."""
    assert told(service.post({**CATS, "withdraw": False}))["choices"] == [1]
    assert told(service.post({**DOGS, "withdraw": None}))["choices"] == [2]
