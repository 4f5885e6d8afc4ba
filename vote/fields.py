"""
The fields of a ballot as they come from outside: read strictly, refused in a sentence.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from ballotbox.ballot import MAX_VOTER
from ballotbox.errors import IdentityRequired, InvalidBallot, UnknownPoll
from ballotbox.kinds import Choice

_CHOICES = ("optionId", "optionIds", "ratings")
_OTHERS = {"optionIds", "ratings"}
MAX_DIGITS = 18  # of an id; a longer number is nobody's
_KEY_LENGTHS = range(8, 129)


def number(value: object, name: str) -> int:
    """Read an id: a whole number or its decimal digits; raises InvalidBallot."""
    # By its exact type, for a bool is an int to Python.
    if type(value) is int and abs(value) < 10**MAX_DIGITS:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS:
        return int(value)
    raise InvalidBallot(f"{name} is not a number.")


def choice(ballot: Mapping[str, object]) -> Choice:
    """
    Read what is chosen.

    That is `optionId`, or `optionIds` (in order of preference, where that counts), or `ratings`,
    from option to value.

    :raise InvalidBallot: if it is none of them, or more than one.
    """
    if "optionId" in ballot and not _OTHERS & ballot.keys():  # nearly every ballot is like this
        return [number(ballot["optionId"], "optionId")]
    given = {name: ballot[name] for name in _CHOICES if ballot.get(name) is not None}
    match given:
        case {"optionId": one, **others} if not others:
            return [number(one, "optionId")]
        case {"optionIds": list(many), **others} if not others:
            return [number(option, "An option") for option in many]
        case {"ratings": dict(ratings), **others} if not others:
            return {
                number(option, "An option"): number(value, "A rating")
                for option, value in ratings.items()
            }
        case {"optionIds": _, **others} if not others:
            raise InvalidBallot("optionIds is a list.")
        case {"ratings": _, **others} if not others:
            raise InvalidBallot("ratings is an object, from option to value.")
    raise InvalidBallot("Give either optionId, optionIds or ratings.")


def withdraws(ballot: Mapping[str, object]) -> bool:
    """Tell whether a vote is to be withdrawn; raises InvalidBallot if one is cast beside it."""
    withdraw = ballot.get("withdraw")
    if withdraw is None or withdraw is False:
        return False
    if withdraw is not True:
        raise InvalidBallot("withdraw is true or false.")
    if any(ballot.get(name) is not None for name in _CHOICES):
        raise InvalidBallot("Give either a choice or withdraw.")
    return True


def bearer_token(authorization: str) -> str:
    """Read the token of an Authorization header; raises IdentityRequired if it has none."""
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or not token.isascii():
        raise IdentityRequired("Send the token as `Authorization: Bearer …`.")
    return token


def plain_code(text: str) -> str:
    """Read a single-use code as it is typed: in any case, with gaps and hyphens or without."""
    return "".join(filter(str.isalnum, text)).upper()


def poll_name(value: object) -> str:
    """
    Read what names a poll: its id, slug or code.

    :raise UnknownPoll: if no poll can have such a name.
    :raise InvalidBallot: if it is no name at all.
    """
    if isinstance(value, str) and value:
        # Names with a colon are the secret ones of drafts, which have a door of their own.
        if not value.isascii() or not value.isprintable() or ":" in value:
            raise UnknownPoll
        return value
    if type(value) is int:
        return str(number(value, "pollId"))
    raise InvalidBallot("pollId is the id or the slug of a poll.")


def declared_voter(user: object, *, longest: int = MAX_VOTER) -> str:
    """
    Read who a client says it is: a text or a whole number.

    A text is taken in the composed form of Unicode (NFC) and without spaces around it: what looks
    the same is the same voter.

    :raise IdentityRequired: if it says nothing.
    :raise InvalidBallot: if it is not 1 to `longest` printable characters.
    """
    if user is None or user == "":
        raise IdentityRequired(
            "This poll needs to know who votes: give a name or a number (userId)."
        )
    if type(user) is int:
        return str(number(user, "userId"))
    if not isinstance(user, str) or not user.isprintable() or not user.strip():
        raise InvalidBallot("Who votes is given as printable text or as a whole number.")
    user = unicodedata.normalize("NFC", user).strip()
    if len(user) > longest:
        raise InvalidBallot(f"Who votes is given in at most {longest} characters.")
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
