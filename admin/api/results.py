"""
What polls have come to, for programs: numbers, ballots and the seal, hidden or not.
"""

from __future__ import annotations

from flask import Blueprint, Response

from admin import exports
from admin.access import POLL, access, organiser
from admin.api.operation import JSON, operation
from admin.api.result_models import Results
from admin.polls import Office
from admin.tokens import POLLS
from ballotbox.errors import BallotsNotFinal, NotSealed


def blueprint(office: Office) -> Blueprint:
    """Make the routes."""
    results = Blueprint("results", __name__)

    @results.get("/polls/<int:poll>/results")
    @access(POLL, token=POLLS)
    @operation()
    def read_results(poll: int) -> Results:
        """
        Give the numbers as they stand, to the organiser even where they are hidden from others.

        Of a poll with codes they may be hidden from the organiser as well: see `host_sees`.
        """
        return Results.model_validate(office.snapshot(organiser(), poll))

    @results.get("/polls/<int:poll>/results.csv")
    @access(POLL, token=POLLS)
    @operation(media=exports.CSV)
    def read_results_table(poll: int) -> Response:
        """Give the numbers as a table."""
        snapshot = office.snapshot(organiser(), poll)
        return exports.results(office.get(organiser(), poll).poll, snapshot)

    @results.get("/polls/<int:poll>/ballots.csv")
    @access(POLL, token=POLLS)
    @operation(media=exports.CSV, raises=(BallotsNotFinal,))
    def read_ballots(poll: int) -> Response:
        """
        Give the ballots of a sealed result, as a stream: pseudonym, number and choice.

        A voter's ballots are numbered 1, 2 and so on. Where a seal of version 1 stands, the columns
        are seq, voter and choice.
        """
        found = office.get(organiser(), poll).poll
        return exports.ballots(found, office.ballots(organiser(), poll))

    @results.get("/polls/<int:poll>/seal")
    @access(POLL, token=POLLS)
    @operation(media=JSON, raises=(NotSealed,))
    def read_seal(poll: int) -> Response:
        """Give the sealed result, byte for byte, to be verified with `make verify`."""
        document = office.seal(organiser(), poll)
        if document is None:
            raise NotSealed
        return exports.seal(office.get(organiser(), poll).poll, document)

    return results
