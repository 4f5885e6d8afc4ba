"""
Pages for organisers: a template and the headers that every page has.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, render_template

HEADERS = {
    # A page may load our own files and nothing else, run no inline script, and be framed by nobody.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # What organisers see is for nobody else, and for no cache.
    "Cache-Control": "no-store",
    "Vary": "Accept, Cookie",
}


def render(
    template: str,
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
    **shown: object,
) -> Response:
    """Render a template into an answer with the headers of a page."""
    body = render_template(template, **shown)
    return Response(body, status, {**HEADERS, **(headers or {})}, mimetype="text/html")
