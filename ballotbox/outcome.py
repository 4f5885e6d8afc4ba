"""
The outcome of a poll: what is sealed when its result is final, and its check from the ballots.

What the ledger knows is handed in, and a file of ballots comes as its lines: no I/O here.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ballotbox.ballot import Mark, Marks
from ballotbox.export import read_ballots
from ballotbox.kinds import KINDS, ranking_rounds
from ballotbox.poll import Kind, Poll, iso
from ballotbox.tally import Tally

FORMAT = "votify-seal-1"

Patterns = Sequence[tuple[Marks, int]]
"""The different marks on the ballots that count, and how many ballots have each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """
    What the ledger knows of a poll's ballots when its result is final.

    `ballots` is how many it has, `voters` of how many voters, and `sha256` the hash of the file of
    them. `refused` are ballots that were accepted and are not in the ledger, by reason. `patterns`
    is for kinds whose result needs it.
    """

    ballots: int
    voters: int
    sha256: str
    refused: Mapping[str, int] = field(default_factory=dict)
    patterns: Patterns = ()


def describe(
    poll: Poll,
    tally: Tally,
    findings: Findings,
    *,
    closed_seq: int,
    sealed_at: datetime,
    previous: Sequence[Mapping[str, str | None]] = (),
) -> dict[str, Any]:
    """
    Say what is to be sealed of a final poll.

    :param closed_seq: the number of its close marker.
    :param previous: its broken seals, the latest first, each with `sealed_at`, `broken_at` and the
        `sha256` of its text.
    """
    return {
        "format": FORMAT,
        "poll": _settings(poll),
        "result": _result(_settings(poll), tally.ballots, tally.counts, findings.patterns),
        "counts": _counts(poll, tally, findings),
        "ledger": {"ballots": findings.ballots, "sha256": findings.sha256},
        "closed_seq": closed_seq,
        "sealed_at": iso(sealed_at),
        "previous": [dict(each) for each in previous],
    }


def _settings(poll: Poll) -> dict[str, Any]:
    # Not the whole poll: who owns it and where its draft can be seen is nobody else's business.
    return {
        "id": poll.id,
        "slug": poll.slug,
        "code": poll.code,
        "question": poll.question,
        "image": poll.image,
        "options": [
            {"id": option.id, "text": option.text, "image": option.image} for option in poll.options
        ],
        "kind": poll.kind.value,
        "min_choices": poll.min_choices,
        "max_choices": poll.max_choices,
        "change": poll.change,
        "identity": poll.identity.value,
        "visibility": poll.visibility.value,
        "opens_at": iso(poll.opens_at) if poll.opens_at else None,
        "closes_at": iso(poll.closes_at) if poll.closes_at else None,
        "revision": poll.revision,
    }


def _result(
    settings: Mapping[str, Any], ballots: int, counts: Mapping[Mark, int], patterns: Patterns
) -> dict[str, Any]:
    kind, options = settings["kind"], settings["options"]
    rules, size = KINDS[kind], len(options)
    result: dict[str, Any] = {
        "ballots": ballots,
        "options": [
            {
                "id": option["id"],
                "text": option["text"],
                **rules.option(counts, option["id"], options=size, ballots=ballots),
            }
            for option in options
        ],
    }
    if kind == Kind.RANKED:
        result["rounds"] = ranking_rounds([option["id"] for option in options], patterns)
    return result


def _counts(poll: Poll, tally: Tally, findings: Findings) -> dict[str, Any]:
    superseded = findings.ballots - findings.voters
    rejected = Counter(findings.refused)
    if not poll.change and superseded:
        rejected["already_voted"] += superseded
    return {
        "accepted": findings.ballots + sum(findings.refused.values()),
        "counted": tally.ballots,
        "replaced": superseded if poll.change else 0,
        "withdrawn": findings.voters - tally.ballots,
        "rejected": dict(rejected),
    }


def problem(document: Mapping[str, Any], lines: Iterable[bytes]) -> str | None:
    """
    Hold a sealed document against the file of ballots: its hash, and every number in it.

    :return: a sentence on what does not fit; None if all does.
    """
    hashed = hashlib.sha256()
    try:
        rows, counting = _count(document, _hashing(lines, hashed))
    except ValueError as error:
        return f"The file of ballots cannot be read: {error}."
    if hashed.hexdigest() != document["ledger"]["sha256"]:
        return "The file of ballots is not the one that was sealed."
    patterns = Counter(marks for marks in counting.values() if marks)
    if _counted(document["poll"], patterns) != document["result"]:
        return "The ballots do not add up to the result that was sealed."
    return _miscount(document, rows, len(counting), patterns.total())


def _hashing(lines: Iterable[bytes], hashed: Any) -> Iterator[bytes]:  # noqa: ANN401
    for line in lines:
        hashed.update(line)
        yield line


def _count(document: Mapping[str, Any], lines: Iterable[bytes]) -> tuple[int, dict[str, Marks]]:
    settings = document["poll"]
    counting: dict[str, Marks] = {}
    rows = 0
    for rows, ballot in enumerate(read_ballots(lines, poll=settings["id"]), 1):  # noqa: B007
        if settings["change"]:
            counting[ballot.voter] = ballot.marks
        else:
            counting.setdefault(ballot.voter, ballot.marks)
    return rows, counting


def _counted(settings: Mapping[str, Any], patterns: Counter[Marks]) -> Any:  # noqa: ANN401
    counts: Counter[Mark] = Counter()
    for marks, ballots in patterns.items():
        counts.update(dict.fromkeys(marks, ballots))
    result = _result(settings, patterns.total(), counts, sorted(patterns.items()))
    return json.loads(json.dumps(result))


def _miscount(document: Mapping[str, Any], rows: int, voters: int, counted: int) -> str | None:
    counts, superseded = document["counts"], rows - voters
    change = document["poll"]["change"]
    overruled = 0 if change else superseded
    refused = sum(counts["rejected"].values()) - overruled
    expected = {
        "accepted": rows + refused,
        "counted": counted,
        "replaced": superseded if change else 0,
        "withdrawn": voters - counted,
        "rejected": counts["rejected"],
    }
    fits = (
        document["ledger"]["ballots"] == rows
        and counts == expected
        and counts["rejected"].get("already_voted", 0) >= overruled
    )
    return None if fits else "The ballots are not as many as the seal says."
