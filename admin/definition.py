"""
What organisers fill in, turned into a poll. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from ballotbox.kinds import KINDS
from ballotbox.poll import HostSees, Identity, Kind, Option, Poll, Visibility

FIELDS = (
    *("question", "options", "image", "kind", "min_choices", "max_choices", "change"),
    *("identity", "visibility", "listed", "host_sees", "opens_at", "closes_at", "slug"),
)
"""What an organiser decides on; the rest of a poll is ours."""
COPIED = tuple(name for name in FIELDS if name not in ("slug", "opens_at", "closes_at"))
"""What another poll that asks the same has in common with it."""


class Answer(Protocol):
    """An option as it is filled in: without a number."""

    @property
    def text(self) -> str:
        """What it says."""
        ...

    @property
    def image(self) -> str | None:
        """The name of its image."""
        ...


def changed(poll: Poll, fields: Mapping[str, Any]) -> Poll:
    """
    Change some fields of a poll, which is not checked here.

    Limits that are None, or that were the usual ones of the poll's kind and are not given, become
    the usual ones of what it is then. Where `listed` is None or not given, a poll with codes is on
    no list, and any other stays as it was. An organiser who could not be told who has voted any
    more is told the numbers, unless something else is given.

    :raise ValueError: for a field that is not an organiser's, or a word that is none of ours.
    """
    if unknown := sorted(fields.keys() - set(FIELDS)):
        raise ValueError(f"not a field of a poll: {', '.join(unknown)}")
    given = {name: _READERS[name](value) for name, value in fields.items()}
    limits = {str(name): given.pop(name) for name in _LIMITS & given.keys()}
    listed = given.pop("listed", None)
    after = _limited(poll, replace(poll, **given), limits)
    if listed is None:
        listed = poll.listed and after.identity is not Identity.CODE
    if "host_sees" not in given and not after.may_tell_voters:
        after = replace(after, host_sees=HostSees.NUMBERS)
    return replace(after, listed=listed)


def _limited(before: Poll, after: Poll, limits: Mapping[str, int | None]) -> Poll:
    unusual = (before.min_choices, before.max_choices) != _usual(before)
    # Another kind has limits of its own: what was said for the old one means nothing there.
    if not limits and unusual and before.kind is after.kind:
        return after
    least, most = _usual(after)
    chosen = (limits.get("min_choices"), limits.get("max_choices"))
    if limits and len(limits) == 1 and before.kind is after.kind and unusual:
        chosen = (
            limits.get("min_choices", before.min_choices),
            limits.get("max_choices", before.max_choices),
        )
    return replace(
        after,
        min_choices=least if chosen[0] is None else chosen[0],
        max_choices=most if chosen[1] is None else chosen[1],
    )


def _usual(poll: Poll) -> tuple[int, int]:
    return KINDS[poll.kind].limits(len(poll.options))


def _numbered(options: Any) -> tuple[Option, ...]:  # noqa: ANN401 - a sequence of `Answer`
    return tuple(
        Option(id=number, text=option.text.strip(), image=option.image)
        for number, option in enumerate(options, 1)
    )


def _same(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    return value


_LIMITS = {"min_choices", "max_choices"}
_READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(FIELDS, _same),
    "kind": Kind,
    "identity": Identity,
    "visibility": Visibility,
    "host_sees": HostSees,
    "options": _numbered,
}
