"""Waiting for something to become true, without guessing how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(condition: Callable[[], T | None], *, seconds: float = 10.0) -> T:
    """Ask until the answer is true, and give it; fails when it is not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {seconds} s; the last answer was {answer!r}")
        time.sleep(0.02)
    return answer
