"""
Single-use codes, for programs.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response

from admin import exports, note
from admin.access import POLL, access, organiser
from admin.api.code_models import CodeList, CodeOut, CodeSearch, CodesToMake
from admin.api.operation import operation
from admin.codes import Codes
from admin.polls import Office
from admin.tokens import POLLS
from ballotbox.errors import InvalidPoll, UnknownCodeNumber, WrongState


def blueprint(codes: Codes, office: Office) -> Blueprint:
    """Make the routes."""
    part = Blueprint("codes", __name__)

    @part.get("/polls/<int:poll>/codes")
    @access(POLL, token=POLLS)
    @operation()
    def list_codes(poll: int, query: CodeSearch) -> CodeList:
        """List the codes of a poll; which were used, where that is told, and never for what."""
        page = codes.page(organiser(), poll, cursor=query.cursor, limit=query.limit)
        return CodeList(codes=[CodeOut.of(each) for each in page.codes], next=page.next)

    @part.post("/polls/<int:poll>/codes")
    @access(POLL, token=POLLS)
    @operation(status=HTTPStatus.CREATED, raises=(InvalidPoll, WrongState))
    def make_codes(poll: int, body: CodesToMake) -> CodeList:
        """Make codes for a poll that takes votes by code. They are valid at once."""
        made = codes.generate(organiser(), poll, body.count, names=body.names)
        note.add(count=len(made))
        return CodeList(codes=[CodeOut.of(each) for each in made], next=None)

    @part.get("/polls/<int:poll>/codes.csv")
    @access(POLL, token=POLLS)
    @operation(media=exports.CSV)
    def read_codes_table(poll: int) -> Response:
        """Give all codes of a poll as a table."""
        found = office.get(organiser(), poll).poll
        return exports.codes(found, codes.each(organiser(), poll))

    @part.delete("/polls/<int:poll>/codes/<int:number>")
    @access(POLL, token=POLLS)
    @operation(raises=(UnknownCodeNumber,))
    def revoke_code(poll: int, number: int) -> None:
        """Make a code worthless, at once. A ballot that was cast with it stays."""
        codes.revoke(organiser(), poll, number)

    return part
