"""
The API's document, for tools and for people.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify

from admin import pages
from admin.access import PUBLIC, access
from admin.api import reference
from admin.api.document import document


def blueprint() -> Blueprint:
    """Make the routes."""
    docs = Blueprint("docs", __name__)
    docs.add_app_template_filter(reference.coded)

    @docs.get("/openapi.json")
    @access(PUBLIC)
    def openapi() -> Response:
        return jsonify(document(current_app))

    @docs.get("/docs")
    @access(PUBLIC)
    def page() -> Response:
        described = document(current_app)
        shapes = list(reference.shapes(described))
        return pages.render(
            "api/docs.html",
            document=described,
            entries=list(reference.entries(described)),
            shapes=shapes,
            names={each.name for each in shapes},
        )

    return docs
