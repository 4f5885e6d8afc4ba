"""The doors of the result service over HTTP."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest

from ballotbox.ballot import Mark
from ballotbox.poll import Visibility
from ballotbox.version import VERSION
from result.figures import percent
from tests.showing import NOON, TEXTS, plain, site


def test_it_shows_the_numbers_without_a_script() -> None:
    """Counts, shares, widths of the bars, the total and what waits are in the HTML."""
    page = site([3, 1, 0]).get("/result/cats-or-dogs").text
    text = plain(page)
    assert "Cats &amp; Dogs?" in text
    assert "Cats 3 votes 75%" in text
    assert "1 vote 25%" in text
    assert "4 counted · 5 waiting" in text
    assert [*map(float, re.findall(r'<rect width="([\d.]+)%"', page))] == [75, 25, 0]
    assert "21 Nov 2026, 12:00:00 UTC" in text


def test_it_says_how_many_have_voted_how_often_and_when_the_last_did() -> None:
    """Who has changed a vote has cast two ballots; without a script the time is in UTC."""
    tally = (3, {Mark(1, 1): 2, Mark(2, 1): 1})
    text = plain(site(tally, cast=1310, last_seq=1_795_262_405_500_000).get("/result/1").text)
    assert "3 voters · 1,310 ballots cast" in text
    assert "Last vote: 21 Nov 2026, 12:00:05 UTC" in text
    assert "Last vote" not in plain(site([0, 0, 0]).get("/result/1").text)


def test_it_puts_the_highest_first_when_asked() -> None:
    """Who has as many as another stays behind the one that stands first in the poll."""
    client = site([1, 3, 1])
    rows = [
        re.findall(r'data-option="(\d)"', client.get(f"/result/1{query}").text)
        for query in ("", "?order=votes", "?order=nonsense")
    ]
    assert rows == [["1", "2", "3"], ["2", "1", "3"], ["1", "2", "3"]]


def test_it_gives_posts_a_title_and_a_picture() -> None:
    """By whole addresses, as others find them; of numbers that everybody may see."""
    page = site([3, 1, 0]).get("/result/1", base_url="https://votes.example").text
    assert '<meta property="og:title" content="Cats &amp; Dogs?">' in page
    image = '<meta property="og:image" content="https://votes.example/result/cats-or-dogs.png">'
    assert image in page
    hidden = site([3, 1, 0], visibility=Visibility.AFTER_CLOSE).get("/result/1").text
    assert "og:title" in hidden
    assert "og:image" not in hidden


def test_it_knows_from_the_router_how_the_reader_came() -> None:
    """Addresses to share begin with https where the reader's does."""
    page = site([3, 1, 0]).get("/result/1", headers={"X-Forwarded-Proto": "https"}).text
    assert 'value="https://localhost/result/cats-or-dogs"' in page


def test_it_offers_a_frame_that_can_be_copied_as_it_stands() -> None:
    """What a question contains stays text, in the page and in the page that it is put into."""
    page = site([3, 1, 0], question='"><b>Cats?').get("/result/1").text
    copied = html.unescape(re.findall(r'value="(&lt;iframe[^"]*)"', page)[0])
    assert copied.startswith('<iframe src="http://localhost/embed/cats-or-dogs" title="')
    assert html.unescape(re.findall(r'title="([^"]*)"', copied)[0]) == '"><b>Cats?'
    assert "<b>" not in copied
    assert "iframe" not in site([3, 1, 0], embed_origins="none").get("/result/1").text


def test_it_runs_nothing_that_a_poll_contains() -> None:
    """Texts of polls are escaped, and no inline script or style could run anyway."""
    answer = site([1, 1, 1]).get("/result/1")
    assert "<script>alert" not in answer.text
    assert not re.search(r"<[^>]+\s(style|on\w+)=|<style|<script(?![^>]*\ssrc=)", answer.text)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy


@pytest.mark.parametrize("host", ["evil.example; script-src *", "a b", "x'y", "[::1]:80"])
def test_it_lets_no_host_into_the_policy_that_cannot_be_one(host: str) -> None:
    """What a client calls the host cannot add a directive."""
    answer = site([1, 1, 1]).get("/result/1", headers={"Host": host})
    policy = answer.headers.get("Content-Security-Policy", "")
    assert answer.status_code == 400 or "connect-src 'self'; form" in policy


@pytest.mark.parametrize("name", ["cats-or-dogs", "1"])
def test_it_gives_the_snapshot_as_json(name: str) -> None:
    """By slug and by id, never from a cache."""
    answer = site([3, 1, 0]).get(f"/result/{name}.json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json
    cats = {"id": 1, "text": "Cats", "image": None, "votes": 3, "share": 0.75}
    assert answer.json["options"][0] == cats
    assert (answer.json["ballots"], answer.json["version"], answer.json["waiting"]) == (4, 7, 5)


def test_it_gives_a_table_that_no_spreadsheet_calculates() -> None:
    """A text that looks like a formula is marked as text."""
    answer = site([3, 1, 0]).get("/result/cats-or-dogs.csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[:2] == [["id", "text", "votes", "share"], ["1", "Cats", "3", "0.75"]]
    assert rows[2][1] == "'" + TEXTS[1]
    assert 'filename="cats-or-dogs.csv"' in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Open"),
        ({"closes_at": NOON + timedelta(hours=1)}, "Open until"),
        ({"closes_at": NOON}, "Closed · the last votes are being counted"),
    ],
)
def test_it_says_in_words_where_a_poll_is(fields: dict[str, Any], words: str) -> None:
    """The state is on the poll's page and in the list."""
    client = site([0, 0, 0], **fields)
    assert words in client.get("/result/1").text
    assert words in client.get("/result/").text


@pytest.mark.parametrize("path", ["/result", "/result/"])
def test_it_lists_the_polls(path: str) -> None:
    """Each with a link and how many are counted."""
    page = site([3, 1, 0]).get(path).text
    assert 'href="/result/cats-or-dogs"' in page
    assert "4 counted" in page


def test_it_answers_an_unknown_poll_in_the_language_of_who_asks() -> None:
    """A page for people, a problem with a stable code for programs."""
    client = site([0, 0, 0])
    page = client.get("/result/nope", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "There is no such poll" in page.text
    for path, accept in (("/result/nope.json", "*/*"), ("/result/nope", "application/json")):
        problem = client.get(path, headers={"Accept": accept})
        assert (problem.status_code, problem.mimetype) == (404, "application/problem+json")
        assert json.loads(problem.text)["code"] == "unknown_poll"


def test_it_asks_for_patience_before_anything_was_read() -> None:
    """Nobody is told that a poll does not exist when nobody knows."""
    client = site(None)
    problem = client.get("/result/cats-or-dogs.json")
    assert (problem.status_code, problem.headers["Retry-After"]) == (503, "1")
    assert json.loads(problem.text)["code"] == "ledger_unavailable"
    assert 'http-equiv="refresh"' in client.get("/result/cats-or-dogs").text


@pytest.mark.parametrize("path", ["/", "/result/a/b", "/result/static/none.js", "/vote/"])
def test_it_answers_other_paths_with_404(path: str) -> None:
    """What is not its own it does not know."""
    assert site([0, 0, 0]).get(path).status_code == 404


def test_it_takes_no_writes() -> None:
    """Nothing can be posted here."""
    answer = site([0, 0, 0]).post("/result/1")
    assert (answer.status_code, "GET" in answer.headers["Allow"]) == (405, True)


def test_it_tells_whether_it_is_alive_and_ready() -> None:
    """Alive is not ready: /readyz names what fails."""
    ready, waiting = site([0, 0, 0]), site(None)
    alive = {"ok": True, "version": VERSION}
    assert ready.get("/healthz").json == waiting.get("/healthz").json == alive
    assert ready.get("/readyz").json == {"ok": ["postgresql", "redis", "feed"], "failing": {}}
    assert waiting.get("/readyz").status_code == 503
    assert "feed" in json.loads(waiting.get("/readyz").text)["failing"]
    assert "votify_result_look_seconds" in ready.get("/metrics").text


@pytest.mark.parametrize(
    ("votes", "ballots", "words"),
    [
        (0, 0, "0%"),
        (1, 2, "50%"),
        (1, 1000, "<1%"),
        (999, 1000, ">99%"),
        (7, 7, "100%"),
        (5, 8, "63%"),
    ],
)
def test_it_never_rounds_some_to_none_or_most_to_all(votes: int, ballots: int, words: str) -> None:
    """Whole percent are read from afar, and stay true."""
    share = round(votes / ballots, 4) if ballots else 0.0
    assert percent({"votes": votes, "share": share}, ballots) == words
