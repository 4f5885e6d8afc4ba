"""Ratings and rankings: what programs send, and the paper that people fill in."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ballotbox.ballot import Mark, decode
from ballotbox.poll import Kind, Visibility
from tests.polls import a_poll
from tests.voting import Service, a_service, hidden_key, text_of, told

PAPER = "/vote/lunch"
PIZZA, SALAD, SOUP = 1, 2, 3


def service_with(kind: Kind, **fields: Any) -> Service:
    """Make a service with one poll about lunch, at `PAPER`."""
    options = ("Pizza", "Salad", "Soup")
    return a_service(
        a_poll(slug="lunch", kind=kind, options=options, **{"max_choices": 3, **fields})
    )


def marks(service: Service) -> list[tuple[Mark, ...]]:
    """List the marks on the ballots that wait."""
    return [decode(item).marks for item in service.queue.peek(10)]  # type: ignore[union-attr]


def vote(service: Service, values: dict[int, object], **more: str) -> TestResponse:
    """Fill in a fresh paper and send it."""
    paper = service.browser.get(PAPER)
    data = {f"value-{option}": str(value) for option, value in values.items()}
    return service.browser.post(PAPER, data={"key": hidden_key(paper), **data, **more})


def chosen(page: TestResponse) -> dict[int, int]:
    """Tell which values a paper shows as filled in."""
    radios = re.findall(r'name="value-(\d)" value="(\d)"[^>]* checked', page.text)
    places = [
        (option, place)
        for option, select in re.findall(
            r'<select[^>]* name="value-(\d)">(.*?)</select>', page.text, flags=re.DOTALL
        )
        for place in re.findall(r'value="(\d)" selected', select)
    ]
    return {int(option): int(value) for option, value in radios + places}


def test_it_takes_ratings() -> None:
    """Each option may have 1 to 5; one that is left out is not rated."""
    service = service_with(Kind.RATING)
    answer = service.post({"pollId": "lunch", "ratings": {"1": 5, "3": "2"}})
    assert answer.status_code == 202
    assert told(answer)["choices"] == {"1": 5, "3": 2}
    assert marks(service) == [(Mark(PIZZA, 5), Mark(SOUP, 2))]


def test_it_takes_a_ranking_in_the_order_of_preference() -> None:
    """The first of the options has the first place."""
    service = service_with(Kind.RANKED)
    answer = service.post({"pollId": "lunch", "optionIds": [3, 1]})
    assert told(answer)["choices"] == [3, 1]
    assert marks(service) == [(Mark(PIZZA, 2), Mark(SOUP, 1))]


@pytest.mark.parametrize(
    ("kind", "ballot", "code"),
    [
        (Kind.RATING, {"ratings": {"1": 6}}, "invalid_ballot"),
        (Kind.RATING, {"ratings": {"1": 0}}, "invalid_ballot"),
        (Kind.RATING, {"ratings": {}}, "invalid_ballot"),
        (Kind.RATING, {"ratings": {"9": 1}}, "unknown_option"),
        (Kind.RATING, {"ratings": {"one": 1}}, "invalid_ballot"),
        (Kind.RATING, {"ratings": [5]}, "invalid_ballot"),
        (Kind.RATING, {"optionId": 1}, "invalid_ballot"),
        (Kind.RATING, {"optionIds": [1], "ratings": {"1": 1}}, "invalid_ballot"),
        (Kind.RANKED, {"optionIds": [1, 1]}, "invalid_ballot"),
        (Kind.RANKED, {"optionIds": [4]}, "unknown_option"),
        (Kind.RANKED, {"ratings": {"1": 1}}, "invalid_ballot"),
    ],
)
def test_it_refuses_what_the_kind_does_not_know(kind: Kind, ballot: Any, code: str) -> None:
    """Each kind takes its own form and values, and nothing is accepted otherwise."""
    service = service_with(kind)
    answer = service.post({"pollId": "lunch", **ballot})
    assert (answer.status_code, told(answer)["code"]) == (400, code)
    assert marks(service) == []


@pytest.mark.parametrize("kind", [Kind.RATING, Kind.RANKED])
def test_it_asks_for_enough(kind: Kind) -> None:
    """A poll may want more than one option to be rated or placed."""
    service = service_with(kind, min_choices=2)
    page = vote(service, {PIZZA: 1})
    assert page.status_code == 400
    assert "at least 2" in text_of(page)
    assert chosen(page) == {PIZZA: 1}


def test_it_takes_a_rating_from_the_paper() -> None:
    """The receipt says the values, and the paper remembers them."""
    service = service_with(Kind.RATING)
    answer = vote(service, {PIZZA: 5, SALAD: "", SOUP: 2})
    assert answer.status_code == 303
    assert marks(service) == [(Mark(PIZZA, 5), Mark(SOUP, 2))]
    assert "Pizza: 5 of 5, Soup: 2 of 5" in text_of(service.browser.get(answer.headers["Location"]))
    paper = service.browser.get(PAPER)
    assert chosen(paper) == {PIZZA: 5, SOUP: 2}
    assert "Your vote: Pizza: 5 of 5, Soup: 2 of 5." in text_of(paper)


def test_it_takes_a_ranking_from_the_paper() -> None:
    """Places may be left out: the order is what is meant."""
    service = service_with(Kind.RANKED)
    answer = vote(service, {PIZZA: 3, SALAD: "", SOUP: 1})
    assert answer.status_code == 303
    assert marks(service) == [(Mark(PIZZA, 2), Mark(SOUP, 1))]
    assert "1. Soup, 2. Pizza" in text_of(service.browser.get(answer.headers["Location"]))
    paper = service.browser.get(PAPER)
    assert chosen(paper) == {PIZZA: 2, SOUP: 1}
    assert "Your vote: 1. Soup, 2. Pizza." in text_of(paper)


def test_it_gives_a_place_only_once() -> None:
    """Two options in one place are given back, as they were filled in."""
    service = service_with(Kind.RANKED)
    page = vote(service, {PIZZA: 1, SOUP: 1})
    assert page.status_code == 400
    assert "Each place can be given only once." in text_of(page)
    assert chosen(page) == {PIZZA: 1, SOUP: 1}
    assert marks(service) == []


def test_it_keeps_a_rating_while_nothing_is_known_of_the_poll() -> None:
    """A paper that cannot even be shown again carries what was filled in."""
    service = service_with(Kind.RATING)
    service.polls.away = True
    page = service.browser.post(PAPER, data={"key": "a-key-of-mine", "value-1": "4"})
    assert page.status_code == 503
    assert '<input type="hidden" name="value-1" value="4">' in page.text


def test_it_shows_images_on_the_paper() -> None:
    """The question's and the options', with their sizes, so that nothing jumps."""
    poll = a_poll(slug="lunch", image="ab" * 16)
    first = replace(poll.options[0], image="cd" * 16)
    service = a_service(replace(poll, options=(first, *poll.options[1:])))
    page = service.browser.get(PAPER).text
    assert f'src="/images/{"ab" * 16}.webp"' in page
    assert re.search(rf'src="/images/{"cd" * 16}-small.webp" alt="" width="\d+" height="\d+"', page)


def test_it_shows_a_paper_again_whose_poll_was_edited_since() -> None:
    """Nobody's vote counts for a question that was not on the paper."""
    service = service_with(Kind.SINGLE, max_choices=1)
    paper = service.browser.get(PAPER)
    terms = re.search(r'name="terms" value="([^"]+)"', paper.text)
    assert terms
    edited = replace(service.polls.find("lunch"), question="Dinner?", revision=2)
    service.polls.edit(edited)
    service.queue.publish(edited)
    data = {"key": hidden_key(paper), "terms": terms[1], "option": "1"}
    page = service.browser.post(PAPER, data=data)
    assert page.status_code == 400
    assert "The poll was changed in the meantime." in text_of(page)
    assert "Dinner?" in text_of(page)
    assert marks(service) == []


def test_it_casts_again_when_only_the_window_was_edited() -> None:
    """A ballot that means the same under the new revision is accepted under that one."""
    service = service_with(Kind.SINGLE, max_choices=1)
    poll = service.polls.find("lunch")
    service.queue.publish(replace(poll, revision=2))
    numbered = service.polls.numbered

    def late(number: int, *, fresh: bool = False) -> Any:
        return replace(numbered(number), revision=2 if fresh else 1)

    service.polls.numbered = late  # type: ignore[method-assign]
    assert service.post({"pollId": "lunch", "optionId": 1}).status_code == 202


def test_it_tells_a_program_whose_ballot_would_mean_something_else() -> None:
    """The options were edited in the second for which a poll is remembered."""
    service = service_with(Kind.SINGLE, max_choices=1)
    poll = service.polls.find("lunch")
    edited = replace(poll, question="Dinner?", revision=2)
    service.queue.publish(edited)
    numbered = service.polls.numbered

    def late(number: int, *, fresh: bool = False) -> Any:
        return edited if fresh else numbered(number)

    service.polls.numbered = late  # type: ignore[method-assign]
    answer = service.post({"pollId": "lunch", "optionId": 1})
    assert (answer.status_code, told(answer)["code"]) == (400, "poll_changed")


def test_it_shows_a_draft_to_who_has_its_address() -> None:
    """A preview is the paper as it will be, with nothing to send; its names lead nowhere."""
    service = service_with(Kind.RATING, draft=True, preview="0123456789abcdef")
    page = service.browser.get("/vote/preview/0123456789abcdef")
    assert page.status_code == 200
    assert "This is a preview." in text_of(page)
    assert "<button" not in page.text
    assert 'name="key"' not in page.text
    for path in (PAPER, "/vote/1", "/vote/preview/fedcba9876543210"):
        assert service.browser.get(path).status_code == 404
    assert service.browser.get("/vote/preview:0123456789abcdef").status_code == 404
    for name in ("lunch", "preview:0123456789abcdef"):
        answer = service.post({"pollId": name, "ratings": {"1": 1}})
        assert answer.status_code in (400, 404)
    assert marks(service) == []


def test_it_leads_to_hidden_numbers_with_the_receipt() -> None:
    """Who has voted is let in by the receipt; who has not is told when."""
    service = service_with(Kind.SINGLE, max_choices=1, visibility=Visibility.AFTER_VOTE)
    before = service.browser.get(PAPER)
    assert "/result/lunch" not in before.text
    assert "after your vote" in text_of(before)
    answer = service.browser.post(PAPER, data={"key": hidden_key(before), "option": "1"})
    receipt = answer.headers["Location"].rpartition("/")[2]
    for page in (answer.headers["Location"], PAPER):
        assert f"/result/lunch?receipt={receipt}" in service.browser.get(page).text
