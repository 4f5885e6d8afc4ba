"""Numbers that not everybody may see: on no page, in no file, in no seal."""

from __future__ import annotations

import csv
import io
import re

import pytest

from ballotbox.poll import Kind, Visibility
from tests.showing import RANKED, RATED, RECEIPT, site


@pytest.mark.parametrize("visibility", [Visibility.AFTER_CLOSE, Visibility.ORGANISER])
def test_it_hides_hidden_numbers_at_every_door(visibility: Visibility) -> None:
    """No door tells a stranger a number, not even how many have voted."""
    client = site([301, 17, 42], visibility=visibility)
    poll = ("", ".json", ".csv", "/timeline.json", "/part/timeline", "?order=votes&timeline=shown")
    for door in ("/result/", *(f"/result/1{end}" for end in poll)):
        assert not re.search(r"\b(301|17|42|360|0\.8361)\b", client.get(door).text), door
    assert "The numbers are hidden" in client.get("/result/1").text


def test_it_shows_voters_the_numbers_that_they_may_see() -> None:
    """With a receipt of the poll, the page and its files have the numbers."""
    client = site([301, 17, 42], visibility=Visibility.AFTER_VOTE)
    doors = ("/result/1", "/result/1.json", "/result/1.csv")
    for door in doors:
        assert "301" not in client.get(door).text, door
        assert "301" not in client.get(f"{door}?receipt={'A' * 32}").text, door
        assert "301" in client.get(f"{door}?receipt={RECEIPT}").text, door
    page = client.get(f"/result/1?receipt={RECEIPT}").text
    assert f'href="/result/cats-or-dogs.csv?receipt={RECEIPT}"' in page
    assert f'data-receipt="{RECEIPT}"' in page


@pytest.mark.parametrize("visibility", [Visibility.AFTER_CLOSE, Visibility.ORGANISER])
def test_it_opens_nothing_else_with_a_receipt(visibility: Visibility) -> None:
    """Who has voted sees no more of such a poll than anybody."""
    client = site([301, 17, 42], visibility=visibility)
    for door in ("/result/1", "/result/1.json", "/result/1.csv"):
        assert "301" not in client.get(f"{door}?receipt={RECEIPT}").text, door


def test_it_repeats_no_receipt_that_is_none() -> None:
    """What somebody writes into the address is not handed on by the page."""
    page = site([1, 1, 1]).get("/result/1?receipt=%22%3E%3Cb%3Enonsense").text
    assert 'data-receipt=""' in page
    assert ".json?" not in page
    assert "<b>nonsense" not in page


@pytest.mark.parametrize("visibility", [Visibility.AFTER_VOTE, Visibility.AFTER_CLOSE])
def test_it_hides_the_numbers_of_every_kind(visibility: Visibility) -> None:
    """Means, distributions, points, places and rounds are numbers too."""
    for kind, votes in ((Kind.RATING, RATED), (Kind.RANKED, RANKED)):
        client = site(votes, kind=kind, max_choices=3, visibility=visibility)
        snapshot = client.get("/result/1.json").json
        assert snapshot
        kept = {"id": 1, "text": "Cats"}
        seen = {name: value for name, value in snapshot["options"][0].items() if value is not None}
        assert (seen, snapshot["rounds"]) == (kept, None)
        rows = list(csv.reader(io.StringIO(client.get("/result/1.csv").text)))
        assert not any(any(row[2:]) for row in rows[1:])
        assert client.get("/result/1").status_code == 200


@pytest.mark.parametrize("visibility", [Visibility.AFTER_CLOSE, Visibility.ORGANISER])
def test_it_keeps_the_seal_of_hidden_numbers(visibility: Visibility) -> None:
    """A seal has the numbers in it: where they are hidden, there is none to be had."""
    client = site([1, 0, 0], visibility=visibility)
    for path in ("/result/1/seal.json", f"/result/1/seal.json?receipt={RECEIPT}"):
        answer = client.get(path)
        assert (answer.status_code, (answer.json or {})["code"]) == (404, "not_sealed")


def test_it_knows_no_drafts_and_lists_no_archived_polls() -> None:
    """A draft is not there at all; what was archived can still be looked at."""
    draft = site([1, 0, 0], draft=True)
    assert draft.get("/result/1").status_code == draft.get("/result/1.json").status_code == 404
    assert "Cats" not in draft.get("/result/").text
    archived = site([1, 0, 0], archived=True)
    assert "cats-or-dogs" not in archived.get("/result/").text
    assert archived.get("/result/cats-or-dogs").status_code == 200


def test_it_shows_final_numbers_that_were_hidden_until_the_close() -> None:
    """`after_close` ends with the close, `organiser` does not."""
    shown = site([301, 17, 42], visibility=Visibility.AFTER_CLOSE, final=True, closed=True)
    assert "301 votes" in shown.get("/result/1").text
    assert "Closed · final" in shown.get("/result/1").text
    kept = site([301, 17, 42], visibility=Visibility.ORGANISER, final=True, closed=True)
    assert "301" not in kept.get("/result/1").text
