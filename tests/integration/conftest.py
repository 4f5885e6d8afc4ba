"""What integration tests are given besides servers: the desk, accounts, results of a ledger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from admin.accounts import Accounts
from admin.sessions import Sessions
from ballotbox.settings import Settings
from deploy.local.stack import Stack
from tests.desk import Desk, a_desk
from tests.viewing import Site


@pytest.fixture
def desk(admin_settings: Settings, settings: Settings, redis: Redis) -> Iterator[Desk]:
    """Give the desk for the empty Redis and the fresh database, with a worker beside it."""
    with a_desk(admin_settings, settings, redis) as desk:
        yield desk


@pytest.fixture
def accounts(desk: Desk) -> Accounts:
    """Give the accounts; there is none yet."""
    return desk.parts.accounts


@pytest.fixture
def sessions(desk: Desk) -> Sessions:
    """Give the sessions."""
    return desk.parts.sessions


@pytest.fixture
def site(stack: Stack) -> Site:
    """Give a running Votify whose ledger the tests write themselves."""
    return Site(stack)
