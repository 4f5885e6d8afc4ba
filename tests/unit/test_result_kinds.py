"""What each kind of poll shows over HTTP, its images, and its seal."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from ballotbox.outcome import Numbers
from ballotbox.poll import Kind, Option, Visibility
from result.board import Sealing
from tests.showing import NOON, RANKED, RATED, SEAL, plain, site

SEALED = Sealing(NOON, numbers=Numbers(1, 1, [{"id": n, "votes": int(n == 1)} for n in (1, 2, 3)]))
VOUCHED = SEALED._replace(vouched=1)


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
    client = site([1, 0, 0], final=True, closed=True, sealing=SEALED)
    answer = client.get("/result/cats-or-dogs/seal.json")
    assert (answer.text, answer.mimetype) == (SEAL, "application/json")
    assert 'filename="cats-or-dogs-seal.json"' in answer.headers["Content-Disposition"]
    page = client.get("/result/1").text
    assert "Final and sealed at 21 Nov 2026, 12:00:00 UTC" in plain(page)
    assert 'href="/result/cats-or-dogs/seal.json"' in page


CODES = {"issued": 40, "issued_after_opening": 3, "used": 31, "revoked": 2}


def test_it_says_what_was_sealed_of_who_could_vote() -> None:
    """Codes that were made while people voted, and votes that a program has vouched for."""
    sealing = SEALED._replace(codes=CODES, vouched=1)
    client = site([1, 0, 0], final=True, closed=True, sealing=sealing)
    assert json_of(client)["voters"] == {"codes": CODES, "vouched": 1}
    assert (
        "40 codes · 3 of them made after the opening · 31 used · 2 revoked"
        " · 1 vote was vouched for by a program"
    ) in plain(client.get("/result/1").text)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"final": True, "sealing": SEALED}, None),
        ({"final": True, "sealing": SEALED._replace(vouched=0)}, {"codes": None, "vouched": 0}),
        ({"final": False, "sealing": SEALED._replace(vouched=1)}, None),
        ({"final": True, "visibility": Visibility.ORGANISER, "sealing": VOUCHED}, None),
        ({"final": True, "sealing": VOUCHED._replace(broken_at=NOON)}, None),
    ],
)
def test_it_says_nothing_of_who_could_vote_where_that_is_not_sealed(
    fields: dict[str, Any], expected: object
) -> None:
    """A seal of version 1 does not say it; and what is hidden stays hidden."""
    client = site([1, 0, 0], closed=True, **fields)
    assert json_of(client)["voters"] == expected
    assert "vouched for" not in client.get("/result/1").text.partition("data-voters")[2][:99]


@pytest.mark.parametrize(
    ("fields", "differs", "told"),
    [
        ({"sealing": SEALED}, "seal", "They are not the ones that were sealed."),
        ({"sealing": Sealing(NOON)}, "seal", "They are not the ones that were sealed."),
        ({"doubted": True}, "ledger", "They are not what the ballots add up to."),
    ],
)
def test_it_never_calls_numbers_final_that_are_in_doubt(
    fields: dict[str, Any], differs: str, told: str
) -> None:
    """Not on its page, on the stage, in a frame, on the dashboard or on a picture."""
    client = site([2, 0, 0], final=True, closed=True, **fields)
    assert json_of(client)["differs"] == differs
    for path in ("/result/1", "/result/cats-or-dogs/present", "/embed/1"):
        page = client.get(path).text
        notice = re.search(r"data-differs[^>]*>.*?</p>", page, re.DOTALL)
        assert notice is not None
        assert " hidden" not in notice[0].partition(">")[0]
        shown = re.sub(r"<span data-from=.\w+. hidden>.*?</span>", "", notice[0], flags=re.DOTALL)
        assert "These numbers are in doubt" in plain(shown)
        assert told in plain(shown)
        assert len(re.findall("They are not", shown)) == 1
        assert re.search(r"data-seal hidden", page) or "data-seal" not in page
    for path in (
        "/result/1",
        "/result/cats-or-dogs/present",
        "/embed/1",
        "/result/",
        "/result/1.svg",
    ):
        page = client.get(path).text
        assert "numbers in doubt" in page
        for word in ("Closed · final", "Final result", "Cats wins"):
            assert word not in page, path


def json_of(client: FlaskClient) -> Any:
    """Give the snapshot."""
    return client.get("/result/1.json").json


def test_it_says_when_a_seal_was_broken() -> None:
    """Who has kept the seal of a poll that was reopened finds out here."""
    sealing = Sealing(NOON - timedelta(days=1), broken_at=NOON)
    text = plain(site([1, 0, 0], sealing=sealing).get("/result/1").text)
    assert "opened again at 21 Nov 2026, 12:00:00 UTC" in text
    assert "the seal of 20 Nov 2026, 12:00:00 UTC is broken" in text
