"""
The desk for programs: JSON, tokens, and a document of itself in OpenAPI 3.1.

`operation` turns views into operations that say what they take and give; `document` writes that
down for tools, `reference` for people. What an operation does is done by the use cases in `admin`.
"""

from __future__ import annotations

from flask import Blueprint

from admin.api import audit, codes, docs, images, polls, results, tokens
from admin.api.repeats import Repeats
from admin.parts import Parts


def blueprint(parts: Parts) -> Blueprint:
    """Make all routes below /api."""
    api = Blueprint("api", __name__, url_prefix="/api", template_folder="templates")
    for part in (
        polls.blueprint(parts.office, Repeats(parts.database.connect)),
        results.blueprint(parts.office),
        codes.blueprint(parts.codes, parts.office),
        images.blueprint(parts.images),
        tokens.blueprint(parts.tokens),
        audit.blueprint(parts.journal),
        docs.blueprint(),
    ):
        api.register_blueprint(part)
    return api
