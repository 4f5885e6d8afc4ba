"""
Two workers that are wrong on purpose, as controls: the harness must catch both.

`python -m chaos.broken pop` takes ballots off the list before they are recorded, as many a queue
does. `python -m chaos.broken trim` takes a recorded batch off without looking whether it still
stands there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from redis import Redis

from ballotbox.ledger import Ledger
from ballotbox.queue import BallotQueue, RedisQueue, Rejected
from ballotbox.redis_client import redis_errors, redis_from
from ballotbox.settings import Settings
from worker import app, drain

KINDS = ("pop", "trim")
_step = drain.step


class _PoppingQueue(RedisQueue):
    """Peeks by popping: what is in hand when the process dies is gone."""

    redis: Redis

    def peek(self, limit: int, *, wait: float = 0) -> list[bytes]:
        super().peek(1, wait=wait)
        with redis_errors():
            return self.redis.lpop("votes", limit) or []  # type: ignore[return-value]

    def settle(self, batch: Sequence[bytes], *, counted: int, rejected: Sequence[Rejected]) -> bool:
        return True


class _TrimmingQueue(RedisQueue):
    """Settles without its condition: an overtaken drain takes off what it has not recorded."""

    redis: Redis

    def settle(self, batch: Sequence[bytes], *, counted: int, rejected: Sequence[Rejected]) -> bool:
        with redis_errors():
            self.redis.ltrim("votes", len(batch), -1)
        return True


def _with(queue: _PoppingQueue | _TrimmingQueue) -> Callable[..., drain.Step]:
    def step(_: BallotQueue, ledger: Ledger, *, wait: float = 0) -> drain.Step:
        return _step(queue, ledger, wait=wait)

    return step


def main(kind: str) -> None:
    """Run the worker with a drain that is broken in one way."""
    settings = Settings.read()
    redis = redis_from(settings, timeout=5.0)
    queue = _PoppingQueue(redis) if kind == "pop" else _TrimmingQueue(redis)
    queue.redis = redis
    drain.step = _with(queue)
    app.run(settings)


if __name__ == "__main__":
    main(sys.argv[1])
