"""
How fast votes are taken.

`POST /vote` through NGINX, each vote on disk before it is answered, beside a Flask view that
returns "ok" under the same gunicorn and NGINX.

Both stacks run at once and are loaded in turn, so that both meet the same machine. The workers are
stopped meanwhile: what is measured is taking votes; a last line has it with the worker at work.
"""

from __future__ import annotations

import itertools
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from benchmarks.drain import stopped
from benchmarks.load import Answer, Load, post
from deploy.local.stack import Stack

CONNECTIONS = 100
_SECONDS = 8.0
_ROUNDS = 5
_ENV = {"POLL_IDENTITY": "declared", "VOTER_RATE": "0", "VOTE_RATE": "1000000r/s"}
_BASELINE = (
    *(sys.executable, "-m", "gunicorn", "-c", "vote/gunicorn.conf.py"),
    "benchmarks.baseline:create_app()",
)


@dataclass(frozen=True, slots=True)
class Round:
    """One round of one stack: answers a second, the 99th percentile in ms, and failures."""

    rate: float
    p50: float
    p99: float
    errors: int


def main(rounds: int = _ROUNDS, seconds: float = _SECONDS) -> None:
    """Measure, and print the figures."""
    print(f"accept: POST /vote through NGINX, {CONNECTIONS} connections, appendfsync always")
    votes = map(_vote, itertools.count(1))
    with (
        tempfile.TemporaryDirectory() as ours,
        tempfile.TemporaryDirectory() as theirs,
        Stack(data=Path(theirs), env=_ENV, commands={"vote": _BASELINE}) as baseline,
        Stack(data=Path(ours), env=_ENV) as votify,
    ):
        _round(baseline, lambda: next(votes), HTTPStatus.OK, 2)
        _round(votify, lambda: next(votes), HTTPStatus.ACCEPTED, 2)
        pairs = []
        with stopped(baseline.pids()["worker-1"]), stopped(votify.pids()["worker-1"]):
            for number in range(1, rounds + 1):
                ok = _round(baseline, lambda: next(votes), HTTPStatus.OK, seconds)
                vote = _round(votify, lambda: next(votes), HTTPStatus.ACCEPTED, seconds)
                pairs.append((ok, vote))
                print(f"  round {number}: {_told(ok, vote)}")
        ratio = statistics.median(vote.rate / ok.rate for ok, vote in pairs)
        print(f"  median ratio {ratio:.2f} (aim: 0.5 or more)")
        ok = _round(baseline, lambda: next(votes), HTTPStatus.OK, seconds)
        vote = _round(votify, lambda: next(votes), HTTPStatus.ACCEPTED, seconds)
        print(f"  with the worker at work: {_told(ok, vote)}")


def _told(ok: Round, vote: Round) -> str:
    return (
        f"ok {ok.rate:,.0f}/s, vote {vote.rate:,.0f}/s, ratio {vote.rate / ok.rate:.2f}, "
        f"vote p50 {vote.p50:.0f} ms, p99 {vote.p99:.0f} ms (ok {ok.p99:.0f} ms), "
        f"errors {vote.errors + ok.errors}"
    )


def _vote(number: int) -> bytes:
    body = {"pollId": 1, "optionId": 1 + number % 2, "userId": f"bench-{number}"}
    return post("/vote", json.dumps(body).encode())


def _round(stack: Stack, make: Callable[[], bytes], expected: HTTPStatus, seconds: float) -> Round:
    times: list[float] = []
    errors = 0

    def take(_: bool, answer: Answer) -> None:  # noqa: FBT001 - a tag that nobody needs
        nonlocal errors
        times.append(answer.seconds * 1000)
        errors += answer.status != expected

    load = Load(
        stack.port, connections=CONNECTIONS, make_request=lambda: (make(), True), take_answer=take
    )
    took = load.run(seconds)
    percentiles = statistics.quantiles(times, n=100)
    return Round(len(times) / took, percentiles[49], percentiles[98], errors)


if __name__ == "__main__":
    main()
