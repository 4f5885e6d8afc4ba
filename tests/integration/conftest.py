"""What integration tests are given besides servers: the desk, and the results of a ledger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

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
def site(stack: Stack) -> Site:
    """Give a running Votify whose ledger the tests write themselves."""
    return Site(stack)
