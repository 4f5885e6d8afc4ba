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
from typing import Any, NamedTuple

from ballotbox.ballot import Mark, Marks
from ballotbox.export import read_ballots
from ballotbox.kinds import KINDS, ranking_rounds
from ballotbox.poll import Kind, Poll, iso
from ballotbox.tally import Tally

FORMAT = "votify-seal-2"
VERSIONS = {"votify-seal-1": 1, FORMAT: 2}
"""The formats of seals that are known. Of version 1 there are none new, and they hold for ever."""

Patterns = Sequence[tuple[Marks, int]]
"""The different marks on the ballots that count, and how many ballots have each."""


class Numbers(NamedTuple):
    """What is counted of a poll: ballots that count, all ballots, and the counts of each option."""

    ballots: int
    cast: int
    options: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """
    What the ledger knows of a poll's ballots when its result is final.

    `ballots` is how many it has, `voters` of how many voters, and `sha256` the hash of the file of
    them. `refused` are ballots that were accepted and are not in the ledger, by reason. `patterns`
    is for kinds whose result needs it. `codes` is what became of a poll's codes: `issued`,
    `issued_after_opening`, `used` and `revoked`; None where voters are not known by codes.
    `vouched` is how many of the votes that count came from voters for whom a program has vouched.
    """

    ballots: int
    voters: int
    sha256: str
    codes: Mapping[str, int] | None = None
    vouched: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    patterns: Patterns = ()


def describe(
    poll: Poll,
    tally: Tally,
    findings: Findings,
    *,
    sealed_at: datetime,
    previous: Sequence[Mapping[str, str | None]] = (),
) -> dict[str, Any]:
    """
    Say what is to be sealed of a final poll.

    :param previous: its broken seals, the latest first, each with `sealed_at`, `broken_at` and the
        `sha256` of its text.
    """
    return {
        "format": FORMAT,
        "poll": _settings(poll),
        "result": _result(_settings(poll), tally.ballots, tally.counts, findings.patterns),
        "counts": _counts(poll, tally, findings),
        "ledger": {"ballots": findings.ballots, "sha256": findings.sha256},
        "codes": None if findings.codes is None else dict(findings.codes),
        "vouched": findings.vouched,
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
        "host_sees": poll.host_sees.value,
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


def version(seal: str) -> int | None:
    """Tell of which version a seal is by its text; None if it is of none that is known."""
    try:
        return VERSIONS.get(json.loads(seal)["format"])
    except (ValueError, TypeError, KeyError):
        return None


def fits(sealed: Numbers | None, poll: Poll, tally: Tally) -> bool:
    """
    Tell whether a tally is what was sealed: every number of it that is counted.

    What is worked out of these, such as a share, is not compared: another release may round it
    otherwise. The signature is not looked at.

    :param sealed: what `numbers` gives of the seal. None fits nothing.
    """
    now = _result(_settings(poll), tally.ballots, tally.counts, ())
    return sealed == Numbers(tally.ballots, tally.cast, _counts_of(now))


def numbers(seal: str) -> Numbers | None:
    """Read the numbers in the text of a seal; None if it is no seal."""
    try:
        document = json.loads(seal)
        result = document["result"]
        return Numbers(result["ballots"], document["ledger"]["ballots"], _counts_of(result))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _counts_of(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in option.items() if isinstance(value, int | list)}
        for option in result["options"]
    ]


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
    rows, version = 0, VERSIONS[document["format"]]
    read = read_ballots(lines, poll=settings["id"], version=version)
    for rows, ballot in enumerate(read, 1):  # noqa: B007
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
