"""
What can be downloaded of a poll.
"""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from admin import exports
from admin.access import POLL, access, organiser
from admin.api.poll_models import PollDefinition
from admin.desk.addresses import Addresses
from admin.parts import Parts
from ballotbox.errors import NotSealed
from web import qr


def blueprint(parts: Parts) -> Blueprint:
    """Make the routes."""
    files = Blueprint("files", __name__)
    office, addresses = parts.office, Addresses(parts.settings)

    @files.get("/polls/<int:poll>/results.csv")
    @access(POLL)
    def results(poll: int) -> Response:
        found = office.get(organiser(), poll).poll
        return exports.results(found, office.snapshot(organiser(), poll))

    @files.get("/polls/<int:poll>/ballots.csv")
    @access(POLL)
    def ballots(poll: int) -> Response:
        found = office.get(organiser(), poll).poll
        return exports.ballots(found, office.ballots(organiser(), poll))

    @files.get("/polls/<int:poll>/seal")
    @access(POLL)
    def seal(poll: int) -> Response:
        document = office.seal(organiser(), poll)
        if document is None:
            raise NotSealed
        return exports.seal(office.get(organiser(), poll).poll, document)

    @files.get("/polls/<int:poll>/definition")
    @access(POLL)
    def definition(poll: int) -> Response:
        found = office.get(organiser(), poll).poll
        text = PollDefinition.of(found).model_dump_json(indent=2) + "\n"
        name = f"{found.slug}.json"
        return exports.download(iter((text.encode(),)), name, content_type="application/json")

    @files.get("/polls/<int:poll>/qr.svg")
    @access(POLL)
    def qr_code(poll: int) -> Response:
        found = office.get(organiser(), poll).poll
        drawn = qr.file(addresses.vote(found))
        return exports.download(
            iter((drawn,)), f"{found.slug}-qr.svg", content_type="image/svg+xml"
        )

    return files
