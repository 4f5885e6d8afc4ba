"""The ballot paper and the receipt, as somebody without JavaScript sees them."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from ballotbox.poll import Identity, Kind, Visibility
from tests.polls import FUTURE, PAST, a_poll
from tests.voting import Service, a_service, checked, hidden_key, text_of, told

PAPER = "/vote/cats-or-dogs"


def service_with(**fields: Any) -> Service:
    """Make a service with one poll, at `PAPER`."""
    return a_service(a_poll(**{"slug": "cats-or-dogs", **fields}))


def vote(
    service: Service, *options: int, paper: TestResponse | None = None, **more: str
) -> TestResponse:
    """Fill in a paper, a fresh one if none is given, and send it."""
    paper = paper or service.browser.get(PAPER)
    return service.browser.post(
        PAPER, data={"key": hidden_key(paper), "option": [*options], **more}
    )


def test_it_asks_the_question() -> None:
    """A paper shows the question and every option, none of them chosen, and what identity means."""
    page = service_with().browser.get(PAPER)
    assert page.status_code == 200
    assert checked(page) == []
    for words in ("Cats or Dogs?", "Cats", "Dogs", "One vote per browser."):
        assert words in text_of(page)


def test_it_writes_options_as_text() -> None:
    """An option is words, whatever they look like."""
    page = service_with(options=("<b>Cats</b>", '" onclick="x')).browser.get(PAPER)
    assert "<b>" not in page.text
    assert 'onclick="x' not in page.text


def test_it_hands_out_the_cookie_before_the_vote() -> None:
    """The first paper makes the browser known; the next does not do so again."""
    service = service_with()
    assert "voter=" in service.browser.get(PAPER).headers["Set-Cookie"]
    assert "Set-Cookie" not in service.browser.get(PAPER).headers


def test_it_leads_to_the_receipt() -> None:
    """A vote is answered with a redirect to its receipt, which says what was voted for."""
    service = service_with()
    answer = vote(service, 1)
    assert answer.status_code == 303
    receipt = service.browser.get(answer.headers["Location"])
    assert receipt.status_code == 200
    for words in ("Your vote is received", "Cats or Dogs?", "Your vote Cats"):
        assert words in text_of(receipt)


def test_it_knows_who_has_sent_a_paper_without_ever_getting_one() -> None:
    """The answer to a vote makes the browser known where the paper has not."""
    service = service_with()
    assert service.browser.post(PAPER, data={"option": "1"}).status_code == 303
    assert checked(service.browser.get(PAPER)) == [1]


def test_it_accepts_a_double_tap_once() -> None:
    """The same paper sent twice is one ballot with one receipt."""
    service = service_with(change=False)
    paper = service.browser.get(PAPER)
    first, second = vote(service, 1, paper=paper), vote(service, 1, paper=paper)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(service.queue.ballots()) == 1


def test_it_accepts_a_double_tap_once_without_cookies() -> None:
    """A browser that keeps no cookies is told apart by the paper's own key."""
    service = service_with()
    data = {"key": hidden_key(service.browser.get(PAPER)), "option": "1"}
    answers = [service.stranger().post(PAPER, data=data) for _ in range(2)]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert len(service.queue.ballots()) == 1


def test_it_remembers_the_choice_and_lets_it_be_changed() -> None:
    """A voter who comes back sees the own vote, and may change it where the poll lets."""
    service = service_with()
    vote(service, 1)
    page = service.browser.get(PAPER)
    assert checked(page) == [1]
    assert "Your vote: Cats. You may change it while the poll is open." in text_of(page)
    assert vote(service, 2).status_code == 303
    assert checked(service.browser.get(PAPER)) == [2]
    assert checked(service.stranger().get(PAPER)) == []


def test_it_takes_no_second_vote_where_the_poll_does_not() -> None:
    """Where a vote stays, the paper says so and offers no button; a second vote is refused."""
    service = service_with(change=False)
    paper = service.browser.get(PAPER)
    vote(service, 1)
    page = service.browser.get(PAPER)
    assert "Your vote: Cats. This poll does not let a vote be changed." in text_of(page)
    assert "<button" not in page.text
    again = service.browser.post(PAPER, data={"option": "2"})
    assert again.status_code == 400
    assert "You have already voted" in text_of(again)
    assert checked(service.browser.get(PAPER)) == [1]
    assert hidden_key(paper) != hidden_key(page)


def test_it_gives_back_a_paper_that_was_sent_with_another_choice() -> None:
    """An old paper from the browser's history asks once more, and then changes the vote."""
    service = service_with()
    paper = service.browser.get(PAPER)
    vote(service, 1, paper=paper)
    again = vote(service, 2, paper=paper)
    assert again.status_code == 400
    assert "with another choice" in text_of(again)
    assert checked(again) == [2]
    assert vote(service, 2, paper=again).status_code == 303


def test_it_asks_for_a_choice() -> None:
    """An empty paper comes back with a word on what is missing."""
    page = vote(service_with())
    assert page.status_code == 400
    assert "Choose an option." in text_of(page)


def test_it_keeps_the_choices_of_a_refused_paper() -> None:
    """Who chose too many takes one away and need not choose the others again."""
    service = service_with(kind=Kind.MULTIPLE, options=("a", "b", "c"), max_choices=2)
    assert "Choose up to 2." in text_of(service.browser.get(PAPER))
    page = vote(service, 1, 2, 3)
    assert page.status_code == 400
    assert "at most 2 choices" in text_of(page)
    assert checked(page) == [1, 2, 3]
    assert vote(service, 1, 3).status_code == 303
    assert "Your vote: a, c." in text_of(service.browser.get(PAPER))


def test_it_says_when_a_poll_opens() -> None:
    """Before it opens, a paper can be read and not sent."""
    service = service_with(opens_at=FUTURE)
    page = service.browser.get(PAPER)
    assert "This poll is not open yet." in text_of(page)
    assert f"{FUTURE:%B %Y, %H:%M} UTC" in text_of(page)
    assert "<button" not in page.text
    assert service.browser.post(PAPER, data={"option": "1"}).status_code == 400


def test_it_says_when_a_poll_is_closed() -> None:
    """Afterwards the paper leads to the result."""
    service = service_with(closes_at=PAST)
    page = service.browser.get(PAPER)
    assert "This poll is closed." in text_of(page)
    assert 'href="/result/cats-or-dogs"' in page.text
    refused = service.browser.post(PAPER, data={"option": "1"})
    assert refused.status_code == 400
    assert "closed" in text_of(refused)


def test_it_leads_to_no_result_that_only_the_organiser_sees() -> None:
    """A link that shows nothing is not offered."""
    page = service_with(visibility=Visibility.ORGANISER).browser.get(PAPER)
    assert "/result/cats-or-dogs" not in page.text


def test_it_asks_for_a_name_where_voters_declare_themselves() -> None:
    """The name is a field of the paper, is kept when something is wrong, and is the voter."""
    service = service_with(identity=Identity.DECLARED)
    assert "nobody checks it" in text_of(service.browser.get(PAPER))
    nameless = vote(service, 1)
    assert nameless.status_code == 403
    assert "Give your name or number" in text_of(nameless)
    assert checked(nameless) == [1]
    assert 'value="Ann"' in vote(service, userId="Ann").text
    assert vote(service, 1, userId=" Ann ").status_code == 303
    assert service.queue.ballots() == [("Ann", [1])]


@pytest.mark.parametrize("part", ["queue", "polls"])
def test_it_keeps_the_paper_while_the_ballot_box_is_away(part: str) -> None:
    """Without Redis the choice and the key stay on the paper; sent again, it counts once."""
    service = service_with()
    paper = service.browser.get(PAPER)
    getattr(service, part).away = True
    kept = vote(service, 2, paper=paper)
    assert kept.status_code == 503
    assert "Retry-After" in kept.headers
    assert "has not been confirmed" in text_of(kept)
    assert checked(kept) == [2]
    assert hidden_key(kept) == hidden_key(paper)
    assert service.browser.get(PAPER).status_code == 503
    getattr(service, part).away = False
    assert vote(service, 2, paper=kept).status_code == 303


def test_it_counts_once_what_was_sent_again_after_a_lost_answer() -> None:
    """The kept paper is the same ballot, even for a browser that has no cookie yet."""
    service = service_with()
    service.queue.loses_answer = True
    data = {"key": "made-by-an-earlier-page", "option": "1"}
    kept = service.stranger().post(PAPER, data=data)
    assert kept.status_code == 503
    assert "Set-Cookie" not in kept.headers  # it would be another voter's
    again = {"key": hidden_key(kept), "option": "1"}
    answer = service.stranger().post(PAPER, data=again)
    assert (answer.status_code, len(service.queue.ballots())) == (303, 1)
    cookie = answer.headers["Set-Cookie"].split(";")[0]
    changed = {"key": "made-by-a-later-page", "option": "2"}
    bare = service.browser.application.test_client(use_cookies=False)
    bare.post(PAPER, data=changed, headers={"Cookie": cookie})
    (first, _), (second, _) = service.queue.ballots()
    assert first == second


def test_it_keeps_a_ballot_for_a_poll_it_has_never_seen() -> None:
    """A process that starts while Redis is away still gives the ballot back to be sent again."""
    service = service_with()
    service.polls.away = True
    data = {"key": "made-by-an-earlier-page", "option": ["1"]}
    kept = service.browser.post(PAPER, data=data)
    assert kept.status_code == 503
    assert "Your choice is kept" in text_of(kept)
    assert hidden_key(kept) == data["key"]
    assert 'name="option" value="1"' in kept.text


def test_it_tells_a_program_that_sends_a_form_what_is_wrong() -> None:
    """Who asks for JSON is not given a paper back but a problem."""
    service = service_with()
    service.browser.get(PAPER)
    headers = {"Accept": "application/json"}
    answer = service.browser.post(PAPER, data={"option": "3"}, headers=headers)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert told(answer)["code"] == "unknown_option"


def test_it_accepts_no_paper_from_another_site() -> None:
    """What another site filled in is neither accepted nor shown as the voter's choice."""
    service = service_with()
    service.browser.get(PAPER)
    answer = service.browser.post(PAPER, data={"option": "1"}, headers={"Origin": "null"})
    assert answer.status_code == 403
    assert checked(answer) == []
    assert service.queue.ballots() == []


@pytest.mark.parametrize(
    "data",
    [{"option": "x"}, {"option": "1\0"}, {"option": "9" * 5000}, {"key": "short"}, {"option": "0"}],
)
def test_it_refuses_papers_that_are_not_ours(data: dict[str, str]) -> None:
    """Whatever a form says, it is at worst a 400."""
    assert service_with().browser.post(PAPER, data=data).status_code == 400


def test_it_lets_no_cache_keep_a_paper() -> None:
    """Pages are for this voter and this moment, and may load nothing but our own files."""
    service = service_with()
    receipt = vote(service, 1).headers["Location"]
    for address in (PAPER, receipt, "/", "/vote/nothing"):
        headers = service.browser.get(address).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_it_has_one_address() -> None:
    """A poll's id and code lead to the address with its slug."""
    service = service_with(code="ABC234")
    for name in ("1", "ABC234", "abc234"):
        answer = service.browser.get(f"/vote/{name}")
        assert (answer.status_code, answer.headers["Location"]) == (302, PAPER)
