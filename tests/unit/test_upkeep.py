"""Doing something now and then, by a clock that the test holds."""

from __future__ import annotations

import pytest

from worker.upkeep import Every


class Clock:
    """A clock that goes when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_does_it_at_once_and_then_when_it_is_due() -> None:
    """The first call counts; calls in between do nothing."""
    clock, done = Clock(), []
    every = Every(5, lambda: done.append(clock.now), clock)
    for clock.now in (100, 101, 104.9, 105, 106, 120, 121):
        every()
    assert done == [100, 105, 120]


def test_it_tries_again_at_once_after_a_failure() -> None:
    """What failed was not done."""
    clock, attempts = Clock(), []

    def do() -> None:
        attempts.append(clock.now)
        if len(attempts) == 1:
            raise ConnectionError

    every = Every(5, do, clock)
    with pytest.raises(ConnectionError):
        every()
    every()
    every()
    assert len(attempts) == 2
