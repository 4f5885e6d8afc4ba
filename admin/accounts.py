"""
The accounts of organisers.

`python -m admin.accounts add NAME` makes one from the command line, and `… drop-factor NAME` lets
somebody in without the second factor that was lost.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from argon2 import PasswordHasher
from psycopg.rows import dict_row

from admin.database import Connect, Database
from admin.factors import Factors
from admin.journal import DONE, Journal, Subject, operator, write
from admin.organiser import Organiser, Role
from admin.passwords import SHORTEST, Passwords, check_new
from admin.throttle import hashed_name
from ballotbox.errors import (
    InvalidAccount,
    LastOwner,
    UnknownOrganiser,
    VotifyError,
    WrongPassword,
    in_full,
)
from ballotbox.rules import is_line
from ballotbox.sentence import Sentence
from ballotbox.settings import Settings
from ballotbox.sql import QUERIES

NAME = 64  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An organiser as the owners see them."""

    id: int
    name: str
    role: Role
    disabled: bool
    created_at: datetime
    polls: int
    factor: bool  # has a second one


class Accounts:
    """
    Who may sign in. Of passwords, argon2id hashes are kept, with the library's own costs.

    :param first: ADMIN_NAME and ADMIN_PASSWORD in it describe who is let in where there is nobody.
    :param changed: is called when what somebody may do has changed; their tokens hang on it too.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        first: Settings | None = None,
        changed: Callable[[], None] = lambda: None,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._connect = connect
        self._first = first
        self._changed = changed
        self._passwords = Passwords(hasher)

    def verify(self, name: str, password: str) -> Organiser:
        """Tell who signs in; raises WrongPassword, after as long a time, whatever is wrong."""
        self.ensure_first_owner()
        with self._connect() as connection:
            # PostgreSQL takes no text with a NUL, which no name has either.
            row = _find(connection, "find_account", name=name.strip().replace("\0", "\ufffd"))
        if not self._passwords.fits(row and row["password"], password):
            raise WrongPassword
        if self._passwords.is_cheap(row["password"]):
            row |= {"password": self._kept_dearly(row, password)}
        return _organiser(row)

    def add(self, name: str, password: str, role: Role = Role.ORGANISER) -> Organiser:
        """Add an organiser; raises InvalidAccount if the name is taken or the password short."""
        name = name.strip()
        if not is_line(name, most=NAME):
            raise InvalidAccount(
                Sentence("A name has 1 to %(most)s printable characters.", most=NAME)
            )
        check_new(password, name=name)
        hashed = self._passwords.hashed(password)
        with self._connect() as connection:
            row = _find(connection, "add_account", name=name, password=hashed, role=role.value)
        if row is None:
            raise InvalidAccount("Somebody else has this name already.")
        return Organiser(id=row["id"], name=name, role=role)

    def all(self) -> list[Account]:
        """List everybody, in the order of their names."""
        with self._connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(QUERIES["all_accounts"]).fetchall()
        return [Account(**{**row, "role": Role(row["role"])}) for row in rows]

    def change_password(self, organiser: Organiser, old: str, new: str) -> None:
        """Change one's own password, as `set_password` does; raises WrongPassword."""
        self.check_own(organiser, old)
        self.set_password(organiser.id, new)

    def check_own(self, organiser: Organiser, password: str) -> None:
        """Raise WrongPassword unless this is the password of who is signed in already."""
        with self._connect() as connection:
            row = _find(connection, "account", id=organiser.id)
        if not self._passwords.fits(row and row["password"], password):
            raise WrongPassword("That is not your password.")

    def set_password(self, account: int, new: str) -> None:
        """Give somebody a new password; their sessions end, and their tokens are revoked."""
        with self._connect() as connection:
            row = _find(connection, "account", id=account)
        if row is None:
            raise UnknownOrganiser
        check_new(new, name=row["name"])
        hashed = self._passwords.hashed(new)
        with self._connect() as connection, connection.transaction():
            _change(connection, "keep_password", id=account, password=hashed)
            _shut_out(connection, account)
            # Whoever has tried the forgotten one too often need not wait with the new one.
            connection.execute(QUERIES["forget_tries"], {"name": hashed_name(row["name"])})
        self._changed()

    def set_role(self, account: int, role: Role) -> None:
        """Change what somebody may do; raises LastOwner, UnknownOrganiser."""
        with self._connect() as connection, connection.transaction():
            connection.execute(QUERIES["lock_accounts"])
            if role is not Role.OWNER:
                _check_owner_left(connection, account)
            _change(connection, "keep_role", id=account, role=role.value)
        self._changed()

    def disable(self, account: int, *, disabled: bool = True) -> None:
        """Let somebody in no more, nor their sessions and tokens; or let them sign in again."""
        with self._connect() as connection, connection.transaction():
            connection.execute(QUERIES["lock_accounts"])
            if disabled:
                _check_owner_left(connection, account)
                _shut_out(connection, account)
            _change(connection, "keep_disabled", id=account, disabled=disabled)
        self._changed()

    def ensure_first_owner(self, settings: Settings | None = None) -> Organiser | None:
        """Make the owner that the settings describe, or `first`, if there is nobody yet."""
        settings = settings or self._first
        if self.any() or settings is None or not settings.admin_password:
            return None
        hashed = self._passwords.hashed(settings.admin_password)  # it is the operator's own
        with self._connect() as connection, connection.transaction():
            connection.execute(QUERIES["lock_accounts"])
            if _any(connection):
                return None
            owner = {"name": settings.admin_name, "password": hashed, "role": Role.OWNER.value}
            row = _find(connection, "add_account", **owner)
            assert row is not None
            made = Subject(account=row["id"])
            write(connection, "account.create", operator("settings"), made, DONE)
        return Organiser(id=row["id"], name=settings.admin_name, role=Role.OWNER)

    def any(self) -> bool:
        """Tell whether there is any account."""
        with self._connect() as connection:
            return _any(connection)

    def _kept_dearly(self, row: Any, password: str) -> str:  # noqa: ANN401 - a row of the database
        hashed = self._passwords.hashed(password)
        change = {"id": row["id"], "old": row["password"], "new": hashed}
        with self._connect() as connection:
            if connection.execute(QUERIES["renew_hash"], change).fetchone() is None:
                raise WrongPassword  # it was changed meanwhile
        return hashed


def _find(connection: psycopg.Connection[Any], query: str, **values: object) -> Any:  # noqa: ANN401
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(QUERIES[query], values).fetchone()


def _shut_out(connection: psycopg.Connection[Any], account: int) -> None:
    # First, so that a token which is being made at this moment is revoked, too.
    connection.execute(QUERIES["hold_account"], {"organiser": account})
    connection.execute(QUERIES["end_sessions"], {"organiser": account})
    connection.execute(QUERIES["forget_devices"], {"organiser": account})
    connection.execute(QUERIES["revoke_tokens"], {"organiser": account})


def _change(connection: psycopg.Connection[Any], query: str, **values: object) -> None:
    if connection.execute(QUERIES[query], values).fetchone() is None:
        raise UnknownOrganiser


def _any(connection: psycopg.Connection[Any]) -> bool:
    (found,) = connection.execute(QUERIES["any_account"]).fetchone() or (False,)
    return bool(found)


def _check_owner_left(connection: psycopg.Connection[Any], account: int) -> None:
    (left,) = connection.execute(QUERIES["other_owners"], {"id": account}).fetchone() or (False,)
    if not left:
        raise LastOwner


def _organiser(row: Any) -> Organiser:  # noqa: ANN401 - a row of the database
    return Organiser(id=row["id"], name=row["name"], role=Role(row["role"]), proof=row["password"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Look after accounts from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m admin.accounts")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="add an organiser; the password is asked for")
    add.add_argument("name")
    add.add_argument("--owner", action="store_true", help="who looks after all polls and accounts")
    drop = commands.add_parser(
        "drop-factor", help="let an organiser sign in without a second factor"
    )
    drop.add_argument("name")
    asked = parser.parse_args(arguments)
    try:
        with (
            closing(Database(Settings.read())) as database,
            Journal(database.connect).command(_ACTS[asked.command], asked.name),
        ):
            done = _add(database, asked) if asked.command == "add" else _drop(database, asked.name)
    except VotifyError as error:
        sys.stderr.write(f"votify: {in_full(error)}\n")
        return 1
    sys.stdout.write(f"{done}\n")
    return 0


_ACTS = {"add": "account.create", "drop-factor": "account.factor"}


def _add(database: Database, asked: argparse.Namespace) -> str:
    accounts = Accounts(database.connect)
    # Nobody else could look after the accounts where there is nobody yet.
    role = Role.OWNER if asked.owner or not accounts.any() else Role.ORGANISER
    added = accounts.add(asked.name, _ask_for_password(), role)
    return f"{added.name} can sign in now, as {added.role.value}."


def _drop(database: Database, name: str) -> str:
    with database.connect() as connection:
        row = _find(connection, "account_named", name=name.strip())
    if row is None:
        raise UnknownOrganiser
    Factors(database.connect).turn_off(row["id"])
    return f"{row['name']} signs in with the password alone."


def _ask_for_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass(f"A password of {SHORTEST} characters or more: ")
    if first != getpass.getpass("The same again: "):
        raise InvalidAccount("These are two different passwords.")
    return first


if __name__ == "__main__":
    sys.exit(main())
