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
from ballotbox.poll import HostSees, Identity, Option, Poll, State, Visibility
from ballotbox.sentence import Sentence

QUESTION = 300  # characters
OPTION = 200
OPTIONS = (2, 100)
SLUG = 80
RESERVED = frozenset({"present", "preview", "receipt", "static"})
"""Names that are no poll's slug: other pages live there."""

# Not printable by Python's word, and part of what people write: the spaces of other languages and
# scripts, and what joins letters and emoji or says in which direction they run.
_PRINTABLE_TOO = str.maketrans("", "", "\u00a0\u2009\u202f\u3000\u200c\u200d\u200e\u200f")

_MEANING = {
    "question": Sentence("The question cannot be changed."),
    "image": Sentence("The image cannot be changed."),
    "options": Sentence("The options cannot be changed."),
    "kind": Sentence("The kind cannot be changed."),
    "min_choices": Sentence("The least number of choices cannot be changed."),
    "max_choices": Sentence("The greatest number of choices cannot be changed."),
    "identity": Sentence("How voters are known cannot be changed."),
    "change": Sentence("Whether a vote may be changed cannot be changed."),
    "host_sees": Sentence("What you are told before the end cannot be changed."),
}
_REFUSALS = {
    **_MEANING,
    "slug": Sentence("The address cannot be changed."),
    "visibility": Sentence("Who sees the numbers cannot be changed."),
    "opens_at": Sentence("The opening cannot be changed."),
    "closes_at": Sentence("The close cannot be changed."),
}

_CLOSED = Sentence("The poll is closed: reopen it first.")
_VOTED = Sentence(
    "Ballots are in, and they answer what was asked, under the rules that were in force."
)
_OPEN = Sentence("The poll is open already.")
_KNOWN = Sentence("The poll is open: people use this address.")
_LOOSER = Sentence(
    "Voters were promised more: their numbers can be hidden from more people, not shown to more."
)
_VOTERS = Sentence(
    "You can be told who has voted where voters have codes and you alone see the numbers."
)
_NO_IMAGE = Sentence("An image is named by the 32 digits that it was given when it was uploaded.")


def frozen(poll: Poll, *, has_ballots: bool, now: datetime) -> dict[str, str]:
    """
    Tell which fields of a poll cannot be changed, each with the reason in a sentence.

    `visibility` is never among them; which values it may take, `visibilities` tells.
    """
    state = poll.state(now)
    if state is State.CLOSED:
        return {name: _CLOSED for name in _REFUSALS if name != "visibility"}
    reasons: dict[str, str] = dict.fromkeys(_MEANING, _VOTED) if has_ballots else {}
    if state is State.OPEN:
        reasons |= {"slug": _KNOWN, "opens_at": _OPEN}
    return reasons


def visibilities(poll: Poll, *, has_ballots: bool, now: datetime) -> list[Visibility]:
    """
    List what a poll's visibility may be: anything, or once there are ballots, no looser.

    The organiser of a poll with codes that is `after_close` has not seen the numbers either. They
    cannot be shown to the organiser alone before they are final.
    """
    order = list(Visibility)
    closed = poll.state(now) is State.CLOSED
    if not has_ballots and not closed:
        return order
    stricter = order[order.index(poll.visibility) :]
    hidden = poll.visibility is Visibility.AFTER_CLOSE and not poll.closed
    return stricter[:1] if hidden and poll.identity is Identity.CODE else stricter


def check_edit(before: Poll, after: Poll, *, has_ballots: bool, now: datetime) -> None:
    """
    Refuse an edit that changes what cannot be changed any more.

    Only what a poll asks, of whom and when is looked at; not its state, owner or numbers.

    :param now: the time on Redis' clock; a poll that is closed by hand gets it as its `closes_at`.
    :raise NotEditable: with the field and the reason.
    :raise InvalidPoll: if it moves the close into the past.
    """
    changed = [name for name in _REFUSALS if getattr(before, name) != getattr(after, name)]
    reasons = frozen(before, has_ballots=has_ballots, now=now)
    if after.visibility not in visibilities(before, has_ballots=has_ballots, now=now):
        reasons["visibility"] = _LOOSER
    for name in changed:
        if name in reasons:
            refusal, reason = _REFUSALS[name], reasons[name]
            raise NotEditable(
                Sentence("%(refusal)s %(reason)s", refusal=refusal, reason=reason), field=name
            )
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
        yield (
            "question",
            Sentence("The question has 1 to %(most)s printable characters.", most=QUESTION),
        )
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
        yield "closes_at", Sentence("The close lies before the opening.")
    if poll.listed and poll.identity is Identity.CODE:
        yield "listed", Sentence("A poll with codes is on no list.")
    if poll.slug and (problem := _about_slug(poll.slug)):
        yield "slug", problem
    if poll.host_sees is HostSees.VOTERS and not poll.may_tell_voters:
        yield "host_sees", _VOTERS


def _about_options(options: tuple[Option, ...]) -> str | None:
    least, most = OPTIONS
    if not least <= len(options) <= most:
        return Sentence("A poll has %(least)s to %(most)s options.", least=least, most=most)
    if [option.id for option in options] != list(range(1, len(options) + 1)):
        return Sentence("Options are numbered 1, 2, 3 and so on.")
    if not all(is_line(option.text, most=OPTION) for option in options):
        return Sentence("An option has 1 to %(most)s printable characters.", most=OPTION)
    if len({option.text.strip() for option in options}) < len(options):
        return Sentence("Two options are the same.")
    return None


def _is_image(name: str | None) -> bool:
    return name is None or re.fullmatch("[0-9a-f]{32}", name) is not None


def _about_slug(slug: str) -> str | None:
    if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", slug) or len(slug) > SLUG:
        return Sentence(
            "An address has up to %(most)s of the characters a-z, 0-9, and single hyphens inside.",
            most=SLUG,
        )
    # Digits alone would be taken for an id.
    is_taken = slug.isdigit() or slug in RESERVED
    return Sentence("This address is taken.") if is_taken else None
