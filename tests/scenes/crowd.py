"""
A crowd that votes: ballots by many voters over some minutes, the same ones each time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from ballotbox.ballot import Ballot, Mark, Marks

_SECOND = 1_000_000  # of sequence numbers
_BATCHES = 90

_RATINGS = (1, 2, 3, 4, 5)


def batches(poll: dict[str, Any], voters: int, *, minutes: float) -> Iterator[list[Ballot]]:
    """
    Give the ballots of a crowd as they would have come until now, in parts.

    :param poll: as the API gives it. The earlier an option stands, the better it is liked.
    """
    draw = random.Random(poll["question"])
    now = time.time_ns() // 1000
    places = sorted(now - int(draw.random() * minutes * 60 * _SECOND) for _ in range(voters))
    cast = (
        Ballot(poll["id"], f"voter-{number}", seq, _marks(poll, draw))
        for number, seq in enumerate(places)
    )
    while batch := list(islice(cast, max(1, voters // _BATCHES))):
        yield batch


def _marks(poll: dict[str, Any], draw: random.Random) -> Marks:
    ids = [option["id"] for option in poll["options"]]
    match poll["kind"]:
        case "single":
            return (Mark(_liked(ids, draw)[0], 1),)
        case "multiple":
            chosen = sorted(_liked(ids, draw)[: draw.randint(1, poll["max_choices"])])
            return tuple(Mark(option, 1) for option in chosen)
        case "rating":
            return tuple(Mark(option, _rating(place, draw)) for place, option in enumerate(ids))
        case _:
            kept = _liked(ids, draw)[: draw.randint(2, poll["max_choices"])]
            return tuple(sorted(Mark(option, place) for place, option in enumerate(kept, 1)))


def _liked(ids: Sequence[int], draw: random.Random) -> list[int]:
    """Order options as one voter likes them; there is no clear winner."""
    return sorted(ids, key=lambda each: draw.random() ** (1 / (1 + 0.8 / each)), reverse=True)


def _rating(place: int, draw: random.Random) -> int:
    weights = [1 + abs(value - 1 - place) for value in reversed(_RATINGS)]
    return draw.choices(_RATINGS, weights)[0]
