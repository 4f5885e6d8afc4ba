"""
Words for people: what a poll is like, and what each of its rules stops and what not. Pure.
"""

from __future__ import annotations

from typing import NamedTuple

from admin.register import Entry
from ballotbox.poll import Identity, Kind, State, Visibility


class Words(NamedTuple):
    """A choice that an organiser has: its name, and what it means."""

    name: str
    meaning: str


KINDS = {
    Kind.SINGLE: Words("One option", "Each voter chooses one."),
    Kind.MULTIPLE: Words("Several options", "Each voter chooses as many as you allow."),
    Kind.RATING: Words("Ratings", "Each voter gives the options 1 to 5 points; shown is the mean."),
    Kind.RANKED: Words(
        "An order of preference",
        "Each voter gives places. Counted are the first places, points for each place, and who"
        " wins when the last one is taken out round by round.",
    ),
}

IDENTITIES = {
    Identity.COOKIE: Words(
        "One vote per browser",
        "A cookie remembers the browser and nothing about the person. It stops a second vote from"
        " the same browser. It does not stop one from another device, or after the cookies were"
        " deleted.",
    ),
    Identity.CODE: Words(
        "One vote per code",
        "You hand out codes, as sheets or as links, and each is good for one vote. It does not"
        " stop somebody from voting with a code that was meant for another. Whose code voted what"
        " is shown to nobody.",
    ),
    Identity.DECLARED: Words(
        "One vote per name",
        "Voters say who they are, and nobody checks it. It stops the same name from counting"
        " twice. It does not stop anybody from using another name.",
    ),
}

VISIBILITIES = {
    Visibility.ALWAYS: Words("Everybody, at any time", "The numbers move while people vote."),
    Visibility.AFTER_VOTE: Words(
        "Who has voted",
        "A receipt of this poll shows the numbers; when the result is final, everybody sees them.",
    ),
    Visibility.AFTER_CLOSE: Words(
        "Everybody, once it is final", "Nobody is swayed by how others have voted."
    ),
    Visibility.ORGANISER: Words(
        "You alone", "The numbers never leave this desk. You can download and show them."
    ),
}

CHANGES = {
    True: Words("Yes, while the poll is open", "The latest vote of each voter counts."),
    False: Words("No", "The first vote counts, and a second one is refused."),
}

STATES = {
    State.DRAFT: "Draft",
    State.COMING: "Scheduled",
    State.OPEN: "Open",
    State.CLOSED: "Counting the last votes",
}
_LOOKS = {State.DRAFT: "", State.COMING: "warn", State.OPEN: "good", State.CLOSED: "warn"}

DONE = {
    "archived": "The poll is archived. Its addresses go on working.",
    "closed": "The poll is closed. It is final as soon as the last votes are counted.",
    "codes": "The codes are made. They are valid already.",
    "copied": "This is the copy, a draft.",
    "created": "The poll is made. It is a draft: nobody sees it before you open it.",
    "deleted": "The poll is deleted.",
    "opened": "The poll is open.",
    "password": "The password is changed. All other browsers were signed out.",
    "reopened": "The poll is open again.",
    "reset": "The ballots are gone, and the poll is a draft again.",
    "revoked": "The code is worth nothing any more.",
    "saved": "Saved.",
    "scheduled": "The poll opens by itself.",
    "signed-out": "You are signed out.",
    "token-revoked": "The token is worth nothing any more.",
    "unarchived": "The poll is back in the lists.",
    "account-added": "The account is made.",
    "account-changed": "The account is changed.",
}
"""What was done by the form that led to a page, by the word in its address."""


def badge(entry: Entry) -> tuple[str, str]:
    """Say in which state a poll is: in words, and by the look of the badge that has them."""
    if entry.poll.archived:
        return "Archived", ""
    return ("Closed", "") if entry.final else (STATES[entry.state], _LOOKS[entry.state])
