"""
Every setting of every service: its name, default and help, declared once.

A setting is read from the environment under its name in capitals. A secret may also be given as a
file: `SECRET_KEY_FILE` names one that holds `SECRET_KEY`. A value that cannot be used stops the
start with a sentence. `docs/configuration.md` is held to this list by a test.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from ballotbox import values
from ballotbox.errors import SettingsError
from ballotbox.poll import Identity, Kind, Visibility
from ballotbox.receipt_key import receipt_key


def setting(default: Any, parse: Callable[[str], Any], help_text: str) -> Any:  # noqa: ANN401
    """Declare a setting: its default, how its text becomes a value, and what it is for."""
    return field(default=default, metadata={"parse": parse, "help": help_text})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, checked. `Settings.read()` takes them from the environment."""

    redis_url: str = setting(
        "redis://localhost:6379/0",
        values.text,
        "Where Redis is: redis://user@host:port/0 or unix://…",
    )
    redis_password: str = setting("", values.text, "The password of the service's user in Redis.")
    database_url: str = setting(
        "postgresql://localhost/votify", values.text, "Where PostgreSQL is, and as which role."
    )
    database_password: str = setting("", values.text, "The password of that role.")
    worker_database_password: str = setting(
        "",
        values.text,
        "`migrate` only: the password it gives to the worker's role; none if empty.",
    )
    result_database_password: str = setting(
        "",
        values.text,
        "`migrate` only: the password it gives to the role of `result`; none if empty.",
    )
    admin_database_password: str = setting(
        "",
        values.text,
        "`migrate` only: the password it gives to the role of `admin`; none if empty.",
    )
    secret_key: str = setting(
        "",
        values.secret,
        "Signs cookies and receipts; the same for all of `vote`. Required there.",
    )
    receipt_key: str = setting(
        "",
        values.receipt_key,
        "Reads receipts, in `result`; derived from `SECRET_KEY`, which does where this is not set.",
    )
    seal_key: str = setting(
        "", values.secret, "Signs sealed results; the same for all workers. Required there."
    )
    bind: str = setting(
        "127.0.0.1:8000", values.bind, "Where the service listens: host:port or unix:/…"
    )
    metrics_bind: str = setting(
        "",
        values.host_and_port,
        "Where the worker serves /metrics and /readyz: host:port; empty: nowhere.",
    )
    log_level: str = setting(
        "info",
        values.one_of("debug", "info", "warning", "error"),
        "The least important line to log.",
    )
    log_format: str = setting("json", values.one_of("json", "text"), "How log lines are written.")
    vote_processes: int = setting(2, values.whole(1, 64), "How many gunicorn processes take votes.")
    vote_threads: int = setting(16, values.whole(1, 256), "How many threads each of them has.")
    admin_processes: int = setting(
        1, values.whole(1, 64), "How many gunicorn processes serve `admin`."
    )
    admin_threads: int = setting(8, values.whole(1, 256), "How many threads each of them has.")
    queue_limit: int = setting(
        1_000_000,
        values.whole(1, 100_000_000),
        "How many ballots may wait before voters get a 503; about 250 bytes of Redis each.",
    )
    voter_rate: int = setting(
        60,
        values.whole(0, 1_000_000),
        "Ballots a minute that one voter may cast in a poll; 0: no limit.",
    )
    voter_burst: int = setting(10, values.whole(1, 1000), "How many of those may come at once.")
    tally_interval_ms: int = setting(
        250,
        values.whole(20, 60_000),
        "How often `result` looks for new numbers when nobody nudges it.",
    )
    cookie_secure: bool = setting(
        False,
        values.flag,
        "Send the voter's cookie over HTTPS only. On when the router speaks HTTPS.",
    )
    public_url: str = setting(
        "",
        values.web_address,
        "The address under which people reach Votify, for links and QR codes; empty: that of the"
        " request.",
    )
    embed_origins: str = setting(
        "*",
        values.origins,
        "Which sites may show results in a frame: *, none, or origins with spaces between them.",
    )
    admin_name: str = setting("admin", values.name, "What the first organiser is called.")
    admin_password: str = setting(
        "", values.password, "Makes the first organiser, an owner, where there is none yet."
    )
    session_hours: int = setting(
        12,
        values.whole(1, 8760),
        "After how many hours without a click an organiser is signed out.",
    )
    login_tries: int = setting(
        10,
        values.whole(1, 10_000),
        "How often signing in may be tried with one name, from one address or by one browser.",
    )
    login_minutes: int = setting(15, values.whole(1, 1440), "In how many minutes.")
    image_store: str = setting(
        "images",
        values.store,
        "Where images are kept: the path of a directory, or s3://bucket/prefix.",
    )
    image_limit: int = setting(
        2000, values.whole(1, 1_000_000), "How many images one organiser may have."
    )
    s3_endpoint: str = setting(
        "", values.web_address, "Where the S3-compatible store is; empty: Amazon's."
    )
    s3_access_key: str = setting("", values.text, "The name of the key to that store.")
    s3_secret_key: str = setting("", values.text, "The secret of that key.")
    s3_region: str = setting("us-east-1", values.text, "The region that store says it is in.")
    retention_days: int = setting(
        0,
        values.whole(0, 36_500),
        "For how many days after its seal a poll keeps its ballots; 0: for ever.",
    )
    poll_question: str = setting("Cats or Dogs?", values.question, "What the first poll asks.")
    poll_options: tuple[str, ...] = setting(
        ("Cats", "Dogs"), values.options, "Its options, with commas between them."
    )
    poll_kind: str = setting("single", values.one_of(*Kind), "What is asked of a voter.")
    poll_max_choices: int = setting(
        0,
        values.whole(0, 100),
        "How many options one may choose, rate or rank; 0: all the kind allows.",
    )
    poll_change: bool = setting(
        True, values.flag, "Whether a voter may change the vote while open."
    )
    poll_identity: str = setting("cookie", values.one_of(*Identity), "How voters are known.")
    poll_visibility: str = setting(
        "always", values.one_of(*Visibility), "Who sees the numbers, when."
    )
    poll_opens_at: datetime | None = setting(None, values.time, "From when ballots are taken.")
    poll_closes_at: datetime | None = setting(
        None, values.time, "From when none is taken any more."
    )

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """
        Take the settings from the environment.

        :raise SettingsError: with one sentence for the first value that cannot be used.
        """
        found = {each.name: _read(each, environ) for each in fields(cls)}
        return cls(**{name: value for name, value in found.items() if value is not MISSING})

    def require_secret_key(self) -> str:
        """Give the key that signs; raises SettingsError where there is none."""
        return self._required("secret_key")

    def require_receipt_key(self) -> str:
        """Give the key of receipts, set or derived; raises SettingsError where there is neither."""
        return self.receipt_key or receipt_key(self.require_secret_key())

    def require_seal_key(self) -> str:
        """Give the key that seals results; raises SettingsError where there is none."""
        return self._required("seal_key")

    def _required(self, name: str) -> str:
        value: str = getattr(self, name)
        if not value:
            variable = name.upper()
            raise SettingsError(f"{variable}: set it (or {variable}_FILE) to a long random text.")
        return value


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
