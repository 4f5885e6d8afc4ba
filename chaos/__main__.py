"""
`python -m chaos`: seeds of faults under load, then the controls.

Exit code 0: no difference in any run, and every control was caught. 1: anything else.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ballotbox.catalog import read_polls
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Poll
from ballotbox.postgres import postgres_from
from ballotbox.receipt import Receipts
from ballotbox.settings import Settings
from benchmarks.load import Load
from chaos import broken
from chaos.faults import Faults
from chaos.verdict import Verdict, judge
from chaos.voters import OPTIONS, Voters
from deploy.local.stack import Stack

_CONNECTIONS = 32
_RATE = 400.0  # ballots a second: enough to be in the middle of one whenever a fault lands
_TIMEOUT = 4.0
_HEAL = 60.0  # seconds in which everything must be well again
_FEWEST = 1000  # acknowledged ballots below which a run says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run did and found; `void` says why it proves nothing, if so."""

    seed: int
    acknowledged: int
    unknown: int
    faults: str
    verdict: Verdict
    shown: bool
    refused: Counter[str]
    void: str

    @property
    def differences(self) -> int:
        """Everything that is not as it must be."""
        return self.verdict.differences + self.refused.total() + (not self.shown)


def main() -> int:
    """Do what the command line says; returns the exit code."""
    options = _options()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    started = time.monotonic()
    runs = [_told(_sound(seed, options.seconds)) for seed in _seeds(options)]
    caught = [_control(kind, options) for kind in broken.KINDS[: options.controls]]
    differences = sum(run.differences for run in runs)
    print(
        f"{len(runs)} runs in {time.monotonic() - started:.0f} s: "
        f"{sum(run.acknowledged for run in runs)} ballots acknowledged, {differences} differences, "
        f"{sum(bool(run.void) for run in runs)} void; "
        f"{sum(caught)} of {len(caught)} broken workers caught"
    )
    return int(bool(differences) or any(run.void for run in runs) or not all(caught))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many runs")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seconds", type=float, default=20, help="of load in each run")
    parser.add_argument("--controls", type=int, default=2, choices=(0, 1, 2), help="how many")
    return parser.parse_args()


def _seeds(options: argparse.Namespace) -> range:
    return range(options.first, options.first + options.seeds)


def _sound(seed: int, seconds: float) -> Run:
    """Make a run that says something: one whose faults did not land is done again, once."""
    run = _run(seed, seconds)
    if run.void and not run.differences:
        _told(run)
        return _run(seed + 10_000, seconds)
    return run


def _control(kind: str, options: argparse.Namespace) -> bool:
    """Run with a worker that is broken on purpose; tell whether the harness saw ballots lost."""
    for attempt in range(3):
        print(f"control: a worker that is broken on purpose ({kind})")
        command = (sys.executable, "-m", "chaos.broken", kind)
        run = _told(_run(options.first + attempt, options.seconds, worker=command))
        if run.verdict.lost:
            return True
    return False


def _run(seed: int, seconds: float, *, worker: tuple[str, ...] | None = None) -> Run:
    env = {
        "POLL_OPTIONS": ",".join(f"Option {n}" for n in range(1, OPTIONS + 1)),
        "POLL_IDENTITY": "declared",
        "VOTER_RATE": "0",
        "LOG_FORMAT": "text",
    }
    commands = {"worker": worker} if worker else {}
    with (
        tempfile.TemporaryDirectory(prefix="votify-chaos-") as data,
        Stack(data=Path(data), workers=2, results=2, env=env, commands=commands) as stack,
    ):
        return _under_fire(stack, seed, seconds)


def _under_fire(stack: Stack, seed: int, seconds: float) -> Run:
    settings = Settings.read(stack.environment())
    secret = Settings.read(stack.environment("vote")).require_secret_key()
    with postgres_from(settings) as connection:
        poll = read_polls(connection)[0]
    voters, faults = Voters(seed, poll=poll.slug), Faults(stack, seed)
    faults.start()
    Load(
        stack.port,
        connections=_CONNECTIONS,
        make_request=voters.make,
        take_answer=voters.take,
        rate=_RATE,
        timeout=_TIMEOUT,
    ).run(seconds)
    faults.heal()
    stack.wait_ready(patience=_HEAL)
    _drained(stack)
    with postgres_from(settings, statement_timeout=0) as connection:
        ledger = PostgresLedger(connection)
        verdict = judge(voters.sent, ledger, poll, Receipts.of(secret))
        shown = _shown(stack, poll, ledger.tally(poll.id).ballots)
    acknowledged = len(voters.acknowledged)
    return Run(
        seed=seed,
        acknowledged=acknowledged,
        unknown=len(voters.sent) - acknowledged,
        faults=f"{faults.landed.total()} of {faults.planned}",
        verdict=verdict,
        shown=shown,
        refused=voters.refused,
        void=_void(acknowledged, faults),
    )


def _void(acknowledged: int, faults: Faults) -> str:
    if faults.missing:
        return f"not killed: {', '.join(faults.missing)}"
    if faults.landed.total() < faults.planned / 2:
        return "most faults did not land"
    return f"only {acknowledged} acknowledged" if acknowledged < _FEWEST else ""


def _drained(stack: Stack) -> None:
    deadline = time.monotonic() + _HEAL
    redis = stack.redis("worker")
    while waiting := redis.llen("votes"):
        if time.monotonic() > deadline:
            raise SystemExit(f"{waiting} ballots still wait after {_HEAL:.0f} s: nobody drains")
        time.sleep(0.05)


def _shown(stack: Stack, poll: Poll, ballots: int) -> bool:
    """Tell whether the result service comes to show the number that the ledger has."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        address = f"http://127.0.0.1:{stack.port}/result/{poll.slug}.json"
        with urllib.request.urlopen(address, timeout=5) as answer:
            if json.load(answer)["ballots"] == ballots:
                return True
        time.sleep(0.1)
    return False


def _told(run: Run) -> Run:
    found = ", ".join(f"{name} {getattr(run.verdict, name)}" for name in Verdict.__slots__)
    print(
        f"seed {run.seed}: {run.acknowledged} acknowledged, {run.unknown} unknown, "
        f"{run.faults} faults; {found}; refused {run.refused.total()}"
        + "".join(f", {name} {number}" for name, number in run.refused.items())
        + ("" if run.shown else "; NOT SHOWN")
        + (f"; VOID: {run.void}" if run.void else "")
    )
    return run


if __name__ == "__main__":
    sys.exit(main())
