"""What programs take away from the API: results, ballots, codes and seals; and what they bring."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from PIL import Image
from redis import Redis

from ballotbox.ledger import PostgresLedger
from ballotbox.queue import RedisQueue
from ballotbox.settings import Settings
from tests.desk import seal_all
from tests.integration.api import Api, Program
from worker.drain import step


@pytest.fixture
def api(admin_settings: Settings) -> Iterator[Api]:
    """Run the desk."""
    api = Api(admin_settings)
    yield api
    api.close()


@pytest.fixture
def ada(api: Api) -> Program:
    """Give a program of an organiser."""
    return api.program(api.organiser("ada"))


@pytest.fixture
def queue(redis: Redis) -> RedisQueue:
    """Give the queue."""
    return RedisQueue(redis)


def rows(text: str) -> list[list[str]]:
    """Read a table."""
    return list(csv.reader(io.StringIO(text)))


@pytest.fixture
def voted(api: Api, ada: Program, queue: RedisQueue, ledger: PostgresLedger) -> int:
    """Give a rating poll that hides its numbers, with three ballots in the ledger."""
    number = ada.make_poll(kind="rating", options=["=1+1", "Coffee"], visibility="organiser")
    ada.post(f"/polls/{number}/open")
    poll = api.parts.office.get(api.parts.tokens.find(ada.headers["Authorization"][7:])[0], number)
    for voter, choice in (("a", {1: 5}), ("b", {1: 4, 2: 1}), ("a", {1: 3})):
        queue.cast(poll.poll, voter, poll.poll.marks(choice))
    step(queue, ledger)
    return number


@pytest.fixture
def sealed(
    ada: Program, queue: RedisQueue, ledger: PostgresLedger, voted: int, settings: Settings
) -> int:
    """Give that poll, closed and sealed."""
    ada.post(f"/polls/{voted}/close")
    queue.close(voted)
    step(queue, ledger)
    seal_all(settings)
    return voted


def test_it_shows_the_organiser_what_is_hidden(ada: Program, voted: int) -> None:
    """Visibility is about others; the organiser needs to see how it goes."""
    results = ada.get(f"/polls/{voted}/results").get_json()
    assert (results["ballots"], results["hidden"]) == (2, False)
    assert results["options"][0]["distribution"] == [0, 0, 1, 1, 0]


def test_it_gives_results_as_a_table(ada: Program, voted: int) -> None:
    """One row an option; a list becomes columns, and no text becomes a formula."""
    answer = ada.get(f"/polls/{voted}/results.csv")
    header, first, _ = rows(answer.text)
    assert header[:4] == ["id", "text", "votes", "share"]
    assert header[-5:] == [f"distribution {number}" for number in range(1, 6)]
    assert (first[1], first[-5:]) == ("'=1+1", ["0", "0", "1", "1", "0"])
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].endswith('.csv"')


def test_it_gives_ballots_under_pseudonyms(ada: Program, sealed: int) -> None:
    """The same voter has the same one, and nobody's own name is in the file."""
    answer = ada.get(f"/polls/{sealed}/ballots.csv")
    header, *found = rows(answer.text)
    assert header == ["pseudonym", "number", "choice"]
    assert found == sorted(found)
    assert all(len(row[0]) == 24 for row in found)
    voters = {row[0]: [each[1:] for each in found if each[0] == row[0]] for row in found}
    assert sorted(voters.values()) == [[["1", "1:4 2:1"]], [["1", "1:5"], ["2", "1:3"]]]
    assert ada.get(f"/polls/{sealed}/ballots.csv").data == answer.data


def test_it_gives_no_ballots_before_the_seal(ada: Program, voted: int) -> None:
    """Who sees them come could tell whose they are."""
    answer = ada.get(f"/polls/{voted}/ballots.csv")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "ballots_not_final")


def test_it_streams_ballots(
    api: Api, ada: Program, sealed: int, connection: psycopg.Connection[Any]
) -> None:
    """A large file comes in pieces; whoever stops reading lets the connection go."""
    connection.execute(
        "INSERT INTO ballots (poll_id, seq, voter, option_ids, mark_values)"
        " SELECT %s, n, 'v' || n, '{1}', '{5}' FROM generate_series(1, 100000) n",
        (sealed,),
    )
    answer = ada.get(f"/polls/{sealed}/ballots.csv")
    pieces = list(answer.iter_encoded())
    assert len(pieces) > 10
    assert b"".join(pieces).count(b"\n") == 100_004
    unread = ada.get(f"/polls/{sealed}/ballots.csv")
    next(unread.iter_encoded())
    unread.close()
    (open_,) = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%'"
    ).fetchone() or (None,)
    assert open_ == 0


def test_it_hands_out_the_seal_as_it_is(
    ada: Program, sealed: int, connection: psycopg.Connection[Any]
) -> None:
    """Byte for byte: one altered byte would break it. Where there is none, it says so."""
    open_ = ada.make_poll()
    answer = ada.get(f"/polls/{open_}/seal")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_sealed")
    document = '{"format":"votify-seal-1","question":"Größe?"}\n'
    connection.execute("UPDATE seals SET document = %s", (document,))
    assert ada.get(f"/polls/{sealed}/seal").data == document.encode()


def test_it_makes_codes(ada: Program) -> None:
    """As many as were asked for, some with names; they can be listed, taken away and revoked."""
    poll = ada.make_poll(identity="code")
    made = ada.post(f"/polls/{poll}/codes", {"count": 3, "names": ["Ada", "=Ben"]})
    codes = made.get_json()["codes"]
    assert made.status_code == 201
    assert [code["name"] for code in codes] == ["Ada", "=Ben", ""]
    assert ada.delete(f"/polls/{poll}/codes/2").status_code == 204
    page = ada.get(f"/polls/{poll}/codes?limit=2").get_json()
    assert [code["revoked"] for code in page["codes"]] == [False, True]
    rest = ada.get(f"/polls/{poll}/codes?cursor={page['next']}").get_json()
    assert ([code["number"] for code in rest["codes"]], rest["next"]) == ([3], None)
    table = rows(ada.get(f"/polls/{poll}/codes.csv").text)
    assert table[0] == ["number", "code", "name", "used", "revoked"]
    assert table[2] == ["2", codes[1]["code"], "'=Ben", "hidden", "yes"]


def test_it_makes_no_codes_where_none_are_taken(ada: Program) -> None:
    """A code for a poll that knows voters otherwise would promise something wrong."""
    answer = ada.post(f"/polls/{ada.make_poll()}/codes", {"count": 1})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "wrong_state")


def test_it_knows_no_such_code(ada: Program) -> None:
    """A number that was never given out cannot be revoked."""
    poll = ada.make_poll(identity="code")
    answer = ada.delete(f"/polls/{poll}/codes/99999999999999")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "unknown_code_number")


def test_it_shows_a_token_once(api: Api, ada: Program) -> None:
    """It works at once, its text is in no list, and it is worthless once it is revoked."""
    answer = ada.post("/tokens", {"name": "nightly", "scopes": ["polls"]})
    assert answer.headers["Cache-Control"] == "no-store"
    made = answer.get_json()
    new = Program(api.client(), made["token"])
    assert new.get("/polls").status_code == 200
    assert made["token"] not in ada.get("/tokens").text
    assert ada.delete(f"/tokens/{made['id']}").status_code == 204
    answer = new.get("/polls")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "not_signed_in")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_it_ends_with_a_token_what_that_has_made(api: Api, ada: Program) -> None:
    """So whoever revokes one need not look for others; and it is good for as long as was asked."""
    wanted = {"name": "child", "scopes": ["polls"], "days": 30}
    made = ada.post("/tokens", wanted).get_json()
    child, parent = ada.get("/tokens").get_json()["tokens"]
    assert (made["parent"], child["parent"], parent["parent"]) == (parent["id"], parent["id"], None)
    assert child["expires_at"] < parent["expires_at"]
    program = Program(api.client(), made["token"])
    assert program.get("/polls").status_code == 200
    assert ada.post("/tokens", {**wanted, "days": 366}).status_code == 400
    assert ada.delete(f"/tokens/{parent['id']}").status_code == 204
    assert program.get("/polls").get_json()["code"] == "not_signed_in"


def test_it_makes_no_token_that_may_do_more(api: Api, ada: Program) -> None:
    """A token that got out cannot be made into one that votes; somebody signed in can make it."""
    wanted = {"name": "votes", "scopes": ["vote-for"]}
    assert ada.post("/tokens", wanted).status_code == 403
    signed_in = api.signed_in(api.organiser("ben"))
    assert signed_in.post("/api/tokens", json=wanted).status_code == 201


def test_it_keeps_an_image_for_a_poll(api: Api, ada: Program) -> None:
    """What is uploaded can be put into a poll, and is handed out under its name."""
    file = io.BytesIO()
    Image.new("RGB", (640, 480), "red").save(file, "PNG")
    client = api.client()
    headers = {**ada.headers, "Content-Type": "image/png"}
    answer = client.post("/api/images", data=file.getvalue(), headers=headers)
    image = answer.get_json()
    assert (answer.status_code, image["width"], image["height"]) == (201, 640, 480)
    assert client.get(image["url"]).mimetype == "image/webp"
    poll = ada.make_poll(
        image=image["name"], options=["Tea", {"text": "B", "image": image["name"]}]
    )
    assert ada.get(f"/polls/{poll}").get_json()["options"][1]["image"] == image["name"]


def test_it_says_what_is_wrong_with_an_image(api: Api, ada: Program) -> None:
    """In a sentence, as a problem."""
    headers = {**ada.headers, "Content-Type": "image/png"}
    answer = api.client().post("/api/images", data=b"<svg/>", headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "invalid_image")


def test_it_knows_which_images_there_are(ada: Program) -> None:
    """A poll with an image that nobody has uploaded would show a hole."""
    answer = ada.post("/polls", {"question": "Q?", "options": ["A", "B"], "image": "0" * 32})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "invalid_poll")
