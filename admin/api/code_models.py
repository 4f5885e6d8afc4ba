"""
Single-use codes and API tokens, as programs send them and are sent them.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from admin.api.models import MAX_ID, PRINTABLE, Body, Cursor, Limit, Model, Name
from admin.codes import AT_ONCE, Code
from admin.tokens import DAYS, MOST_DAYS, Token

For = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), PRINTABLE]
Scope = Literal["polls", "vote-for"]


class CodesToMake(Body):
    """How many codes to make, and for whom, if that is to be known."""

    count: Annotated[int, Field(ge=1, le=AT_ONCE)]
    names: Annotated[list[For], Field(max_length=AT_ONCE)] = Field(
        default_factory=list, description="For whom they are, one for each from the first on."
    )


class CodeOut(Model):
    """A single-use code. What it was used for is told nowhere."""

    number: int = Field(description="Its number within the poll.")
    code: str = Field(description="As it is printed: XXXXX-XXXXX.")
    name: str = Field(description="For whom it is, as the organiser says.")
    used: bool | None = Field(
        description="Null where you are not told: see `host_sees` of the poll."
    )
    revoked: bool

    @classmethod
    def of(cls, code: Code) -> Self:
        """Show a code to the organiser."""
        return cls(
            number=code.number,
            code=code.printed,
            name=code.name,
            used=code.used,
            revoked=code.revoked_at is not None,
        )


class CodeSearch(Model):
    """Which codes to list."""

    cursor: Cursor | None = None
    limit: Limit = 100


class CodeList(Model):
    """The codes of a poll."""

    codes: list[CodeOut]
    next: str | None = Field(description="The `cursor` of the next page; null: this is the last.")


class TokenToMake(Body):
    """A name for a token, and what it is good for."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=2)] = Field(
        description="`polls`: this API. `vote-for`: to say who votes, in one's own polls."
    )
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = Field(
        default=DAYS, description="For how many days it is good."
    )


class TokenOut(Model):
    """A token, without its text."""

    id: Annotated[int, Field(ge=1, le=MAX_ID)]
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None = Field(description="null: it was made by 0.1.0, and has no end.")
    used_at: datetime | None = Field(description="When it was last used, to the minute.")
    used_from: str | None = Field(description="The address from which it was last used.")
    revoked_at: datetime | None
    parent: int | None = Field(description="The token that made it, and with which it ends.")

    @classmethod
    def of(cls, token: Token) -> Self:
        """Show a token to the organiser."""
        return cls(**asdict(token))


class NewToken(TokenOut):
    """A token that was just made: its text is shown this once."""

    token: str


class TokenList(Model):
    """One's own tokens, the newest first."""

    tokens: list[TokenOut]


class ImageOut(Model):
    """An image that was stored. Uploading the same again gives the same name."""

    name: str = Field(description="To put into a poll as `image`.")
    url: str
    small: str = Field(description="Where the same is in at most 320 pixels.")
    width: int
    height: int
