"""
What tests are given. First what needs no service, then Redis, PostgreSQL, and both.

A server starts when the first test asks for it. `make test-fast` asks for none: it leaves out what
is marked `service`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from redis import Redis

from ballotbox.catalog import add_poll
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Poll
from ballotbox.postgres import postgres_from
from ballotbox.published import publish
from ballotbox.queue import RedisQueue
from ballotbox.settings import Settings
from tests.polls import a_poll
from tests.servers import Database, ObjectsServer, PostgresServer, RedisServer

_SERVICES = {"redis_server", "own_redis", "postgres_server", "objects_server", "stack"}

# The machine may be busy: an example that takes long is no failure. A failing one is printed as a
# line that repeats it, so nothing has to be kept on the disk.
hypothesis.settings.register_profile(
    "votify", deadline=None, database=None, print_blob=True, max_examples=100
)
hypothesis.settings.register_profile(
    "thorough", hypothesis.settings.get_profile("votify"), max_examples=3000
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "votify"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a server; parametrised contracts mark their implementations themselves."""
    for item in items:
        if _SERVICES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("service")


# --- Redis -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """One Redis for all tests, with the users of `users.acl.template`."""
    server = RedisServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """Give a test a Redis of its own, to kill and start again."""
    server = RedisServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def redis(redis_server: RedisServer) -> Iterator[Redis]:
    """Give an empty Redis, as a user who may do everything."""
    with redis_server.client() as client:
        client.flushall()
        yield client


@pytest.fixture
def queue(redis: Redis) -> RedisQueue:
    """Give the queue in Redis, without limits on the voters."""
    return RedisQueue(redis)


# --- PostgreSQL --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[Database]:
    """Give a migrated database without a poll."""
    database = postgres_server.database()
    yield database
    postgres_server.drop(database)


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection of the owner, in autocommit mode."""
    with database.connect() as connection:
        yield connection


@pytest.fixture
def admin_connection(database: Database) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection with the rights of the organisers' desk, in autocommit mode."""
    with database.connect("votify_admin") as connection:
        yield connection


@pytest.fixture
def ledger(database: Database) -> Iterator[PostgresLedger]:
    """Give the ledger, with the rights and limits that the worker has."""
    with postgres_from(Settings(database_url=database.url("votify_worker"))) as connection:
        yield PostgresLedger(connection)


# --- images -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def objects_server() -> Iterator[ObjectsServer]:
    """One store of images that speaks S3, for all tests."""
    server = ObjectsServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


# --- both --------------------------------------------------------------------------------------


@pytest.fixture
def settings(redis: Redis, redis_server: RedisServer, database: Database) -> Settings:
    """Give the settings of a worker for the empty Redis and the fresh database."""
    return Settings(
        redis_url=redis_server.url("worker"), database_url=database.url("votify_worker")
    )


@pytest.fixture
def admin_settings(
    redis: Redis, redis_server: RedisServer, database: Database, tmp_path: Path
) -> Settings:
    """Give the settings of the desk for the empty Redis and the fresh database."""
    return Settings(
        redis_url=redis_server.url("admin"),
        database_url=database.url("votify_admin"),
        image_store=str(tmp_path / "images"),
        admin_password="everybody knows it",
    )


@pytest.fixture
def make_poll(redis: Redis, connection: psycopg.Connection[Any]) -> Callable[..., Poll]:
    """Give a function that adds a poll, as `a_poll` makes it, to the catalog and publishes it."""
    made: list[Poll] = []

    def make(**fields: Any) -> Poll:
        poll = add_poll(connection, a_poll(id=len(made) + 1, **fields))
        made.append(poll)
        publish(redis, poll)
        return poll

    return make


@pytest.fixture
def poll(make_poll: Callable[..., Poll]) -> Poll:
    """Give one poll, about cats and dogs, that is open and lets voters change."""
    return make_poll()
