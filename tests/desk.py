"""The desk on real servers, its organisers, and a worker that works when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from redis import Redis

from admin.app import create_app, make_parts
from admin.organiser import Organiser, Role
from admin.parts import Parts
from admin.register import Entry
from ballotbox.ballot import Marks
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Option
from ballotbox.postgres import postgres_from
from ballotbox.published import PublishedPolls
from ballotbox.queue import Cast, RedisQueue
from ballotbox.seal import signing_key
from ballotbox.settings import Settings
from tests.polls import CATS
from worker.drain import step
from worker.sealer import Sealer
from worker.upkeep import upkeep

PASSWORD = "a long password"
# Hashes at a test's cost: with real ones most of the time of these tests went into them.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


SEAL_KEY = signing_key("a secret that is long enough")


@dataclass(kw_only=True)
class Desk:
    """The desk, and what happens around it."""

    parts: Parts
    redis: Redis
    worker: Settings

    @cached_property
    def app(self) -> Flask:
        """The pages and the API over the parts."""
        app = create_app(self.parts)
        app.testing = True
        return app

    def organiser(self, name: str = "ada", role: Role = Role.ORGANISER) -> Organiser:
        """Add somebody who makes polls, with the PASSWORD of this module."""
        return self.parts.accounts.add(name, PASSWORD, role)

    def poll(self, who: Organiser, **fields: Any) -> Entry:
        """Make a draft about cats and dogs."""
        return self.parts.office.create(who, {**definition(), **fields})

    def vote(self, poll: int, voter: str = "ann", marks: Marks = CATS) -> Cast:
        """Cast a ballot, as `vote` does."""
        found = PublishedPolls(self.redis).find(str(poll))
        return RedisQueue(self.redis).cast(found, voter, marks)

    def work(self) -> None:
        """Do what the worker does in a second: publish, close what is over, drain."""
        queue = RedisQueue(self.redis)
        with postgres_from(self.worker) as connection:
            upkeep(queue, self.redis, connection)
            while step(queue, PostgresLedger(connection)).items:
                pass

    def seal(self) -> None:
        """Do the worker's work, and seal what is final."""
        self.work()
        seal_all(self.worker)


def seal_all(worker: Settings) -> None:
    """Seal what is due, as one worker's thread would."""
    sealer = Sealer(worker, SEAL_KEY)
    try:
        sealer.work()
    finally:
        sealer.forget_connection()


def definition(*options: str, question: str = "Cats or Dogs?") -> dict[str, Any]:
    """Give the least that makes a poll."""
    texts = options or ("Cats", "Dogs")
    return {"question": question, "options": [Option(id=0, text=text) for text in texts]}


@contextmanager
def a_desk(settings: Settings, worker: Settings, redis: Redis) -> Iterator[Desk]:
    """Put the desk together, and give its connections back at the end."""
    with closing(make_parts(settings, hasher=CHEAP)) as parts:
        yield Desk(parts=parts, redis=redis, worker=worker)
