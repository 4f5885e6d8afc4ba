"""
How the text of a setting becomes a value; each raises ValueError with what to use instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from ballotbox.rules import OPTION, OPTIONS, QUESTION, is_line

# A scheme, a host that may begin with *., and a port; lower case, as browsers write them.
_ORIGIN = r"https?://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?"


def text(value: str) -> str:
    """Take a text as it is."""
    return value


def receipt_key(value: str) -> str:
    """Take the key of receipts, as it was derived."""
    if not re.fullmatch(r"[0-9a-f]{192}", value.strip()):
        raise ValueError("use the 192 hexadecimal digits that were derived from SECRET_KEY")
    return value.strip()


def flag(value: str) -> bool:
    """Read a yes or no."""
    match value.strip().lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off":
            return False
    raise ValueError("use true or false")


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """Make a reader of whole numbers between these two, both included."""

    def parse(value: str) -> int:
        digits = value.strip()
        # Its length first: Python itself refuses to read very long numbers, in other words.
        if not digits.isdecimal() or len(digits) > 18 or not lowest <= int(digits) <= highest:  # noqa: PLR2004
            raise ValueError(f"use a whole number from {lowest} to {highest}")
        return int(digits)

    return parse


def one_of(*words: str) -> Callable[[str], str]:
    """Make a reader of one of these words, whatever its capitals."""

    def parse(value: str) -> str:
        if value.strip().lower() not in words:
            raise ValueError(f"use one of {', '.join(words)}")
        return value.strip().lower()

    return parse


def time(value: str) -> datetime | None:
    """Read a moment with its time zone; a blank text is none."""
    if not value.strip():
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        in_utc = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("use a time such as 2026-12-24T18:00:00+01:00") from None
    if moment.tzinfo is None:
        raise ValueError("say which time zone, as in 2026-12-24T18:00:00+01:00 or …Z")
    return in_utc


def options(value: str) -> tuple[str, ...]:
    """Read a poll's options, with commas between them."""
    found = tuple(option for option in map(str.strip, value.split(",")) if option)
    least, most = OPTIONS
    if not least <= len(found) <= most:
        raise ValueError(f"use {least} to {most} options with commas between them")
    if len(set(found)) < len(found):
        raise ValueError("two options are the same")
    if not all(is_line(option, most=OPTION) for option in found):
        raise ValueError(f"use 1 to {OPTION} printable characters for each option")
    return found


def question(value: str) -> str:
    """Read a poll's question."""
    stripped = value.strip()
    if not is_line(stripped, most=QUESTION):
        raise ValueError(f"use 1 to {QUESTION} printable characters")
    return stripped


def secret(value: str) -> str:
    """Read a key."""
    if len(value) < 16:  # noqa: PLR2004 - the limit is in the sentence
        raise ValueError("use at least 16 characters, made at random")
    return value


def password(value: str) -> str:
    """Read a password that somebody types."""
    if len(value) < 8:  # noqa: PLR2004 - the limit is in the sentence
        raise ValueError("use at least 8 characters")
    return value


def name(value: str) -> str:
    """Read the name of an organiser."""
    stripped = value.strip()
    if not is_line(stripped, most=64):
        raise ValueError("use 1 to 64 printable characters")
    return stripped


def web_address(value: str) -> str:
    """Read an address without a slash at its end."""
    address = value.strip().rstrip("/")
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", address):
        raise ValueError("use an address such as https://votes.example.org")
    return address


def origins(value: str) -> str:
    """Read which sites something is for: `*` for all, `none`, or origins as a policy has them."""
    found = value.split()
    if found in (["*"], ["none"]):
        return found[0]
    if not found or not all(re.fullmatch(_ORIGIN, each) for each in found):
        raise ValueError("use *, none, or origins such as https://www.example.org")
    return " ".join(found)


def store(value: str) -> str:
    """Read the place of a store of files."""
    stripped = value.strip()
    if "://" in stripped and not re.fullmatch(
        "s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?", stripped
    ):
        raise ValueError("use the path of a directory or s3://bucket/prefix")
    return stripped


def host_and_port(value: str) -> str:
    """Read where to listen."""
    host, _, port = value.rpartition(":")
    if not host or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65535:  # noqa: PLR2004
        raise ValueError("use host:port")
    return value


def bind(value: str) -> str:
    """Read where to listen, which may be a socket of Unix."""
    if value.startswith("unix:"):
        if not value.startswith("unix:/"):
            raise ValueError("use host:port or unix:/path")
        return value
    return host_and_port(value)
