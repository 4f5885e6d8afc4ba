"""The log of acts: each route that is no look leaves a row, whatever becomes of the request."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from admin import accounts as command
from admin import audit, journal
from admin.journal import By, Subject
from admin.organiser import Organiser, Role
from ballotbox.settings import Settings
from tests.desk import PASSWORD, Desk
from tests.integration.api import Program
from tests.integration.test_api_matrix import Cast, a_cast, calls
from tests.integration.test_desk_people import signed_in

Row = dict[str, Any]
Connection = psycopg.Connection[Any]
SIGN_IN = "/admin/sign-in"
WELL = {"done", "unchanged"}
NAMES = ("by", "name", "via", "address", "act", "outcome", "poll", "subject", "of", "more")
ROWS = """
    SELECT id, organiser_id, organiser, via, host(address), act, outcome, poll_id, subject, name,
           details
    FROM acts WHERE id > %s ORDER BY id
"""


class Log:
    """The rows that a test has not looked at yet."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seen = 0

    def new(self) -> list[Row]:
        """Give the rows since the last look, the oldest first."""
        rows = self._connection.execute(ROWS, [self._seen]).fetchall()
        self._seen = rows[-1][0] if rows else self._seen
        return [dict(zip(NAMES, row[1:], strict=True)) for row in rows]

    def one(self) -> Row:
        """Give the row that is there since the last look, and see that it is the only one."""
        (row,) = self.new()
        return row


@pytest.fixture
def log(connection: Connection) -> Log:
    """Give the log, empty."""
    return Log(connection)


@pytest.fixture
def cast(admin_settings: Settings) -> Iterator[Cast]:
    """Run the desk, with some people."""
    yield from a_cast(admin_settings)


@pytest.fixture
def ada(desk: Desk) -> Organiser:
    """Give an organiser."""
    return desk.organiser("ada")


def program(desk: Desk, who: Organiser) -> Program:
    """Give a program with a new token of somebody."""
    text = desk.parts.tokens.create(who, "bot", ("polls",))[1]
    return Program(desk.app.test_client(), text)


def sign_in(desk: Desk, name: str, password: str = "", *, place: str = "10.1.1.1") -> int:
    """Try to sign in from somewhere; gives the status."""
    answer = desk.app.test_client().post(
        SIGN_IN,
        data=f"name={name}&password={password}",
        content_type="application/x-www-form-urlencoded",
        headers={"X-Forwarded-For": place},
    )
    return answer.status_code


# --- that nothing is left out ---------------------------------------------------------------------


def from_anywhere(cast: Cast) -> Callable[[], FlaskClient]:
    """Give strangers, each at another address: the same from one is written down once a minute."""
    places = (f"10.0.{number // 256}.{number % 256}" for number in count())

    def come() -> FlaskClient:
        client = cast.nobody()
        client.environ_base["HTTP_X_FORWARDED_FOR"] = next(places)
        return client

    return come


def from_elsewhere(client: FlaskClient) -> FlaskClient:
    """Let a browser's requests come from another site's page."""
    client.environ_base["HTTP_ORIGIN"] = "https://elsewhere.example"
    return client


PEOPLE: dict[str, Callable[[Cast], FlaskClient]] = {
    "another site's page": lambda cast: from_elsewhere(cast.session(cast.owner)),
    "an owner": lambda cast: cast.session(cast.owner),
    "another organiser": lambda cast: cast.session(cast.other),
    "a token": lambda cast: cast.token(cast.organiser),
    "a token for votes": lambda cast: cast.token(cast.owner, "vote-for"),
}


def check(cast: Cast, log: Log, come: Callable[[], FlaskClient]) -> set[str]:
    """See what each route leaves, and give the outcomes that were written down."""
    log.new()
    outcomes = set()
    for call, rule, answer in calls(cast, come):
        rows = log.new()
        is_act = not call.startswith("GET ") or rule.endpoint in audit.LOOKS
        assert len(rows) == is_act, (call, answer.status_code, rows)
        for row in rows:
            assert (row["outcome"] in WELL) == (answer.status_code < 400), (call, row)
            outcomes.add(row["outcome"])
    return outcomes


@pytest.mark.parametrize("person", PEOPLE)
def test_it_writes_down_whatever_route_is_called(cast: Cast, log: Log, person: str) -> None:
    """What is no look, by anybody, done or refused, leaves one row; a look leaves none."""
    outcomes = check(cast, log, partial(PEOPLE[person], cast))
    refusals = {
        "another site's page": {"cross_site"},
        "an owner": {"invalid_poll", "wrong_state", "unknown_organiser", "unsupported_media_type"},
        "another organiser": {"unknown_poll", "forbidden"},
        "a token": {"wrong_state", "not_signed_in", "unsupported_media_type"},
        "a token for votes": {"forbidden"},
    }
    assert refusals[person] <= outcomes


def test_it_writes_down_what_strangers_try(cast: Cast, log: Log) -> None:
    """Nobody is known then, and the address is all there is."""
    assert check(cast, log, from_anywhere(cast)) >= {"not_signed_in", "wrong_password"}


def test_it_lists_looks_that_there_are(cast: Cast) -> None:
    """A look that hands out codes, ballots or the log is an act; its route has that name."""
    endpoints = set(cast.api.app.view_functions)
    assert audit.LOOKS.keys() <= endpoints
    assert audit.CHANGES.keys() <= endpoints
    looks = {
        rule.endpoint for rule in cast.api.app.url_map.iter_rules() if "GET" in (rule.methods or ())
    }
    told = {name for name in looks if name.endswith(("ballots", "codes", "codes_table"))}
    assert told <= audit.LOOKS.keys()


# --- what a row says ------------------------------------------------------------------------------


def test_it_says_what_of_a_poll_was_changed(desk: Desk, ada: Organiser, log: Log) -> None:
    """By field, from and to; the same at the desk and by the API."""
    poll = desk.poll(ada).poll
    bot = program(desk, ada)
    bot.patch(f"/polls/{poll.id}", {"question": "Tea or coffee?"}, If_Match="*")
    row = log.one()
    (token,) = desk.parts.tokens.all(ada)
    assert (row["act"], row["outcome"], row["poll"]) == ("poll.edit", "done", poll.id)
    assert (row["by"], row["name"], row["of"]) == (ada.id, "ada", poll.slug)
    assert (row["via"], row["address"]) == (f"token:{token.id}", "127.0.0.1")
    assert row["more"] == {"question": {"from": "Cats or Dogs?", "to": "Tea or coffee?"}}

    browser = signed_in(desk, ada)
    (session,) = desk.parts.sessions.all(ada)
    page = browser.get(f"/admin/polls/{poll.id}/edit")
    browser.send(page, f"/admin/polls/{poll.id}/edit", question="Milk?")
    row = log.one()
    assert row["act"] == "poll.edit"
    assert row["more"] == {"question": {"from": "Tea or coffee?", "to": "Milk?"}}
    assert row["via"] == f"session:{session.id[:12]}"


def test_it_says_what_was_changed_by_opening(desk: Desk, ada: Organiser, log: Log) -> None:
    """Times and marks of a poll are its fields, too; a draft's secret address is none."""
    poll = desk.poll(ada).poll.id
    program(desk, ada).post(f"/polls/{poll}/open")
    row = log.one()
    assert (row["act"], row["more"]["draft"]) == ("poll.open", {"from": True, "to": False})
    assert set(row["more"]) == {"draft", "opens_at"}


def test_it_cuts_what_is_long(desk: Desk, ada: Organiser, log: Log) -> None:
    """A row has a limit, whatever is changed."""
    poll = desk.poll(ada).poll.id
    options = [f"{number} " + "long " * 20 for number in range(90)]
    answer = program(desk, ada).patch(f"/polls/{poll}", {"options": options}, If_Match="*")
    assert answer.status_code == 200
    assert len(json.dumps(log.one()["more"])) < 10_000


def test_it_names_what_was_made(desk: Desk, ada: Organiser, log: Log) -> None:
    """A poll, also where the request was sent before; a token without its text; codes by count."""
    bot = program(desk, ada)
    for _ in range(2):
        made = {"question": "Tea?", "options": ["Yes", "No"], "identity": "code"}
        poll = bot.post("/polls", made, Idempotency_Key="key-of-a-poll").get_json()
        row = log.one()
        assert (row["act"], row["poll"], row["of"]) == ("poll.create", poll["id"], poll["slug"])
    token = bot.post("/tokens", {"name": "clock", "scopes": ["polls"]}).get_json()
    row = log.one()
    assert (row["act"], row["subject"], row["of"]) == (
        "token.create",
        f"token:{token['id']}",
        "clock",
    )
    assert token["token"] not in str(row)
    codes = bot.post(f"/polls/{poll['id']}/codes", {"count": 2, "names": ["Bob"]}).get_json()
    row = log.one()
    assert (row["act"], row["poll"], row["more"]) == ("codes.create", poll["id"], {"count": 2})
    bot.delete(f"/polls/{poll['id']}/codes/2")
    assert (log.one()["subject"], codes["codes"][1]["number"]) == ("code:2", 2)


def test_it_outlives_what_it_names(desk: Desk, ada: Organiser, log: Log) -> None:
    """A poll that is deleted leaves its acts, under the name that it had."""
    poll = desk.poll(ada).poll
    program(desk, ada).delete(f"/polls/{poll.id}")
    row = log.one()
    assert (row["act"], row["outcome"], row["poll"]) == ("poll.delete", "done", poll.id)
    assert row["of"] == poll.slug


def test_it_says_to_whose_account_something_was_done(desk: Desk, ada: Organiser, log: Log) -> None:
    """By number and by name, and never a password."""
    browser = signed_in(desk, desk.organiser("olga", Role.OWNER))
    place = "/admin/organisers"
    browser.send(browser.get(place), place, name="bob", password="correct horse battery")
    row = log.one()
    assert (row["act"], row["of"], row["more"]) == ("account.create", "bob", {"role": "organiser"})
    browser.send(browser.get(place), f"{place}/{ada.id}/role")
    row = log.one()
    assert (row["act"], row["more"]) == ("account.role", {"role": "owner"})
    assert (row["subject"], row["of"]) == (f"account:{ada.id}", "ada")
    browser.send(browser.get(place), f"{place}/{ada.id}/password", password="a secret of sheep")
    row = log.one()
    assert (row["act"], row["outcome"]) == ("account.password", "done")
    assert "sheep" not in str(row)


def test_it_says_who_has_come_in(desk: Desk, ada: Organiser, log: Log) -> None:
    """And by which session; whoever was signed in before in that browser is somebody else."""
    client = signed_in(desk, desk.organiser("bob")).client
    client.post(SIGN_IN, data={"name": "Ada", "password": PASSWORD})
    row = log.one()
    (session,) = desk.parts.sessions.all(ada)
    assert (row["act"], row["outcome"], row["by"]) == ("account.sign_in", "done", ada.id)
    assert (row["via"], row["subject"]) == (f"session:{session.id[:12]}", f"account:{ada.id}")
    client.post("/admin/sign-out")
    row = log.one()
    assert (row["act"], row["outcome"], row["by"]) == ("account.sign_out", "done", ada.id)


def test_it_says_what_changed_nothing(desk: Desk, ada: Organiser, log: Log) -> None:
    """One more line in a form is sent as an edit is, and is none."""
    browser = signed_in(desk, ada)
    browser.send(browser.get("/admin/polls/new"), "/admin/polls/new", do="add")
    row = log.one()
    assert (row["act"], row["outcome"], row["poll"]) == ("poll.create", "unchanged", None)
    browser.send(browser.get("/admin/polls/new"), "/admin/polls/new", question="")
    assert log.one()["outcome"] == "invalid_poll"


def test_it_says_who_was_turned_away(desk: Desk, ada: Organiser, log: Log) -> None:
    """Somebody who is known, also where it is not theirs to do."""
    poll = desk.poll(desk.organiser("bob")).poll.id
    program(desk, ada).post(f"/polls/{poll}/close")
    row = log.one()
    assert (row["by"], row["act"], row["outcome"]) == (ada.id, "poll.close", "unknown_poll")
    assert (row["poll"], row["via"][:6]) == (poll, "token:")


def test_it_takes_any_number_and_any_word(desk: Desk, ada: Organiser, log: Log) -> None:
    """What no database holds is no reason to leave an act out."""
    bot = program(desk, ada)
    assert bot.post(f"/polls/{10**30}/close").status_code == 404
    assert log.one()["poll"] is None
    for number, name in enumerate(("a%00b", "%ED%A0%80", "x" * 100_000)):
        sign_in(desk, name, place=f"10.2.2.{number}")
    assert [row["outcome"] for row in log.new()] == ["wrong_password"] * 3
    browser = signed_in(desk, ada).client
    browser.post("/admin/account/sessions/%00/end", headers={"X-Forwarded-For": "nowhere\0"})
    row = log.one()
    assert (row["outcome"], row["address"]) == ("done", None)


# --- what strangers leave -------------------------------------------------------------------------


def test_it_keeps_no_name_that_is_nobody_s(desk: Desk, ada: Organiser, log: Log) -> None:
    """People type passwords in the field for the name."""
    sign_in(desk, "ADA ")
    row = log.one()
    assert (row["act"], row["outcome"]) == ("account.sign_in", "wrong_password")
    assert (row["by"], row["subject"], row["of"]) == (None, f"account:{ada.id}", "ada")
    assert row["address"] == "10.1.1.1"
    sign_in(desk, "my secret password")
    row = log.one()
    assert (row["subject"], row["of"]) == ("", "")
    assert "secret" not in str(row)


def test_it_writes_a_flood_down_once_a_minute(
    desk: Desk, ada: Organiser, log: Log, connection: Connection
) -> None:
    """The same from the same network; metrics count each."""
    for number in range(1, 5):
        sign_in(desk, "ada")
        sign_in(desk, "ada", place=f"2001:db8::{number}")
    (minutes,) = connection.execute(
        "SELECT count(DISTINCT date_trunc('minute', at)) FROM acts"
    ).fetchone() or (0,)
    rows = log.new()
    assert [row["address"] for row in rows][:2] == ["10.1.1.1", "2001:db8::1"]
    assert len(rows) <= 2 * minutes
    metrics = desk.app.test_client().get("/metrics").text
    line = 'votify_admin_acts_total{act="account.sign_in",outcome="wrong_password"} 8.0'
    assert line in metrics
    connection.execute("UPDATE acts SET at = at - interval '1 day'")
    sign_in(desk, "ada")
    assert len(log.new()) == 1


def test_it_bounds_what_all_strangers_leave_together(
    desk: Desk, ada: Organiser, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many addresses they have; what organisers do is written down all the same."""
    monkeypatch.setattr(journal, "STRANGERS", 5)
    stranger = By(address="10.3.3.3")
    for number in range(9):
        place = replace(stranger, address=f"10.3.3.{number}")
        desk.parts.journal.add("account.sign_in", place, Subject(), "wrong_password", {})
    assert len(log.new()) == 5
    sign_in(desk, "ada", PASSWORD)
    assert log.one()["by"] == ada.id
    program(desk, ada).make_poll()
    assert log.one()["act"] == "poll.create"


# --- what is done has its row ---------------------------------------------------------------------


def test_it_does_nothing_that_it_cannot_write_down(
    desk: Desk, ada: Organiser, log: Log, connection: Connection
) -> None:
    """No row, no act: whoever asks is told to try again."""
    bot = program(desk, ada)
    connection.execute("REVOKE INSERT ON acts FROM votify_admin")
    answer = bot.post("/polls", {"question": "Tea?", "options": ["Yes", "No"]})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "ledger_unavailable")
    assert not desk.parts.office.list(ada).entries
    assert log.new() == []


def test_it_lets_nobody_in_whom_it_cannot_write_down(
    desk: Desk, ada: Organiser, connection: Connection
) -> None:
    """Nobody is known before: the row comes after, and the cookie after the row."""
    connection.execute("REVOKE INSERT ON acts FROM votify_admin")
    answer = desk.app.test_client().post(SIGN_IN, data={"name": "ada", "password": PASSWORD})
    assert answer.status_code == 503
    assert "Set-Cookie" not in answer.headers


def test_it_keeps_the_row_of_what_was_cut_short(
    desk: Desk,
    ada: Organiser,
    log: Log,
    connection: Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It was written before; that nobody could say how it ended is a line of the log."""
    connection.execute("REVOKE EXECUTE ON FUNCTION finish_act FROM votify_admin")
    program(desk, ada).make_poll()
    row = log.one()
    assert (row["act"], row["outcome"], row["by"]) == ("poll.create", None, ada.id)
    (line,) = [each for each in caplog.records if each.name == "admin.audit"]
    assert (line.levelno, line.__dict__["outcome"]) == (logging.ERROR, "done")


def test_it_is_changed_by_nobody(desk: Desk, ada: Organiser, admin_connection: Connection) -> None:
    """The desk adds rows, by the clock of the database, and says once how an act has ended."""
    program(desk, ada).make_poll()
    for statement in (
        "UPDATE acts SET outcome = 'not_done'",
        "DELETE FROM acts",
        "TRUNCATE acts",
        "INSERT INTO acts (at, act) VALUES (now() - interval '1 day', 'poll.create')",
        "INSERT INTO acts (id, act) OVERRIDING SYSTEM VALUE VALUES (1, 'poll.create')",
        "ALTER TABLE acts DISABLE TRIGGER ALL",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            admin_connection.execute(statement.encode())
    finish = "SELECT finish_act(id, 'not_done', 99, 'x', 'x', '{}') FROM acts"
    admin_connection.execute(finish)
    kept = admin_connection.execute("SELECT outcome, poll_id, name FROM acts").fetchall()
    assert [row[0] for row in kept] == ["done"]
    assert kept[0][1] != 99


@pytest.mark.parametrize("role", ["votify_worker", "votify_result"])
def test_it_is_nothing_to_the_other_services(connection: Connection, role: str) -> None:
    """Nobody but the desk sees it, or adds to it."""
    asked = "SELECT has_any_column_privilege(%s, 'acts', 'SELECT, INSERT, UPDATE')"
    assert connection.execute(asked, [role]).fetchone() == (False,)


def test_it_is_a_line_of_the_service_s_log(
    desk: Desk, ada: Organiser, caplog: pytest.LogCaptureFixture
) -> None:
    """For whoever keeps a copy elsewhere."""
    caplog.set_level(logging.INFO, logger="admin.audit")
    poll = program(desk, ada).make_poll()
    (line,) = caplog.records
    told = line.__dict__
    assert line.getMessage() == "poll.create: done"
    assert (told["organiser"], told["organiser_id"], told["poll"]) == ("ada", ada.id, poll)
    assert (told["act"], told["outcome"], told["via"][:6]) == ("poll.create", "done", "token:")
    assert told["address"] == "127.0.0.1"


# --- the operator ---------------------------------------------------------------------------------


def test_it_writes_down_the_first_owner(desk: Desk, log: Log) -> None:
    """Whom the settings have made."""
    made = desk.parts.accounts.ensure_first_owner()
    assert made
    row = log.one()
    assert (row["name"], row["via"], row["act"]) == ("operator", "settings", "account.create")
    assert (row["subject"], row["of"]) == (f"account:{made.id}", made.name)


def test_it_writes_down_what_is_done_from_the_command_line(
    admin_settings: Settings, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    """Done or refused."""
    monkeypatch.setattr(Settings, "read", lambda: admin_settings)
    for password, code, outcome in (("short", 1, "invalid_account"), (PASSWORD, 0, "done")):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        assert command.main(["add", "ada"]) == code
        row = log.one()
        assert (row["name"], row["via"], row["act"]) == ("operator", "command", "account.create")
        assert (row["of"], row["outcome"]) == ("ada", outcome)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert command.main(["add", "a\udcff"]) == 1
    assert (log.one()["of"], row["act"]) == ("a?", "account.create")
