"""What the desk says and draws: states, numbers, browsers, QR codes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from admin.desk import figures, words
from admin.desk.devices import browser_name
from admin.register import Entry
from ballotbox.poll import HostSees, Identity, Kind, State, Visibility
from tests.polls import a_poll
from web import qr


def test_it_has_words_for_every_rule() -> None:
    """No choice that an organiser has stands without what it means."""
    assert words.KINDS.keys() == set(Kind)
    assert words.IDENTITIES.keys() == set(Identity)
    assert words.VISIBILITIES.keys() == set(Visibility)
    assert words.HOST_SEES.keys() == set(HostSees)


@pytest.mark.parametrize("identity", Identity)
def test_it_says_what_each_identity_stops_and_what_not(identity: Identity) -> None:
    """An organiser who reads only this knows what is not promised."""
    assert "does not stop" in words.IDENTITIES[identity].meaning.replace("\n", " ")


@pytest.mark.parametrize(
    ("state", "more", "label"),
    [
        (State.DRAFT, (), "Draft"),
        (State.COMING, (), "Scheduled"),
        (State.OPEN, (), "Open"),
        (State.CLOSED, (), "Counting the last votes"),
        (State.CLOSED, ("final",), "Closed"),
        (State.CLOSED, ("final", "archived"), "Archived"),
        (State.CLOSED, ("final", "doubted"), "Closed, in doubt"),
    ],
)
def test_it_says_in_which_state_a_poll_is(state: State, more: tuple[str, ...], label: str) -> None:
    """A poll that is closed is not called so before its result is final."""
    poll = a_poll(archived="archived" in more)
    final, doubted = "final" in more, "doubted" in more
    entry = Entry(poll=poll, state=state, ballots=0, final=final, doubted=doubted)
    assert words.badge(entry)[0] == label


def snapshot(ballots: int, **option: Any) -> dict[str, Any]:
    """Make what the figures are made of, with one option."""
    options = [{"id": 1, "text": "Cats", "image": None, **option}]
    return {"ballots": ballots, "options": options, "hidden": False}


@pytest.mark.parametrize(
    ("ballots", "option", "expected"),
    [
        (4, {"votes": 1, "share": 0.25}, ("25%", "1 vote", 25.0)),
        (0, {"votes": 0, "share": 0.0}, ("0%", "0 votes", 0.0)),
        (1000, {"votes": 1, "share": 0.001}, ("<1%", "1 vote", 0.1)),
        (1000, {"votes": 999, "share": 0.999}, (">99%", "999 votes", 99.9)),
        (1000, {"votes": 1000, "share": 1.0}, ("100%", "1,000 votes", 100.0)),
        (2, {"votes": 2, "share": 1.0, "mean": 4.5}, ("4.50", "2 ratings", 90.0)),
        (0, {"votes": 0, "share": 0.0, "mean": None}, ("–", "0 ratings", 0.0)),
        (2, {"votes": 1, "share": 0.5, "points": 1}, ("50%", "1 first place · 1 point", 50.0)),
    ],
)
def test_it_writes_numbers_for_each_kind(
    ballots: int, option: dict[str, Any], expected: tuple[str, str, float]
) -> None:
    """Rounding makes neither none of some nor all of most."""
    (bar,) = figures.bars(snapshot(ballots, **option))
    assert (bar.figure, bar.note, bar.width) == expected


@pytest.mark.parametrize(
    ("device", "name"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Firefox/145.0",
            "Firefox on Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        (
            "Mozilla/5.0 (iPhone; like Mac OS X) Safari/604.1",
            "Safari on an iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.14", "curl/8.14"),
        ("", "A browser"),
    ],
)
def test_it_names_browsers_as_people_do(device: str, name: str) -> None:
    """What it does not know is shown as the browser says it."""
    assert browser_name(device) == name


def test_it_draws_qr_codes_without_a_style() -> None:
    """The Content-Security-Policy of a page forbids any that is written into it."""
    drawn = qr.inline("http://localhost:8081/vote/cats-or-dogs")
    assert drawn.startswith("<svg ")
    assert "style" not in drawn


def test_it_draws_qr_codes_as_files() -> None:
    """A file is an SVG of its own, with a size."""
    drawn = qr.file("http://localhost:8081/vote/cats-or-dogs").decode()
    assert 'xmlns="http://www.w3.org/2000/svg"' in drawn
    assert re.search(r'width="\d+"', drawn)
