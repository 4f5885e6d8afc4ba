"""
Who may call which route: each route of the desk and its API, by each sort of person and token.

The routes are asked for their names, so a new one cannot be forgotten here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cached_property

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.test import TestResponse

from admin.access import OWNER, PENDING, POLL, PUBLIC, Access, registry
from admin.organiser import Organiser, Role
from admin.tokens import POLLS, VOTE_FOR
from ballotbox.settings import Settings
from tests.integration.api import POLL as QUESTION
from tests.integration.api import Api, Option

# A number that nothing has, and a word for the rest of an address.
_NOTHING = 2**31 - 1
_WORD = "0" * 32 + ".webp"
_DENIALS = {
    "not_signed_in",
    "forbidden",
    "unknown_poll",
    "cross_site",
    "password_needed",
    "second_factor_needed",
}


class Answer(Enum):
    """What somebody is told: that it is theirs to do, or why not."""

    ADMITTED = "admitted"
    NOT_SIGNED_IN = "not_signed_in"
    FORBIDDEN = "forbidden"
    UNKNOWN_POLL = "unknown_poll"
    FACTOR_NEEDED = "second_factor_needed"
    PASSWORD_NEEDED = "password_needed"


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

    def pending(self, of: Organiser) -> FlaskClient:
        client = self.api.client()
        client.set_cookie("desk", self.api.parts.sessions.begin(of, pending=True))
        return client

    def stale(self, of: Organiser) -> FlaskClient:
        """Give a browser that was left open: the password was given ten minutes ago."""
        client = self.api.signed_in(of)
        with self.api.parts.database.connect() as connection:
            connection.execute("UPDATE sessions SET confirmed_at = now() - interval '10 minutes'")
        return client

    def token(
        self, of: Organiser, scope: str = POLLS, *, revoked: bool = False, expired: bool = False
    ) -> FlaskClient:
        made, text = self.api.parts.tokens.create(of, "test", (scope,))
        if revoked:
            self.api.parts.tokens.revoke(of, made.id)
        if expired:
            with self.api.parts.database.connect() as connection:
                connection.execute("UPDATE tokens SET expires_at = now() WHERE id = %s", [made.id])
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


def pending(access: Access) -> Answer:
    """Tell what somebody is answered who has given the password, and has to give a code."""
    return Answer.ADMITTED if access.who in {PUBLIC, PENDING} else Answer.NOT_SIGNED_IN


def organiser(access: Access) -> Answer:
    """Tell what the organiser of the poll is answered."""
    if access.who is PENDING:
        return Answer.NOT_SIGNED_IN
    return Answer.FORBIDDEN if access.who is OWNER else Answer.ADMITTED


def other(access: Access) -> Answer:
    """Tell what another organiser is answered: of this poll not even that there is one."""
    return Answer.UNKNOWN_POLL if access.who is POLL else organiser(access)


def owner(access: Access) -> Answer:
    """Tell what an owner is answered."""
    return Answer.NOT_SIGNED_IN if access.who is PENDING else Answer.ADMITTED


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
    "who has to give a code": (lambda cast: cast.pending(cast.owner), pending),
    "the organiser": (lambda cast: cast.session(cast.organiser), organiser),
    "another organiser": (lambda cast: cast.session(cast.other), other),
    "an owner": (lambda cast: cast.session(cast.owner), owner),
    "the organiser's token": (lambda cast: cast.token(cast.organiser), by_token(organiser)),
    "another's token": (lambda cast: cast.token(cast.other), by_token(other)),
    "an owner's token": (lambda cast: cast.token(cast.owner), by_token(owner)),
    "a revoked token": (lambda cast: cast.token(cast.owner, revoked=True), stranger),
    "an expired token": (lambda cast: cast.token(cast.owner, expired=True), stranger),
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


@pytest.mark.parametrize("person", ["the organiser", "another organiser", "an owner"])
def test_it_needs_the_password_again_where_that_was_said(cast: Cast, person: str) -> None:
    """Of who may do it at all, and of nobody else: whether it is theirs is told as ever."""
    who = {"the organiser": cast.organiser, "another organiser": cast.other}.get(person, cast.owner)
    expected = _PEOPLE[person][1]
    doors = registry(cast.api.app)
    needed = set()
    for call, rule, answer in calls(cast, lambda: cast.stale(who)):
        found, door = _read(answer), doors[rule.endpoint]
        if found is Answer.PASSWORD_NEEDED:
            needed.add(call.strip())
            found = Answer.ADMITTED
        assert found is expected(door), call
    factor = "POST /admin/account/second-factor"
    own = {"POST /admin/account/tokens", "POST /api/tokens"}
    own |= {factor, f"{factor}/codes", f"{factor}/off"}
    polls = {
        "POST /admin/polls/<int:poll>/<any(ACTS):act> delete",
        "POST /admin/polls/<int:poll>/<any(ACTS):act> reset",
        "DELETE /api/polls/<int:poll>",
        "POST /api/polls/<int:poll>/reset",
    }
    accounts = {"POST /admin/organisers", "POST /admin/organisers/second-factor"} | {
        f"POST /admin/organisers/<int:account>/<any(ACTS):act> {act}"
        for act in ("role", "password", "disable", "enable", "factor")
    }
    wanted = {
        "the organiser": own | polls,
        "another organiser": own,
        "an owner": own | polls | accounts,
    }[person]
    assert {re.sub(r"any\(.*?\)", "any(ACTS)", each) for each in needed} == wanted


@pytest.mark.parametrize("person", ["an organiser", "an owner"])
def test_it_asks_for_a_second_factor_before_anything_else(cast: Cast, person: str) -> None:
    """Where owners ask it of all: but to set it up, and to sign out, nothing is theirs to do."""
    who = {"an organiser": cast.organiser, "an owner": cast.owner}[person]
    cast.api.parts.factors.ask_of_all(wanted=True)
    doors = registry(cast.api.app)
    admitted = set()
    for call, rule, answer in calls(cast, lambda: cast.session(who)):
        found, door = _read(answer), doors[rule.endpoint]
        if door.who in {PUBLIC, PENDING}:
            assert found is stranger(door), call
        elif found is Answer.ADMITTED:
            admitted.add(call.strip())
        else:
            assert found is Answer.FACTOR_NEEDED, call
    place = "/admin/account/second-factor"
    assert admitted == {f"GET {place}", f"POST {place}"}
    bearer = cast.token(cast.organiser)
    assert bearer.get("/api/polls").status_code == 200


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
