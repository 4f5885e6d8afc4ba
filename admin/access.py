"""
Who may call which route. Each view says it, and a route that does not say it stops the start.

It is looked after before a view runs, for all doors alike: the desk takes a session, the API a
token or a session. A poll that is not theirs is unknown to an organiser, so that ids tell nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from flask import Flask, current_app, g, request

from admin.organiser import Organiser
from ballotbox import origin
from ballotbox.errors import Forbidden, NotSignedIn

View = TypeVar("View", bound=Callable[..., Any])

COOKIE = "desk"
"""The name of the cookie that holds a session, where it is not sent over HTTPS."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Who(StrEnum):
    """Whom a route is for."""

    PUBLIC = "public"  # everybody
    SIGNED_IN = "signed_in"  # any organiser
    POLL = "poll"  # who may see the poll that the route names as <int:poll>
    OWNER = "owner"  # owners


PUBLIC, SIGNED_IN, POLL, OWNER = Who.PUBLIC, Who.SIGNED_IN, Who.POLL, Who.OWNER


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may call a route; `scope` is that of a token which opens it too, None for no token."""

    who: Who
    scope: str | None = None


class Keys(Protocol):
    """Where the holder of a session's or a token's text is looked up, and owners of polls."""

    def of_session(self, text: str) -> Organiser:
        """Tell who is signed in; raises NotSignedIn."""
        ...

    def of_token(self, text: str) -> tuple[Organiser, frozenset[str]]:
        """Tell whose token it is, and its scopes; raises NotSignedIn."""
        ...

    def check_poll(self, organiser: Organiser, poll: int) -> None:
        """Raise UnknownPoll unless the organiser may see the poll."""
        ...


def access(who: Who, *, token: str | None = None) -> Callable[[View], View]:
    """Declare who may call a view; a `token` with this scope opens it as a session does."""

    def decorate(view: View) -> View:
        view.access = Access(who=who, scope=token)  # type: ignore[attr-defined]
        return view

    return decorate


def access_of(view: Callable[..., Any]) -> Access | None:
    """Tell what a view has declared."""
    found = getattr(view, "access", None)
    return found if isinstance(found, Access) else None


def registry(app: Flask) -> Mapping[str, Access]:
    """
    List the endpoints of an application and who may call them.

    :raise RuntimeError: if one does not say so.
    """
    found = {name: access_of(view) for name, view in app.view_functions.items()}
    if silent := sorted(name for name, each in found.items() if each is None):
        raise RuntimeError(f"Nobody has said who may call {', '.join(silent)}.")
    return {name: each for name, each in found.items() if each is not None}


def install(app: Flask, keys: Keys) -> None:
    """Look after every route of an application; call it when all of them are there."""
    doors = registry(app)

    @app.before_request
    def check() -> None:
        g.organiser = None
        if request.endpoint is not None:  # else nothing is found, for anybody
            g.organiser = _admit(keys, doors[request.endpoint])


def organiser() -> Organiser:
    """Give who sent the request at hand, on a route that is not public."""
    assert g.organiser is not None, "a public route knows nobody"
    found: Organiser = g.organiser
    return found


def is_secure() -> bool:
    """Tell whether cookies are for HTTPS only."""
    return request.is_secure or bool(current_app.config.get("COOKIE_SECURE"))


def cookie() -> str:
    """Name the cookie of a session: over HTTPS so that no other host of the domain can set it."""
    return f"__Host-{COOKIE}" if is_secure() else COOKIE


def session_text() -> str:
    """Give the text of the session that the request at hand shows; empty if there is none."""
    return request.cookies.get(cookie(), "")


def _admit(keys: Keys, door: Access) -> Organiser | None:
    token = _token() if door.scope is not None else None
    g.shown, g.caller = token, None
    if token is None and request.method not in _SAFE:
        # A browser sends the cookie along, whichever page the request comes from.
        origin.check(request.environ)
    if door.who is PUBLIC:
        return None
    known = _by_token(keys, token, door) if token is not None else _by_session(keys)
    g.caller = known  # for the log, also where it turns out not to be theirs to do
    if door.who is OWNER and not known.is_owner:
        raise Forbidden
    if door.who is POLL:
        assert request.view_args is not None
        keys.check_poll(known, request.view_args["poll"])
    return known


def _token() -> str | None:
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if kind.lower() == "bearer" else None


def _by_session(keys: Keys) -> Organiser:
    if not (text := session_text()):
        raise NotSignedIn
    return keys.of_session(text)


def _by_token(keys: Keys, token: str, door: Access) -> Organiser:
    known, scopes = keys.of_token(token)
    g.caller = known
    if door.scope not in scopes:
        raise Forbidden(f"This token has no right to “{door.scope}”.")
    return known
