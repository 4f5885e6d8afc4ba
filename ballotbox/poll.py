"""
A poll: its question, options, window and rules. Pure: whoever asks says what time it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ballotbox.ballot import Mark, Marks
from ballotbox.errors import InvalidBallot, TooManyChoices, UnknownOption


class Kind(StrEnum):
    """What is asked of a voter."""

    SINGLE = "single"  # one option
    MULTIPLE = "multiple"  # up to `max_choices` options


class Identity(StrEnum):
    """How a voter is known."""

    COOKIE = "cookie"  # a signed cookie: one ballot a browser
    DECLARED = "declared"  # the client says who it is, unproved


class Visibility(StrEnum):
    """Who may see the numbers, and when."""

    ALWAYS = "always"
    AFTER_CLOSE = "after_close"
    ORGANISER = "organiser"


class State(StrEnum):
    """Where a poll is in its life."""

    COMING = "coming"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One possible answer, numbered from 1 within its poll."""

    id: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """
    What is asked, of whom, when, and by which rules.

    `opens_at` and `closes_at` are aware times or None for "always"; the window includes its start
    and excludes its end. `closed` is true once a close marker was taken, whatever the clock says.
    """

    id: int
    slug: str
    code: str
    question: str
    options: tuple[Option, ...]
    kind: Kind = Kind.SINGLE
    max_choices: int = 1
    change: bool = True
    identity: Identity = Identity.COOKIE
    visibility: Visibility = Visibility.ALWAYS
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    closed: bool = False

    def state(self, now: datetime) -> State:
        """Tell where the poll is in its life at `now` (aware)."""
        if self.closed or (self.closes_at is not None and now >= self.closes_at):
            return State.CLOSED
        if self.opens_at is not None and now < self.opens_at:
            return State.COMING
        return State.OPEN

    def shows_numbers(self, *, final: bool) -> bool:
        """Tell whether a stranger may see the numbers."""
        if self.visibility is Visibility.AFTER_CLOSE:
            return final
        return self.visibility is Visibility.ALWAYS

    def marks(self, options: Sequence[int]) -> Marks:
        """
        Turn the ids of the chosen options into marks, in the order of the poll.

        :raise InvalidBallot: if none is chosen, or one twice.
        :raise UnknownOption: if the poll does not have one of them.
        :raise TooManyChoices: if there are more than the poll allows.
        """
        if not options:
            raise InvalidBallot("Choose an option.")
        chosen = set(options)
        if len(chosen) < len(options):
            raise InvalidBallot("An option can be chosen only once.")
        if not chosen <= {option.id for option in self.options}:
            raise UnknownOption
        if len(chosen) > self.max_choices:
            raise TooManyChoices(
                "This poll takes one choice."
                if self.max_choices == 1
                else f"This poll takes at most {self.max_choices} choices."
            )
        return tuple(Mark(option, 1) for option in sorted(chosen))

    def check(self, marks: Marks) -> None:
        """Refuse marks that no voter of this poll could have made; raises as `marks` does."""
        if any(mark.value != 1 for mark in marks):
            raise InvalidBallot("A choice is marked with 1.")
        if marks:
            self.marks([mark.option for mark in marks])

    def to_json(self) -> str:
        """Write the poll as JSON, for its readers in other processes."""
        return json.dumps(asdict(self), default=_iso, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Poll:
        """Read what `to_json` wrote; raises ValueError, KeyError or TypeError on anything else."""
        return cls.from_fields(json.loads(text))

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> Poll:
        """Make a poll from plain values: a row of the database, or decoded JSON."""
        return cls(
            **{
                **fields,
                "options": tuple(Option(**option) for option in fields["options"]),
                "kind": Kind(fields["kind"]),
                "identity": Identity(fields["identity"]),
                "visibility": Visibility(fields["visibility"]),
                "opens_at": _time(fields["opens_at"]),
                "closes_at": _time(fields["closes_at"]),
            }
        )


def microseconds(time: datetime) -> int:
    """Count the microseconds from 1970 to an aware time: the unit of Redis' clock here."""
    delta = time - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def iso(time: datetime) -> str:
    """Write an aware time as ISO 8601 in UTC, with a Z."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _time(value: object) -> datetime | None:
    if isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return None
