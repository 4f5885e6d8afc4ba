"""
Who may call which route. Each view says it, and a route that does not say it stops the start.

It is looked after before a view runs, for all doors alike: the desk takes a session, the API a
token or a session. A poll that is not theirs is unknown to an organiser, so that ids tell nothing.
What would be worth most to whoever finds a browser open needs the password again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from flask import Flask, current_app, g, request

from admin.organiser import Holder, Organiser
from ballotbox import origin
from ballotbox.errors import (
    FactorNeeded,
    Forbidden,
    NotSignedIn,
    PasswordNeeded,
    TooManyTries,
    WrongPassword,
)

View = TypeVar("View", bound=Callable[..., Any])

COOKIE = "desk"
"""The name of the cookie that holds a session, where it is not sent over HTTPS."""

DEVICE = "device"
"""The same of the cookie by which a browser is known that has signed in before."""

AGAIN = "again"
"""The field of a form in which the password is given again."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Who(StrEnum):
    """Whom a route is for."""

    PUBLIC = "public"  # everybody
    PENDING = "pending"  # who has given a password, and a second factor not yet
    SIGNED_IN = "signed_in"  # any organiser
    POLL = "poll"  # who may see the poll that the route names as <int:poll>
    OWNER = "owner"  # owners


PUBLIC, PENDING = Who.PUBLIC, Who.PENDING
SIGNED_IN, POLL, OWNER = Who.SIGNED_IN, Who.POLL, Who.OWNER


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """
    Who may call a route.

    :ivar scope: of a token which opens it too, None for no token.
    :ivar first: it is for those, too, who have to set up a second factor before anything else.
    :ivar again: whether it needs the password again, or for which acts; a token is not asked.
    """

    who: Who
    scope: str | None = None
    first: bool = False
    again: bool | frozenset[str] = False

    def needs_password(self, act: str = "") -> bool:
        """Tell whether an act needs the password again."""
        return self.again if isinstance(self.again, bool) else act in self.again


class Keys(Protocol):
    """Where the holder of a session's or a token's text is looked up, and owners of polls."""

    def of_session(self, text: str) -> Organiser:
        """Tell who is signed in; raises NotSignedIn."""
        ...

    def of_pending(self, text: str) -> Organiser:
        """Tell who has given the password and no second factor yet; raises NotSignedIn."""
        ...

    def of_token(self, text: str, *, address: str) -> Holder:
        """Tell who shows a token, from which address; raises NotSignedIn."""
        ...

    def check_poll(self, organiser: Organiser, poll: int) -> None:
        """Raise UnknownPoll unless the organiser may see the poll."""
        ...

    def is_confirmed(self, text: str) -> bool:
        """Tell whether the password was given in this session not long ago."""
        ...

    def confirm(
        self, organiser: Organiser, text: str, password: str, *, address: str, device: str
    ) -> None:
        """Take the password again for a session; raises WrongPassword, TooManyTries."""
        ...


def access(
    who: Who,
    *,
    token: str | None = None,
    first: bool = False,
    again: bool | Collection[str] = False,
) -> Callable[[View], View]:
    """
    Declare who may call a view.

    :param token: a token with this scope opens it as a session does.
    :param first: it is for those, too, who have to set up a second factor before anything else.
    :param again: it needs the password again, or the values of its `act` that do.
    """
    acts = again if isinstance(again, bool) else frozenset(again)

    def decorate(view: View) -> View:
        view.access = Access(who=who, scope=token, first=first, again=acts)  # type: ignore[attr-defined]
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
        g.organiser = g.token = None
        if request.endpoint is None:  # nothing is found, for anybody
            return
        door = doors[request.endpoint]
        g.organiser = _admit(keys, door)
        act = (request.view_args or {}).get("act", "")
        if g.organiser is not None and g.token is None and door.needs_password(act):
            _confirm(keys, g.organiser)


def organiser() -> Organiser:
    """Give who sent the request at hand, on a route that is not public."""
    assert g.organiser is not None, "a public route knows nobody"
    found: Organiser = g.organiser
    return found


def token_shown() -> int | None:
    """Give the number of the token that the request at hand shows; None where it has a session."""
    found: int | None = g.token
    return found


def client() -> str:
    """Give the address of who sent the request at hand."""
    return request.remote_addr or ""


def is_secure() -> bool:
    """Tell whether cookies are for HTTPS only."""
    return request.is_secure or bool(current_app.config.get("COOKIE_SECURE"))


def cookie(name: str = COOKIE) -> str:
    """Name a cookie of ours: over HTTPS so that no other host of the domain can set it."""
    return f"__Host-{name}" if is_secure() else name


def session_text() -> str:
    """Give the text of the session that the request at hand shows; empty if there is none."""
    return request.cookies.get(cookie(), "")


def device_text() -> str:
    """Give what the browser shows that has signed in before; empty if there is nothing."""
    return request.cookies.get(cookie(DEVICE), "")


def _admit(keys: Keys, door: Access) -> Organiser | None:
    text = _bearer() if door.scope is not None else None
    g.shown, g.caller = text, None
    if text is None and request.method not in _SAFE:
        # A browser sends the cookie along, whichever page the request comes from.
        origin.check(request.environ)
    if door.who is PUBLIC:
        return None
    if door.who is PENDING:
        return keys.of_pending(session_text())
    known = _by_token(keys, text, door) if text is not None else _by_session(keys)
    g.caller = known  # for the log, also where it turns out not to be theirs to do
    if known.lacks_factor and not door.first:
        raise FactorNeeded
    if door.who is OWNER and not known.is_owner:
        raise Forbidden
    if door.who is POLL:
        assert request.view_args is not None
        keys.check_poll(known, request.view_args["poll"])
    return known


def _bearer() -> str | None:
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if kind.lower() == "bearer" else None


def _by_session(keys: Keys) -> Organiser:
    if not (text := session_text()):
        raise NotSignedIn
    return keys.of_session(text)


def _by_token(keys: Keys, text: str, door: Access) -> Organiser:
    known, scopes, g.token = keys.of_token(text, address=client())
    g.caller = known
    if door.scope not in scopes:
        raise Forbidden(f"This token has no right to “{door.scope}”.")
    return known


def _confirm(keys: Keys, known: Organiser) -> None:
    session = session_text()
    if keys.is_confirmed(session):
        return
    password = request.form.get(AGAIN)
    if password is None:
        raise PasswordNeeded
    try:
        keys.confirm(known, session, password, address=client(), device=device_text())
    except (WrongPassword, TooManyTries) as error:
        raise PasswordNeeded(failed=error) from error
