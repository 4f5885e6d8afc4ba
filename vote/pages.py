"""
Pages for people: a template and the headers that every page has.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from flask import Response, render_template, request

from ballotbox.poll import Poll, State

_HEADERS = {
    # A page may load our own files and nothing else, run no inline script, and be framed by nobody.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # A page shows what this voter chose and how a poll stands now: neither is for any cache.
    "Cache-Control": "no-store",
    "Vary": "Accept, Cookie",
}


def seconds_left(time: datetime) -> float:
    """Tell how long it is until then; 0 if it has been."""
    return round(max((time - datetime.now(UTC)).total_seconds(), 0), 1)


def state(poll: Poll) -> State:
    """Tell where a poll is in its life at this moment."""
    return poll.state(datetime.now(UTC))


def outside(public_url: str) -> str:
    """
    Give the address of the page at hand, to be opened on another device.

    :param public_url: the address of all pages; empty for that of the request.
    """
    scheme = request.headers.get("X-Forwarded-Proto", request.scheme)
    return (public_url.rstrip("/") or f"{scheme}://{request.host}") + request.path


def render(
    template: str,
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
    **shown: object,
) -> Response:
    """Render a template into an answer with the headers of a page."""
    body = render_template(template, **shown)
    return Response(body, status, {**_HEADERS, **(headers or {})}, mimetype="text/html")
