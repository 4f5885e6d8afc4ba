"""
What a voter has filled in on a ballot paper, right or wrong.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from flask import request

from ballotbox.ballot import Marks
from ballotbox.errors import InvalidBallot
from ballotbox.kinds import Choice
from ballotbox.poll import Kind, Poll
from vote.fields import idempotency_key, number

_ONLY_ONCE = "Each place can be given only once."


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """
    A filled in paper.

    `values` holds for each option its rating or its place; 1 for those that were only chosen.
    `terms` says which question it was filled in for, as `terms_of` does. Where `withdraw` is true,
    nothing of it counts: it takes the voter's vote back.
    """

    key: str | None
    values: Mapping[int, int] = field(default_factory=dict)
    user: str = ""
    code: str = ""
    terms: str = ""
    withdraw: bool = False

    @classmethod
    def linked(cls) -> Filled:
        """Make the paper that an address leads to: with a code, where the address has one."""
        return cls(key=new_key(), code=request.args.get("code", "").strip())

    @classmethod
    def read(cls) -> Filled:
        """Read the request's form; raises InvalidBallot for one that no paper of ours makes."""
        form = request.form
        return cls(
            key=idempotency_key(form.get("key")),
            values=dict.fromkeys(_chosen(), 1) | _valued(),
            user=form.get("userId", "").strip(),
            code=form.get("code", "").strip(),
            terms=form.get("terms", ""),
            withdraw="withdraw" in form,
        )

    def choice(self, poll: Poll) -> Choice:
        """Say what was chosen as the kind of the poll wants it; raises InvalidBallot."""
        if poll.kind is Kind.RATING:
            return self.values
        if poll.kind is Kind.RANKED:
            if len(set(self.values.values())) < len(self.values):
                raise InvalidBallot(_ONLY_ONCE)
            # The order is what is meant: places may be left out.
            return sorted(self.values, key=lambda option: self.values[option])
        return sorted(self.values)


def new_key() -> str:
    """Make an idempotency key for a paper."""
    return secrets.token_urlsafe(16)


def values_of(marks: Marks) -> dict[int, int]:
    """Tell how a paper with these marks is filled in."""
    return {mark.option: mark.value for mark in marks}


def terms_of(poll: Poll) -> str:
    """
    Name what a vote in this poll means, in a few characters.

    A paper carries them, so that nobody's vote counts for a question that was not on it.
    """
    asked = [poll.question, [asdict(option) for option in poll.options], poll.image, poll.kind]
    digest = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    return digest[:16]


def _chosen() -> list[int]:
    options = [number(option, "An option") for option in request.form.getlist("option")]
    if len(set(options)) < len(options):
        raise InvalidBallot("An option can be chosen only once.")
    return options


def _valued() -> dict[int, int]:
    """Read the fields `value-3` and so on; one that was left empty says nothing."""
    return {
        number(name.removeprefix("value-"), "An option"): number(text, "A value")
        for name, text in request.form.items()
        if name.startswith("value-") and text
    }
