"""Polls that an organiser makes, from the API to the voters and back."""

from __future__ import annotations

import json
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import socketio

from ballotbox import verify
from deploy.local.stack import Stack
from tests.e2e.organiser import Organiser
from tests.e2e.site import HTML, JSON, Site
from tests.waiting import eventually

pytestmark = pytest.mark.service

_TRUST = ssl.create_default_context()  # made once: to make it takes longer than to vote


def send(url: str, ballot: object) -> httpx.Response:
    """Hand in a ballot as a client with a connection and a cookie jar of its own."""
    return httpx.post(f"{url}/vote", json=ballot, timeout=60, verify=_TRUST)


def refusal(answer: httpx.Response) -> str:
    """Give the code of a problem."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    return str(answer.json()["code"])


def test_it_takes_votes_as_soon_as_a_poll_is_open(organiser: Organiser, site: Site) -> None:
    """A draft is nobody's business; once it was opened, the next vote is taken."""
    draft = organiser.draft("Tea", "Coffee", question="Tea or coffee?")
    ballot = {"pollId": draft["slug"], "optionId": 2}
    for path in (f"/vote/{draft['slug']}", f"/result/{draft['slug']}.json"):
        assert site.ask(path, headers=JSON).status_code == 404
    assert refusal(site.cast(ballot)) == "unknown_poll"

    organiser.do(draft["id"], "open")

    assert {site.cast(ballot).status_code for _ in range(20)} == {202}
    eventually(lambda: site.ask(f"/result/{draft['slug']}.json").is_success, seconds=3)
    assert site.standing(draft["slug"])["poll"]["question"] == "Tea or coffee?"


def test_it_takes_the_longest_search_that_is_documented(organiser: Organiser) -> None:
    """Neither the router nor the server refuses a line that the document allows."""
    longest = {"q": "\U0001f5f3" * 200, "cursor": "\U0001f5f3" * 200}  # twelve bytes each in a line
    assert organiser.call("GET", "/polls", params=longest)["polls"] == []


def test_it_puts_an_edit_in_force_on_every_process(organiser: Organiser, site: Site) -> None:
    """Within a second each paper shows it, whichever of the processes answers."""
    poll = organiser.poll("Tea", "Coffee", question="Tea or coffe?")
    organiser.edit(poll["id"], question="Tea or coffee?")
    edited = time.monotonic()
    late = 0
    while late < 40:
        asked = time.monotonic()
        page = site.ask(f"/vote/{poll['slug']}", headers=HTML).text
        if asked > edited + 1:  # so long a process may go by what it remembers
            late += 1
            assert "Tea or coffee?" in page


def test_it_closes_at_once(organiser: Organiser, site: Site) -> None:
    """After the answer to the close no vote is taken, by any process."""
    poll = organiser.poll()
    ballot = {"pollId": poll["id"], "optionId": 1}
    site.accept(ballot)
    organiser.do(poll["id"], "close")
    assert {refusal(site.cast(ballot)) for _ in range(20)} == {"poll_closed"}
    assert organiser.wait_final(poll["id"])["ballots"] == 1


def test_it_closes_to_the_second_with_nobody_looking(organiser: Organiser, site: Site) -> None:
    """Votes are taken until the time, and none after it; the result is final soon after."""
    closes_at = datetime.now(UTC) + timedelta(seconds=5)
    poll = organiser.poll(closes_at=closes_at.isoformat())
    ballot = {"pollId": poll["id"], "optionId": 1}
    sent = []
    while (answer := site.cast(ballot)).status_code == 202:
        sent.append(datetime.now(UTC) - answer.elapsed)
    refused = datetime.now(UTC)
    assert refusal(answer) == "poll_closed"
    # A slow machine stretches the time between the two, and turns neither around.
    second = timedelta(seconds=1)
    assert sent[-1] < closes_at + second
    assert refused > closes_at - second
    assert organiser.wait_final(poll["id"])["ballots"] == len(sent)


def test_it_seals_a_result_that_can_be_verified_offline(
    organiser: Organiser, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file verifies, with the ballots too; an altered byte fails it; reopening breaks it."""
    poll = organiser.poll("Tea", "Coffee", "Water", kind="ranked")
    for ranking in ([1, 2], [2, 1, 3], [2]):
        site.accept({"pollId": poll["id"], "optionIds": ranking})
    organiser.do(poll["id"], "close")
    sealed, results = tmp_path / "result.json", organiser.wait_final(poll["id"])
    sealed.write_bytes(organiser.seal(poll["id"]))
    ballots = tmp_path / "ballots.csv"
    ballots.write_bytes(organiser.ballots(poll["id"]))

    assert verify.main([str(sealed), "--ballots", str(ballots)]) == 0
    assert results["ballots"] == 3
    public = site.ask(f"/result/{poll['slug']}/seal.json")
    assert public.content == sealed.read_bytes()

    whole = sealed.read_bytes()
    for place in (0, len(whole) // 3, len(whole) - 2):
        sealed.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert verify.main([str(sealed)]) == 1
    capsys.readouterr()

    organiser.do(poll["id"], "reopen")
    eventually(lambda: "broken" in site.ask(f"/result/{poll['slug']}", headers=HTML).text)
    assert site.ask(f"/result/{poll['slug']}/seal.json").status_code == 404
    organiser.do(poll["id"], "close")
    organiser.wait_final(poll["id"])
    again = json.loads(organiser.seal(poll["id"]))
    assert [each["sha256"] for each in again["previous"]] == [sha256(whole).hexdigest()]


def test_it_lets_one_of_a_thousand_clients_use_a_code(organiser: Organiser, url: str) -> None:
    """They race, over HTTP, for one code: one wins, and all others are told that it was used."""
    poll = organiser.draft(identity="code", change=False)
    (code,) = organiser.codes(poll["id"], 1)
    organiser.do(poll["id"], "open")
    ballot = {"pollId": poll["id"], "optionId": 1, "code": code}
    with ThreadPoolExecutor(25) as crowd:
        answers = list(crowd.map(partial(send, url), [ballot] * 1000))
    refusals = [refusal(answer) for answer in answers if answer.status_code != 202]
    assert refusals == ["already_voted"] * 999
    results = f"/polls/{poll['id']}/results"
    eventually(lambda: organiser.call("GET", results)["ballots"] == 1)
    listed = organiser.call("GET", f"/polls/{poll['id']}/codes")["codes"]
    assert [(each["code"], each["used"]) for each in listed] == [(code, None)]


def test_it_serves_the_load_script_of_older_clients(
    organiser: Organiser, site: Site, ends: ExitStack
) -> None:
    """POST /vote with a userId: taken once, refused in the words they know, pushed as they know."""
    poll = organiser.poll("Cats", "Dogs", identity="declared", change=False)
    heard: list[dict[str, Any]] = []
    viewer = socketio.Client()
    viewer.on("poll-stats", heard.append)
    viewer.connect(site.url, transports=["websocket"])
    ends.callback(viewer.disconnect)
    ballots = [
        {"pollId": str(poll["id"]), "optionId": str(1 + user % 2), "userId": f"user-{user}"}
        for user in range(60)
    ]
    with ThreadPoolExecutor(10) as users:
        first = list(users.map(partial(send, site.url), ballots))
        second = list(users.map(partial(send, site.url), ballots))
    assert {answer.status_code for answer in first} == {202}
    assert {answer.status_code for answer in second} == {400}
    assert {answer.json()["detail"] for answer in second} == {
        "User has already voted for this poll"
    }

    def told() -> bool:
        mine = [each for each in heard if each["pollId"] == poll["id"]]
        last = {each["optionId"]: each["newCount"] for each in mine}
        return last == {1: 30, 2: 30}

    eventually(told)


def test_it_believes_a_token_that_may_vouch_until_it_is_revoked(
    organiser: Organiser, site: Site
) -> None:
    """Another program's users vote by name in a cookie poll; a revoked token is worth nothing."""
    poll = organiser.poll(change=False)
    bearer = {"Authorization": f"Bearer {organiser.voucher}"}
    ballot = {"pollId": poll["id"], "optionId": 1, "userId": "ann"}
    assert site.cast(ballot, headers=bearer).status_code == 202
    assert refusal(site.cast(ballot, headers=bearer)) == "already_voted"
    assert refusal(site.cast(ballot)) == "identity_required"
    wrong = {"Authorization": f"Bearer {organiser.token}"}
    assert refusal(site.cast({**ballot, "userId": "bob"}, headers=wrong)) == "identity_required"


def test_it_shows_hidden_numbers_to_who_brings_a_receipt(organiser: Organiser, site: Site) -> None:
    """`after_vote`: strangers get no number by any door, voters do, and everybody at the end."""
    poll = organiser.poll(visibility="after_vote")
    other = organiser.poll()
    receipt = site.accept({"pollId": poll["id"], "optionId": 1})
    elsewhere = site.accept({"pollId": other["id"], "optionId": 1})
    site.wait_counted(receipt)
    address = f"/result/{poll['slug']}.json"
    eventually(lambda: site.ask(address).is_success)
    for path in (address, f"{address}?receipt={elsewhere}", f"{address}?receipt=nonsense"):
        hidden = site.ask(path).json()
        assert (hidden["hidden"], hidden["ballots"]) == (True, None)
    eventually(lambda: site.ask(f"{address}?receipt={receipt}").json()["ballots"] == 1)
    organiser.do(poll["id"], "close")
    eventually(lambda: site.ask(address).json()["ballots"] == 1)


def told(site: Site, poll: int) -> httpx.Response | None:
    """Hand in a ballot, and give the answer unless it is that this has to wait."""
    answer = site.cast({"pollId": poll, "optionId": 1})
    return None if answer.status_code == 503 else answer


def test_it_publishes_again_what_redis_has_lost(
    stack: Stack, organiser: Organiser, site: Site
) -> None:
    """Voters get a 503 meanwhile and never a wrong "unknown poll"; seconds later all is there."""
    poll = organiser.draft(identity="code", change=False)
    (code,) = organiser.codes(poll["id"], 1)
    organiser.do(poll["id"], "open")
    ballot = {"pollId": poll["slug"], "optionId": 1, "code": code}
    closed = organiser.poll()
    organiser.do(closed["id"], "close")
    organiser.wait_final(closed["id"])
    redis = stack.redis()
    with redis.pipeline(transaction=True) as step:
        for key in redis.scan_iter("*"):
            step.delete(key)
        step.execute()
    answers = set()

    def accepted() -> bool:
        answer = site.cast(ballot)
        answers.add(answer.status_code)
        return answer.status_code == 202

    eventually(accepted, seconds=30)
    assert answers <= {503, 202}
    late = eventually(partial(told, site, closed["id"]), seconds=30)
    assert refusal(late) == "poll_closed"
