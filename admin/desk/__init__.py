"""
The desk: the pages on which organisers make polls and look after them.

One file for each kind of page. All of them work without JavaScript: what cannot be done is said on
the same page, as it was filled in.
"""

from __future__ import annotations

from flask import Blueprint

from admin.desk import (
    account,
    acts,
    audit,
    codes,
    edit,
    factor,
    files,
    organisers,
    polls,
    signing_in,
    words,
)
from admin.desk.devices import browser_name
from admin.desk.figures import count
from admin.desk.times import local
from admin.parts import Parts


def blueprint(parts: Parts) -> Blueprint:
    """Make the routes of all pages, below /admin."""
    desk = Blueprint("desk", __name__, url_prefix="/admin")
    desk.add_app_template_filter(local)
    desk.add_app_template_filter(browser_name)
    desk.context_processor(lambda: {"words": words, "count": count})
    for page in (signing_in, polls, files, acts, edit, codes, account, factor, organisers, audit):
        desk.register_blueprint(page.blueprint(parts))
    return desk
