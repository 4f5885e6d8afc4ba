"""
Words for people: what a poll is like, and what each of its rules stops and what not.
"""

from __future__ import annotations

from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin.register import Entry
from ballotbox.poll import HostSees, Identity, Kind, Poll, State, Visibility


class Words(NamedTuple):
    """A choice that an organiser has: its name, and what it means."""

    name: str
    meaning: str


KINDS = {
    Kind.SINGLE: Words(_l("One option"), _l("Each voter chooses one.")),
    Kind.MULTIPLE: Words(_l("Several options"), _l("Each voter chooses as many as you allow.")),
    Kind.RATING: Words(
        _l("Ratings"), _l("Each voter gives the options 1 to 5 points; shown is the mean.")
    ),
    Kind.RANKED: Words(
        _l("An order of preference"),
        _l(
            "Each voter gives places. Counted are the first places, points for each place, and who"
            " wins when the last one is taken out round by round."
        ),
    ),
}

IDENTITIES = {
    Identity.COOKIE: Words(
        _l("One vote per browser"),
        _l(
            "A cookie remembers the browser and nothing about the person. It stops a second vote"
            " from the same browser. It does not stop one from another device, or after the cookies"
            " were deleted."
        ),
    ),
    Identity.CODE: Words(
        _l("One vote per code"),
        _l(
            "You hand out codes, as sheets or as links, and each is good for one vote. It does not"
            " stop somebody from voting with a code that was meant for another. What was voted"
            " with a code is shown to nobody; and before the end you see the numbers or who has"
            " voted, never both."
        ),
    ),
    Identity.DECLARED: Words(
        _l("One vote per name"),
        _l(
            "Voters say who they are, and nobody checks it. It stops the same name from counting"
            " twice. It does not stop anybody from using another name."
        ),
    ),
}

VISIBILITIES = {
    Visibility.ALWAYS: Words(
        _l("Everybody, at any time"), _l("The numbers move while people vote.")
    ),
    Visibility.AFTER_VOTE: Words(
        _l("Who has voted"),
        _l(
            "A receipt of this poll shows the numbers; when the result is final, everybody sees"
            " them."
        ),
    ),
    Visibility.AFTER_CLOSE: Words(
        _l("Everybody, once it is final"), _l("Nobody is swayed by how others have voted.")
    ),
    Visibility.ORGANISER: Words(
        _l("You alone"), _l("The numbers never leave this desk. You can download and show them.")
    ),
}

LISTINGS = {
    True: Words(
        _l("Everybody"),
        _l("It is on the front door and among the results once it is open."),
    ),
    False: Words(
        _l("Who has its address or its code"),
        _l("It is on no list. An address that is made of the question gets an end nobody guesses."),
    ),
}

HOST_SEES = {
    HostSees.NUMBERS: Words(
        _l("The numbers"), _l("Who has voted you see once the poll is closed for good.")
    ),
    HostSees.VOTERS: Words(
        _l("Who has voted"), _l("The numbers you see once the poll is closed for good.")
    ),
}
"""What organisers of polls with codes see before the end, where they alone see the numbers."""

CHANGES = {
    True: Words(_l("Yes, while the poll is open"), _l("The latest vote of each voter counts.")),
    False: Words(_l("No"), _l("The first vote counts, and a second one is refused.")),
}

STATES = {
    State.DRAFT: _l("Draft"),
    State.COMING: _l("Scheduled"),
    State.OPEN: _l("Open"),
    State.CLOSED: _l("Counting the last votes"),
}
_LOOKS = {
    State.DRAFT: "",
    State.COMING: "warn",
    State.OPEN: "good",
    State.CLOSED: "warn",
}

ACTS = {
    "account.sign_in": _l("Sign in"),
    "account.sign_out": _l("Sign out"),
    "account.sign_out_everywhere": _l("Sign out everywhere"),
    "session.end": _l("Sign a browser out"),
    "account.change_password": _l("Change the password"),
    "account.create": _l("Make an account"),
    "account.role": _l("Change a role"),
    "account.password": _l("Set somebody’s password"),
    "account.disable": _l("Shut somebody out"),
    "account.enable": _l("Let somebody in again"),
    "account.factor": _l("Take somebody’s second factor away"),
    "factor.give_code": _l("Give the code of a second factor"),
    "factor.turn_on": _l("Turn the second factor on"),
    "factor.turn_off": _l("Turn the second factor off"),
    "factor.new_codes": _l("Make new recovery codes"),
    "factor.ask_of_all": _l("Ask a second factor of all, or no longer"),
    "token.create": _l("Make a token"),
    "token.revoke": _l("Revoke a token"),
    "poll.create": _l("Make a poll"),
    "poll.duplicate": _l("Copy a poll"),
    "poll.read_file": _l("Read a poll from a file"),
    "poll.edit": _l("Change a poll"),
    "poll.schedule": _l("Schedule a poll"),
    "poll.open": _l("Open a poll"),
    "poll.close": _l("Close a poll"),
    "poll.conclude": _l("Close a poll for good"),
    "poll.reopen": _l("Reopen a poll"),
    "poll.reset": _l("Reset a poll"),
    "poll.archive": _l("Archive a poll"),
    "poll.unarchive": _l("Put a poll back into the lists"),
    "poll.delete": _l("Delete a poll"),
    "ballots.export": _l("Download the ballots"),
    "codes.create": _l("Make codes"),
    "codes.read": _l("Look at codes"),
    "codes.print": _l("Print codes"),
    "codes.export": _l("Download the codes"),
    "code.revoke": _l("Revoke a code"),
    "image.create": _l("Upload an image"),
    "acts.export": _l("Download this log"),
}
"""What can be done, by the names of acts; one that is not here is shown by its name."""

OUTCOMES = {
    "done": _l("Carried out"),
    "refused": _l("Refused"),
    "unchanged": _l("Nothing changed"),
    "unknown": _l("Not known"),
}

DONE = {
    "archived": _l("The poll is archived. Its addresses go on working."),
    "closed": _l("The poll is closed. It is final as soon as the last votes are counted."),
    "codes": _l("The codes are made. They are valid already."),
    "concluded": _l("The poll is closed for good. You see the numbers, and who has voted."),
    "copied": _l("This is the copy, a draft."),
    "created": _l("The poll is made. It is a draft: nobody sees it before you open it."),
    "deleted": _l("The poll is deleted."),
    "factor-off": _l("The second factor is off. Your password alone lets you in."),
    "factor-for-all": _l("Everybody needs a second factor from now on."),
    "factor-by-choice": _l("Everybody may have a second factor, and need not."),
    "opened": _l("The poll is open."),
    "password": _l("The password is changed. All other browsers were signed out, tokens revoked."),
    "reopened": _l("The poll is open again."),
    "reset": _l("The ballots are gone, and the poll is a draft again."),
    "revoked": _l("The code is worth nothing any more."),
    "saved": _l("Saved."),
    "scheduled": _l("The poll opens by itself."),
    "session-ended": _l("That browser is signed out."),
    "signed-out": _l("You are signed out."),
    "token-revoked": _l("The token is worth nothing any more."),
    "unarchived": _l("The poll is back in the lists."),
    "account-added": _l("The account is made."),
    "account-changed": _l("The account is changed."),
}
"""What was done by the form that led to a page, by the word in its address."""


def badge(entry: Entry) -> tuple[str, str]:
    """Say in which state a poll is: in words, and by the look of the badge that has them."""
    if entry.poll.archived:
        return _("Archived"), ""
    if entry.doubted:
        return _("Closed, in doubt"), "bad"
    return (_("Closed"), "") if entry.final else (str(STATES[entry.state]), _LOOKS[entry.state])


def told(poll: Poll) -> str:
    """Say what the organiser of a poll with codes sees before the end."""
    if poll.visibility is Visibility.AFTER_CLOSE:
        return str(_("Neither the numbers nor who has voted"))
    return str(HOST_SEES[poll.host_sees].name)


def asked(poll: Poll) -> str:
    """Say what a ballot of a poll holds: `Several options: 1 to 2 of 3`."""
    kind, most = KINDS[poll.kind].name, poll.max_choices
    shown = {"kind": kind, "most": most, "all": len(poll.options)}
    if poll.kind is Kind.SINGLE:
        return str(kind)
    if poll.min_choices == most:
        return str(_("%(kind)s: %(most)s of %(all)s", **shown))
    return str(_("%(kind)s: %(least)s to %(most)s of %(all)s", least=poll.min_choices, **shown))
