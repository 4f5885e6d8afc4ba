"""
A poll: its question, options, window and rules. Pure: whoever asks says what time it is.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from ballotbox.ballot import Marks
from ballotbox.errors import InvalidBallot, TooFewChoices, TooManyChoices, UnknownOption
from ballotbox.kinds import KINDS, Choice, Rules

_MOST_TRACED = 1000


class Kind(StrEnum):
    """What is asked of a voter."""

    SINGLE = "single"  # one option
    MULTIPLE = "multiple"  # `min_choices` to `max_choices` options
    RATING = "rating"  # 1 to 5 points for each option
    RANKED = "ranked"  # options in order of preference


class Identity(StrEnum):
    """How a voter is known."""

    COOKIE = "cookie"  # a signed cookie: one ballot a browser
    CODE = "code"  # a single-use code that the organiser hands out
    DECLARED = "declared"  # the client says who it is, unproved


class Visibility(StrEnum):
    """Who may see the numbers, and when; each hides more than the one before."""

    ALWAYS = "always"
    AFTER_VOTE = "after_vote"  # who has voted; everybody once the result is final
    AFTER_CLOSE = "after_close"
    ORGANISER = "organiser"


class HostSees(StrEnum):
    """What the organiser of a poll with codes is told before it is concluded: one, never both."""

    NUMBERS = "numbers"
    VOTERS = "voters"  # whose codes were used


class State(StrEnum):
    """Where a poll is in its life."""

    DRAFT = "draft"  # only its organiser knows it
    COMING = "coming"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One possible answer, numbered from 1 within its poll."""

    id: int
    text: str
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """
    What is asked, of whom, when, and by which rules.

    `opens_at` and `closes_at` are aware times or None for "always"; the window includes its start
    and excludes its end. `closed` is true once a close marker was taken, whatever the clock says.
    `image`s are names below /images, `owner` is the id of an organiser, and `revision` grows with
    every edit. A ballot is checked against one revision, and accepted under that one only.

    `starts_seq` is the number up to which ballots belong to what the organiser has thrown away by a
    reset; close markers up to `reopened_seq` were undone. `codes` is the version of the poll's set
    of single-use codes, `preview` the secret part of the address at which it can be seen before it
    is open. One that is not `listed` is on no list, and found by its slug and its code alone; so is
    every poll with single-use codes.
    """

    id: int
    slug: str
    code: str
    question: str
    options: tuple[Option, ...]
    image: str | None = None
    kind: Kind = Kind.SINGLE
    min_choices: int = 1
    max_choices: int = 1
    change: bool = True
    identity: Identity = Identity.COOKIE
    visibility: Visibility = Visibility.ALWAYS
    listed: bool = True
    host_sees: HostSees = HostSees.NUMBERS
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    closed: bool = False
    draft: bool = False
    archived: bool = False
    owner: int | None = None
    revision: int = 1
    starts_seq: int = 0
    reopened_seq: int = 0
    codes: int = 0
    preview: str = ""

    @property
    def rules(self) -> Rules:
        """What its kind knows."""
        return KINDS[self.kind]

    def state(self, now: datetime) -> State:
        """Tell where the poll is in its life at `now` (aware)."""
        if self.draft:
            return State.DRAFT
        if self.closed or (self.closes_at is not None and now >= self.closes_at):
            return State.CLOSED
        if self.opens_at is not None and now < self.opens_at:
            return State.COMING
        return State.OPEN

    def shows_numbers(self, *, final: bool, voted: bool = False) -> bool:
        """
        Tell whether somebody other than the organiser may see the numbers.

        :param final: whether every ballot before the close is counted.
        :param voted: whether they have shown a receipt of this poll.
        """
        match self.visibility:
            case Visibility.ALWAYS:
                return True
            case Visibility.AFTER_VOTE:
                return final or voted
            case Visibility.AFTER_CLOSE:
                return final
            case Visibility.ORGANISER:
                return False

    @property
    def lets_withdraw(self) -> bool:
        """Tell if a vote may be taken back; not where who has voted sees numbers others do not."""
        return self.change and self.visibility is not Visibility.AFTER_VOTE

    @property
    def may_tell_voters(self) -> bool:
        """Whether its organiser may choose to be told whose codes were used, not the numbers."""
        return self.identity is Identity.CODE and self.visibility is Visibility.ORGANISER

    @property
    def traced(self) -> bool:
        """
        Whether its timeline says what was chosen when, and not the turnout alone.

        Not where nobody could watch the numbers while votes came in; and not where there are so
        many of them, as in long rankings, that each second of it would be a book.
        """
        numbers = len(self.options) * self.rules.values(len(self.options))
        return self.shows_numbers(final=False, voted=True) and numbers <= _MOST_TRACED

    def marks(self, choice: Choice) -> Marks:
        """
        Turn a voter's choice into marks, in the order of the poll.

        :param choice: ids of options, in order of preference where that counts; for a rating, the
            points for each id.
        :raise InvalidBallot: if none is chosen, or one twice, or it is not of the right form.
        :raise UnknownOption: if the poll does not have one of them.
        :raise TooManyChoices, TooFewChoices: if the poll does not allow that many.
        """
        if not choice:
            raise InvalidBallot("Choose an option.")
        marks = self.rules.marks(choice)
        self._check_options(marks)
        return marks

    def check(self, marks: Marks) -> None:
        """Refuse marks that no voter of this poll could have made; raises as `marks` does."""
        self.rules.check(marks)
        if marks:
            self._check_options(marks)

    def _check_options(self, marks: Marks) -> None:
        marked = {mark.option for mark in marks}
        if len(marked) < len(marks):
            raise InvalidBallot("An option can be chosen only once.")
        if not marked <= {option.id for option in self.options}:
            raise UnknownOption
        if len(marks) > self.max_choices:
            raise TooManyChoices(
                "This poll takes one choice."
                if self.max_choices == 1
                else f"This poll takes at most {self.max_choices} choices."
            )
        if len(marks) < self.min_choices:
            raise TooFewChoices(f"This poll takes at least {self.min_choices} choices.")

    def to_json(self) -> str:
        """Write the poll as JSON, for its readers in other processes."""
        return json.dumps(asdict(self), default=_iso, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Poll:
        """Read what `to_json` wrote; raises ValueError, KeyError or TypeError on anything else."""
        return cls.from_fields(json.loads(text))

    @classmethod
    def from_fields(cls, values: dict[str, Any]) -> Poll:
        """
        Make a poll from plain values: a row of the database, or decoded JSON.

        Fields that are not known are left out: another release may have written them. So may it
        have left out `listed`, or said so of a poll with codes.
        """
        identity = Identity(values["identity"])
        return cls(
            **{
                **_known(Poll, values),
                "options": tuple(Option(**_known(Option, each)) for each in values["options"]),
                "kind": Kind(values["kind"]),
                "identity": identity,
                "listed": values.get("listed", True) and identity is not Identity.CODE,
                "visibility": Visibility(values["visibility"]),
                # Not in what an earlier release has published.
                "host_sees": HostSees(values.get("host_sees", HostSees.NUMBERS)),
                "opens_at": _time(values["opens_at"]),
                "closes_at": _time(values["closes_at"]),
            }
        )


_NAMES = {each: frozenset(field.name for field in fields(each)) for each in (Poll, Option)}


def _known(of: type[Poll | Option], values: object) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise TypeError("neither a poll nor an option")
    return {name: value for name, value in values.items() if name in _NAMES[of]}


def microseconds(time: datetime) -> int:
    """Count the microseconds from 1970 to an aware time: the unit of Redis' clock here."""
    delta = time - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def moment(microseconds: int) -> datetime:
    """Give the time that is so many microseconds after 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


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
