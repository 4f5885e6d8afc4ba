"""
The pages that the router shows by itself, when a service is away or too much is asked of one.

They are files in each language, made by `make languages`: whoever tells that Python is away cannot
be Python.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from flask import Flask, render_template
from flask_babel import lazy_gettext as _l

from web import language

FOLDER = Path(__file__).parent.parent / "nginx" / "pages"


class Page(NamedTuple):
    """What a page says, and whether it is about the desk."""

    heading: str
    sentence: str
    desk: bool = False


PAGES = {
    "not-found": Page(_l("There is no such page"), _l("The address may be incomplete.")),
    "too-large": Page(_l("That was too much"), _l("More was sent than a ballot can hold.")),
    "slow-down": Page(
        _l("Too many votes at once"),
        _l(
            "More votes arrive from your network than Votify takes in one moment. Go back, wait a"
            " few seconds and send your vote again."
        ),
    ),
    "vote-unavailable": Page(
        _l("Votify does not answer right now"),
        _l(
            "Accepted votes are safe; nothing is lost. If you have just sent your vote, go back and"
            " send it again in a moment: it counts once, however often you send it."
        ),
    ),
    "result-unavailable": Page(
        _l("The results do not answer right now"),
        _l(
            "Votes are still being taken; nothing is lost. Please load this page again in a moment."
        ),
    ),
    "admin-too-large": Page(
        _l("That file is too large"),
        _l("An image may have 5 MB. Save it smaller, and send it again."),
        desk=True,
    ),
    "admin-slow-down": Page(
        _l("Too many attempts"),
        _l(
            "Too much came from your network at once: tries to sign in, or large files. Wait a"
            " minute, then try again."
        ),
        desk=True,
    ),
    "admin-unavailable": Page(
        _l("The desk does not answer right now"),
        _l(
            "Voting and results go on without it. Whether your last change was made is not certain:"
            " look at the poll again in a moment."
        ),
        desk=True,
    ),
}


def pages() -> Mapping[Path, str]:
    """Render all pages, by the files that hold them."""
    app = Flask(__name__)
    language.install(app, "nginx")
    rendered = {}
    for each in language.LANGUAGES:
        for name, page in PAGES.items():
            with app.test_request_context(query_string={"lang": each}):
                text = render_template("outage.html", page=page)
            rendered[FOLDER / each / f"{name}.html"] = text + "\n"
    return rendered


def main() -> int:
    """Write the pages."""
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
