"""
The least that a Flask view can do: the baseline that taking a vote is measured against.
"""

from __future__ import annotations

from flask import Flask


def create_app() -> Flask:
    """Make an application that answers "ok" where the vote service takes a vote."""
    app = Flask(__name__, static_folder=None)

    @app.post("/vote")
    def vote() -> str:
        return "ok"

    @app.get("/readyz")
    def readyz() -> str:
        return "ok"

    return app
