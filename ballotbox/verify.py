"""
Check a sealed result: `python -m ballotbox.verify FILE [--key HEX] [--ballots CSV]`.

Needs no server and no network. Exit code 0: all is as it was sealed; 1: it is not; 2: it could not
be looked at.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ballotbox.seal import BrokenSeal, Seal, verify


def main(arguments: list[str] | None = None) -> int:
    """Print what is sealed, or what is wrong; returns the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        with ExitStack() as opened:
            ballots = opened.enter_context(asked.ballots.open("rb")) if asked.ballots else None
            seal = verify(asked.file.read_bytes(), asked.key or None, ballots)
            report = _report(seal, asked)
    except OSError as error:
        sys.stderr.write(f"votify: {error}\n")
        return 2
    except BrokenSeal as error:
        sys.stdout.write(f"BROKEN: {error}\n")
        return 1
    sys.stdout.write(report)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("ballotbox.verify", description="Check a sealed result.")
    parser.add_argument("file", type=Path, help="the sealed result")
    parser.add_argument("--key", help="the public key, or its fingerprint, that must have signed")
    parser.add_argument("--ballots", type=Path, help="the poll's file of ballots: counted again")
    return parser


def _report(seal: Seal, asked: argparse.Namespace) -> str:
    try:
        sealed = "\n".join(_sealed(seal.document))
    except (KeyError, TypeError, AttributeError):
        raise BrokenSeal("The seal does not say what a seal says.") from None
    key = "the key you named" if asked.key else "compare it with the one on the result's page"
    ballots = "The ballots fit it, and add up to this result.\n" if asked.ballots else ""
    return (
        f"HOLDS: nobody has altered this since it was sealed.\n{ballots}\n{sealed}\n\n"
        f"Signed with {seal.public_key}\n"
        f"Fingerprint {seal.fingerprint} ({key})\n"
    )


def _sealed(document: Any) -> list[str]:  # noqa: ANN401
    result, counts = document["result"], document["counts"]
    rejected = ", ".join(f"{reason}: {n}" for reason, n in sorted(counts["rejected"].items()))
    counted = f"accepted {counts['accepted']}, replaced {counts['replaced']}"
    left_out = f"withdrawn {counts['withdrawn']}, rejected {rejected or 'none'}"
    return [
        document["poll"]["question"],
        *(f"  {option['text']}: {_numbers(option)}" for option in result["options"]),
        f"  {result['ballots']} ballots count",
        f"Of all ballots: {counted}, {left_out}",
        *_voters(document),
        f"Sealed at {document['sealed_at']}",
        *(
            f"The seal of {each['sealed_at']} was broken at {each['broken_at']}"
            for each in document["previous"]
        ),
    ]


def _voters(document: Any) -> list[str]:  # noqa: ANN401
    codes = document.get("codes")
    told = (
        [f"Votes for whom a program has vouched: {document['vouched']}"]
        if "vouched" in document
        else []
    )
    if codes is None:
        return told
    issued = f"issued {codes['issued']}, {codes['issued_after_opening']} of them after the opening"
    return [
        f"Codes: {issued}, used {codes['used']}, revoked {codes['revoked']}",
        *told,
    ]


def _numbers(option: dict[str, Any]) -> str:
    shown = {name: value for name, value in option.items() if name not in ("id", "text")}
    return ", ".join(f"{name} {value}" for name, value in shown.items())


if __name__ == "__main__":
    sys.exit(main())
