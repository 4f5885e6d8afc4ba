"""
The second factor: codes of an app (TOTP, RFC 6238), and ten codes on paper for a lost phone.

The secret that both sides have is kept as it is, since codes are made of it: whoever reads the
table, or a backup of it, can make codes, and still has no password.
"""

from __future__ import annotations

import base64
import re
import secrets
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import psycopg
import pyotp

from admin.database import Connect
from admin.organiser import Organiser
from admin.sessions import hashed_session
from ballotbox.errors import InvalidAccount, UnknownOrganiser, WrongCode
from ballotbox.sql import QUERIES

_STEP = 30  # seconds for which a code is shown
_SKEW = 1  # codes before and after, for clocks that are not exact
_RECOVERY_CODES = 10
_SECRET = re.compile("[A-Z2-7]{32}")


class Factors:
    """The second factors of all organisers, and whether everybody needs one."""

    def __init__(self, connect: Connect, *, clock: Callable[[], float] = time.time) -> None:
        self._connect = connect
        self._clock = clock

    @staticmethod
    def new_secret() -> str:
        """Make a secret for somebody's app."""
        return pyotp.random_base32()

    @staticmethod
    def address(organiser: Organiser, secret: str) -> str:
        """Give what a QR code says to an app: `otpauth://…`."""
        return pyotp.TOTP(secret).provisioning_uri(name=organiser.name, issuer_name="Votify")

    def is_on(self, organiser: Organiser) -> bool:
        """Tell whether somebody signs in with a second factor."""
        with self._connect() as connection:
            return _secret(connection, organiser) is not None

    def turn_on(
        self, organiser: Organiser, secret: str, code: str, *, session: str = ""
    ) -> list[str]:
        """
        Let somebody sign in with a second factor from now on; gives the recovery codes, once.

        Whoever came in by the password alone is turned out, and their browsers are forgotten.

        :param code: what the app shows: it has the secret.
        :param session: the text of the one that asks, which goes on.
        :raise WrongCode: if it does not fit the secret.
        :raise InvalidAccount: if there is one already, or this is no secret.
        """
        if not _SECRET.fullmatch(secret):
            raise InvalidAccount("This is no secret for an app. Load the page again.")
        step = self._step(secret, code)
        if step is None:
            raise WrongCode
        row = {"organiser": organiser.id, "secret": secret, "step": step}
        with self._connect() as connection, connection.transaction():
            connection.execute(QUERIES["hold_account"], row)
            if connection.execute(QUERIES["add_factor"], row).fetchone() is None:
                raise InvalidAccount("There is a second factor already. Turn it off first.")
            others = {"organiser": organiser.id, "hash": hashed_session(session)}
            connection.execute(QUERIES["end_other_sessions"], others)
            connection.execute(QUERIES["forget_devices"], others)
            return _make_codes(connection, organiser)

    def turn_off(self, account: int) -> None:
        """
        Let somebody sign in without a second factor; harmless if there is none.

        :raise UnknownOrganiser: if there is no such account.
        """
        with self._connect() as connection, connection.transaction():
            if connection.execute(QUERIES["account"], {"id": account}).fetchone() is None:
                raise UnknownOrganiser
            connection.execute(QUERIES["drop_factor"], {"organiser": account})
            connection.execute(QUERIES["drop_recovery_codes"], {"organiser": account})

    def check(self, organiser: Organiser, code: str) -> None:
        """Take a code of the app, or a recovery code: each once. Raises WrongCode."""
        with self._connect() as connection:
            secret = _secret(connection, organiser)
            if secret is None:
                raise WrongCode
            step = self._step(secret, code)
            if step is None:
                used = {"organiser": organiser.id, "hash": _hash(code)}
                taken = connection.execute(QUERIES["use_recovery_code"], used).fetchone()
            else:
                used = {"organiser": organiser.id, "secret": secret, "step": step}
                taken = connection.execute(QUERIES["use_factor"], used).fetchone()
        if taken is None:
            raise WrongCode

    def new_codes(self, organiser: Organiser) -> list[str]:
        """Give ten new recovery codes; those of before are worth nothing."""
        with self._connect() as connection, connection.transaction():
            return _make_codes(connection, organiser)

    def codes_left(self, organiser: Organiser) -> int:
        """Tell how many recovery codes are not used yet."""
        wanted = {"organiser": organiser.id}
        with self._connect() as connection:
            (left,) = connection.execute(QUERIES["recovery_codes_left"], wanted).fetchone() or (0,)
        return int(left)

    @property
    def for_all(self) -> bool:
        """Whether everybody has to have a second factor."""
        with self._connect() as connection:
            (wanted,) = connection.execute(QUERIES["factor_for_all"]).fetchone() or (False,)
        return bool(wanted)

    def ask_of_all(self, *, wanted: bool) -> None:
        """Ask everybody for a second factor, or leave it to each."""
        with self._connect() as connection:
            connection.execute(QUERIES["ask_factor_of_all"], {"wanted": wanted})

    def _step(self, secret: str, code: str) -> int | None:
        """Find the time, in steps of 30 s, for which the app shows this code."""
        typed, totp = re.sub(r"\s", "", code), pyotp.TOTP(secret, interval=_STEP)
        now = int(self._clock()) // _STEP
        steps = range(now - _SKEW, now + _SKEW + 1)
        return next((each for each in steps if _same(totp.generate_otp(each), typed)), None)


def _secret(connection: psycopg.Connection[Any], organiser: Organiser) -> str | None:
    found = connection.execute(QUERIES["find_factor"], {"organiser": organiser.id}).fetchone()
    return found[0] if found else None


def _make_codes(connection: psycopg.Connection[Any], organiser: Organiser) -> list[str]:
    texts = [base64.b32encode(secrets.token_bytes(10)).decode() for _ in range(_RECOVERY_CODES)]
    row = {"organiser": organiser.id, "hashes": [_hash(text) for text in texts]}
    connection.execute(QUERIES["drop_recovery_codes"], row)
    connection.execute(QUERIES["add_recovery_codes"], row)
    return ["-".join(re.findall("....", text)) for text in texts]


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(), other.encode("utf-8", "surrogateescape"))


def _hash(code: str) -> bytes:
    # 80 random bits: nobody finds them for a hash, so it need not be a slow one.
    letters = "".join(filter(str.isalnum, code.upper()))
    return sha256(letters.encode("utf-8", "replace")).digest()
