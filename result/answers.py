"""
Answers over HTTP: pages for people and data for programs, with the headers that each must have.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from flask import Response, render_template, request

_HEADERS = {
    # How a poll stands now is for no cache.
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Accept",
}
# A page may load our own files and nothing else, and run no inline script.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src {}; form-action 'self'; base-uri 'none'; frame-ancestors {}"
)


def page(
    template: str,
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
    *,
    framed_by: str = "'none'",
    **shown: object,
) -> Response:
    """
    Render a template into a page.

    :param framed_by: which sites may show it in a frame, as the policy writes them.
    """
    policy = {"Content-Security-Policy": _POLICY.format(_connect_sources(), framed_by)}
    return Response(
        render_template(template, **shown),
        status,
        {**_HEADERS, **policy, **(headers or {})},
        content_type="text/html; charset=utf-8",
    )


def piece(markup: str) -> Response:
    """Answer with a piece of a page, for the page to put into itself."""
    return data(markup, "text/html; charset=utf-8")


def data(
    body: str | bytes,
    content_type: str,
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer with something that is not a page."""
    policy = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox"}
    return Response(
        body, status, {**_HEADERS, **policy, **(headers or {})}, content_type=content_type
    )


def _connect_sources() -> str:
    # Safari before 15.4 does not count WebSockets to the same host as 'self'. The host is what the
    # client says it is: only what could be one is repeated.
    if re.fullmatch(r"[A-Za-z0-9.\-]+(:\d+)?", request.host):
        return f"'self' ws://{request.host} wss://{request.host}"
    return "'self'"
