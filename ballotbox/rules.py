"""
What a poll may be like, and what of it may still be changed. Pure.

What people have voted on stays what it was: once a ballot is in, question, options and rules are
fixed, and the numbers can be hidden from more people but not shown to more. Nothing here is about
time alone; whoever asks says what time it is, and whether there are ballots.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from ballotbox.errors import InvalidPoll, NotEditable
from ballotbox.poll import Option, Poll, State, Visibility

QUESTION = 300  # characters
OPTION = 200
OPTIONS = (2, 100)
SLUG = 80
RESERVED = frozenset({"preview", "receipt", "static"})
"""Names that are no poll's slug: other pages live there."""

# Not printable by Python's word, and part of what people write: the spaces of other languages and
# scripts, and what joins letters and emoji or says in which direction they run.
_PRINTABLE_TOO = str.maketrans("", "", "\u00a0\u2009\u202f\u3000\u200c\u200d\u200e\u200f")

_MEANING = {
    "question": "The question",
    "image": "The image",
    "options": "The options",
    "kind": "The kind",
    "min_choices": "The least number of choices",
    "max_choices": "The greatest number of choices",
    "identity": "How voters are known",
    "change": "Whether a vote may be changed",
}
_NAMES = {
    **_MEANING,
    "slug": "The address",
    "visibility": "Who sees the numbers",
    "opens_at": "The opening",
    "closes_at": "The close",
}

_CLOSED = "The poll is closed: reopen it first."
_VOTED = "Ballots are in, and they answer what was asked, under the rules that were in force."
_OPEN = "The poll is open already."
_KNOWN = "The poll is open: people use this address."
_LOOSER = (
    "Voters were promised more: their numbers can be hidden from more people, not shown to more."
)
_NO_IMAGE = "An image is named by the 32 digits that it was given when it was uploaded."


def frozen(poll: Poll, *, has_ballots: bool, now: datetime) -> dict[str, str]:
    """
    Tell which fields of a poll cannot be changed, each with the reason in a sentence.

    `visibility` is never among them; which values it may take, `visibilities` tells.
    """
    state = poll.state(now)
    if state is State.CLOSED:
        return {name: _CLOSED for name in _NAMES if name != "visibility"}
    reasons = dict.fromkeys(_MEANING, _VOTED) if has_ballots else {}
    if state is State.OPEN:
        reasons |= {"slug": _KNOWN, "opens_at": _OPEN}
    return reasons


def visibilities(poll: Poll, *, has_ballots: bool, now: datetime) -> list[Visibility]:
    """List what a poll's visibility may be: anything, or once there are ballots, no looser."""
    order = list(Visibility)
    if has_ballots or poll.state(now) is State.CLOSED:
        return order[order.index(poll.visibility) :]
    return order


def check_edit(before: Poll, after: Poll, *, has_ballots: bool, now: datetime) -> None:
    """
    Refuse an edit that changes what cannot be changed any more.

    Only what a poll asks, of whom and when is looked at; not its state, owner or numbers.

    :param now: the time on Redis' clock; a poll that is closed by hand gets it as its `closes_at`.
    :raise NotEditable: with the field and the reason.
    :raise InvalidPoll: if it moves the close into the past.
    """
    changed = [name for name in _NAMES if getattr(before, name) != getattr(after, name)]
    reasons = frozen(before, has_ballots=has_ballots, now=now)
    if after.visibility not in visibilities(before, has_ballots=has_ballots, now=now):
        reasons["visibility"] = _LOOSER
    for name in changed:
        if name in reasons:
            raise NotEditable(f"{_NAMES[name]} cannot be changed. {reasons[name]}", field=name)
    if (before.draft or "closes_at" in changed) and not after.draft and _is_past(after, now):
        raise InvalidPoll("The close lies in the past.", field="closes_at")


def changes_meaning(before: Poll, after: Poll) -> bool:
    """Tell whether a ballot cast under the one would mean something else under the other."""
    return any(getattr(before, name) != getattr(after, name) for name in _MEANING)


def check_poll(poll: Poll) -> None:
    """
    Refuse a poll that cannot be; its slug is looked at only where it has one already.

    :raise InvalidPoll: with the field and a sentence, for the first thing that is wrong.
    """
    for field, problem in _problems(poll):
        raise InvalidPoll(problem, field=field)


def is_line(text: str, *, most: int) -> bool:
    """Tell whether a text is one line that can be seen: no control characters, not too long."""
    visible = text.translate(_PRINTABLE_TOO)
    return len(text) <= most and visible.isprintable() and not visible.isspace() and visible != ""


def _is_past(poll: Poll, now: datetime) -> bool:
    return poll.closes_at is not None and poll.closes_at < now


def _problems(poll: Poll) -> Iterator[tuple[str, str]]:
    if not is_line(poll.question, most=QUESTION):
        yield "question", f"The question has 1 to {QUESTION} printable characters."
    if problem := _about_options(poll.options):
        yield "options", problem
    if not _is_image(poll.image):
        yield "image", _NO_IMAGE
    if not all(_is_image(option.image) for option in poll.options):
        yield "options", _NO_IMAGE
    least, most = poll.min_choices, poll.max_choices
    if limit := poll.rules.problem(options=len(poll.options), least=least, most=most):
        yield "max_choices" if 1 <= least <= most else "min_choices", limit
    if poll.opens_at and poll.closes_at and poll.closes_at <= poll.opens_at:
        yield "closes_at", "The close lies before the opening."
    if poll.slug and (problem := _about_slug(poll.slug)):
        yield "slug", problem


def _about_options(options: tuple[Option, ...]) -> str | None:
    least, most = OPTIONS
    if not least <= len(options) <= most:
        return f"A poll has {least} to {most} options."
    if [option.id for option in options] != list(range(1, len(options) + 1)):
        return "Options are numbered 1, 2, 3 and so on."
    if not all(is_line(option.text, most=OPTION) for option in options):
        return f"An option has 1 to {OPTION} printable characters."
    if len({option.text.strip() for option in options}) < len(options):
        return "Two options are the same."
    return None


def _is_image(name: str | None) -> bool:
    return name is None or re.fullmatch("[0-9a-f]{32}", name) is not None


def _about_slug(slug: str) -> str | None:
    if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", slug) or len(slug) > SLUG:
        return f"An address has up to {SLUG} of the characters a-z, 0-9, and single hyphens inside."
    # Digits alone would be taken for an id.
    return "This address is taken." if slug.isdigit() or slug in RESERVED else None
