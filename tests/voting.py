"""The vote service as its tests drive it: with a queue in memory that can be taken away."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ballotbox.ballot import Marks, decode
from ballotbox.errors import BallotBoxUnavailable, UnknownPoll
from ballotbox.memory import MemoryQueue
from ballotbox.poll import Poll
from ballotbox.queue import BallotQueue, Cast, Code, Fate, Rejected
from ballotbox.settings import Settings
from vote.app import create_app

SECRET = "a-secret-for-the-tests-only"


class Polls:
    """Published polls, without Redis. `away` makes them as unreachable as Redis may be."""

    def __init__(self, *polls: Poll) -> None:
        self._polls = polls
        self.away = False

    def find(self, name: str, *, fresh: bool = False) -> Poll:
        """Find a poll by its slug, code or id."""
        for poll in self._all():
            if poll.draft:
                if name == f"preview:{poll.preview}":
                    return poll
            elif name in (poll.slug, str(poll.id)) or name.upper() == poll.code:
                return poll
        raise UnknownPoll

    def all(self) -> list[Poll]:
        """List the polls for everybody."""
        return [poll for poll in self._all() if not poll.draft and not poll.archived]

    def edit(self, poll: Poll) -> None:
        """Let a poll be another from now on."""
        self._polls = tuple(poll if each.id == poll.id else each for each in self._polls)

    def _all(self) -> list[Poll]:
        if self.away:
            raise BallotBoxUnavailable
        return list(self._polls)


class Queue(MemoryQueue):
    """
    A queue that may be unreachable (`away`), or lose its answer once (`loses_answer`).
    """

    away = False
    loses_answer = False

    def cast(
        self,
        poll: Poll,
        voter: str,
        marks: Marks,
        *,
        key: str | None = None,
        code: Code | None = None,
        invited: bool = False,
        former: str = "",
    ) -> Cast:
        """Cast, if the queue is there; the ballot is in even if the answer is lost."""
        self._ask()
        cast = super().cast(poll, voter, marks, key=key, code=code, invited=invited, former=former)
        if self.loses_answer:
            self.loses_answer = False
            raise BallotBoxUnavailable
        return cast

    def choice(self, poll: int, voter: str) -> tuple[int, Marks] | None:
        """Tell the last choice, if the queue is there."""
        self._ask()
        return super().choice(poll, voter)

    def fate(self, poll: int, seq: int) -> Fate:
        """Tell the fate of a ballot, if the queue is there."""
        self._ask()
        return super().fate(poll, seq)

    def ping(self) -> None:
        """Answer, if the queue is there."""
        self._ask()

    def _ask(self) -> None:
        if self.away:
            raise BallotBoxUnavailable

    def ballots(self) -> list[tuple[str, list[int]]]:
        """List the voters and choices of the ballots that wait, oldest first."""
        return waiting_ballots(self)

    def count_all(self, *, rejecting: str = "") -> None:
        """Count what waits, or reject it for a reason, as a worker does."""
        batch = self.peek(1000)
        seqs = [decode(item).seq for item in batch]
        rejected = [
            Rejected(item, rejecting, seq)
            for item, seq in zip(batch, seqs, strict=True)
            if rejecting
        ]
        assert self.settle(batch, counted=max(seqs), rejected=rejected)


def waiting_ballots(queue: BallotQueue) -> list[tuple[str, list[int]]]:
    """List the voters and choices of the ballots that wait in any queue, oldest first."""
    ballots = [decode(item) for item in queue.peek(1000)]
    return [(each.voter, [mark.option for mark in each.marks]) for each in ballots]  # type: ignore[union-attr]


@dataclass(frozen=True)
class Service:
    """The vote service, the parts it was given, and a browser that keeps its cookies."""

    browser: FlaskClient
    queue: Queue
    polls: Polls

    def stranger(self) -> FlaskClient:
        """Give another browser, without cookies."""
        return self.browser.application.test_client()

    def post(self, ballot: object, **options: Any) -> TestResponse:
        """Send a ballot as a program does."""
        return self.browser.post("/vote", json=ballot, **options)


def a_service(*polls: Poll, **settings: Any) -> Service:
    """Make the service with some polls; `settings` as in `Settings`."""
    queue, published = Queue(polls), Polls(*polls)
    app = create_app(
        Settings(secret_key=SECRET, **settings),
        queue=queue,
        polls=published,
    )
    return Service(app.test_client(), queue, published)


def told(answer: TestResponse) -> dict[str, Any]:
    """Give the JSON object of an answer."""
    found = json.loads(answer.text)
    assert isinstance(found, dict)
    return found


def text_of(page: TestResponse) -> str:
    """Tell what a page says to a reader: without marks, and one space between words."""
    body = re.sub(r"<head>.*?</head>|<[^>]* hidden>.*?</\w+>", "", page.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def hidden_key(page: TestResponse) -> str:
    """Give the idempotency key that a ballot paper carries."""
    found = re.search(r'name="key" value="([^"]*)"', page.text)
    assert found is not None
    return found[1]


def checked(page: TestResponse) -> list[int]:
    """List the options that are marked on a ballot paper."""
    return [int(each) for each in re.findall(r'value="(\d+)"[^>]* checked', page.text)]
