"""Polls with other rules than the first one's: what the contract says of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from ballotbox.catalog import add_poll, new_code
from ballotbox.poll import Identity, Kind, Poll, Visibility
from ballotbox.postgres import postgres_from
from ballotbox.settings import Settings
from deploy.local.stack import Stack
from tests.e2e.site import Site, votes
from tests.e2e.test_contract import assert_problem
from tests.polls import FUTURE, PAST, a_poll
from tests.viewing import Viewer
from tests.waiting import eventually

pytestmark = pytest.mark.service

SECONDS_OPEN = 6

RULES: dict[str, dict[str, Any]] = {
    "once": {"change": False},
    "over": {"closes_at": PAST},
    "to-come": {"opens_at": FUTURE},
    "by-name": {"identity": Identity.DECLARED, "change": False},
    "up-to-two": {"kind": Kind.MULTIPLE, "max_choices": 2, "options": ("Tea", "Coffee", "Milk")},
    "secret": {"visibility": Visibility.AFTER_CLOSE},
}


@pytest.fixture(scope="module")
def rules(other: Stack) -> Iterator[Site]:
    """Give a site with a poll for each of the rules."""
    with postgres_from(Settings.read(other.environment())) as connection:
        for slug, fields in RULES.items():
            add_poll(connection, a_poll(slug=slug, code=new_code(), **fields))
    site = Site(other.url)
    for slug in RULES:
        wait_known(site, slug)
    yield site
    site.close()


def wait_known(site: Site, slug: str) -> None:
    """Wait until a new poll is published to both services."""
    for path in (f"/vote/{slug}", f"/result/{slug}.json"):
        eventually(lambda path=path: site.ask(path).is_success)  # type: ignore[misc]


def test_it_lets_a_voter_vote_once(rules: Site) -> None:
    """Where votes cannot be changed, the second one is refused in the words that clients know."""
    with httpx.Client(base_url=rules.url) as voter:
        first = voter.post("/vote", json={"pollId": "once", "optionId": 1})
        second = voter.post("/vote", json={"pollId": "once", "optionId": 2})

    assert first.status_code == 202
    problem = assert_problem(second, 400, "already_voted")
    assert problem["detail"] == "User has already voted for this poll"
    after = rules.wait_ballots(1, "once")
    assert (votes(after, 1), votes(after, 2)) == (1, 0)


@pytest.mark.parametrize(("slug", "code"), [("over", "poll_closed"), ("to-come", "poll_not_open")])
def test_it_keeps_to_the_window(rules: Site, slug: str, code: str) -> None:
    """Before it opens and after it has closed, a poll takes nothing."""
    assert_problem(rules.cast({"pollId": slug, "optionId": 1}), 400, code)
    assert rules.standing(slug)["ballots"] == 0


def test_it_knows_voters_by_what_they_say(rules: Site) -> None:
    """Where the poll says so a client names the voter: it must, and the same name votes once."""
    ballot = {"pollId": "by-name", "optionId": 1}
    assert_problem(rules.cast(ballot), 403, "identity_required")
    assert_problem(rules.cast({**ballot, "userId": ""}), 403, "identity_required")

    assert rules.cast({**ballot, "userId": "user-42"}).status_code == 202
    assert rules.cast({**ballot, "userId": 43}).status_code == 202
    for again in ("user-42", 43, "43"):
        assert_problem(rules.cast({**ballot, "userId": again}), 400, "already_voted")
    rules.wait_ballots(2, "by-name")


def test_it_takes_several_choices_as_far_as_the_poll_allows(rules: Site) -> None:
    """Up to so many options, each once; the shares are of the ballots."""
    ballot = {"pollId": "up-to-two", "optionIds": [3, "1"]}
    answer = rules.cast(ballot)
    assert answer.json()["choices"] == [1, 3]
    assert_problem(rules.cast({**ballot, "optionIds": [1, 2, 3]}), 400, "too_many_choices")
    assert_problem(rules.cast({**ballot, "optionIds": [1, 1]}), 400, "invalid_ballot")
    assert_problem(rules.cast({**ballot, "optionIds": [1, 4]}), 400, "unknown_option")

    after = rules.wait_ballots(1, "up-to-two")
    assert [each["votes"] for each in after["options"]] == [1, 0, 1]
    assert [each["share"] for each in after["options"]] == [1, 0, 1]


@pytest.mark.parametrize("path", ["/result/socket.io", "/socket.io"])
def test_it_keeps_hidden_numbers_to_itself_on_every_door(rules: Site, path: str) -> None:
    """Before the close nobody learns how it stands: not by page, file, socket or counts."""
    watcher, stranger = (Viewer(rules.url, path=path, transport="websocket") for _ in range(2))
    try:
        answer = watcher.ask("watch", {"poll": "secret"})
        rules.wait_counted(rules.accept({"pollId": "secret", "optionId": 1}))
        rules.wait_counted(rules.accept({"pollId": "once", "optionId": 1}))
        eventually(lambda: stranger.of("poll-stats"))

        secret = answer["poll"]["id"]
        standings = [answer, rules.standing("secret"), *watcher.of("results")]
        assert not [each for each in stranger.of("poll-stats") if each["pollId"] == secret]
    finally:
        watcher.close()
        stranger.close()
    for each in standings:
        assert each["hidden"] is True
        assert (each["ballots"], each["version"]) == (None, None)
        assert {(option["votes"], option["share"]) for option in each["options"]} == {(None, None)}
    assert "1,Cats,," in rules.ask("/result/secret.csv").text
    page = rules.ask("/result/secret").text
    assert "The numbers are hidden" in page
    assert "1 vote<" not in page


def test_it_closes_on_time_and_counts_what_came_before(rules: Site, other: Stack) -> None:
    """A vote before the close counts, one after it does not, and then the result is final."""
    closes = datetime.now(UTC) + timedelta(seconds=SECONDS_OPEN)
    poll = closing(other, closes)
    wait_known(rules, poll.slug)
    receipt = rules.accept({"pollId": poll.slug, "optionId": 2})

    answers = eventually(lambda: refusals(rules, poll), seconds=20)

    assert_problem(answers, 400, "poll_closed")
    assert datetime.now(UTC) >= closes
    rules.wait_counted(receipt)
    final = eventually(lambda: final_standing(rules, poll), seconds=20)
    assert final["poll"]["state"] == "closed"
    assert final["ballots"] == sum(each["votes"] for each in final["options"]) >= 1
    assert votes(final, 2) == 1


def closing(other: Stack, closes: datetime) -> Poll:
    code = new_code()
    with postgres_from(Settings.read(other.environment())) as connection:
        poll = a_poll(slug=f"closes-{code.lower()}", code=code, closes_at=closes)
        return add_poll(connection, poll)


def refusals(site: Site, poll: Poll) -> httpx.Response | None:
    answer = site.cast({"pollId": poll.slug, "optionId": 1})
    return None if answer.status_code == 202 else answer


def final_standing(site: Site, poll: Poll) -> dict[str, Any] | None:
    now = site.standing(poll.slug)
    return now if now["final"] else None
