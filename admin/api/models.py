"""
What programs send and are sent: the shapes of the API's JSON, from which its document is made.

What a shape cannot say, such as "fewer choices than options", is decided where it is for the desk
too: in `ballotbox.rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from ballotbox.rules import is_line

MAX_ID = 2**31 - 1
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


class Model(BaseModel):
    """Values that do not change; a field that is not known is refused: it is a spelling mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    HEADERS: ClassVar[Mapping[str, str]] = {}
    """What `headers` gives: name → what it holds."""

    def headers(self) -> Mapping[str, str]:
        """Give the headers that go with it in an answer."""
        return {}


class Body(Model):
    """What a request carries: a number is a number, and not a text that looks like one."""

    model_config = ConfigDict(strict=True)


def _printable(text: str) -> str:
    if text and not is_line(text, most=len(text)):
        raise ValueError("use printable characters only")
    return text


def _time(value: object) -> object:
    # Pydantic would take a text of digits for the seconds since 1970.
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("use a time such as 2026-12-24T18:00:00+01:00") from None


def _in_range(time: datetime) -> datetime:
    try:
        utc = time.astimezone(UTC)
    except OverflowError:
        utc = _LATEST
    if not _EARLIEST <= utc < _LATEST:
        raise ValueError("use a time between 1970 and 9000")
    return utc


PRINTABLE = AfterValidator(_printable)
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), PRINTABLE
]
Time = Annotated[AwareDatetime, BeforeValidator(_time), AfterValidator(_in_range)]
ImageName = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]
Limit = Annotated[int, Field(ge=1, le=100, description="How many to give at most.")]
Cursor = Annotated[
    str, Field(max_length=200, description="The `next` of the page before; none: from the start.")
]


class FieldProblem(Model):
    """What is wrong with one field."""

    field: str = Field(description="Its path, with dots: `options.0.text`; empty for the whole.")
    detail: str


class Problem(BaseModel):
    """An error (RFC 9457). The `code` is stable, the text is not."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] | None = None
