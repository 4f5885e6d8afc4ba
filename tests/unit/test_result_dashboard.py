"""The dashboard: all polls as cards, in parts and pages, and found by their words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from ballotbox.ballot import Mark
from ballotbox.poll import Kind, Poll, Visibility
from ballotbox.tally import Tally
from result.board import Board, Snapshot
from tests.polls import a_poll
from tests.showing import NOON, RATED, client, plain, site

SOON, LATER = NOON + timedelta(hours=1), NOON + timedelta(hours=2)


def dashboard(*polls: Poll, tallies: Iterable[Tally] = ()) -> FlaskClient:
    """Make a site with these polls."""
    board = Board(lambda: NOON)
    board.learn_polls(polls)
    for tally in tallies:
        board.learn_tally(tally)
    board.confirm()
    return client(board)


def shown(page: str) -> list[int]:
    """List the polls whose cards are on a page, in their order."""
    return [int(number) for number in re.findall(r'data-poll="(\d+)"', page)]


def tabs(page: str) -> dict[str, int]:
    """Give how many polls each part of the list says it has."""
    found = re.findall(r'data-tab="(\w*)"[^>]*>\s*\w+ <span[^>]*>([\d,]+)</span>', page)
    return {state: int(count.replace(",", "")) for state, count in found}


POLLS = (
    a_poll(1),
    a_poll(2, closes_at=NOON, question="Over?"),
    a_poll(3, opens_at=LATER),
    a_poll(4, opens_at=SOON),
    a_poll(5, options=("Émile", "Zoë"), question="Wer führt?", slug="wer", code="KQ7XM2"),
    a_poll(6, draft=True),
    a_poll(7, archived=True),
    a_poll(8, listed=False),
    a_poll(9, listed=False, closes_at=NOON),
)


def test_it_lists_what_is_open_then_what_is_over() -> None:
    """The newest first; no draft, nothing that is to come, none archived and none off the lists."""
    page = dashboard(*POLLS).get("/result/").text
    assert shown(page) == [5, 1, 2]
    assert re.findall(r'data-group="(\w+)"', page) == ["open", "closed"]
    assert tabs(page) == {"": 3, "open": 2, "closed": 1}


@pytest.mark.parametrize(
    ("state", "polls"),
    [("open", [5, 1]), ("closed", [2]), ("coming", [5, 1, 2]), ("?", [5, 1, 2])],
)
def test_it_shows_a_part_of_the_list(state: str, polls: list[int]) -> None:
    """By a link that needs no script; a part that does not exist is everything."""
    page = dashboard(*POLLS).get("/result/", query_string={"state": state}).text
    assert shown(page) == polls
    assert 'aria-current="page"' in page.split("data-list")[1]


@pytest.mark.parametrize(
    ("words", "polls"),
    [
        ("CATS", [1, 2]),
        ("führt", [5]),
        ("zoë wer", [5]),
        ("kq7xm2", [5]),
        ("cats-or-dogs-2", [2]),
        ("cats-or-dogs-3", []),
        ("CATS08", []),
        ("cats nobody", []),
        ("  ", [5, 1, 2]),
    ],
)
def test_it_finds_polls_by_their_words(words: str, polls: list[int]) -> None:
    """In question, options, name or code, every word, whether large or small."""
    page = dashboard(*POLLS).get("/result/", query_string={"q": words}).text
    assert shown(page) == polls


def test_it_keeps_the_search_in_its_links_and_escapes_it() -> None:
    """The parts of what was found are parts of what was found."""
    answer = dashboard(*POLLS).get("/result/", query_string={"q": '<b> "&'})
    assert "<b>" not in answer.text
    assert 'href="/result/?state=open&amp;q=%3Cb%3E+%22%26"' in answer.text
    assert "No poll matches “&lt;b&gt; &#34;&amp;”." in answer.text


def test_it_divides_many_polls_into_pages() -> None:
    """Fifty on each; a page that does not exist is the last one, or the first."""
    many = dashboard(*(a_poll(number) for number in range(1, 121)))
    first, last = many.get("/result/").text, many.get("/result/?page=3").text
    assert shown(first) == [*range(120, 70, -1)]
    assert shown(last) == [*range(20, 0, -1)]
    assert 'href="/result/?page=2" rel="next"' in first
    assert "Page 3 of 3" in plain(last)
    assert shown(many.get("/result/?page=99").text) == shown(last)
    for nonsense in ("0", "-1", "two"):
        assert shown(many.get(f"/result/?page={nonsense}").text) == shown(first)


def test_it_counts_only_the_polls_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """With thousands of polls, those that are not on it cost nothing but the search."""
    many = dashboard(*(a_poll(number) for number in range(1, 201)))
    counted, snapshot = [], Board.snapshot

    def count(board: Board, poll: Poll, **how: bool) -> Snapshot:
        counted.append(poll.id)
        return snapshot(board, poll, **how)

    monkeypatch.setattr(Board, "snapshot", count)
    assert shown(many.get("/result/?q=dogs").text) == counted
    assert len(counted) == 50


def a_tally(counts: dict[int, int], poll: int = 1) -> Tally:
    marks = {Mark(option, 1): votes for option, votes in counts.items()}
    return Tally(poll=poll, version=1, ballots=sum(counts.values()), counts=marks)


def test_it_draws_the_options_that_are_ahead() -> None:
    """Four of them, in the poll's order, with their figures; of the others how many there are."""
    poll = a_poll(options=("A", "B", "C", "D", "E", "F"))
    tally = a_tally({1: 1, 2: 40, 3: 20, 4: 0, 5: 9, 6: 30})
    page = dashboard(poll, tallies=[tally]).get("/result/").text
    card = plain(page.split("data-mini")[1])
    assert "B 40% C 20% E 9% F 30%" in card
    assert "and 2 more options" in card
    assert "100 counted" in card
    assert re.findall(r'rect width="([\d.]+)%', page) == ["40.0", "20.0", "9.0", "30.0"]
    assert page.count("bars-lead") == 1


def test_it_draws_the_means_of_ratings() -> None:
    """What stands beside a rated option is its mean, and its bar is as long."""
    card = plain(site(RATED, kind=Kind.RATING, max_choices=3).get("/result/").text)
    assert "Cats 4.00" in card


@pytest.mark.parametrize("visibility", [*Visibility][1:])
def test_it_shows_no_bar_of_hidden_numbers(visibility: Visibility) -> None:
    """The card says that they are hidden, and has neither number nor bar."""
    page = site([301, 17, 42], visibility=visibility).get("/result/").text
    assert "The numbers are hidden" in page
    assert not re.search(r"\b(301|17|42|360|83)\b", plain(page))
    assert set(re.findall(r'rect width="([\d.]+)%', page)) == {"0.0"}


def test_it_gives_the_code_of_open_polls_only() -> None:
    """Where nobody can vote any more there is nothing to join."""
    hidden = re.compile(r'<span class="code" data-code hidden>')
    assert not hidden.search(dashboard(POLLS[0]).get("/result/").text)
    assert hidden.search(dashboard(POLLS[1]).get("/result/").text)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/result/", "There is no poll yet."),
        ("/result/?state=open", "There is no such poll now."),
        ("/result/?q=x", "No poll matches “x”."),
    ],
)
def test_it_says_where_there_is_nothing(path: str, words: str) -> None:
    """An empty list is told from one in which nothing was found."""
    assert words in dashboard().get(path).text


@pytest.mark.parametrize("fields", [{"question": "<script>alert(1)</script>"}, {"slug": "a-b"}])
def test_it_runs_nothing_that_a_poll_contains(fields: dict[str, Any]) -> None:
    """No text of a poll becomes markup."""
    page = dashboard(a_poll(**fields)).get("/result/").text
    assert "<script>alert" not in page
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)


def test_it_lets_others_have_their_turn_while_it_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of polls take a tenth of a second, for which no socket would move."""
    turns: list[float] = []
    monkeypatch.setattr("result.dashboard.time.sleep", turns.append)
    many = dashboard(*(a_poll(number) for number in range(1, 1001)))

    assert shown(many.get("/result/?q=nowhere").text) == []
    assert len(turns) == 10
