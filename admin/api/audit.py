"""
The log of acts, for programs of owners.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Self

from flask import Blueprint, Response
from pydantic import Field, StringConstraints

from admin import exports
from admin.access import OWNER, access
from admin.api.models import MAX_ID, PRINTABLE, Cursor, Limit, Model
from admin.api.operation import operation
from admin.journal import Act, Journal, Wanted
from admin.tokens import POLLS

_Number = Annotated[int, Field(ge=1, le=MAX_ID)]
_Word = Annotated[str, StringConstraints(min_length=1, max_length=64), PRINTABLE]
_Day = Annotated[date, Field(ge=date(1970, 1, 1), lt=date(9000, 1, 1))]


class ActFilter(Model):
    """Which acts are wanted."""

    organiser: _Number | None = Field(None, description="Only those of the organiser.")
    act: _Word | None = Field(None, description="Only those of this name: `poll.edit`.")
    poll: _Number | None = Field(None, description="Only those on this poll.")
    outcome: _Word | None = Field(
        None,
        description="`done`, `unchanged`, an error's code, `refused` for any, or `unknown`.",
    )
    day: _Day | None = Field(None, description="Only those of this day, in UTC.")

    def wanted(self) -> Wanted:
        """Give it as the log understands it."""
        return Wanted(
            organiser=self.organiser,
            act=self.act,
            poll=self.poll,
            outcome=self.outcome,
            day=self.day,
        )


class ActSearch(ActFilter):
    """Which acts to list."""

    cursor: Cursor | None = None
    limit: Limit = 50


class ActOut(Model):
    """Something that was done at the desk or by this API, or was refused."""

    id: int
    at: datetime
    organiser_id: int | None = Field(description="Who it was; null: a stranger, or the operator.")
    organiser: str = Field(description="What they were called at the time.")
    via: str = Field(description="What they showed: `session:…`, `token:…`, `command`.")
    address: str | None
    act: str
    outcome: str | None = Field(
        description="`done`, `unchanged` or an error's code; null: it was begun, and may be done."
    )
    poll_id: int | None
    subject: str = Field(description="What else it was done to: `account:…`, `token:…`, `code:…`.")
    name: str = Field(description="What the poll, account or token was called at the time.")
    details: dict[str, Any] = Field(description="What changed: by field, `from` and `to`.")

    @classmethod
    def of(cls, act: Act) -> Self:
        """Show an act to an owner."""
        return cls(**{name: getattr(act, name) for name in cls.model_fields})


class ActPage(Model):
    """A part of the log, the newest first."""

    acts: list[ActOut]
    next: str | None = Field(description="The `cursor` of the next page; null: this is the last.")


def blueprint(journal: Journal) -> Blueprint:
    """Make the routes."""
    part = Blueprint("audit", __name__)

    @part.get("/audit")
    @access(OWNER, token=POLLS)
    @operation()
    def list_acts(query: ActSearch) -> ActPage:
        """List what was done at the desk and by this API, the newest first. For owners."""
        page = journal.page(query.wanted(), cursor=query.cursor, limit=query.limit)
        return ActPage(acts=[ActOut.of(each) for each in page.acts], next=page.next)

    @part.get("/audit.csv")
    @access(OWNER, token=POLLS)
    @operation(media=exports.CSV)
    def read_acts_table(query: ActFilter) -> Response:
        """Give the whole log as a table, the newest first. For owners."""
        return exports.acts(journal.each(query.wanted()))

    return part
