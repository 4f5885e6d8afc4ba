"""
The cookies by which a session is known, and a browser that has signed in before.
"""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from admin.access import DEVICE, cookie, device_text, is_secure
from admin.devices import DAYS
from admin.organiser import Organiser
from admin.parts import Parts

_DAY = 24 * 60 * 60  # seconds


def begin_session(
    parts: Parts,
    who: Organiser,
    answer: Response,
    *,
    instead_of: str = "",
    after: str = "",
    pending: bool = False,
) -> Response:
    """
    Sign somebody in with the browser at hand, which is known from then on.

    :param after: the session that waited for a second factor.
    :param pending: a second factor is to come.
    :raise NotSignedIn: if the password was changed meanwhile, or what it began has ended.
    """
    device = request.headers.get("User-Agent", "")
    session = parts.sessions.begin(
        who, device=device, instead_of=instead_of, after=after, pending=pending
    )
    # When that ends is decided here, not there.
    _keep(answer, cookie(), session)
    if not pending:
        _keep(answer, cookie(DEVICE), parts.devices.remember(who, device_text()), days=DAYS)
    return answer


def forget_session(answer: Response) -> Response:
    """Make the browser forget its session."""
    answer.delete_cookie(cookie(), path="/", httponly=True, samesite="Lax", secure=is_secure())
    return answer


def _keep(answer: Response, name: str, text: str, *, days: int | None = None) -> None:
    answer.set_cookie(
        name,
        text,
        max_age=days and days * _DAY,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=is_secure(),
    )
