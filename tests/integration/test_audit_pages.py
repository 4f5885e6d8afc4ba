"""The log of acts as owners see it: the page, the API, the tables."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from admin.access import registry
from admin.audit import LOOKS, name_of
from admin.desk import words
from admin.organiser import Organiser, Role
from tests.desk import Desk
from tests.integration.api import Program
from tests.integration.browsing import Browser, Page
from tests.integration.test_audit import program
from tests.integration.test_desk_people import signed_in

PAGE = "/admin/audit"


@pytest.fixture
def ada(desk: Desk) -> Organiser:
    """Give an organiser."""
    return desk.organiser("ada")


@pytest.fixture
def olga(desk: Desk) -> Organiser:
    """Give an owner."""
    return desk.organiser("olga", Role.OWNER)


@pytest.fixture
def owner(desk: Desk, olga: Organiser) -> Browser:
    """Give the browser of the owner."""
    return signed_in(desk, olga)


@pytest.fixture
def bot(desk: Desk, olga: Organiser) -> Program:
    """Give a program of the owner."""
    return program(desk, olga)


@pytest.fixture
def poll(desk: Desk, ada: Organiser) -> int:
    """Let some things be done and refused; gives the number of a poll."""
    hers = program(desk, ada)
    poll = hers.make_poll()
    hers.patch(f"/polls/{poll}", {"question": "<b>Milk</b> & sugar?"}, If_Match="*")
    hers.post(f"/polls/{poll}/close")
    hers.make_poll()
    return poll


def acts(bot: Program, query: str = "") -> list[tuple[str, str, int | None]]:
    """Ask the API which acts there are: name, outcome and poll."""
    answer = bot.get(f"/audit{query}")
    assert answer.status_code == 200, answer.text
    found = answer.get_json()["acts"]
    return [(each["act"], each["outcome"], each["poll_id"]) for each in found]


def test_it_lists_acts_the_newest_first(bot: Program, poll: int, ada: Organiser) -> None:
    """With all that was written down."""
    answer = bot.get("/audit").get_json()
    assert answer["next"] is None
    assert [each["act"] for each in answer["acts"]] == [
        "poll.create",
        "poll.close",
        "poll.edit",
        "poll.create",
    ]
    edit = answer["acts"][2]
    assert edit["details"] == {"question": {"from": "Tea or coffee?", "to": "<b>Milk</b> & sugar?"}}
    assert (edit["organiser"], edit["organiser_id"], edit["poll_id"]) == ("ada", ada.id, poll)
    assert edit["address"] == "127.0.0.1"
    assert edit["via"].startswith("token:")
    assert datetime.fromisoformat(edit["at"]) <= datetime.now(UTC)


def test_it_gives_the_acts_that_are_asked_for(
    bot: Program, poll: int, ada: Organiser, olga: Organiser
) -> None:
    """By who, what, to which poll, how it ended and when; several at once."""
    edit, close = ("poll.edit", "done", poll), ("poll.close", "wrong_state", poll)
    made = ("poll.create", "done", poll)
    assert acts(bot, "?act=poll.edit") == [edit]
    assert acts(bot, f"?poll={poll}") == [close, edit, made]
    assert acts(bot, f"?poll={poll}&outcome=done") == [edit, made]
    assert acts(bot, "?outcome=refused") == [close]
    assert acts(bot, "?outcome=wrong_state") == [close]
    assert acts(bot, "?outcome=unknown") == []
    assert len(acts(bot, f"?organiser={ada.id}")) == 4
    assert acts(bot, f"?organiser={olga.id}") == []
    today = datetime.now(UTC).date()
    days = [today + timedelta(days=day) for day in (-1, 0, 1)]
    assert sum(len(acts(bot, f"?day={day}")) for day in days) == 4


@pytest.mark.parametrize(
    "query",
    ["poll=x", "poll=99999999999", "day=yesterday", "day=9999-12-31", "organiser=0", "limit=0"],
)
def test_it_says_what_it_cannot_look_for(bot: Program, query: str) -> None:
    """As any other part of the API."""
    answer = bot.get(f"/audit?{query}")
    assert (answer.status_code, answer.get_json()["code"]) == (400, "invalid_request")


def test_it_gives_the_log_in_parts(bot: Program, poll: int) -> None:
    """Each begins where the one before has ended, whatever is added meanwhile."""
    first = bot.get("/audit?limit=3").get_json()
    bot.make_poll()
    rest = bot.get(f"/audit?limit=3&cursor={first['next']}").get_json()
    assert [each["act"] for each in rest["acts"]] == ["poll.create"]
    assert rest["next"] is None
    assert acts(bot, "?cursor=nonsense") == acts(bot)


def rows(text: str) -> list[dict[str, str]]:
    """Read a table."""
    return list(csv.DictReader(io.StringIO(text)))


def test_it_gives_the_log_as_a_table(
    bot: Program, owner: Browser, poll: int, connection: psycopg.Connection[Any]
) -> None:
    """At the desk and by the API: as much as is asked for, and longer than a piece."""
    connection.execute(
        "INSERT INTO acts (act, via, organiser, outcome)"
        " SELECT 'poll.open', 'command', '=1+1', 'done' FROM generate_series(1, 1200)"
    )
    one = rows(bot.get(f"/audit.csv?poll={poll}&act=poll.edit").text)
    assert [(row["act"], row["poll_id"], row["outcome"]) for row in one] == [
        ("poll.edit", str(poll), "done")
    ]
    assert one[0]["at"].endswith("Z")
    assert one[0]["details"].startswith('{"question": {"from": "Tea')
    whole = rows(owner.get(f"{PAGE}.csv").source)
    assert len(whole) == 4 + 1200 + 2  # that tables were asked for is in the log, too
    assert [row["act"] for row in whole[:2]] == ["acts.export"] * 2
    assert whole[2]["organiser"] == "'=1+1"
    assert rows(owner.get(f"{PAGE}.csv?day=never").source) == []


def test_it_shows_the_log_to_owners(owner: Browser, poll: int) -> None:
    """In words, with what was changed; whatever people call things."""
    page = owner.get(PAGE)
    assert "Change a poll" in page.text
    assert "question Tea or coffee? → <b>Milk</b> & sugar?" in page.text
    assert "<b>Milk" not in page.source
    assert "Refused wrong_state" in page.text
    assert f'href="{PAGE}"' in owner.get("/admin/organisers").source


def test_it_offers_the_names_that_there_are(
    owner: Browser, poll: int, connection: psycopg.Connection[Any]
) -> None:
    """In words, also of a route that is new and has none yet."""
    connection.execute("INSERT INTO acts (act, via) VALUES ('account.enrol', 'command')")
    source = owner.get(PAGE).source.partition('name="act"')[2].partition("</select>")[0]
    assert re.findall('<option value="([^"]*)">([^<]*)<', source) == [
        ("", "Everything"),
        ("poll.create", "Make a poll"),
        ("poll.edit", "Change a poll"),
        ("poll.close", "Close a poll"),
        ("account.enrol", "account.enrol"),
    ]


def shown(page: Page) -> int:
    """Count the acts on a page."""
    return page.source.count('<li class="card person">')


def test_it_finds_acts_on_the_page(owner: Browser, poll: int, ada: Organiser) -> None:
    """The form is filled in as it was sent, and the links keep what is looked for."""
    page = owner.get(f"{PAGE}?poll={poll}&act=poll.edit&outcome=done&organiser={ada.id}&day=")
    assert shown(page) == 1
    assert page.form(PAGE)["poll"] == str(poll)
    for chosen in ("poll.edit", "done", str(ada.id)):
        assert f'<option value="{chosen}" selected>' in page.source
    assert f"{PAGE}.csv?organiser={ada.id}&amp;act=poll.edit" in page.source
    page = owner.get(f"{PAGE}?act=account.unheard_of&outcome=some_code")
    assert "Nothing like this is written down." in page.text
    assert page.source.count("<option selected>") == 2
    assert shown(owner.get(f"{PAGE}?poll=seven")) == 0
    assert shown(owner.get(f"{PAGE}?poll=+{poll}+&act=")) == 3


def test_it_turns_the_pages_of_the_log(
    owner: Browser, poll: int, connection: psycopg.Connection[Any]
) -> None:
    """By a link that works without JavaScript, and back to the newest."""
    connection.execute(
        "INSERT INTO acts (act, outcome, via) SELECT 'poll.open', NULL, 'command'"
        " FROM generate_series(1, 60)"
    )
    page = owner.get(f"{PAGE}?act=poll.open")
    assert shown(page) == 50
    assert page.text.count("The operator") == 50
    cursor = page.source.partition("cursor=")[2].partition("&amp;")[0]
    page = owner.get(f"{PAGE}?act=poll.open&cursor={cursor}")
    assert shown(page) == 10
    assert f'href="{PAGE}?act=poll.open">To the newest' in page.source


def test_it_is_for_owners_alone(desk: Desk, ada: Organiser) -> None:
    """Also what was done to one's own polls: it says from where others came."""
    hers, browser = program(desk, ada), signed_in(desk, ada)
    for path in ("/audit", "/audit.csv"):
        answer = hers.get(path)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden")
        assert browser.get(f"/admin{path}").status == 403


def test_it_has_words_for_what_it_names(desk: Desk) -> None:
    """A name of which the page has words is one that a route, or the operator, may leave."""
    known = {
        name_of(rule.endpoint, {"act": act})
        for rule in desk.app.url_map.iter_rules()
        if rule.endpoint in registry(desk.app)
        for act in getattr(rule._converters.get("act"), "items", ("",))
    }
    assert set(words.ACTS) <= known | set(LOOKS.values())
