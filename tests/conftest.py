"""
How tests are run, and what they are given: servers, a browser, a running Votify.

Each process of the tests starts a server when its first test asks for it, and then once. `make
test-fast` asks for none: it leaves out what is marked `service`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from _pytest.terminal import TerminalReporter
from playwright.sync_api import Browser
from redis import Redis

from ballotbox.catalog import add_poll
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Poll
from ballotbox.postgres import postgres_from
from ballotbox.published import publish
from ballotbox.queue import RedisQueue
from ballotbox.settings import Settings
from deploy.local.stack import Stack
from tests import machine, templates
from tests.e2e import windows
from tests.polls import a_poll
from tests.progress import Progress
from tests.servers import Database, ObjectsServer, PostgresServer, RedisServer, running

_SERVICES = {"redis_server", "own_redis", "postgres_server", "objects_server", "stack"}

# The order in which tests begin: what takes long first, so that at the end no process waits for
# another one.
_LONGEST = ("test_bad_input.py", "test_launcher.py", "test_everyone.py", "test_hidden.py")
_ORDER = ("e2e", "upgrade", "integration", "contracts", "unit", "docs")

# The machine may be busy: an example that takes long is no failure. A failing one is printed as a
# line that repeats it, so nothing has to be kept on the disk.
hypothesis.settings.register_profile(
    "votify", deadline=None, database=None, print_blob=True, max_examples=25
)
hypothesis.settings.register_profile(
    "night", hypothesis.settings.get_profile("votify"), max_examples=300
)
hypothesis.settings.register_profile(
    "thorough", hypothesis.settings.get_profile("votify"), max_examples=3000
)


# --- how they are run ---------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Know `--all`."""
    parser.addoption("--all", action="store_true", help="run what is marked `night`, too")


@pytest.hookimpl(trylast=True)  # after the reporter is there
def pytest_configure(config: pytest.Config) -> None:
    """Forget what the machine has set for others, make tests quick, and say how far they are."""
    machine.forget(os.environ)
    time.tzset()
    templates.compile_once()
    everything = config.getoption("--all")
    profile = os.environ.get("HYPOTHESIS_PROFILE") or ("night" if everything else "votify")
    hypothesis.settings.load_profile(profile)
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if isinstance(reporter, TerminalReporter) and config.get_verbosity() == 0:
        command = "make test-all" if everything else "make test"
        config.pluginmanager.register(Progress(reporter, command), "votify-progress")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Tell in how many processes the tests are run."""
    return machine.processes(config.args)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    Mark what uses a server, leave the night's tests to the night, and put what takes long first.

    Parametrised contracts mark their implementations themselves.
    """
    for item in items:
        if _SERVICES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("service")
    if not config.getoption("--all"):
        left = [item for item in items if item.get_closest_marker("night")]
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    if item.path.name in _LONGEST:
        return -1
    folder = item.path.parent.name
    return _ORDER.index(folder) if folder in _ORDER else len(_ORDER)


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


# --- a running Votify, and a browser -----------------------------------------------------------


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run everything, with two processes of `result`, and the first poll of a fresh database."""
    if os.environ.get("VOTIFY_URL"):
        pytest.skip("stops processes or reads the ledger, and VOTIFY_URL names a stack elsewhere")
    with running(tmp_path_factory.mktemp("votify"), results=2) as stack:
        yield stack


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start a browser: in one process there can be one Playwright only."""
    with windows.browser() as browser:
        yield browser


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
