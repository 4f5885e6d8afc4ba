"""The list of polls and the page of each, as a browser without JavaScript sees them."""

from __future__ import annotations

import csv
import io
import json

import pytest

from admin.access import COOKIE
from admin.organiser import Organiser, Role
from ballotbox.errors import UnknownPoll
from ballotbox.poll import State
from tests.desk import Desk
from tests.integration.browsing import Browser
from tests.polls import DOGS, FUTURE, PAST


@pytest.fixture
def ada(desk: Desk) -> Organiser:
    """Give an organiser."""
    return desk.organiser("ada")


@pytest.fixture
def browser(desk: Desk, ada: Organiser) -> Browser:
    """Give the browser in which she has signed in."""
    return signed_in(desk, ada)


def signed_in(desk: Desk, who: Organiser) -> Browser:
    """Give a browser in which somebody has signed in."""
    client = desk.app.test_client()
    client.set_cookie(COOKIE, desk.parts.sessions.begin(who))
    return Browser(client)


def opened(desk: Desk, who: Organiser, question: str = "Cats or Dogs?") -> int:
    """Make a poll, open it, and give its id."""
    return desk.parts.office.open(who, desk.poll(who, question=question).poll.id).poll.id


def final(desk: Desk, who: Organiser) -> int:
    """Make a poll in which two have voted, and close it."""
    poll = opened(desk, who)
    desk.vote(poll, "ann")
    desk.vote(poll, "bob", DOGS)
    desk.parts.office.close(who, poll)
    desk.work()
    return poll


def state(desk: Desk, who: Organiser, poll: int) -> State:
    """Tell where a poll is in its life."""
    return desk.parts.office.get(who, poll).state


def test_it_shows_organisers_their_own_polls(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """And owners those of everybody."""
    desk.poll(ada, question="Mine?")
    desk.poll(desk.organiser("bob"), question="His?")
    assert "Mine?" in browser.get("/admin/").text
    assert "His?" not in browser.get("/admin/").text
    owner = signed_in(desk, desk.organiser("eve", Role.OWNER))
    assert "His?" in owner.get("/admin/").text


def test_it_knows_nothing_of_other_peoples_polls(browser: Browser, desk: Desk) -> None:
    """The page of somebody else's poll is the one of a poll that is not there."""
    theirs = desk.poll(desk.organiser("bob"), question="His?").poll.id
    page, nothing = browser.get(f"/admin/polls/{theirs}"), browser.get("/admin/polls/999999")
    assert (page.status, page.text) == (404, nothing.text)


def test_it_finds_polls_by_words_and_state(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """What was searched for is kept while one looks through the states."""
    opened(desk, ada, "Tea or coffee?")
    desk.poll(ada, question="Tea with milk?")
    page = browser.get("/admin/?q=tea&state=open")
    assert "Tea or coffee?" in page.text
    assert "milk" not in page.text
    assert 'href="/admin/?state=draft&amp;q=tea"' in page.source
    assert "No poll is like this" in browser.get("/admin/?q=cocoa").text


def test_it_lists_by_pages(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """A link leads to the older ones."""
    for number in range(31):
        desk.poll(ada, question=f"Question {number:03d}?")
    page = browser.get("/admin/")
    assert "Question 030?" in page.text
    assert "Question 000?" not in page.text
    cursor = page.source.partition("cursor=")[2].partition('"')[0]
    assert "Question 000?" in browser.get(f"/admin/?cursor={cursor}").text


def test_it_gives_the_numbers_of_the_list_as_json(
    browser: Browser, desk: Desk, ada: Organiser
) -> None:
    """For the script that keeps them fresh, and by the same search."""
    poll = opened(desk, ada)
    desk.poll(ada)
    desk.vote(poll)
    desk.work()
    body = json.loads(browser.client.get("/admin/polls.json?state=open").data)
    (found,) = body["polls"]
    assert (found["id"], found["ballots"], found["label"]) == (poll, "1 ballot", "Open")


def test_it_asks_who_is_signed_out_in_json(desk: Desk) -> None:
    """A script that asks for numbers gets no page to sign in."""
    answer = desk.app.test_client().get("/admin/polls.json")
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def test_it_shows_how_to_vote(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """The code, the address and a QR code of it."""
    poll = desk.parts.office.get(ada, opened(desk, ada)).poll
    page = browser.get(f"/admin/polls/{poll.id}")
    assert poll.code in page.text
    assert f'href="http://localhost/vote/{poll.slug}"' in page.source
    assert '<svg viewBox="0 0' in page.source
    drawn = browser.client.get(f"/admin/polls/{poll.id}/qr.svg")
    assert drawn.mimetype == "image/svg+xml"


def test_it_shows_hidden_numbers_to_the_organiser(
    browser: Browser, desk: Desk, ada: Organiser
) -> None:
    """And says to whom they are hidden."""
    poll = desk.poll(ada, visibility="organiser").poll.id
    desk.parts.office.open(ada, poll)
    desk.vote(poll)
    desk.work()
    page = browser.get(f"/admin/polls/{poll}")
    assert "Only you see these numbers" in page.text
    assert "Cats 1 vote 100%" in page.text
    live = json.loads(browser.client.get(f"/admin/polls/{poll}.json").data)
    assert live["bars"][0]["note"] == "1 vote"


def test_it_leads_through_the_life_of_a_poll(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """Open, close, reopen, close, archive, back, reset, delete: each by a form of its page."""
    poll = desk.poll(ada).poll
    path = f"/admin/polls/{poll.id}"
    assert f"/vote/preview/{poll.preview}" in browser.get(path).source
    assert "The poll is open" in browser.send(browser.get(path), f"{path}/open").text
    desk.vote(poll.id)
    assert "The poll is closed" in browser.send(browser.get(path), f"{path}/close").text
    desk.work()
    page = browser.send(browser.get(path), f"{path}/reopen", closes_at="")
    assert state(desk, ada, poll.id) is State.OPEN
    browser.send(page, f"{path}/close")
    desk.work()
    browser.send(browser.get(path), f"{path}/archive")
    assert "Cats or Dogs?" not in browser.get("/admin/").text
    assert "Cats or Dogs?" in browser.get("/admin/?state=archived").text
    browser.send(browser.get(path), f"{path}/unarchive")
    browser.send(browser.get(path), f"{path}/reset", confirm=poll.slug)
    assert state(desk, ada, poll.id) is State.DRAFT
    assert "The poll is deleted" in browser.send(browser.get(path), f"{path}/delete").text
    with pytest.raises(UnknownPoll):
        desk.parts.office.get(ada, poll.id)


def test_it_schedules(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """With a time, that lies ahead; otherwise it says so at the field."""
    poll = desk.poll(ada).poll.id
    path = f"/admin/polls/{poll}"
    for wrong in ("", "soon", PAST.isoformat()):
        page = browser.send(browser.get(path), f"{path}/schedule", opens_at=wrong)
        assert page.status == 400
        assert "opens_at" in page.form(f"{path}/schedule").invalid
        assert page.form(f"{path}/schedule")["opens_at"] == wrong
    browser.send(browser.get(path), f"{path}/schedule", opens_at=FUTURE.isoformat())
    assert state(desk, ada, poll) is State.COMING


@pytest.mark.parametrize("act", ["reset", "delete"])
def test_it_destroys_ballots_only_for_who_types_the_name(
    browser: Browser, desk: Desk, ada: Organiser, act: str
) -> None:
    """A click is made by mistake; a word is not."""
    poll = final(desk, ada)
    path = f"/admin/polls/{poll}"
    page = browser.send(browser.get(path), f"{path}/{act}", confirm="yes")
    assert page.status == 400
    assert "to confirm" in page.text
    assert desk.parts.office.get(ada, poll).ballots == 2
    slug = desk.parts.office.get(ada, poll).poll.slug
    assert browser.send(page, f"{path}/{act}", confirm=slug).status == 200


def test_it_opens_what_was_looked_at(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """A draft that somebody has changed meanwhile is not opened unseen."""
    poll = desk.poll(ada).poll.id
    path = f"/admin/polls/{poll}"
    page = browser.get(path)
    desk.parts.office.edit(ada, poll, {"question": "Tea or coffee?"})
    answer = browser.send(page, f"{path}/open")
    assert answer.status == 412
    assert "That was not done" in answer.text
    assert "Tea or coffee?" in answer.text
    assert state(desk, ada, poll) is State.DRAFT


def test_it_says_what_cannot_be_done_now(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """On the page of the poll, which shows how it is by now."""
    poll = opened(desk, ada)
    path = f"/admin/polls/{poll}"
    page = browser.get(path)
    desk.parts.office.close(ada, poll)
    answer = browser.send(page, f"{path}/close")
    assert answer.status == 409
    assert "Only an open poll can be closed" in answer.text
    assert not answer.offers(f"{path}/close")


def test_it_offers_what_can_be_done(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """Buttons for what would be refused are not there."""
    path = f"/admin/polls/{opened(desk, ada)}"
    page = browser.get(path)
    assert page.offers(f"{path}/close")
    for act in ("open", "schedule", "reopen", "reset", "archive", "delete"):
        assert not page.offers(f"{path}/{act}")


def test_it_makes_a_copy(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """And shows it: a draft with an address of its own."""
    path = f"/admin/polls/{final(desk, ada)}"
    page = browser.send(browser.get(path), f"{path}/duplicate")
    assert page.path != path
    assert "This is the copy, a draft" in page.text


def test_it_gives_numbers_and_ballots_as_files(
    browser: Browser, desk: Desk, ada: Organiser
) -> None:
    """The ballots without their voters, once the result is sealed."""
    path = f"/admin/polls/{final(desk, ada)}"
    page = browser.get(path)
    assert "The ballots can be downloaded once the result is final and sealed." in page.text
    assert f'href="{path}/ballots.csv"' not in page.source
    assert browser.get(f"{path}/ballots.csv").status == 409
    desk.seal()
    assert f'href="{path}/ballots.csv"' in browser.get(path).source
    numbers = list(csv.DictReader(io.StringIO(browser.client.get(f"{path}/results.csv").text)))
    assert [(row["text"], row["votes"]) for row in numbers] == [("Cats", "1"), ("Dogs", "1")]
    ballots = browser.client.get(f"{path}/ballots.csv").text
    choices = [row["choice"] for row in csv.DictReader(io.StringIO(ballots))]
    assert sorted(choices) == ["1:1", "2:1"]
    assert "ann" not in ballots


def test_it_has_no_seal_before_there_is_one(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """The worker seals what is final; until then the page offers none."""
    path = f"/admin/polls/{final(desk, ada)}"
    assert browser.get(f"{path}/seal").status == 404
    assert "Download the seal" not in browser.get(path).text
