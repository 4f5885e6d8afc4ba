"""The stage and the framed result, as the server makes them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ballotbox.poll import Kind, Visibility
from deploy.local.layout import ROOT
from result.verdict import verdict
from tests.showing import RANKED, RATED, RECEIPT, plain, site

NUMBERS = re.compile(r"\b(301|17|42|360)\b")


def test_it_is_a_readable_still_without_a_script() -> None:
    """Question, numbers, what is counted, and how to vote: by address, by code and by QR code."""
    page = site([3, 1, 0]).get("/result/1/present", headers={"Host": "votify.example"}).text
    text = plain(page)
    assert "Cats &amp; Dogs?" in text
    assert "Cats 3 votes 75%" in text
    assert "4 counted · 5 waiting" in text
    assert "Vote at votify.example Code ABC234" in text
    assert re.search(r'<div class="slide-qr" role="img" aria-label="[^"]+"><svg', page)
    assert '<header class="masthead">' not in page
    assert not re.search(
        r"<[^>]+\s(style|on\w+)=|<style|<script(?![^>]*\s(src|type=.application/json))", page
    )


def test_it_tells_nobody_how_to_vote_when_that_is_over() -> None:
    """A closed poll shows no code: people would type it in for nothing."""
    page = site([3, 1, 0], closed=True, final=True).get("/result/1/present").text
    assert re.search(r"<aside[^>]* data-ways[^>]* hidden>", page)


def test_it_begins_behind_a_curtain_when_asked() -> None:
    """What is to be revealed is covered before any script has run."""
    client = site([3, 1, 0])
    assert re.search(
        r"data-slide[^>]* data-curtain>", client.get("/result/1/present?curtain=1").text
    )
    assert not re.search(r"data-slide[^>]* data-curtain>", client.get("/result/1/present").text)


@pytest.mark.parametrize(
    ("ticked", "address"),
    [
        ("poll=10&poll=9", "/result/9/present?show=9,10"),
        ("poll=tea&poll=9&poll=coffee", "/result/tea/present?show=tea,9,coffee"),
        ("poll=7", "/result/7/present"),
        ("poll=7&poll=7&poll=", "/result/7/present"),
        ("", "/result/"),
        ("poll=//evil.example", "/result/"),
        ("poll=a%3Fb%26c", "/result/a%3Fb%26c/present"),
    ],
)
def test_it_leads_from_ticked_polls_to_their_show(ticked: str, address: str) -> None:
    """A form without a script gathers polls. The desk names them by number, the latest first."""
    answer = site([0, 0, 0]).get(f"/result/present?{ticked}")
    assert (answer.status_code, answer.headers["Location"]) == (303, address)


def test_it_leads_from_poll_to_poll_without_a_script() -> None:
    """Back and next are links, and the place in the show is told."""
    page = site([0, 0, 0]).get("/result/1/present?show=9,1,x&curtain=1").text
    assert 'rel="prev" href="/result/9/present?show=9,1,x&amp;curtain=1">' in page
    assert 'rel="next" href="/result/x/present?show=9,1,x&amp;curtain=1">' in page
    assert "2 of 3" in plain(page)
    first = site([0, 0, 0]).get("/result/9/present?show=9,1").text
    assert re.search(r'rel="prev" href="#main" hidden>', first)


def test_it_shows_what_is_asked_for_first_where_the_show_lacks_it() -> None:
    """The poll in the address is the one on the stage, whatever the show says."""
    page = site([0, 0, 0]).get("/result/1/present?show=8,9").text
    assert 'data-show="1,8,9" data-at="0"' in page


@pytest.mark.parametrize("name", ["1", "2", "cats-or-dogs", "%3Cscript%3Ealert(1)"])
def test_it_does_not_tell_a_draft_from_nothing(name: str) -> None:
    """Who asks for a draft, or for what was never there, is told the same: not open yet."""
    answer = site([1, 0, 0], draft=True).get(f"/result/{name}/present")
    assert answer.status_code == 404
    assert "The next question is not open yet" in answer.text
    assert "<script>alert" not in answer.text
    assert "Cats" not in answer.text


@pytest.mark.parametrize("path", ["/result/1/present", "/embed/1"])
@pytest.mark.parametrize("visibility", [Visibility.AFTER_VOTE, Visibility.ORGANISER])
def test_it_keeps_hidden_numbers_hidden(path: str, visibility: Visibility) -> None:
    """A curtain can be lifted by anybody; what the poll's rule hides is not there at all."""
    text = plain(site([301, 17, 42], visibility=visibility).get(path).text)
    assert not NUMBERS.search(text)
    assert "The numbers are hidden" in text


def test_it_counts_a_receipt_on_the_stage_but_not_in_a_frame() -> None:
    """A frame shows everybody the same, whoever has put a receipt into its address."""
    client = site([301, 17, 42], visibility=Visibility.AFTER_VOTE)
    assert "301" in client.get(f"/result/1/present?receipt={RECEIPT}").text
    assert "301" not in client.get(f"/embed/1?receipt={RECEIPT}").text


@pytest.mark.parametrize(
    ("votes", "fields", "sentence"),
    [
        ([3, 1, 0], {"final": True}, "Cats wins."),
        ([3, 3, 0], {"final": True}, "A tie between Cats and ="),
        ([0, 0, 0], {"final": True}, "Nobody has voted."),
        ([3, 1, 0], {"final": False}, "The last votes are being counted."),
        (RATED, {"final": True, "kind": Kind.RATING}, "Cats is rated best."),
        (RANKED, {"final": True, "kind": Kind.RANKED}, "wins in round 2."),
        ([3, 1, 0], {"final": True, "visibility": Visibility.ORGANISER}, None),
    ],
)
@pytest.mark.parametrize("path", ["/result/1/present", "/embed/1"])
def test_it_says_what_has_come_out(
    path: str, votes: Any, fields: dict[str, Any], sentence: str | None
) -> None:
    """The winner of each kind in a sentence, ties said; none where the numbers stay hidden."""
    page = site(votes, closed=True, max_choices=3, **fields).get(path).text
    found = re.search(r"data-verdict>(.*?)</p>", page)
    assert found
    assert sentence in plain(found[1]) if sentence else not found[1]


def test_it_names_no_winner_of_a_ranking_before_its_rounds_are_counted() -> None:
    """They come a moment after the last ballot; meanwhile nobody has won."""
    client = site(RANKED, kind=Kind.RANKED, max_choices=3, closed=True, final=True)
    shown = client.get("/result/1.json").json
    assert shown
    with client.application.test_request_context():
        assert verdict(shown).endswith("wins in round 2.")
        assert verdict({**shown, "rounds": None}) == "The last votes are being counted."
        assert verdict({**shown, "rounds": [], "ballots": 0}) == "Nobody has voted."


def test_it_asks_the_desk_only_where_somebody_may_be_signed_in() -> None:
    """A stranger's browser is not sent to ask what it would only be refused."""
    client = site([0, 0, 0])
    assert "data-organiser" not in client.get("/result/1/present").text
    client.set_cookie("desk", "whatever")
    assert "data-organiser" in client.get("/result/1/present").text


def test_it_lets_one_page_alone_be_framed() -> None:
    """Everybody else's page may show the framed result, and nothing else of Votify."""
    client = site([3, 1, 0])
    framed = client.get("/embed/1").headers
    assert framed["Content-Security-Policy"].endswith("frame-ancestors *")
    assert framed["Cross-Origin-Resource-Policy"] == "cross-origin"
    for path in ("/result/", "/result/1", "/result/1/present", "/result/nope"):
        policy = client.get(path).headers["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors 'none'"), path


def test_it_lets_those_frame_it_that_the_setting_names() -> None:
    """The policy is the setting; unknown polls are told in the frame as well."""
    client = site([3, 1, 0], embed_origins="https://a.example https://b.example")
    for path, status in (("/embed/1", 200), ("/embed/nope", 404)):
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert answer.status_code == status
        assert policy.endswith("frame-ancestors https://a.example https://b.example")


def test_it_has_no_frame_where_the_setting_says_none() -> None:
    """Switched off, the page is not there, and what is said instead cannot be framed either."""
    answer = site([3, 1, 0], embed_origins="none").get("/embed/1")
    assert answer.status_code == 404
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    assert "Cats" not in answer.text


def test_it_is_a_frame_of_numbers_and_links() -> None:
    """No masthead, no form, no cookie, whatever is asked; links open a page of their own."""
    answer = site([3, 1, 0]).get("/embed/1?lang=de&theme=dark")
    assert "Set-Cookie" not in answer.headers
    assert '<html lang="de"' in answer.text
    assert not re.search(r"<(form|header|input|button)\b", answer.text)
    links = re.findall(r"<a [^>]*>", answer.text)
    assert links
    assert all('target="_blank" rel="noopener"' in link for link in links)


@pytest.mark.parametrize("theme", ["dark", "light", "x", ""])
def test_it_takes_the_theme_of_the_page_around_it(theme: str) -> None:
    """`?theme=` is light or dark; without it, and with anything else, the viewer's own counts."""
    page = site([3, 1, 0]).get(f"/embed/1?theme={theme}").text
    assert re.findall('data-theme="(.*?)"', page) == [theme] * (theme in {"dark", "light"})
    assert ("dark.css" in page) is (theme == "dark")


def test_it_is_patient_in_a_frame_before_anything_was_read() -> None:
    """A frame that came too early loads itself again."""
    answer = site(None).get("/embed/1")
    assert (answer.status_code, 'http-equiv="refresh"' in answer.text) == (503, True)


def test_it_is_dark_in_the_same_colours_whoever_asks() -> None:
    """The sheet for pages that are told to be dark has the dark tokens of the shared sheet."""
    static = ROOT / "nginx" / "static"
    shared = (static / "votify.css").read_text("utf-8")
    preferred = re.search(r"prefers-color-scheme: dark\) \{(.*?)\n\}", shared, flags=re.DOTALL)
    assert preferred
    token = re.compile(r"(--[\w-]+): ([^;]+);")
    told = token.findall((static / "dark.css").read_text("utf-8"))
    assert told == token.findall(preferred[1])
    assert len(told) > 20
