"""Accounts, sessions and tokens where people work at once, or something is missing."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher

from admin import accounts as module
from admin.accounts import Accounts
from admin.organiser import Organiser, Role
from ballotbox.errors import LastOwner, WrongPassword
from ballotbox.settings import Settings
from tests.desk import PASSWORD, Desk

Connection = psycopg.Connection[Any]


@pytest.fixture
def root(desk: Desk) -> Organiser:
    return desk.organiser("root", Role.OWNER)


@pytest.fixture
def ada(desk: Desk, root: Organiser) -> Organiser:
    return desk.organiser("ada")


def together(*acts: Callable[[], object]) -> list[type[Exception] | None]:
    """Do several things at the same moment; give what each has raised."""
    barrier = threading.Barrier(len(acts))
    raised: list[type[Exception] | None] = [None] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
        except Exception as error:  # noqa: BLE001 - it is what the caller asks for
            raised[number] = type(error)

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


class _Counting(PasswordHasher):
    verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002
        self.verified += 1
        return super().verify(hash, password)


def test_it_verifies_once_whatever_is_wrong(desk: Desk) -> None:
    """From how long the answer takes, nobody learns which names there are."""
    hasher = _Counting(time_cost=1, memory_cost=8, parallelism=1)
    accounts = Accounts(desk.parts.database.connect, hasher=hasher)
    accounts.add("ada", PASSWORD)
    for name in ("ada", "nobody", "nobody\0", "x" * 10_000):
        hasher.verified = 0
        with pytest.raises(WrongPassword):
            accounts.verify(name, "not the password")
        assert hasher.verified == 1


class _Crowded(PasswordHasher):
    inside = most = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            return super().verify(hash, password)
        finally:
            self.inside -= 1


def test_it_looks_at_few_passwords_at_once(desk: Desk) -> None:
    """Each takes 64 MB: strangers who try in parallel do not end the process."""
    hasher = _Crowded(time_cost=2, memory_cost=16 * 1024, parallelism=1)
    accounts = Accounts(desk.parts.database.connect, hasher=hasher)
    accounts.add("ada", PASSWORD)
    raised = together(*[partial(accounts.verify, "ada", "not the password")] * 8)
    assert raised == [WrongPassword] * 8
    assert hasher.most <= 2


def test_it_leaves_one_owner_of_two_who_shut_each_other_out(desk: Desk, root: Organiser) -> None:
    """Both at the same moment: one of them is too late."""
    accounts = Accounts(desk.parts.database.connect, hasher=PasswordHasher(1, 8, 1))
    left = root
    for number in range(10):
        pair = (left, accounts.add(f"owner {number}", PASSWORD, Role.OWNER))
        raised = together(*(partial(accounts.disable, each.id) for each in pair))
        assert raised.count(LastOwner) == 1
        left = pair[raised.index(LastOwner)]
        assert [each.id for each in accounts.all() if not each.disabled] == [left.id]


def test_it_makes_one_first_owner_whoever_starts_at_once(
    desk: Desk, admin_settings: Settings
) -> None:
    """Several processes look at the empty table at the same moment."""
    accounts = desk.parts.accounts
    raised = together(*[partial(accounts.ensure_first_owner, admin_settings)] * 4)
    assert raised == [None] * 4
    assert [each.name for each in accounts.all()] == [admin_settings.admin_name]


def test_it_lets_the_first_owner_in(desk: Desk, admin_settings: Settings) -> None:
    """Whoever signs in first, before anything else was asked of the desk; and where it is ready."""
    name, password = admin_settings.admin_name, admin_settings.admin_password
    assert desk.parts.accounts.verify(name, password).is_owner
    assert desk.app.test_client().get("/readyz").status_code == 200
    assert len(desk.parts.accounts.all()) == 1


def test_it_has_the_first_owner_where_it_is_ready(desk: Desk) -> None:
    """Whoever has waited for the desk can sign in."""
    assert desk.app.test_client().get("/readyz").status_code == 200
    assert [each.role for each in desk.parts.accounts.all()] == [Role.OWNER]


@pytest.fixture
def command(
    desk: Desk, admin_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., int]:
    """Give a function that adds an organiser from the command line, and types a password."""
    monkeypatch.setenv("DATABASE_URL", admin_settings.database_url)

    def run(*arguments: str, typed: str = PASSWORD) -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
        return module.main(["add", *arguments])

    return run


def test_it_adds_an_organiser_from_the_command_line(
    desk: Desk, command: Callable[..., int]
) -> None:
    """The first is an owner: nobody else could look after the accounts."""
    assert [command(*words) for words in (["root"], ["ada"], ["grace", "--owner"])] == [0, 0, 0]
    roles = {each.name: each.role for each in desk.parts.accounts.all()}
    assert roles == {"root": Role.OWNER, "ada": Role.ORGANISER, "grace": Role.OWNER}
    assert desk.parts.accounts.verify("ada", PASSWORD).name == "ada"


def test_it_says_why_it_adds_nobody(
    desk: Desk,
    root: Organiser,
    command: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A name that is taken, a short password: a sentence, and exit code 1."""
    assert command("ROOT") == command("ada", typed="short") == 1
    assert capsys.readouterr().err.count("votify:") == 2
    assert [each.name for each in desk.parts.accounts.all()] == ["root"]
