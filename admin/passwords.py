"""
Passwords: which may be taken, and what is kept of them: argon2id hashes.
"""

from __future__ import annotations

import secrets
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from ballotbox.errors import InvalidAccount
from ballotbox.sentence import Sentence

SHORTEST = 12  # characters of a password
LONGEST = 1024  # a hash of anything longer costs us more than whoever sends it
_STRONG = 3  # of zxcvbn's 0 to 4: more than some 10^8 guesses

# Each takes 64 MB while it lasts: one for every thread at once would end the process.
_TWO_AT_A_TIME = BoundedSemaphore(2)


class Passwords:
    """Hashes of passwords, with the costs of the library unless others are given."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        # What a password is compared with where there is no such name: that takes as long.
        self._nobodys = self._hasher.hash(secrets.token_hex())

    def fits(self, hashed: str | None, password: str) -> bool:
        """Tell whether this is the password; after as long a time, where there is no hash."""
        if len(password) > LONGEST:
            return False
        try:
            with _TWO_AT_A_TIME:
                self._hasher.verify(hashed or self._nobodys, password)
        except (Argon2Error, InvalidHashError, UnicodeError):
            return False
        return hashed is not None

    def hashed(self, password: str) -> str:
        """Give what is kept of a password."""
        with _TWO_AT_A_TIME:
            return self._hasher.hash(password)

    def is_cheap(self, hashed: str) -> bool:
        """Tell whether a hash was made with other costs than those of today."""
        return self._hasher.check_needs_rehash(hashed)


def check_new(password: str, *, name: str) -> None:
    """
    Raise InvalidAccount unless a new password may be taken.

    :param name: of whose password it is to be: it makes no password.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidAccount(
            Sentence(
                "A password has %(least)s to %(most)s characters.",
                least=SHORTEST,
                most=LONGEST,
            )
        )
    if _is_guessed(password, name):
        raise InvalidAccount("This password is easily guessed. Take some words more.")


def _is_guessed(password: str, name: str) -> bool:
    # Its lists of known passwords, names and words take long to load, for what is seldom asked.
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # noqa: PLC0415

    # It looks at no more than 72 characters.
    return int(zxcvbn(password[:72], user_inputs=[name, *name.split()])["score"]) < _STRONG
