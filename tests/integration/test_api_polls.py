"""Polls at the API: made, found, changed and deleted by programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from admin.organiser import Role
from ballotbox.published import PublishedPolls
from ballotbox.redis_client import redis_from
from ballotbox.settings import Settings
from tests.integration.api import POLL, Api, Program


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


def test_it_makes_a_draft(ada: Program) -> None:
    """What is left out is as usual for the kind; the answer has all of it, and its ETag."""
    answer = ada.post("/polls", POLL | {"kind": "ranked"})
    poll = answer.get_json()
    assert answer.status_code == 201
    assert answer.headers["ETag"] == f'"{poll["revision"]}"'
    assert [option["text"] for option in poll["options"]] == ["Tea", "Coffee"]
    assert (poll["state"], poll["min_choices"], poll["max_choices"]) == ("draft", 1, 2)
    assert ada.get(f"/polls/{poll['id']}").get_json() == poll


def test_it_says_which_fields_are_wrong(ada: Program) -> None:
    """All of those that can be seen from their form, each by its path."""
    answer = ada.post("/polls", {"question": "", "options": ["A", {"text": "B", "size": 1}]})
    problem = answer.get_json()
    assert answer.content_type == "application/problem+json"
    assert (answer.status_code, problem["code"]) == (400, "invalid_request")
    assert {each["field"] for each in problem["errors"]} == {"question", "options.1.size"}


def test_it_says_what_cannot_be(ada: Program) -> None:
    """The rules of a poll are those of the desk."""
    problem = ada.post("/polls", POLL | {"max_choices": 2}).get_json()
    assert (problem["status"], problem["code"]) == (400, "invalid_poll")
    assert problem["errors"][0]["field"] == "max_choices"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"question": "\xff"}', "application/json", 400),
        (b"null", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b" " * (7 << 20), "application/json", 413),
    ],
)
def test_it_refuses_what_is_no_json(
    api: Api, ada: Program, body: bytes, kind: str, status: int
) -> None:
    """Whatever comes, it is answered with a problem."""
    answer = api.client().post("/api/polls", data=body, content_type=kind, headers=ada.headers)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_it_answers_unknown_addresses_with_problems(ada: Program) -> None:
    """Programs get no pages, not even where there is nothing."""
    for answer, code in (
        (ada.get("/nothing"), "not_found"),
        (ada.get("/polls/0"), "unknown_poll"),
        (ada.get("/polls/99999999999999999999"), "unknown_poll"),
        (ada.send("PUT", "/polls"), "method_not_allowed"),
    ):
        assert answer.content_type == "application/problem+json"
        assert answer.get_json()["code"] == code


def test_it_lists_page_by_page(ada: Program) -> None:
    """Each poll once, the newest first, and `next` until there is no more."""
    made = [ada.make_poll(question=f"Question {number}?") for number in range(5)]
    found: list[int] = []
    cursor: str | None = ""
    pages = 0
    while cursor is not None:
        page = ada.get(f"/polls?limit=2{cursor and f'&cursor={cursor}'}").get_json()
        found += [each["id"] for each in page["polls"]]
        cursor, pages = page["next"], pages + 1
    assert (found, pages) == (made[::-1], 3)


def test_it_finds_by_text_and_state(ada: Program) -> None:
    """A filter leaves out all others."""
    ada.make_poll()
    wanted = ada.make_poll(question="Where do we eat?")
    ada.post(f"/polls/{wanted}/open")
    for query in ("q=eat", "state=open", "q=EAT&state=open"):
        assert [each["id"] for each in ada.get(f"/polls?{query}").get_json()["polls"]] == [wanted]
    assert ada.get("/polls?q=eat&state=draft").get_json()["polls"] == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "state=gone", "q=%00", "sort=id", "q=a&q=b", "limit=5&limit=5"]
)
def test_it_refuses_filters_that_there_are_not(ada: Program, query: str) -> None:
    """A misspelt filter that was left out would find too much."""
    answer = ada.get(f"/polls?{query}")
    assert (answer.status_code, answer.get_json()["code"]) == (400, "invalid_request")


def test_it_changes_what_was_seen(ada: Program) -> None:
    """An edit says which revision it is about; what is left out stays."""
    poll = ada.make_poll()
    tag = ada.get(f"/polls/{poll}").headers["ETag"]
    answer = ada.patch(f"/polls/{poll}", {"question": "Tea?"}, If_Match=tag)
    changed = answer.get_json()
    assert (answer.status_code, changed["question"]) == (200, "Tea?")
    assert [option["text"] for option in changed["options"]] == ["Tea", "Coffee"]
    assert answer.headers["ETag"] != tag
    weak = f"W/{answer.headers['ETag']}"
    assert ada.patch(f"/polls/{poll}", {"image": None}, If_Match=weak).status_code == 200


def test_it_wants_to_know_what_was_seen(ada: Program) -> None:
    """An edit without If-Match could overwrite what somebody else has just changed."""
    answer = ada.patch(f"/polls/{ada.make_poll()}", {"question": "Tea?"})
    assert (answer.status_code, answer.get_json()["code"]) == (428, "if_match_required")


@pytest.mark.parametrize("act", ["open", "close", "schedule", "reset", "archive", "reopen"])
def test_it_heeds_if_match_everywhere(ada: Program, act: str) -> None:
    """Where it may be left out, it still holds when it is given."""
    poll = ada.make_poll()
    bodies = {"schedule": {"opens_at": "2100-01-01T00:00:00Z"}, "reset": {"confirm": "x"}}
    answer = ada.post(f"/polls/{poll}/{act}", bodies.get(act), If_Match='"77"')
    assert (answer.status_code, answer.get_json()["code"]) == (412, "revision_mismatch")


def test_it_takes_no_null_for_what_there_must_be(ada: Program) -> None:
    """Null takes away what may be missing, and nothing else."""
    poll = ada.make_poll(closes_at="2100-01-01T00:00:00Z")
    assert ada.patch(f"/polls/{poll}", {"question": None}, If_Match="*").status_code == 400
    answer = ada.patch(f"/polls/{poll}", {"closes_at": None}, If_Match="*")
    assert answer.get_json()["closes_at"] is None


def test_it_makes_one_poll_of_a_repeated_request(ada: Program) -> None:
    """With the same key the answer is the same; another request with it is refused."""
    key = {"Idempotency_Key": "4e7c0d51-9f1b"}
    first, again = (ada.post("/polls", POLL, **key) for _ in range(2))
    assert first.get_json() == again.get_json()
    assert first.headers["ETag"] == again.headers["ETag"]
    other = ada.post("/polls", POLL | {"question": "Another?"}, **key)
    assert (other.status_code, other.get_json()["code"]) == (409, "idempotency_key_reused")
    assert len(ada.get("/polls").get_json()["polls"]) == 1


def test_it_makes_one_poll_of_requests_at_once(api: Api, ada: Program) -> None:
    """A client that does not wait for the first answer makes no second poll either."""
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda _: ada.post("/polls", POLL, Idempotency_Key="12345678"), range(16))
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert len(ada.get("/polls").get_json()["polls"]) == 1


def test_it_keeps_keys_of_organisers_apart(api: Api, ada: Program) -> None:
    """Two who happen to choose the same key have nothing to do with each other."""
    ben = api.program(api.organiser("ben"))
    made = {
        each.post("/polls", POLL, Idempotency_Key="12345678").get_json()["id"]
        for each in (ada, ben)
    }
    assert len(made) == 2


def test_it_forgets_a_request_that_failed(ada: Program) -> None:
    """What was refused may be mended and sent with the same key."""
    key = {"Idempotency_Key": "4e7c0d51-9f1b"}
    assert ada.post("/polls", POLL | {"max_choices": 2}, **key).status_code == 400
    assert ada.post("/polls", POLL, **key).status_code == 201


def test_it_gives_a_definition_that_makes_the_same_poll(api: Api, ada: Program) -> None:
    """Here or elsewhere: export and import are one shape."""
    poll = ada.make_poll(
        kind="rating", min_choices=2, change=False, closes_at="2100-01-01T00:00:00Z"
    )
    definition = ada.get(f"/polls/{poll}/definition").get_json()
    other = api.program(api.organiser("ben"))
    again = other.post("/polls", definition).get_json()["id"]
    assert again != poll
    assert other.get(f"/polls/{again}/definition").get_json() == definition


def test_it_opens_and_closes(ada: Program, admin_settings: Settings) -> None:
    """Each is in force, and published, before it is answered."""
    poll = ada.make_poll()
    published = PublishedPolls(redis_from(admin_settings))
    assert ada.post(f"/polls/{poll}/open").get_json()["state"] == "open"
    assert published.find(str(poll)).draft is False
    assert ada.post(f"/polls/{poll}/close").get_json()["state"] == "closed"
    again = ada.post(f"/polls/{poll}/close")
    assert (again.status_code, again.get_json()["code"]) == (409, "wrong_state")


def test_it_schedules(ada: Program) -> None:
    """A poll that opens by itself is coming."""
    poll = ada.make_poll()
    body = {"opens_at": "2100-01-01T01:00:00+01:00"}
    answer = ada.post(f"/polls/{poll}/schedule", body).get_json()
    assert (answer["state"], answer["opens_at"]) == ("coming", "2100-01-01T00:00:00Z")


def test_it_deletes(ada: Program) -> None:
    """A draft without ballots is gone at once."""
    poll = ada.make_poll()
    assert ada.delete(f"/polls/{poll}").status_code == 204
    assert ada.get(f"/polls/{poll}").status_code == 404


def test_an_owner_looks_after_all_polls(api: Api, ada: Program) -> None:
    """Others see their own, and of the rest not even that there is something."""
    poll = ada.make_poll()
    owner = api.program(api.organiser("olga", Role.OWNER))
    ben = api.program(api.organiser("ben"))
    assert [each["id"] for each in owner.get("/polls").get_json()["polls"]] == [poll]
    assert ben.get("/polls").get_json()["polls"] == []
    assert ben.get(f"/polls/{poll}").get_json()["code"] == "unknown_poll"


def test_it_lists_a_poll_unless_told_otherwise(ada: Program) -> None:
    """Null is what is usual: with codes it is on no list, and its address is not to be guessed."""
    for fields, listed in (({}, True), ({"listed": None}, True), ({"listed": False}, False)):
        assert ada.post("/polls", POLL | fields).get_json()["listed"] is listed
    coded = ada.post("/polls", POLL | {"identity": "code"}).get_json()
    assert coded["listed"] is False
    assert re.fullmatch(r"tea-or-coffee-[a-z0-9]{10}", coded["slug"])
    definition = ada.get(f"/polls/{coded['id']}/definition").get_json()
    assert definition["listed"] is False
    assert ada.post("/polls", definition).get_json()["listed"] is False


def test_it_lists_no_poll_with_codes(ada: Program) -> None:
    """To ask for it is a mistake that is named; to make it one with codes is to unlist it."""
    problem = ada.post("/polls", POLL | {"identity": "code", "listed": True}).get_json()
    assert (problem["status"], problem["code"]) == (400, "invalid_poll")
    assert problem["errors"][0] == {
        "field": "listed",
        "detail": "A poll with codes is on no list.",
    }
    path = f"/polls/{ada.post('/polls', POLL).get_json()['id']}"
    coded = ada.patch(path, {"identity": "code"}, If_Match="*").get_json()
    assert coded["listed"] is False
    assert re.fullmatch(rf"tea-or-coffee(-{coded['code'].lower()})?-[a-z0-9]{{10}}", coded["slug"])
    assert ada.patch(path, {"listed": True}, If_Match="*").get_json()["code"] == "invalid_poll"
    assert ada.patch(path, {"identity": "cookie"}, If_Match="*").get_json()["listed"] is False
    assert ada.patch(path, {"listed": True}, If_Match="*").get_json()["listed"] is True


def test_it_takes_a_poll_off_the_lists_at_any_time(ada: Program) -> None:
    """An open one keeps its address, and so does one whose organiser has chosen it."""
    opened, named = (ada.make_poll() for _ in range(2))
    before = ada.post(f"/polls/{opened}/open").get_json()
    after = ada.patch(f"/polls/{opened}", {"listed": False}, If_Match="*").get_json()
    assert (after["listed"], after["slug"]) == (False, before["slug"])
    for change in ({"slug": "the-board"}, {"listed": False}):
        after = ada.patch(f"/polls/{named}", change, If_Match="*").get_json()
    assert (after["listed"], after["slug"]) == (False, "the-board")
