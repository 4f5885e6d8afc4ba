"""
Who has won, and the sentence that says so. Pure but for the language; verdict.js does the same.
"""

from __future__ import annotations

from babel.lists import format_list
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from ballotbox.poll import Kind
from result.figures import Shown, standing, winner
from web.language import decimal

_MOST_NAMED = 3


def leaders(shown: Shown) -> list[int]:
    """Give the ids of the options that are ahead; none without votes, or with hidden numbers."""
    if shown["poll"]["kind"] == Kind.RANKED:
        return [shown["rounds"][-1]["elected"]] if shown["rounds"] else []
    most = max(standing(option) for option in shown["options"])
    return [option["id"] for option in shown["options"] if most and standing(option) == most]


def verdict(shown: Shown) -> str:
    """
    Say what has come out of a poll, as far as who asks may see it.

    Empty while votes come in, but for a ranked poll: there the bars do not tell who is ahead.
    """
    if shown["hidden"] or shown["differs"]:
        return ""
    if shown["rounds"]:
        return winner(shown)
    # The rounds of a ranking are a moment behind its last ballot.
    if not shown["final"] or (shown["poll"]["kind"] == Kind.RANKED and shown["ballots"]):
        return _being_counted(shown)
    return _won(shown) if shown["ballots"] else str(_("Nobody has voted."))


def _being_counted(shown: Shown) -> str:
    return str(_("The last votes are being counted.")) if shown["poll"]["state"] == "closed" else ""


def _won(shown: Shown) -> str:
    ahead = leaders(shown)
    texts = [option["text"] for option in shown["options"] if option["id"] in ahead]
    if len(texts) > _MOST_NAMED:
        n = len(texts)
        return str(ngettext("%(n)s option is ahead.", "A tie of %(n)s options.", n, n=decimal(n)))
    if len(texts) > 1:
        return str(_("A tie between %(options)s.", options=format_list(texts, locale=get_locale())))
    if shown["poll"]["kind"] == Kind.RATING:
        return str(_("%(option)s is rated best.", option="".join(texts)))
    return str(_("%(option)s wins.", option="".join(texts)))
