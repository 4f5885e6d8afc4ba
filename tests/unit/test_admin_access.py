"""Who may call a route of the desk: declared with the view, and looked after before it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import pytest
from flask import Flask

from admin import access as module
from admin import errors
from admin.access import OWNER, POLL, PUBLIC, SIGNED_IN, Access, Who, access, access_of, registry
from admin.organiser import Holder, Organiser, Role
from ballotbox.errors import NotSignedIn, UnknownPoll

ADA = Organiser(id=1, name="ada", role=Role.ORGANISER)
ROOT = Organiser(id=2, name="root", role=Role.OWNER)


class FakeKeys:
    """Sessions and tokens are called after whose they are; poll 1 is Ada's."""

    people: ClassVar = {"ada": ADA, "root": ROOT}

    def of_session(self, text: str) -> Organiser:
        if text not in self.people:
            raise NotSignedIn
        return self.people[text]

    def of_pending(self, text: str) -> Organiser:
        return self.of_session(text.removeprefix("pending-"))

    def of_token(self, text: str, *, address: str) -> Holder:
        name, _, scope = text.partition(":")
        return Holder(self.of_session(name), frozenset({scope}), 7)

    def is_confirmed(self, text: str) -> bool:
        return text == "root"

    def confirm(
        self, organiser: Organiser, text: str, password: str, *, address: str, device: str
    ) -> None:
        raise AssertionError("nobody gives a password here")

    def check_poll(self, organiser: Organiser, poll: int) -> None:
        if poll != 1 and not organiser.is_owner:
            raise UnknownPoll


@pytest.fixture
def make_app() -> Callable[..., Flask]:
    """Give a function that makes an application with one route, `/api/<poll>`."""

    def make(who: Who, *, token: str | None = None) -> Flask:
        app = Flask(__name__, static_folder=None)

        @app.route("/api/<int:poll>", methods=["GET", "POST"])
        @access(who, token=token)
        def show(poll: int) -> str:
            return "nobody" if who is PUBLIC else module.organiser().name

        errors.install(app)
        module.install(app, FakeKeys())
        return app

    return make


def ask(app: Flask, *, session: str = "", token: str = "", poll: int = 1) -> tuple[int, str]:
    """Ask for the route; give the status, and the name or the code of the error."""
    headers = {}
    if session:
        headers["Cookie"] = f"desk={session}"
    if token:
        headers["Authorization"] = f"Bearer {token}"
    answer = app.test_client(use_cookies=False).get(f"/api/{poll}", headers=headers)
    return answer.status_code, (answer.json or {}).get("code", "") if answer.json else answer.text


def test_it_stops_the_start_where_a_route_says_nothing() -> None:
    """A route that somebody has forgotten is no open door."""
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/a", "forgotten", lambda: "")
    with pytest.raises(RuntimeError, match="forgotten"):
        module.install(app, FakeKeys())
    with pytest.raises(RuntimeError, match="forgotten"):
        registry(app)


def test_it_keeps_what_a_route_says(make_app: Callable[..., Flask]) -> None:
    """Other parts read it: the document of the API, and the test of all routes."""
    app = make_app(POLL, token="polls")
    assert registry(app) == {"show": Access(who=POLL, scope="polls")}
    assert access_of(app.view_functions["show"]) == Access(who=POLL, scope="polls")
    assert access_of(lambda: "") is None


@pytest.mark.parametrize("who", Who)
@pytest.mark.parametrize("session", ["", "ada", "root", "mallory"])
def test_it_admits_by_session(make_app: Callable[..., Flask], who: Who, session: str) -> None:
    """Nobody signed in gets past PUBLIC, and no organiser past what is for owners."""
    status, text = ask(make_app(who), session=session)
    if who is PUBLIC:
        assert (status, text) == (200, "nobody")
    elif session not in FakeKeys.people:
        assert (status, text) == (401, "not_signed_in")
    elif who is OWNER and session == "ada":
        assert (status, text) == (403, "forbidden")
    else:
        assert (status, text) == (200, session)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("ada:polls", (200, "ada")),
        ("ada:vote-for", (403, "forbidden")),
        ("mallory:polls", (401, "not_signed_in")),
    ],
)
def test_it_admits_by_token(
    make_app: Callable[..., Flask], token: str, expected: tuple[int, str]
) -> None:
    """Of the scope that the route names."""
    assert ask(make_app(SIGNED_IN, token="polls"), token=token) == expected


def test_it_takes_no_token_where_none_is_meant(make_app: Callable[..., Flask]) -> None:
    """A route of the desk is for people; and a bad token is not made good by a session."""
    assert ask(make_app(SIGNED_IN), token="ada:polls") == (401, "not_signed_in")
    app = make_app(SIGNED_IN, token="polls")
    assert ask(app, token="mallory:polls", session="ada") == (401, "not_signed_in")


def test_it_tells_nothing_of_others_polls(make_app: Callable[..., Flask]) -> None:
    """To an organiser such a poll is as unknown as one that is not there; owners see all."""
    app = make_app(POLL, token="polls")
    assert ask(app, session="ada", poll=2) == (404, "unknown_poll")
    assert ask(app, token="ada:polls", poll=2) == (404, "unknown_poll")
    assert ask(app, session="root", poll=2) == (200, "root")
    assert ask(app, poll=2) == (401, "not_signed_in")


@pytest.mark.parametrize("who", Who)
def test_it_refuses_what_another_site_sends(make_app: Callable[..., Flask], who: Who) -> None:
    """A browser sends the cookie along with that; signing in is no exception."""
    client = make_app(who).test_client()
    client.set_cookie("desk", "root")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        answer = client.post("/api/1", headers=headers)
        assert (answer.status_code, answer.json and answer.json["code"]) == (403, "cross_site")
        assert client.get("/api/1", headers=headers).status_code == 200
    assert client.post("/api/1", headers={"Origin": "http://localhost"}).status_code == 200


def test_it_takes_a_program_s_request_from_anywhere(make_app: Callable[..., Flask]) -> None:
    """No browser sends a token by itself."""
    headers = {"Origin": "https://elsewhere.example", "Authorization": "Bearer ada:polls"}
    app = make_app(SIGNED_IN, token="polls")
    assert app.test_client().post("/api/1", headers=headers).status_code == 200


def test_it_takes_no_other_host_s_cookie_over_https(make_app: Callable[..., Flask]) -> None:
    """Only this host can set a cookie with the prefix `__Host-`."""
    client = make_app(SIGNED_IN).test_client(use_cookies=False)
    for name, status in (("desk", 401), ("__Host-desk", 200)):
        headers = {"Cookie": f"{name}=ada"}
        assert client.get("/api/1", headers=headers, base_url="https://x").status_code == status
    assert client.get("/api/1", headers={"Cookie": "__Host-desk=ada"}).status_code == 401


def test_it_says_that_there_is_no_such_page(make_app: Callable[..., Flask]) -> None:
    """To everybody alike."""
    assert make_app(OWNER).test_client().get("/nowhere.json").status_code == 404
    assert make_app(OWNER).test_client().delete("/api/1").status_code == 405
