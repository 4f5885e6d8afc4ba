"""
How ballots become columns for PostgreSQL, and its rows tallies and samples. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ballotbox.ballot import Ballot, Mark, Marks
from ballotbox.tally import Tally
from ballotbox.timeline import Sample


def places(ballots: Sequence[Ballot]) -> dict[str, str]:
    """Write whose ballots these are, and their place in the order, as columns."""
    return {
        "polls": _column(str(each.poll) for each in ballots),
        "voters": _column(each.voter for each in ballots),
        "seqs": _column(str(each.seq) for each in ballots),
    }


def columns(ballots: Sequence[Ballot]) -> dict[str, str]:
    """Write whole ballots as columns."""
    return {
        **places(ballots),
        "options": _column(_arrays(each.marks)[0] for each in ballots),
        "values": _column(_arrays(each.marks)[1] for each in ballots),
    }


def _column(values: Iterable[str]) -> str:
    return "\n".join(values)


@lru_cache(maxsize=4096)
def _arrays(marks: Marks) -> tuple[str, str]:
    # Few different sets of marks are cast again and again.
    return (
        "{" + ",".join(str(mark.option) for mark in marks) + "}",
        "{" + ",".join(str(mark.value) for mark in marks) + "}",
    )


def tally(rows: Sequence[Mapping[str, Any]]) -> Tally:
    """Read the rows of one poll's standing: one for each of its counts, or one without."""
    return Tally(
        poll=rows[0]["poll_id"],
        version=rows[0]["version"],
        ballots=rows[0]["ballots"],
        counts={
            Mark(row["option_id"], row["value"]): row["count"]
            for row in rows
            if row["option_id"] is not None and row["count"]
        },
        cast=rows[0]["cast_ballots"],
        last_seq=rows[0]["last_seq"],
        final=rows[0]["final"],
    )


# Of one timeline, the same marks are read hundreds of times.
_mark = lru_cache(maxsize=4096)(Mark)


def sample(row: Mapping[str, Any]) -> Sample:
    """Read the row of a sample, whose counts may be null."""
    counts = row["counts"]
    if counts is not None:
        counts = {_mark(option, value): count for option, value, count in counts}
    return Sample(row["seq"], row["ballots"], row["cast_ballots"], counts)
