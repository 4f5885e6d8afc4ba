"""
Numbers, as programs are sent them: the snapshot that `/result/<slug>.json` has too.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from admin.api.models import Model


class Open(Model):
    """Values of which more are sent than are named: those depend on the kind of poll."""

    model_config = ConfigDict(extra="allow")


class OptionResult(Open):
    """One option's numbers; `mean` and `distribution`, or `points` and `places` by the kind."""

    id: int
    text: str
    image: str | None
    votes: int | None
    share: float | None


class PollResult(Open):
    """Which poll it is, and how it stands."""

    id: int
    slug: str
    question: str
    state: str


class Results(Open):
    """
    A poll's numbers, for its organiser.

    They are null while they are `hidden`, which they may be in a poll with codes.
    """

    poll: PollResult
    version: int | None
    ballots: int | None
    cast: int | None = Field(description="Every ballot, replaced and withdrawn ones included.")
    changed_at: str | None = Field(description="When the last of them was accepted.")
    options: list[OptionResult]
    rounds: list[Any] | None = Field(description="Of a ranked poll, by instant-runoff.")
    as_of: str
    final: bool
    sealed: str | None
    differs: Literal["seal", "ledger"] | None = Field(
        description="What a final result is not the same as, though it should be."
    )
    hidden: bool
