"""
What is said on the picture of a result. Pure but for the language of who asks.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import ngettext

from result import figures
from web.language import decimal, moment


def state(shown: figures.Shown) -> str:
    """Say where the poll is in its life, in the words of words.html."""
    poll = shown["poll"]
    if shown["differs"]:
        return str(_("Closed · numbers in doubt"))
    if shown["final"]:
        return str(_("Closed · final"))
    if poll["state"] == "closed":
        return str(_("Closed · the last votes are being counted"))
    if poll["closes_at"]:
        return str(_("Open until %(time)s", time=moment(poll["closes_at"])))
    return str(_("Open"))


def numbers(shown: figures.Shown) -> tuple[str, str]:
    """Say how many ballots it is about, and of when they are."""
    if shown["hidden"]:
        return str(_("The numbers are hidden")), ""
    if shown["differs"]:
        return figures.counted(shown["ballots"]), str(_("Numbers in doubt"))
    if shown["final"]:
        return figures.counted(shown["ballots"]), str(_("Final result"))
    as_of = _("Numbers as of %(time)s", time=moment(shown["as_of"]))
    return figures.counted(shown["ballots"]), str(as_of)


def ways(poll: figures.Shown, host: str) -> list[str]:
    """Say where one votes, the shorter the later."""
    return [
        str(_("Vote at %(address)s with code %(code)s", address=host, code=poll["code"])),
        str(_("Code %(code)s", code=poll["code"])),
    ]


def measure(kind: str) -> str:
    """Say what the bars are, where that is not plain."""
    words = {
        "multiple": _("Share of voters; several choices each"),
        "rating": _("Mean of the ratings, from 1 to 5"),
        "ranked": _("First places"),
    }
    return str(words.get(kind, ""))


def rest(shown: figures.Shown, left: Sequence[figures.Shown]) -> str:
    """Say what the options add up to that have no room."""
    number, n = len(left), decimal(len(left))
    if shown["hidden"]:
        words = ngettext("and %(n)s more option", "and %(n)s more options", number, n=n)
    elif "mean" in left[0]:
        words = ngettext(
            "and %(n)s more option, not above %(mean)s",
            "and %(n)s more options, none above %(mean)s",
            number,
            n=n,
            mean=figures.mean(max(each["mean"] or 0 for each in left) or None),
        )
    else:
        words = ngettext(
            "and %(n)s more option with %(votes)s",
            "and %(n)s more options with %(votes)s",
            number,
            n=n,
            votes=votes({"votes": sum(each["votes"] for each in left)}, shown),
        )
    return str(words)


def votes(option: figures.Shown, shown: figures.Shown) -> str:
    """Say how many votes an option has, or first places, without its points."""
    return figures.votes({"votes": option["votes"]}, shown["poll"]["kind"])


def spoken(shown: figures.Shown) -> str:
    """Say it all in one line, for who does not see it."""
    said = [shown["poll"]["question"], state(shown), *filter(None, numbers(shown))]
    if not shown["hidden"]:
        said += [f"{o['text']}: {figures.figure(o, shown['ballots'])}" for o in shown["options"]]
    return " · ".join(said)
