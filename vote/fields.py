"""
The fields of a ballot as they come from outside: read strictly, refused in a sentence.
"""

from __future__ import annotations

from ballotbox.ballot import MAX_VOTER
from ballotbox.errors import IdentityRequired, InvalidBallot, UnknownPoll

_MAX_DIGITS = 18  # of an id; a longer number is nobody's
_KEY_LENGTHS = range(8, 129)


def number(value: object, name: str) -> int:
    """Read an id: a whole number or its decimal digits; raises InvalidBallot."""
    # By its exact type, for a bool is an int to Python.
    if type(value) is int and abs(value) < 10**_MAX_DIGITS:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS:
        return int(value)
    raise InvalidBallot(f"{name} is not a number.")


def poll_name(value: object) -> str:
    """
    Read what names a poll: its id, slug or code.

    :raise UnknownPoll: if no poll can have such a name.
    :raise InvalidBallot: if it is no name at all.
    """
    if isinstance(value, str) and value:
        if not value.isascii() or not value.isprintable():
            raise UnknownPoll
        return value
    if type(value) is int:
        return str(number(value, "pollId"))
    raise InvalidBallot("pollId is the id or the slug of a poll.")


def declared_voter(user: object) -> str:
    """
    Read who a client says it is: a text or a whole number, taken as it stands.

    :raise IdentityRequired: if it says nothing.
    :raise InvalidBallot: if it is not 1 to 128 printable characters.
    """
    if user is None or user == "":
        raise IdentityRequired(
            "This poll needs to know who votes: give a name or a number (userId)."
        )
    if type(user) is int:
        return str(number(user, "userId"))
    if not isinstance(user, str) or not user.isprintable() or not user.strip():
        raise InvalidBallot("Who votes is given as printable text or as a whole number.")
    if len(user) > MAX_VOTER:
        raise InvalidBallot(f"Who votes is given in at most {MAX_VOTER} characters.")
    return user


def idempotency_key(text: str | None) -> str | None:
    """
    Read the key by which a repeated request is recognised, where there is one.

    :raise InvalidBallot: if it is not 8 to 128 printable ASCII characters.
    """
    if text is None:
        return None
    if len(text) not in _KEY_LENGTHS or not text.isascii() or not text.isprintable():
        raise InvalidBallot("An Idempotency-Key is 8 to 128 printable ASCII characters.")
    return text
