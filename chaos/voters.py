"""
The voters of a run: what they send, and what they were told.

Seven in ten ballots come from voters seen once: a lost ballot of someone who votes again is hidden
by the later one. The others come from few voters who vote again and again, one ballot at a time,
and now and then withdraw what they have voted.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from dataclasses import dataclass
from http import HTTPStatus
from random import Random

from benchmarks.load import Answer, post

OPTIONS = 4
WITHDRAWN = 0  # in the place of an option
_ONCE = 0.7
_AGAIN = 40  # voters who vote again and again
_WITHDRAW = 0.2  # of the ballots of voters who know that they have a vote
_RESEND = 0.6  # of the requests whose fate is unknown, so many are sent again with the same key


@dataclass(slots=True)
class Sent:
    """
    A ballot that was sent, with an option or WITHDRAWN.

    `receipt` is set once somebody said that it was received.
    """

    voter: str
    option: int
    key: str
    once: bool
    receipt: str = ""


class Voters:
    """Make requests and keep the log of what was sent and answered. For one poll, by its slug."""

    def __init__(self, seed: int, *, poll: str) -> None:
        self._random = Random(seed)
        self._seed, self._poll = seed, poll
        self._free = [f"s{seed}-again-{n}" for n in range(_AGAIN)]
        self._resend: deque[Sent] = deque()
        self._voted: set[str] = set()  # who may withdraw
        self._doubtful: set[str] = set()  # who may have done so without knowing
        self.sent: list[Sent] = []
        self.statuses: Counter[int] = Counter()
        self.refused = Counter[str]()

    @property
    def acknowledged(self) -> list[Sent]:
        """The ballots of which somebody was told "received"."""
        return [each for each in self.sent if each.receipt]

    def make(self) -> tuple[bytes, Sent]:
        """Make the next request: a new ballot, or one again whose answer never came."""
        again = self._resend.popleft() if self._resend else self._new()
        ballot = {"pollId": self._poll, "userId": again.voter, **_choice(again)}
        return post("/vote", json.dumps(ballot).encode(), key=again.key), again

    def take(self, sent: Sent, answer: Answer) -> None:
        """Write down what the voter was told."""
        self.statuses[answer.status] += 1
        if answer.status == HTTPStatus.ACCEPTED:
            sent.receipt = json.loads(answer.body)["receipt"]
        elif answer.status in (0, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE):
            if self._random.random() < _RESEND:
                self._resend.append(sent)
                return
        else:
            self.refused[f"{answer.status} {_code(answer.body)}"] += 1
        if not sent.once:
            self._remember(sent)
            self._free.append(sent.voter)

    def _new(self) -> Sent:
        number = len(self.sent)
        once = self._random.random() < _ONCE or not self._free
        if once:
            voter = f"s{self._seed}-once-{number}"
        else:
            voter = self._free.pop(self._random.randrange(len(self._free)))
        sent = Sent(voter, self._option(voter), f"s{self._seed}-key-{number}", once)
        self.sent.append(sent)
        return sent

    def _option(self, voter: str) -> int:
        if voter in self._voted - self._doubtful and self._random.random() < _WITHDRAW:
            return WITHDRAWN
        return self._random.randint(1, OPTIONS)

    def _remember(self, sent: Sent) -> None:
        if not sent.receipt:
            # It may be in, or come in later still, and then there is nothing left to withdraw.
            self._doubtful |= {sent.voter} if sent.option == WITHDRAWN else set()
        elif sent.option == WITHDRAWN:
            self._voted.discard(sent.voter)
        else:
            self._voted.add(sent.voter)


def _choice(sent: Sent) -> dict[str, object]:
    return {"withdraw": True} if sent.option == WITHDRAWN else {"optionId": sent.option}


def _code(body: bytes) -> str:
    try:
        return str(json.loads(body)["code"])
    except (ValueError, TypeError, KeyError):
        return repr(body[:80])
