"""
The log of what was done at the desk and by its API, for owners.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, request
from pydantic import ValidationError
from werkzeug.wrappers import Response

from admin import exports, pages
from admin.access import OWNER, access
from admin.api.audit import ActFilter
from admin.desk import words
from admin.journal import Page, Wanted
from admin.parts import Parts

_AT_ONCE = 50
_NAMES = tuple(ActFilter.model_fields)


def blueprint(parts: Parts) -> Blueprint:
    """Make the routes."""
    audit = Blueprint("audit", __name__)

    @audit.get("/audit")
    @access(OWNER)
    def index() -> Response:
        asked, wanted = _asked(), _wanted()
        page = Page(acts=(), next=None)
        if wanted is not None:
            cursor = request.args.get("cursor")
            page = parts.journal.page(wanted, cursor=cursor, limit=_AT_ONCE)
        shown: dict[str, Any] = {
            "page": page,
            "asked": asked,
            "accounts": parts.accounts.all(),
            "names": sorted(parts.journal.names(), key=_place),
            "acts": words.ACTS,
            "outcomes": words.OUTCOMES,
            "shown": _shown,
        }
        return pages.render("desk/audit.html", **shown)

    @audit.get("/audit.csv")
    @access(OWNER)
    def table() -> Response:
        wanted = _wanted()
        return exports.acts(parts.journal.each(wanted) if wanted else iter(()))

    return audit


def _place(name: str) -> tuple[int, str]:
    """Tell where a name stands in the list: in the order of the words for them, then the rest."""
    return (list(words.ACTS).index(name) if name in words.ACTS else len(words.ACTS)), name


def _shown(value: object) -> str:
    """Write a value of an act's details for people."""
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _asked() -> dict[str, str]:
    """Give what is filled in of the form that looks for acts."""
    filled = {name: request.args.get(name, "").strip() for name in _NAMES}
    return {name: text for name, text in filled.items() if text}


def _wanted() -> Wanted | None:
    """Tell which acts are wanted; None for something that no act can be like."""
    try:
        return ActFilter.model_validate(_asked()).wanted()
    except ValidationError:
        return None
