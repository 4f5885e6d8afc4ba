"""
What the pages of a ballot say of it, in the reader's language: hints, choices and refusals.
"""

from __future__ import annotations

from collections.abc import Mapping

import flask_babel
from babel.lists import format_list

from ballotbox.errors import VotifyError
from ballotbox.poll import Kind, Poll
from vote.filled import Filled
from web.language import decimal, mark

# What a person is told, where the message for programs would not do.
_PLAIN = {
    "already_voted": mark("You have already voted, and this poll does not let a vote be changed."),
    "ballot_box_unavailable": mark(
        "The ballot box cannot take votes right now. Sending the same again is safe."
    ),
    "code_required": mark("Type in the code that you were given for this poll."),
    "identity_required": mark("Give your name or number: it tells your vote from the others."),
    "nothing_to_withdraw": mark("There is no vote of yours to withdraw."),
    "poll_changed": mark("The poll was changed in the meantime. Look at it once more, then vote."),
    "poll_closed": mark("The poll has closed in the meantime."),
    "poll_not_open": mark("This poll is not open yet."),
    "receipt_required": mark(
        "A vote with a code can be withdrawn only in the browser that it came from."
    ),
    "sent_before": mark(
        "You have sent this paper before, with another choice. "
        "Press the button again to change your vote to this one."
    ),
    "slow_down": mark("Too many votes came in a short time. Wait a moment, then try again."),
    "unknown_code": mark("This code is not valid for this poll. Look at it once more."),
    "unknown_option": mark("The poll has no such option."),
}
# Of the many things that may be wrong with a form, those that a person may have done.
_SLIPS = {
    mark("Choose an option."),
    mark("An option can be chosen only once."),
    mark("Each place can be given only once."),
}


def _(text: str, **values: object) -> str:
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, n: int) -> str:
    """Say a text that counts something; `%(n)s` is the number."""
    return str(flask_babel.ngettext(one, many, n, n=decimal(n)))


def refusal(error: VotifyError, poll: Poll | None, filled: Filled) -> str:
    """Say why a paper was not accepted."""
    match error.code:
        case "already_voted" if filled.withdraw:
            return _("In this poll a vote cannot be withdrawn.")
        case "already_voted" if filled.code and poll and poll.change:
            return _("This code has been used. Change the vote in the browser that it came from.")
        case "already_voted" if filled.code:
            return _("This code has been used, and this poll does not let a vote be changed.")
        case "too_many_choices" if poll:
            return _at_most(poll.max_choices)
        case "too_few_choices" if poll:
            return _at_least(poll.min_choices)
    plain = _PLAIN.get(error.code)
    if plain is None and str(error) in _SLIPS:
        plain = str(error)
    return _(plain) if plain else _("This paper cannot be read. Load it again, then vote.")


def _at_most(most: int) -> str:
    return ngettext(
        "This poll takes one choice.",
        "This poll takes at most %(n)s choices.",
        most,
    )


def _at_least(least: int) -> str:
    return ngettext(
        "This poll takes at least one choice.",
        "This poll takes at least %(n)s choices.",
        least,
    )


def hints(poll: Poll) -> list[str]:
    """Say, in sentences, how a paper is filled in; none where it is plain to see."""
    match poll.kind:
        case Kind.MULTIPLE:
            return [_how_many(poll)]
        case Kind.RATING:
            return [_("From 1 to 5, and 5 is best."), _how_many_rated(poll)]
        case Kind.RANKED:
            return [_("Give the one you like best the first place."), _how_many_placed(poll)]
    return []


def _how_many(poll: Poll) -> str:
    least, most = decimal(poll.min_choices), decimal(poll.max_choices)
    if poll.min_choices == poll.max_choices > 1:
        return _("Choose %(n)s.", n=most)
    if poll.min_choices > 1:
        return _("Choose %(least)s to %(most)s.", least=least, most=most)
    if poll.max_choices >= len(poll.options):
        return _("Choose as many as you like.")
    return _("Choose up to %(n)s.", n=most)


def _how_many_rated(poll: Poll) -> str:
    if poll.min_choices >= len(poll.options):
        return _("Rate all of them.")
    if poll.min_choices > 1:
        return _("Rate at least %(n)s.", n=decimal(poll.min_choices))
    return _("What you do not rate does not count.")


def _how_many_placed(poll: Poll) -> str:
    if poll.min_choices >= len(poll.options):
        return _("Place all of them.")
    if poll.min_choices > 1:
        return _("Place at least %(n)s.", n=decimal(poll.min_choices))
    return _("You need not place all.")


def choices(poll: Poll, values: Mapping[int, int]) -> str:
    """Say what is chosen, in one line; `values` goes from option to value."""
    chosen = [option for option in poll.options if option.id in values]
    if poll.kind is Kind.RANKED:
        chosen.sort(key=lambda option: values[option.id])
    said = [_choice(poll.kind, option.text, values[option.id]) for option in chosen]
    return str(format_list(said, style="unit", locale=flask_babel.get_locale()))


def _choice(kind: Kind, option: str, value: int) -> str:
    if kind is Kind.RANKED:
        return _("%(place)s. %(option)s", place=decimal(value), option=option)
    if kind is Kind.RATING:
        return _("%(option)s: %(value)s of 5", option=option, value=decimal(value))
    return option
