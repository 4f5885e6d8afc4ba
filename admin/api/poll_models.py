"""
Polls, as programs send them and are sent them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, StringConstraints

from admin.api.models import PRINTABLE, Body, Cursor, ImageName, Limit, Model, Time
from admin.register import Entry
from ballotbox.poll import HostSees, Identity, Kind, Option, Poll, State, Visibility

Question = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), PRINTABLE
]
OptionText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), PRINTABLE
]
Choices = Annotated[int, Field(ge=1, le=100)]
_LISTED = "On the lists that everybody sees? One with codes cannot be; null: it is where it can be."


class OptionDefinition(Body):
    """One possible answer. A text alone means an option without an image."""

    text: OptionText
    image: ImageName | None = Field(None, description="The name of an uploaded image.")


def _option(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


OptionIn = Annotated[
    OptionDefinition, BeforeValidator(_option, json_schema_input_type=OptionText | OptionDefinition)
]
Slug = Annotated[str, StringConstraints(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Options = Annotated[list[OptionIn], Field(min_length=2, max_length=100)]


_HOST_SEES = (
    "What you are told of a poll with codes before it is concluded: the numbers, or whose codes"
    " were used. `voters` is for the visibility `organiser`; with `after_close` it is neither."
)


class PollDefinition(Body):
    """What makes a poll. `GET …/definition` gives it, and `POST /api/polls` takes it."""

    question: Question
    options: Options
    image: ImageName | None = Field(None, description="The name of an uploaded image.")
    kind: Kind = Kind.SINGLE
    min_choices: Choices | None = Field(None, description="Null: the usual least of its kind.")
    max_choices: Choices | None = Field(None, description="Null: the usual most of its kind.")
    change: bool = Field(default=True, description="May a voter change the vote while it is open?")
    identity: Identity = Identity.COOKIE
    visibility: Visibility = Visibility.ALWAYS
    listed: bool | None = Field(None, description=_LISTED)
    host_sees: HostSees = Field(HostSees.NUMBERS, description=_HOST_SEES)
    opens_at: Time | None = Field(None, description="From when ballots are taken; null: by hand.")
    closes_at: Time | None = Field(None, description="From when none is taken; null: by hand.")

    def fields(self) -> dict[str, Any]:
        """Give them as the office takes them."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    @classmethod
    def of(cls, poll: Poll) -> Self:
        """Give what would make the same poll anew."""
        options = [OptionDefinition(text=each.text, image=each.image) for each in poll.options]
        names = set(cls.model_fields) - {"options"}
        return cls(options=options, **{name: getattr(poll, name) for name in names})


class PollEdit(Body):
    """What to change of a poll; what is left out stays. Options are numbered anew from 1."""

    # The factories are never used: what was not sent is not looked at, and null is no question.
    question: Question = Field(default_factory=str)
    options: Options = Field(default_factory=list)
    image: ImageName | None = Field(None, description="Null takes it away.")
    kind: Kind = Field(default_factory=lambda: Kind.SINGLE)
    min_choices: Choices | None = Field(None, description="Null: the usual least of its kind.")
    max_choices: Choices | None = Field(None, description="Null: the usual most of its kind.")
    change: bool = Field(default_factory=bool)
    identity: Identity = Field(default_factory=lambda: Identity.COOKIE)
    visibility: Visibility = Field(default_factory=lambda: Visibility.ALWAYS)
    listed: bool | None = Field(None, description="As of a new poll; null: as it is.")
    host_sees: HostSees = Field(default_factory=lambda: HostSees.NUMBERS, description=_HOST_SEES)
    opens_at: Time | None = Field(None, description="Null: by hand.")
    closes_at: Time | None = Field(None, description="Null: by hand.")
    slug: Slug = Field(default_factory=str, description="Its name in addresses.")

    def fields(self) -> dict[str, Any]:
        """Give what was sent, and not the defaults of the rest."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Schedule(Body):
    """When a poll opens."""

    opens_at: Time


class Reopening(Body):
    """Until when a poll is open again."""

    closes_at: Time | None = Field(None, description="Null: until it is closed by hand.")


class Confirmation(Body):
    """A word that nobody types by mistake."""

    confirm: Annotated[str, StringConstraints(max_length=200), PRINTABLE] = Field(
        description="The slug of the poll."
    )


class OptionOut(Model):
    """One possible answer, numbered from 1 within its poll."""

    id: int
    text: str
    image: str | None

    @classmethod
    def of(cls, option: Option) -> Self:
        """Show an option."""
        return cls(id=option.id, text=option.text, image=option.image)


class PollOut(Model):
    """A poll. Its `revision`, which every edit raises, is also its ETag."""

    HEADERS: ClassVar[Mapping[str, str]] = {"ETag": "The revision, in quotes."}

    id: int
    slug: str = Field(description="Its name in addresses: /vote/{slug}, /result/{slug}.")
    code: str = Field(description="Six characters to join by.")
    question: str
    options: list[OptionOut]
    image: str | None
    kind: Kind
    min_choices: int
    max_choices: int
    change: bool
    identity: Identity
    visibility: Visibility
    # An answer that 0.1.0 kept for who sends the same again says nothing of it.
    listed: bool = Field(default=True, description="On the lists that everybody sees?")
    host_sees: HostSees = HostSees.NUMBERS  # not in answers that an earlier release has kept
    opens_at: datetime | None
    closes_at: datetime | None
    state: State
    final: bool = Field(description="Closed, and every ballot accepted before is counted.")
    ballots: int | None = Field(
        description="How many voters' ballots count so far; null where you are told who has voted."
    )
    concluded: bool = Field(
        default=False,
        description="Of a poll with codes: you are told both, and it cannot be reopened.",
    )
    archived: bool
    has_ballots: bool = Field(description="What ballots mean is fixed then.")
    sealed_at: datetime | None
    owner: int | None = Field(description="The number of the organiser it belongs to.")
    revision: int

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Show a poll to its organiser."""
        own = {"options", "state", "final", "ballots", "concluded", "has_ballots", "sealed_at"}
        return cls(
            **{name: getattr(entry.poll, name) for name in set(cls.model_fields) - own},
            options=[OptionOut.of(each) for each in entry.poll.options],
            state=entry.state,
            final=entry.final,
            ballots=entry.ballots,
            concluded=entry.concluded,
            has_ballots=entry.has_ballots,
            sealed_at=None if entry.broken_at else entry.sealed_at,
        )

    def headers(self) -> Mapping[str, str]:
        """See `Model.headers`."""
        return {"ETag": f'"{self.revision}"'}


class PollPage(Model):
    """A part of the list of polls, the newest first."""

    polls: list[PollOut]
    next: str | None = Field(description="The `cursor` of the next page; null: this is the last.")


class PollSearch(Model):
    """Which polls to list."""

    cursor: Cursor | None = None
    limit: Limit = 50
    state: State | None = Field(None, description="Only those in this state.")
    archived: bool = Field(default=False, description="Those that are archived, and no others.")
    q: Annotated[str, StringConstraints(max_length=200), PRINTABLE] = Field(
        "", description="Only those with this text in their question."
    )
