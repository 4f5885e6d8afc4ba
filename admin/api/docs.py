"""
The API's document, for tools and for people. It is made once: anybody may ask for it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Blueprint, Response, current_app, render_template
from markupsafe import Markup

from admin import pages
from admin.access import PUBLIC, access
from admin.api import reference
from admin.api.document import document


def blueprint() -> Blueprint:
    """Make the routes."""
    docs = Blueprint("docs", __name__)
    docs.add_app_template_filter(reference.coded)

    @cache
    def described() -> dict[str, Any]:
        return document(current_app)

    @cache
    def for_tools() -> str:
        return current_app.json.dumps(described())

    @cache
    def for_people() -> Markup:
        shapes = list(reference.shapes(described()))
        shown = render_template(
            "api/reference.html",
            document=described(),
            entries=list(reference.entries(described())),
            shapes=shapes,
            names={each.name for each in shapes},
        )
        return Markup(shown)  # noqa: S704 - a template has escaped it

    @docs.get("/openapi.json")
    @access(PUBLIC)
    def openapi() -> Response:
        return Response(for_tools(), content_type="application/json")

    @docs.get("/docs")
    @access(PUBLIC)
    def page() -> Response:
        return pages.render("api/docs.html", reference=for_people())

    return docs
