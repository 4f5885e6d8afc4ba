"""The pictures on a poll's page: the rounds of a ranking, and the timeline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotbox.ballot import Mark, Marks
from ballotbox.kinds import ranking_rounds
from ballotbox.poll import Kind, Visibility, iso
from result import rounds_picture, timeline_picture
from tests.showing import RANKED, RANKINGS, RATED, RECEIPT, plain, site

OPTIONS = (1, 2, 3, 4, 5)


@st.composite
def rankings(draw: st.DrawFn) -> list[tuple[Marks, int]]:
    """Draw what is on the ballots of a ranked poll, and how often."""
    orders = draw(st.lists(st.permutations(OPTIONS), min_size=1, max_size=12))
    lengths = [draw(st.integers(1, len(OPTIONS))) for _ in orders]
    return [
        (tuple(sorted(Mark(id_, place) for place, id_ in enumerate(order[:end], 1))), count)
        for order, end in zip(orders, lengths, strict=True)
        if (count := draw(st.integers(1, 9)))
    ]


def end_and_height(ribbon: rounds_picture.Ribbon) -> tuple[float, float]:
    """Read off a ribbon at which column it ends, and how high it is."""
    numbers = [float(each) for each in re.findall(r"[\d.]+", ribbon.path)]
    return numbers[6], numbers[8]


@given(rankings())
def test_it_draws_every_ballot_in_every_round(ballots: list[tuple[Marks, int]]) -> None:
    """Each column is full, and what flows into a piece of the next one is as high as the piece."""
    picture = rounds_picture.draw(ranking_rounds(OPTIONS, ballots))
    for column in picture.columns:
        assert sum(piece.height for piece in column) == pytest.approx(1000)
    for column in picture.columns[1:]:
        for piece in column:
            ends = [end_and_height(each) for each in picture.ribbons if each.option == piece.option]
            into = sum(height for x, height in ends if x == pytest.approx(piece.x, abs=0.1))
            assert into == pytest.approx(piece.height, abs=0.2)


def test_it_puts_who_goes_out_on_top_and_marks_the_winner() -> None:
    """Votes flow down, and who wins in the end is marked from the first round on."""
    picture = rounds_picture.draw(ranking_rounds([1, 2, 3], RANKINGS))
    first, last = picture.columns
    assert [(piece.option, piece.fate) for piece in first] == [
        *((None, "rest"), (3, "out"), (1, "in"), (2, "elected"))
    ]
    assert [piece.option for piece in last] == [None, 1, 2]
    assert [ribbon.option for ribbon in picture.ribbons if ribbon.moved] == [2]


def timeline(
    *columns: list[Any], kind: str = "votes", seconds: Sequence[int] = (0, 5, 10)
) -> dict[str, Any]:
    """Make a timeline of options with these numbers."""
    start = datetime(2026, 11, 21, tzinfo=UTC)
    return {
        "at": [iso(start + timedelta(seconds=each)) for each in seconds],
        "ballots": [1, 2, 9],
        "cast": [1, 2, 11],
        "options": [{"id": n, "text": f"{n}", kind: c} for n, c in enumerate(columns, 1)],
    }


def test_it_draws_lines_that_step() -> None:
    """A number holds until it changes: nothing is made up in between."""
    picture = timeline_picture.draw(timeline([0, 0, 2], [1, 2, 4]))
    assert picture
    first, second = picture.lines
    assert picture.top == 4
    assert (first.option, first.path) == (2, "M0 750H500V500H1000V0H1000")
    assert (second.option, second.path) == (1, "M0 1000H1000V500H1000")


def test_it_draws_only_the_turnout_where_nobody_could_watch() -> None:
    """One line, of how many had voted."""
    picture = timeline_picture.draw(timeline())
    assert picture
    assert [(line.option, line.last) for line in picture.lines] == [(None, 9)]


def test_it_begins_a_mean_with_the_first_rating() -> None:
    """Before anybody has rated an option there is no mean, and that is not zero."""
    picture = timeline_picture.draw(timeline([None, 5.0, 2.5], [None] * 3, kind="mean"))
    assert picture
    assert (picture.top, picture.lines[0].path) == (5, "M500 0H1000V500H1000")
    assert picture.lines[1].path == ""


@pytest.mark.parametrize("seconds", [(), (0,), (3, 3)])
def test_it_draws_nothing_of_one_moment(seconds: Sequence[int]) -> None:
    """A line takes two."""
    assert timeline_picture.draw(timeline([1] * len(seconds), seconds=seconds)) is None


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_it_keeps_every_line_and_number_inside(last: list[int]) -> None:
    """However high the numbers are: nothing sticks out, and the ends can be told apart."""
    picture = timeline_picture.draw(timeline(*([0, 0, each] for each in last)))
    assert picture
    assert len(picture.lines) + picture.left_out == len(last)
    assert picture.top >= max(last)
    marks = [line.mark for line in picture.lines]
    assert all(0 <= mark <= 1000 for mark in marks)
    assert all(b - a >= 69.9 for a, b in pairwise(marks))


def test_it_shows_the_timeline_to_who_asks_without_a_script() -> None:
    """The page leads to itself with the picture in it: lines, their names, times in words."""
    client = site([3, 1, 0])
    page = client.get("/result/cats-or-dogs").text
    assert 'href="/result/cats-or-dogs?timeline=shown#timeline"' in page
    assert "chart-line" not in page
    text = client.get("/result/cats-or-dogs?timeline=shown").text
    assert text.count('<path class="chart-line') == 6  # three lines, and each beside its name
    assert "Cats 2" in plain(text)
    assert "21 Nov 2026, 12:00:05 UTC" in text


def test_it_gives_each_picture_by_itself() -> None:
    """A page that is open fetches what has changed, and gets what is in the page."""
    client = site(RANKED, kind=Kind.RANKED, max_choices=3)
    rounds = client.get("/result/1/part/rounds")
    assert rounds.headers["Cache-Control"] == "no-store"
    assert rounds.text in client.get("/result/1").text
    assert "flow-elected" in rounds.text
    timeline = client.get("/result/1/part/timeline").text
    assert timeline in client.get("/result/1?timeline=1").text
    # By this a page finds out whether what it was given is as new as its numbers.
    drawn = client.get("/result/1/timeline.json").get_json()["cast"][-1]
    assert f'data-drawn="{drawn}"' in timeline
    assert client.get("/result/1/part/nonsense").status_code == 404


def test_it_draws_again_when_the_language_is_another() -> None:
    """What is kept for the next one is kept for who reads the same language."""
    client = site([3, 1, 0])
    english = client.get("/result/1/part/timeline", headers={"Accept-Language": "en"}).text
    german = client.get("/result/1/part/timeline", headers={"Accept-Language": "de"}).text
    assert "21 Nov 2026, 12:00:05 UTC" in english
    assert "21.11.2026" in german


@pytest.mark.parametrize("visibility", [Visibility.AFTER_CLOSE, Visibility.AFTER_VOTE])
@pytest.mark.parametrize(("kind", "votes"), [(Kind.RANKED, RANKED), (Kind.RATING, RATED)])
def test_it_draws_no_hidden_numbers(visibility: Visibility, kind: Kind, votes: Any) -> None:
    """A picture of numbers is numbers; with a receipt it is there where they are."""
    client = site(votes, kind=kind, max_choices=3, visibility=visibility)
    for part in ("rounds", "timeline"):
        assert client.get(f"/result/1/part/{part}").text == ""
    assert "<path" not in client.get("/result/1?timeline=1").text.partition("<main")[2]
    seen = client.get(f"/result/1/part/timeline?receipt={RECEIPT}").text
    assert ("chart-line" in seen) is (visibility is Visibility.AFTER_VOTE)


def test_it_says_that_the_lines_are_final() -> None:
    """The last word is marked as such."""
    page = site([3, 1, 0], final=True, closed=True).get("/result/1?timeline=1").text
    assert re.search(r"<strong>final</strong>", page)
