"""The languages of the pages: which one is chosen, and how it is kept and switched."""

from __future__ import annotations

import re

import pytest
from flask import Flask, render_template_string, request
from flask.testing import FlaskClient

from ballotbox.sentence import Sentence
from web import catalog, language, outage
from web.language import LANGUAGES

_PAGE = "{% extends 'shell.html' %}{% block title %}{{ 1204 | decimal }}{% endblock %}"


@pytest.fixture(scope="module")
def app() -> Flask:
    """Make a service of one page, which a form on it answers with as well."""
    app = Flask(__name__)
    language.install(app, "vote")

    @app.route("/page", methods=["GET", "POST"])
    def page() -> str:
        return render_template_string(_PAGE)

    @app.get("/numbers")
    def numbers() -> dict[str, str]:
        return {"language": request.path}

    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a browser that keeps cookies."""
    return app.test_client()


def spoken(client: FlaskClient, address: str = "/page", **headers: str) -> str:
    """Ask for a page, and say in which language it is."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    found = re.search('<html lang="([^"]+)"', client.get(address, headers=sent).text)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", "en-GB"),
        ("*", "en-GB"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-US,en;q=0.9,de;q=0.8", "en-GB"),
        ("fr-CA", "fr"),
        ("es-419,es;q=0.9", "es"),
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("ZH-hans-cn", "zh-Hans"),
        ("ar-EG", "ar"),
        ("nl,pt;q=0.9,fr;q=0.4,de;q=0.5", "de"),
        ("de;q=0,fr;q=0.1", "fr"),
        ("den, arn, ; q=1,,", "en-GB"),
        ("\x00 nonsense;q=x", "en-GB"),
    ],
)
def test_it_speaks_the_language_that_a_browser_likes_best(
    client: FlaskClient, accepted: str, chosen: str
) -> None:
    """The first in the reader's order counts, in whatever country it is spoken."""
    assert spoken(client, Accept_Language=accepted) == chosen


def test_it_speaks_english_to_who_says_nothing(client: FlaskClient) -> None:
    """A program that names no language gets English."""
    assert spoken(client) == "en-GB"


def test_it_keeps_what_was_chosen_by_the_switch(client: FlaskClient) -> None:
    """A language that was chosen once stays, whatever the browser asks for."""
    assert spoken(client, "/page?lang=fr") == "fr"
    assert spoken(client, Accept_Language="de") == "fr"
    cookie = client.get_cookie(language.COOKIE)
    assert cookie
    assert (cookie.value, cookie.path, cookie.same_site) == ("fr", "/", "Lax")


@pytest.mark.parametrize("asked", ["", "xx", "DE", "zh", "../de", "en"])
def test_it_ignores_a_language_that_there_is_not(client: FlaskClient, asked: str) -> None:
    """A wrong word in an address or a cookie changes nothing, and is not kept."""
    assert spoken(client, f"/page?lang={asked}", Accept_Language="es") == "es"
    assert client.get_cookie(language.COOKIE) is None
    client.set_cookie(language.COOKIE, asked)
    assert spoken(client, Accept_Language="es") == "es"


def test_it_tells_caches_and_programs_which_language_a_page_is_in(client: FlaskClient) -> None:
    """What depends on the reader says so, and what does not is left alone."""
    page = client.get("/page", headers={"Accept-Language": "ar"})
    numbers = client.get("/numbers", headers={"Accept-Language": "ar"})

    assert page.headers["Content-Language"] == "ar"
    assert page.vary.as_set() >= {"accept-language", "cookie"}
    assert 'dir="rtl"' in page.text
    assert "Content-Language" not in numbers.headers
    assert not numbers.vary


def links(page: str) -> list[str]:
    """Give where the switch of a page leads."""
    return re.findall('<li><a href="([^"]*)" hreflang', page)


def test_its_switch_keeps_where_the_reader_is(client: FlaskClient) -> None:
    """The arguments of the page stay, each once, and in their order."""
    page = client.get("/page?q=a%26b&lang=de&tag=1&tag=2").text

    assert links(page)[1] == "?q=a%26b&amp;tag=1&amp;tag=2&amp;lang=de"
    assert len(links(page)) == len(LANGUAGES)
    assert page.count('aria-current="true"') == 1


@pytest.mark.parametrize(
    ("form", "leads"),
    [
        ("http://localhost/polls/new?from=1&lang=de", "/polls/new?from=1&amp;lang=fr"),
        ("http://localhost//elsewhere.example/", "/elsewhere.example/?lang=fr"),
        ("http://elsewhere.example/polls", "/?lang=fr"),
        ("", "/?lang=fr"),
        ("http://[nonsense", "/?lang=fr"),
    ],
)
def test_its_switch_leads_from_an_answer_back_to_the_form(
    client: FlaskClient, form: str, leads: str
) -> None:
    """What was sent cannot be asked for again: the page that sent it can, if it is ours."""
    page = client.post("/page", headers={"Referer": form}).text

    assert links(page)[2] == leads


def test_english_needs_no_words_in_its_pages(client: FlaskClient) -> None:
    """Scripts hold their English themselves, so the pages that most read carry nothing more."""
    assert catalog.words("en-GB", "vote") == {}
    assert 'id="words"' not in client.get("/page").text


def test_it_writes_numbers_as_they_are_written_there(app: Flask) -> None:
    """Thousands are set apart as in each language, with the digits of screens."""
    written = {}
    for each in LANGUAGES:
        with app.test_request_context(f"/page?lang={each}"):
            written[each] = language.decimal(1204567), language.percent(0.426)

    assert written["en-GB"] == ("1,204,567", "43%")
    assert written["de"] == ("1.204.567", "43\xa0%")
    assert written["fr"] == ("1\u202f204\u202f567", "43\xa0%")
    assert written["zh-Hans"] == ("1,204,567", "43%")
    assert re.sub(r"[^\d,]", "", written["ar"][0]) == "1,204,567"


def test_it_writes_times_in_utc_for_who_runs_no_script(app: Flask) -> None:
    """English keeps its form, and a time from another zone is brought to UTC."""
    with app.test_request_context("/page"):
        assert language.moment("2030-12-24T19:05:09+01:00") == "24 December 2030, 18:05 UTC"
        exact = language.moment("2030-12-24T18:05:09+00:00", seconds=True)
    with app.test_request_context("/page?lang=de"):
        german = language.moment("2030-12-24T19:05:09+01:00")

    assert exact == "24 Dec 2030, 18:05:09 UTC"
    assert german.startswith("24. D")


def test_it_says_sentences_of_other_parts(app: Flask) -> None:
    """What was put together in English is put together anew, with numbers as they are written."""
    reason = Sentence("At most %(most)s.", most=1000)
    whole = Sentence("%(name)s: %(reason)s", name="100% “q”", reason=reason)

    assert whole == "100% “q”: At most 1000."
    with app.test_request_context("/page"):
        assert language.said(whole) == "100% “q”: At most 1,000."
        assert language.said("") == ""
        assert language.said("50% more") == "50% more"


def test_the_pages_of_the_router_are_what_they_are_made_from() -> None:
    """Whoever changes their words runs `make languages`; no page is left over, or wanting."""
    there = {path: path.read_text("utf-8") for path in outage.FOLDER.rglob("*.html")}

    assert there == outage.pages()
