"""The pages in six languages: nothing stays in English, and the switch is there for everybody."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask_babel import ngettext
from playwright.sync_api import Page, expect

from tests.e2e.organiser import Organiser, owner_password
from tests.e2e.site import Site
from tests.e2e.windows import Windows
from tests.waiting import eventually
from web import language
from web.language import LANGUAGES

pytestmark = [pytest.mark.service, pytest.mark.browser]

# The same in every language: names, and short forms for what has no other name.
NAMES = {
    *("Votify", "UTC", "CSV", "JSON", "SVG", "PNG", "JPEG", "WebP", "GIF", "API"),
    *("Redis", "Borda", "Chrome", "Linux", "Cookie"),
}
SHOWN = {"alt", "aria-label", "aria-description", "placeholder", "title", "aria-valuetext"}
SILENT = {"script", "style", "code", "kbd", "bdi"}
VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr"}
# An address, a code to join by, a scope of tokens, and what each stack of these tests has.
OURS = re.compile(r"\S*[/:_]\S*|\b[A-Z0-9]{6}\b|vote-for|polls|tests|Cats or Dogs\?")
KINDS = ("single", "multiple", "rating", "ranked")
NUMBERS = [*range(25), 99, 100, 101, 102, 103, 111, 1000, 1003, 12_345, 1_000_000]


class Reader(HTMLParser):
    """Collects what a page says by itself: not what people wrote, nor codes and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._inside: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        foreign = found.get("lang", "zh-Hans") != "zh-Hans" or found.get("dir") in {"auto", "ltr"}
        silent = tag in SILENT or "code" in found.get("class", "").split()
        hidden = any(self._inside) or (tag != "html" and (foreign or silent))
        if not hidden:
            self.said += [found[name] for name in SHOWN & found.keys()]
        if tag not in VOID:
            self._inside.append(hidden)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._inside):
            self.said.append(data)


def english(page: Page, path: str) -> list[str]:
    """Give what a Chinese page says in Latin words."""
    page.goto(path)
    reader = Reader()
    reader.feed(page.content())
    reader.close()
    plain = [OURS.sub("", text) for text in reader.said]
    return [text for text in plain if set(re.findall("[A-Za-z]{3,}", text)) - NAMES]


@pytest.fixture(scope="module")
def polls(organiser: Organiser, site: Site) -> dict[str, Any]:
    """Make polls in each state, about Chinese things, with votes."""

    def made(make: Callable[..., dict[str, Any]], **fields: Any) -> dict[str, Any]:
        return make("面条", "米饭", "饺子", question="中午吃什么", **fields)

    found = {kind: made(organiser.poll, kind=kind) for kind in KINDS}
    for kind in KINDS:
        vote = {"ratings": {"1": 5}} if kind == "rating" else {"optionIds": [1]}
        site.wait_counted(site.accept({"pollId": found[kind]["id"], **vote}))
    found["draft"] = made(organiser.draft)
    found["code"] = made(organiser.poll, identity="code")
    found["hidden"] = made(organiser.poll, visibility="after_close")
    coming = made(organiser.draft, opens_at="2040-01-01T12:00:00Z")
    found["coming"] = organiser.do(coming["id"], "schedule", opens_at="2040-01-01T12:00:00Z")
    found["closed"] = organiser.do(made(organiser.poll)["id"], "close")
    last = f"/result/{found['closed']['slug']}.json"
    eventually(lambda: site.ask(last).is_success and site.ask(last).json()["final"])
    return found


PUBLIC = [
    "/",
    "/?code=XXXXXX",
    "/vote/",
    "/vote/receipt",
    "/vote/receipt/nonsense",
    "/vote/nothing",
    "/nothing",
    "/result/",
    "/result/?q=没有",
    "/result/nothing",
    "/admin/sign-in",
    *(f"/vote/{{{name}}}" for name in (*KINDS, "code", "coming", "closed")),
    *(f"/result/{{{name}}}" for name in (*KINDS, "coming", "hidden", "closed")),
    *(f"/result/{{{name}}}/present" for name in (*KINDS, "coming", "closed")),
    *(f"/embed/{{{name}}}" for name in ("single", "hidden")),
]
DESK = [
    # Of these polls only: the names of others are in English.
    *(
        "?q=中午",
        "?state=closed&q=中午",
        "?q=没有",
        "polls/new",
        "account",
        "organisers",
        "nothing",
    ),
    *("polls/{draft}", "polls/{single}", "polls/{closed}", "polls/{hidden}", "polls/{code}"),
    *("polls/{draft}/edit", "polls/{single}/edit", "polls/{closed}/edit", "polls/{code}/codes"),
]


@pytest.mark.night
@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_its_pages_say_nothing_in_english(
    people: Windows, polls: dict[str, Any], *, javascript: bool
) -> None:
    """A reader of Chinese finds no English, on no page, whether or not scripts run."""
    people.forgive_outages = True  # some of these pages are not there
    slugs = {name: poll["slug"] for name, poll in polls.items()}
    page = people.open("/", locale="zh-CN", javascript=javascript)

    assert {path: said for path in PUBLIC if (said := english(page, path.format(**slugs)))} == {}


def signed_in(people: Windows, request: pytest.FixtureRequest, **options: Any) -> Page:
    """Open the desk as the first owner."""
    stack = None if os.environ.get("VOTIFY_URL") else request.getfixturevalue("stack")
    page = people.open("/admin/", **options)
    page.locator("#name").fill("admin")
    page.locator("#password").fill(owner_password(stack))
    page.locator("main button").click()
    expect(page.locator(".finder")).to_be_visible()
    return page


def test_the_desk_says_nothing_in_english(
    people: Windows, polls: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    """Organisers have their language on every page of the desk."""
    people.forgive_outages = True
    page = signed_in(people, request, locale="zh-CN")
    ids = {name: poll["id"] for name, poll in polls.items()}
    said = {path: english(page, f"/admin/{path.format(**ids)}") for path in DESK}
    assert {path: words for path, words in said.items() if words} == {}


def test_the_desk_says_what_is_wrong_in_the_readers_language(
    people: Windows, request: pytest.FixtureRequest
) -> None:
    """What a rule of voting refuses is put together anew, with its numbers."""
    people.forgive_outages = True  # what is refused is answered with 400
    page = signed_in(people, request, locale="de-DE")
    page.goto("/admin/polls/new")
    page.locator("#question").fill("Wo?")
    page.get_by_role("button", name="Als Entwurf speichern").last.click()

    expect(page.locator("#options-problem")).to_have_text("Eine Abstimmung hat 2 bis 100 Optionen.")


def test_its_switch_goes_with_the_reader(people: Windows) -> None:
    """One press, and every page of every service is in that language; Arabic runs to the left."""
    page = people.open("/vote/cats-or-dogs", viewport={"width": 360, "height": 640})
    page.locator(".languages").get_by_text("العربية").click()

    for path in ("/vote/cats-or-dogs", "/", "/result/cats-or-dogs", "/result/", "/admin/"):
        page.goto(path)
        root = page.locator("html")
        expect(root).to_have_attribute("lang", "ar")
        expect(root).to_have_attribute("dir", "rtl")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


COUNT = """async (numbers) => {
  const { ngettext, number, percent } = await import("/static/words.js");
  const votes = numbers.map((n) => ngettext("%(n)s vote", "%(n)s votes", n));
  return [votes, numbers.map(number), [0, 0.01, 0.426, 1].map(percent)];
}"""


@pytest.mark.parametrize("each", LANGUAGES)
def test_its_scripts_count_as_the_server_does(people: Windows, each: str) -> None:
    """The same number has the same words and digits, whoever has written it."""
    app = Flask(__name__)
    language.install(app, "result")
    with app.test_request_context(f"/?lang={each}"):
        decimals = [language.decimal(n) for n in NUMBERS]
        votes = [ngettext("%(n)s vote", "%(n)s votes", n, n=language.decimal(n)) for n in NUMBERS]
        shares = [language.percent(share) for share in (0, 0.01, 0.426, 1)]

    page = people.open(f"/result/?lang={each}")

    # Browsers and Babel have taken their tables from different years: spaces are of several kinds.
    found = page.evaluate(COUNT, NUMBERS)
    assert [[plain(text) for text in texts] for texts in found] == [
        [plain(text) for text in texts] for texts in (votes, decimals, shares)
    ]


def plain(text: str) -> str:
    """Write all spaces alike, and leave out the marks that say in which direction text runs."""
    return re.sub(r"\s", " ", re.sub("[\u200e\u200f\u061c]", "", text))
