"""
Who may call which route: each route of the desk and its API, by each sort of person and token.

The routes are asked for their names, so a new one cannot be forgotten here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from functools import cached_property

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.test import TestResponse

from admin.access import OWNER, POLL, PUBLIC, Access, registry
from admin.organiser import Organiser, Role
from admin.tokens import POLLS, VOTE_FOR
from ballotbox.settings import Settings
from tests.integration.api import POLL as QUESTION
from tests.integration.api import Api, Option

# A number that nothing has, and a word for the rest of an address.
_NOTHING = 2**31 - 1
_WORD = "0" * 32 + ".webp"
_DENIALS = {"not_signed_in", "forbidden", "unknown_poll", "cross_site"}


class Answer(Enum):
    """What somebody is told: that it is theirs to do, or why not."""

    ADMITTED = "admitted"
    NOT_SIGNED_IN = "not_signed_in"
    FORBIDDEN = "forbidden"
    UNKNOWN_POLL = "unknown_poll"


class Cast:
    """Everybody who may come to the desk."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.organiser = api.organiser("ada")
        self.other = api.organiser("ben")
        self.owner = api.organiser("olga", Role.OWNER)

    @cached_property
    def poll(self) -> int:
        """A draft of the organiser's that is only looked at."""
        return self.new_poll()

    def new_poll(self) -> int:
        """Make a draft of the organiser's."""
        fields = {**QUESTION, "options": [Option(text) for text in QUESTION["options"]]}
        return self.api.parts.office.create(self.organiser, fields).poll.id

    def nobody(self) -> FlaskClient:
        return self.api.client()

    def voter(self) -> FlaskClient:
        client = self.api.client()
        client.set_cookie("voter", "somebody.signature")
        return client

    def forger(self) -> FlaskClient:
        client = self.api.client()
        client.set_cookie("desk", "made-up")
        return client

    def signed_out(self) -> FlaskClient:
        client = self.api.signed_in(self.organiser)
        self.api.parts.sessions.end_all(self.organiser)
        return client

    def session(self, of: Organiser) -> FlaskClient:
        return self.api.signed_in(of)

    def token(self, of: Organiser, scope: str = POLLS, *, revoked: bool = False) -> FlaskClient:
        made, text = self.api.parts.tokens.create(of, "test", (scope,))
        if revoked:
            self.api.parts.tokens.revoke(of, made.id)
        client = self.api.client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {text}"
        return client


def a_cast(settings: Settings) -> Iterator[Cast]:
    """Run the desk, with some people."""
    api = Api(settings)
    yield Cast(api)
    api.close()


@pytest.fixture
def cast(admin_settings: Settings) -> Iterator[Cast]:
    """Run the desk, with some people."""
    yield from a_cast(admin_settings)


def stranger(access: Access) -> Answer:
    """Tell what somebody is answered who has not signed in."""
    return Answer.ADMITTED if access.who is PUBLIC else Answer.NOT_SIGNED_IN


def organiser(access: Access) -> Answer:
    """Tell what the organiser of the poll is answered."""
    return Answer.FORBIDDEN if access.who is OWNER else Answer.ADMITTED


def other(access: Access) -> Answer:
    """Tell what another organiser is answered: of this poll not even that there is one."""
    return Answer.UNKNOWN_POLL if access.who is POLL else organiser(access)


def owner(access: Access) -> Answer:
    """Tell what an owner is answered."""
    return Answer.ADMITTED


def by_token(person: Callable[[Access], Answer]) -> Callable[[Access], Answer]:
    """Tell what the token of somebody is answered: where none is taken, it is nobody's."""
    return lambda access: stranger(access) if access.scope is None else person(access)


def wrong_scope(access: Access) -> Answer:
    """Tell what a token for something else is answered."""
    if access.who is PUBLIC or access.scope is None:
        return stranger(access)
    return Answer.FORBIDDEN


_PEOPLE: dict[str, tuple[Callable[[Cast], FlaskClient], Callable[[Access], Answer]]] = {
    "nobody": (Cast.nobody, stranger),
    "a voter": (Cast.voter, stranger),
    "a forger": (Cast.forger, stranger),
    "who has signed out": (Cast.signed_out, stranger),
    "the organiser": (lambda cast: cast.session(cast.organiser), organiser),
    "another organiser": (lambda cast: cast.session(cast.other), other),
    "an owner": (lambda cast: cast.session(cast.owner), owner),
    "the organiser's token": (lambda cast: cast.token(cast.organiser), by_token(organiser)),
    "another's token": (lambda cast: cast.token(cast.other), by_token(other)),
    "an owner's token": (lambda cast: cast.token(cast.owner), by_token(owner)),
    "a revoked token": (lambda cast: cast.token(cast.owner, revoked=True), stranger),
    "a token for votes": (lambda cast: cast.token(cast.owner, VOTE_FOR), wrong_scope),
}


@pytest.mark.parametrize("person", _PEOPLE)
def test_it_admits_whom_each_route_is_for(cast: Cast, person: str) -> None:
    """Each route answers each sort of person as it has said it would."""
    come, expected = _PEOPLE[person]
    doors = registry(cast.api.app)
    wrong = [
        (call, answer.status_code, answer.text[:200])
        for call, rule, answer in calls(cast, lambda: come(cast))
        if _read(answer) is not expected(doors[rule.endpoint])
    ]
    assert wrong == []


def test_it_knows_who_each_route_is_for(cast: Cast) -> None:
    """
    What is public is listed here, and what names a poll is for those who may see it.

    So a route that says the wrong thing about itself is found, too.
    """
    doors = registry(cast.api.app)
    public = {rule.rule for rule, _ in routes(cast.api) if doors[rule.endpoint].who is PUBLIC}
    assert public == {
        "/admin/sign-in",
        "/admin/sign-out",
        "/admin/static/<path:filename>",
        "/api/docs",
        "/api/openapi.json",
        "/healthz",
        "/images/<file>",
        "/metrics",
        "/readyz",
    }
    for rule, _ in routes(cast.api):
        access = doors[rule.endpoint]
        assert ("poll" in rule.arguments) == (access.who is POLL), rule.rule
        for_owners = "organisers" in rule.rule or "audit" in rule.rule
        assert for_owners == (access.who is OWNER), rule.rule
        takes_tokens = rule.rule.startswith("/api/") and access.who is not PUBLIC
        assert access.scope == (POLLS if takes_tokens else None), rule.rule


def test_it_takes_nothing_from_another_site(cast: Cast) -> None:
    """Whatever changes something is refused when another site's page sends it."""

    def come() -> FlaskClient:
        client = cast.session(cast.owner)
        client.environ_base["HTTP_ORIGIN"] = "https://elsewhere.example"
        return client

    for call, _, answer in calls(cast, come):
        if not call.startswith("GET "):
            assert (answer.status_code, answer.get_json()["code"]) == (403, "cross_site"), call


def routes(api: Api) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in api.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def calls(cast: Cast, come: Callable[[], FlaskClient]) -> Iterator[tuple[str, Rule, TestResponse]]:
    """Call every route, and where an address has one of some words in it, with each of them."""
    for rule, method in routes(cast.api):
        for word in getattr(rule._converters.get("act"), "items", ("",)):
            values = {name: _value(cast, rule, name, word) for name in rule.arguments}
            if "poll" in values and method != "GET":
                values["poll"] = cast.new_poll()  # some of these calls delete it
            with cast.api.app.test_request_context():
                urls = cast.api.app.url_map.bind("localhost")
                path = urls.build(rule.endpoint, values, method=method)
            answer = come().open(path, method=method, headers={"Accept": "application/json"})
            assert answer.status_code < 500, (method, path, answer.text)
            yield f"{method} {rule.rule} {word}", rule, answer


def _value(cast: Cast, rule: Rule, name: str, word: str) -> int | str:
    if name == "poll":
        return cast.poll
    if name == "act":
        return word
    return _NOTHING if isinstance(rule._converters[name], IntegerConverter) else _WORD


def _read(answer: TestResponse) -> Answer:
    code = (answer.get_json(silent=True) or {}).get("code") if answer.status_code >= 400 else None
    return Answer(code) if code in _DENIALS else Answer.ADMITTED
