"""What each kind of poll shows over HTTP, its images, and its seal."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

from ballotbox.poll import Kind, Option
from result.board import Sealing
from tests.showing import NOON, RANKED, RATED, SEAL, plain, site


def test_it_shows_ratings() -> None:
    """The mean, how many have rated, and how often each value was given, in every form."""
    client = site(RATED, kind=Kind.RATING, max_choices=3)
    text = plain(client.get("/result/1").text)
    assert "Cats 4 ratings 4.00" in text
    assert "2 ratings 2.00" in text
    assert "0 ratings –" in text
    option = (client.get("/result/1.json").json or {})["options"][0]
    assert (option["mean"], option["distribution"]) == (4.0, [1, 0, 0, 0, 3])
    rows = list(csv.reader(io.StringIO(client.get("/result/1.csv").text)))
    assert rows[0] == [
        *("id", "text", "votes", "share", "mean"),
        *(f"distribution {value}" for value in range(1, 6)),
    ]
    assert rows[1] == ["1", "Cats", "4", "1.0", "4.0", "1", "0", "0", "0", "3"]


def test_it_shows_rankings_and_their_rounds() -> None:
    """First places, points, and the count round by round, in every form."""
    client = site(RANKED, kind=Kind.RANKED, max_choices=3, final=True)
    page = client.get("/result/1").text
    text = plain(page)
    assert "3 first places" in text
    assert "6 points" in text  # three first places of three options
    assert re.search(r"wins in round \d", text)
    assert "Round by round" in text
    snapshot = client.get("/result/1.json").json or {}
    assert snapshot["options"][0]["places"] == [3, 0, 0]
    assert [each["elected"] for each in snapshot["rounds"]][-1] == 2
    rows = list(csv.reader(io.StringIO(client.get("/result/1.csv").text)))
    names = ["id", "text", "votes", "share", "points", "places 1", "places 2", "places 3"]
    rounds = [f"round {number}" for number, _ in enumerate(snapshot["rounds"], 1)]
    assert rows[0] == [*names, *rounds]
    assert rows[2][-1] == "4"


def test_it_shows_images_from_here_only() -> None:
    """Pictures are named by what is in them, have no words of their own, and come from us."""
    options = (Option(id=1, text="Cats", image="a" * 32), Option(id=2, text="Dogs"))
    page = site([1, 0], options=options, image="b" * 32).get("/result/1").text
    sources = re.findall(r'<img[^>]+src="([^"]+)"[^>]* alt=""', page)
    assert sorted(sources) == [f"/images/{'a' * 32}-small.webp", f"/images/{'b' * 32}.webp"]


def test_it_hands_out_the_seal() -> None:
    """Byte for byte, as a file; the page leads to it."""
    client = site([1, 0, 0], final=True, closed=True, sealing=Sealing(NOON))
    answer = client.get("/result/cats-or-dogs/seal.json")
    assert (answer.text, answer.mimetype) == (SEAL, "application/json")
    assert 'filename="cats-or-dogs-seal.json"' in answer.headers["Content-Disposition"]
    page = client.get("/result/1").text
    assert "Final and sealed at 21 Nov 2026, 12:00:00 UTC" in plain(page)
    assert 'href="/result/cats-or-dogs/seal.json"' in page


def test_it_says_when_a_seal_was_broken() -> None:
    """Who has kept the seal of a poll that was reopened finds out here."""
    sealing = Sealing(NOON - timedelta(days=1), broken_at=NOON)
    text = plain(site([1, 0, 0], sealing=sealing).get("/result/1").text)
    assert "opened again at 21 Nov 2026, 12:00:00 UTC" in text
    assert "the seal of 20 Nov 2026, 12:00:00 UTC is broken" in text
