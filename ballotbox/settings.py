"""
Every setting of every service: its name, default and help, declared once.

A setting is read from the environment under its name in capitals. A secret may also be given as a
file: `SECRET_KEY_FILE` names one that holds `SECRET_KEY`. A value that cannot be used stops the
start with a sentence. `docs/configuration.md` is held to this list by a test.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ballotbox.errors import SettingsError
from ballotbox.poll import Identity, Kind, Visibility


def _text(value: str) -> str:
    return value


def _flag(value: str) -> bool:
    match value.strip().lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off":
            return False
    raise ValueError("use true or false")


def _whole(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        digits = value.strip()
        # Its length first: Python itself refuses to read very long numbers, in other words.
        if not digits.isdecimal() or len(digits) > 18 or not lowest <= int(digits) <= highest:  # noqa: PLR2004
            raise ValueError(f"use a whole number from {lowest} to {highest}")
        return int(digits)

    return parse


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.strip().lower() not in words:
            raise ValueError(f"use one of {', '.join(words)}")
        return value.strip().lower()

    return parse


def _time(value: str) -> datetime | None:
    if not value.strip():
        return None
    try:
        time = datetime.fromisoformat(value.strip())
        in_utc = time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("use a time such as 2026-12-24T18:00:00+01:00") from None
    if time.tzinfo is None:
        raise ValueError("say which time zone, as in 2026-12-24T18:00:00+01:00 or …Z")
    return in_utc


def _options(value: str) -> tuple[str, ...]:
    options = tuple(option for option in map(str.strip, value.split(",")) if option)
    if not 2 <= len(options) <= 100:  # noqa: PLR2004 - the limits are in the sentence
        raise ValueError("use 2 to 100 options with commas between them")
    if len(set(options)) < len(options):
        raise ValueError("two options are the same")
    if not all(map(str.isprintable, options)):
        raise ValueError("use printable characters only")
    return options


def _question(value: str) -> str:
    question = value.strip()
    if not 0 < len(question) <= 300 or not question.isprintable():  # noqa: PLR2004 - see the sentence
        raise ValueError("use 1 to 300 printable characters")
    return question


def _secret(value: str) -> str:
    if len(value) < 16:  # noqa: PLR2004 - the limit is in the sentence
        raise ValueError("use at least 16 characters, made at random")
    return value


def _host_and_port(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65535:  # noqa: PLR2004
        raise ValueError("use host:port")
    return value


def _bind(value: str) -> str:
    if value.startswith("unix:"):
        if not value.startswith("unix:/"):
            raise ValueError("use host:port or unix:/path")
        return value
    return _host_and_port(value)


def setting(default: Any, parse: Callable[[str], Any], help_text: str) -> Any:  # noqa: ANN401
    """Declare a setting: its default, how its text becomes a value, and what it is for."""
    return field(default=default, metadata={"parse": parse, "help": help_text})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, checked. `Settings.read()` takes them from the environment."""

    redis_url: str = setting(
        "redis://localhost:6379/0", _text, "Where Redis is: redis://user@host:port/0 or unix://…"
    )
    redis_password: str = setting("", _text, "The password of the service's user in Redis.")
    database_url: str = setting(
        "postgresql://localhost/votify", _text, "Where PostgreSQL is, and as which role."
    )
    database_password: str = setting("", _text, "The password of that role.")
    worker_database_password: str = setting(
        "", _text, "`migrate` only: the password it gives to the worker's role; none if empty."
    )
    result_database_password: str = setting(
        "", _text, "`migrate` only: the password it gives to the role of `result`; none if empty."
    )
    secret_key: str = setting(
        "", _secret, "Signs cookies and receipts; the same for all vote processes. Required there."
    )
    bind: str = setting("127.0.0.1:8000", _bind, "Where the service listens: host:port or unix:/…")
    metrics_bind: str = setting(
        "",
        _host_and_port,
        "Where the worker serves /metrics and /readyz: host:port; empty: nowhere.",
    )
    log_level: str = setting(
        "info", _one_of("debug", "info", "warning", "error"), "The least important line to log."
    )
    log_format: str = setting("json", _one_of("json", "text"), "How log lines are written.")
    vote_processes: int = setting(2, _whole(1, 64), "How many gunicorn processes take votes.")
    vote_threads: int = setting(16, _whole(1, 256), "How many threads each of them has.")
    queue_limit: int = setting(
        1_000_000,
        _whole(1, 100_000_000),
        "How many ballots may wait before voters get a 503; about 250 bytes of Redis each.",
    )
    voter_rate: int = setting(
        60, _whole(0, 1_000_000), "Ballots a minute that one voter may cast in a poll; 0: no limit."
    )
    voter_burst: int = setting(10, _whole(1, 1000), "How many of those may come at once.")
    tally_interval_ms: int = setting(
        250, _whole(20, 60_000), "How often `result` looks for new numbers when nobody nudges it."
    )
    cookie_secure: bool = setting(
        False, _flag, "Send the voter's cookie over HTTPS only. On when the router speaks HTTPS."
    )
    poll_question: str = setting("Cats or Dogs?", _question, "What the first poll asks.")
    poll_options: tuple[str, ...] = setting(
        ("Cats", "Dogs"), _options, "Its options, with commas between them."
    )
    poll_kind: str = setting("single", _one_of(*Kind), "What is asked of a voter.")
    poll_max_choices: int = setting(
        0, _whole(0, 100), "In a `multiple` poll: how many options one may choose; 0 for all."
    )
    poll_change: bool = setting(True, _flag, "Whether a voter may change the vote while open.")
    poll_identity: str = setting("cookie", _one_of(*Identity), "How voters are known.")
    poll_visibility: str = setting("always", _one_of(*Visibility), "Who sees the numbers, when.")
    poll_opens_at: datetime | None = setting(None, _time, "From when ballots are taken.")
    poll_closes_at: datetime | None = setting(None, _time, "From when none is taken any more.")

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """
        Take the settings from the environment.

        :raise SettingsError: with one sentence for the first value that cannot be used.
        """
        values = {each.name: _read(each, environ) for each in fields(cls)}
        return cls(**{name: value for name, value in values.items() if value is not MISSING})

    def require_secret_key(self) -> str:
        """Give the key that signs; raises SettingsError where there is none."""
        if not self.secret_key:
            raise SettingsError("SECRET_KEY: set it (or SECRET_KEY_FILE) to a long random text.")
        return self.secret_key


def _read(each: Field[Any], environ: Mapping[str, str]) -> Any:  # noqa: ANN401
    name = each.name.upper()
    # Compose files and .env write an empty text where they mean "not set".
    raw = environ.get(name)
    if not raw and (path := environ.get(f"{name}_FILE")):
        raw = _file(f"{name}_FILE", path)
    if not raw:
        return MISSING
    try:
        return each.metadata["parse"](raw)
    except ValueError as error:
        # The value itself is not shown: it may be a secret.
        raise SettingsError(f"{name}: {error}.") from None


def _file(name: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}: {path} cannot be read ({error}).") from None
