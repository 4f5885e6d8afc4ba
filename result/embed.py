"""
A result in a frame: small, public, and the only page of Votify that other sites may frame.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, abort, request

from ballotbox.errors import Unavailable, UnknownPoll
from result import answers
from result.board import Board

_THEMES = {"light", "dark"}


def blueprint(board: Board, *, origins: str = "*") -> Blueprint:
    """
    Make the route of the framed result.

    :param origins: who may frame it, as the setting EMBED_ORIGINS says.
    """
    embed = Blueprint("embed", __name__, url_prefix="/embed")

    @embed.get("/<name>")
    def framed(name: str) -> Response:
        """Show one poll to everybody alike: no receipt counts here, and no cookie is set."""
        if origins == "none":
            abort(HTTPStatus.NOT_FOUND)
        try:
            shown = board.snapshot(board.find(name))
        except UnknownPoll:
            return _page(HTTPStatus.NOT_FOUND, origins)
        except Unavailable:
            return _page(HTTPStatus.SERVICE_UNAVAILABLE, origins, {"Retry-After": "5"})
        return _page(HTTPStatus.OK, origins, name=name, shown=shown, fresh=board.fresh)

    return embed


def _page(
    status: HTTPStatus, origins: str, headers: dict[str, str] | None = None, **shown: object
) -> Response:
    # For a site that loads nothing from elsewhere which does not say that it may.
    elsewhere = {"Cross-Origin-Resource-Policy": "cross-origin", **(headers or {})}
    theme = request.args.get("theme", "")
    return answers.page(
        "embed.html",
        status,
        elsewhere,
        framed_by=origins,
        theme=theme if theme in _THEMES else "",
        again=status is HTTPStatus.SERVICE_UNAVAILABLE,
        **shown,
    )
