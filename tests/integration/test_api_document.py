"""The API's document: it is what the API does, whatever is sent."""

from __future__ import annotations

import io
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from PIL import Image
from redis import Redis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from admin.api.document import document, routes
from admin.organiser import Role
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Identity, Kind
from ballotbox.queue import RedisQueue
from ballotbox.settings import Settings
from tests.integration.api import POLL, Api, Program
from worker.drain import step

pytestmark = pytest.mark.service
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
_REFUSING = [negative_data_rejection]
# What goes with every question and all options.
_FREE = ("kind", "change", "identity", "visibility")
_COIN = itertools.cycle((True, False))

_EXAMPLES = settings(derandomize=True, suppress_health_check=list(HealthCheck), print_blob=False)


@pytest.fixture
def api(admin_settings: Settings) -> Iterator[Api]:
    """Run the desk."""
    api = Api(admin_settings)
    yield api
    api.close()


@pytest.fixture
def owner(api: Api) -> Program:
    """Give a program of an owner."""
    return api.program(api.organiser("olga", Role.OWNER), ("polls", "vote-for"))


@pytest.fixture
def polls(
    owner: Program, redis: Redis, ledger: PostgresLedger, connection: psycopg.Connection[Any]
) -> Iterator[int]:
    """Give a poll of another state, kind and identity each time."""
    queue = RedisQueue(redis)

    def close(poll: int) -> None:
        owner.post(f"/polls/{poll}/close")
        queue.close(poll)  # as the worker does within a second
        step(queue, ledger)

    def seal(poll: int) -> None:
        connection.execute(
            "INSERT INTO seals SELECT poll_id, final_seq, %s FROM standings WHERE poll_id = %s",
            ('{"format": "votify-seal-2"}', poll),
        )

    def make() -> Iterator[int]:
        # 4, 3 and 5 have no divisor in common, so that in time there is one of each sort.
        kinds, identities = itertools.cycle((*Kind, Kind.SINGLE)), itertools.cycle(Identity)
        for stage in itertools.cycle(range(4)):
            kind, identity = next(kinds), next(identities)
            poll = owner.make_poll(kind=kind.value, identity=identity.value)
            if identity is Identity.CODE:
                assert owner.post(f"/polls/{poll}/codes", {"count": 2}).status_code == 201
            if stage > 0:
                owner.post(f"/polls/{poll}/open")
            if stage > 1:
                close(poll)
            if stage > 2:
                seal(poll)
            yield poll

    return make()


@pytest.fixture
def described(api: Api) -> schemathesis.BaseSchema:
    """Give the document as it is served."""
    return schemathesis.openapi.from_wsgi("/api/openapi.json", api.app)


def test_it_answers_as_documented(
    described: schemathesis.BaseSchema,
    owner: Program,
    polls: Iterator[int],
    request: pytest.FixtureRequest,
) -> None:
    """
    No fault, no answer that is not in the document, nothing taken that is not allowed.

    And each operation was seen to succeed: what never gets past the first check proves nothing.
    """
    succeeded = set()
    examples = 20 if request.config.getoption("--all") else 4

    def check(case: schemathesis.Case[Any]) -> None:
        likely = _make_likely(case, polls, owner)
        answer = case.call(headers=owner.headers)
        case.validate_response(answer, checks=[*_CHECKS, *([] if likely else _REFUSING)])
        if answer.status_code < 300:
            succeeded.add(case.operation.label)

    operations = [_sound(found) for found in described.get_all_operations()]
    for operation, mode in itertools.product(operations, schemathesis.GenerationMode):
        test = given(case=operation.as_strategy(generation_mode=mode))(check)
        settings(_EXAMPLES, max_examples=examples)(test)()
    assert {each.label for each in operations} == succeeded


def _sound(found: Any) -> Any:
    return found.ok()


def _make_likely(case: schemathesis.Case[Any], polls: Iterator[int], owner: Program) -> bool:
    """Put in what nobody guesses; tell whether the request should be taken now."""
    parameters = case.path_parameters
    if str(parameters.get("poll", "")).isdigit():
        parameters["poll"] = next(polls)
    if case.path.endswith("/conclude"):
        parameters["poll"] = next(poll for poll in polls if _can_be_concluded(owner, poll))
    if case.method == "DELETE" and "number" in parameters:
        parameters["number"] = 1
    if case.method == "DELETE" and "token" in parameters:
        made = owner.post("/tokens", {"name": "test", "scopes": ["polls"]}).get_json()
        parameters["token"] = made["id"]
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return False
    _make_acceptable(case, owner)
    return True


def _can_be_concluded(owner: Program, poll: int) -> bool:
    found = owner.get(f"/polls/{poll}").get_json()
    return bool(found["final"] and found["identity"] == "code")


def _make_acceptable(case: schemathesis.Case[Any], owner: Program) -> None:
    """Put in what fits the poll that it is about."""
    parameters = case.path_parameters
    if "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
    if case.path.endswith("/codes") and next(_COIN):
        parameters["poll"] = owner.make_poll(identity="code")
    if case.path.endswith("/reset"):
        slug = owner.get(f"/polls/{parameters['poll']}").get_json()["slug"]
        case.body = {"confirm": slug}
    if case.path.endswith("/schedule"):
        case.body = {"opens_at": "2100-01-01T00:00:00Z"}
    if case.path.endswith("/polls") and isinstance(case.body, dict) and next(_COIN):
        case.body = {name: value for name, value in case.body.items() if name in _FREE} | POLL
    if case.path.endswith("/images"):
        case.body = _image()


def _image() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    return file.getvalue()


def test_it_documents_every_route(api: Api) -> None:
    """Each below /api but the document itself and its page, which are for reading only."""
    documented = {(route.rule.endpoint, route.method) for route in routes(api.app)}
    found = {
        (rule.endpoint, method)
        for rule in api.app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and not rule.endpoint.startswith("api.docs.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert documented == found


def test_it_refers_to_nothing_that_is_missing(api: Api) -> None:
    """A shape that is named is there: tools give up where one is not, or leave it out."""
    described = document(api.app)
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(described)))
    assert named <= set(described["components"]["schemas"])


def test_it_has_names_for_operations_of_their_own(api: Api) -> None:
    """Clients that are made from the document call their functions so."""
    names = [route.operation.name for route in routes(api.app)]
    assert len(set(names)) == len(names)


def test_it_is_made_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may ask, and again: that keeps the desk from nobody."""
    made = []
    monkeypatch.setattr("admin.api.docs.document", lambda app: made.append(1) or document(app))
    monkeypatch.setattr("admin.api.reference.entries", lambda of: made.append(1) or iter(()))
    for _ in range(3):
        assert api.client().get("/api/docs").status_code == 200
        assert api.client().get("/api/openapi.json").status_code == 200
        assert "lang=" in api.client().get("/api/docs?lang=de").text  # its frame is the reader's
    assert len(made) == 2


def test_it_is_a_page_as_well(api: Api) -> None:
    """Everybody can read it, without a script or anything from another host."""
    page = api.client().get("/api/docs")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    for route in routes(api.app):
        assert f"{route.method} {route.path}" in page.text
    assert not re.search(r'<script(?![^>]* src="/)|https?://(?!localhost)', page.text)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
