"""
Organisers: who makes polls, and what is theirs. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from ballotbox.poll import Poll


class Role(StrEnum):
    """What an organiser may do."""

    ORGANISER = "organiser"  # look after their own polls
    OWNER = "owner"  # look after all polls, and the accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Organiser:
    """Somebody who has signed in, by a session or a token."""

    id: int
    name: str
    role: Role
    lacks_factor: bool = False  # has to set up a second factor before anything else
    proof: str = field(default="", repr=False, compare=False)
    """The hash of the password that was just given; empty where none was."""

    @property
    def is_owner(self) -> bool:
        """Whether all polls and accounts are theirs to look after."""
        return self.role is Role.OWNER

    def may_see(self, poll: Poll) -> bool:
        """Tell whether a poll is theirs to look after; of others they are told nothing."""
        return self.may_see_of(poll.owner)

    def may_see_of(self, owner: int | None) -> bool:
        """Tell the same of a poll of which only the owner is known."""
        return self.is_owner or owner == self.id


class Holder(NamedTuple):
    """Who shows a token, what it is good for, and its number."""

    organiser: Organiser
    scopes: frozenset[str]
    token: int
