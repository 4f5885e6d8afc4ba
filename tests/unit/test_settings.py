"""Settings: from the environment, checked at the start."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotbox.errors import SettingsError
from ballotbox.migrate import first_poll
from ballotbox.poll import Identity, Kind, Visibility
from ballotbox.receipt_key import receipt_key
from ballotbox.settings import Settings

NAMES = [each.name.upper() for each in fields(Settings)]
some_value = (
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
    | st.sampled_from(["1", "0", "true", "-1", "2", "a,b", "multiple", "declared", "unix:/x", ":1"])
    | st.datetimes().map(datetime.isoformat)
    | st.datetimes(timezones=st.timezones()).map(datetime.isoformat)
)


def test_it_needs_nothing_from_the_environment() -> None:
    """Every setting has a default that a developer's machine can start with."""
    settings = Settings.read({})
    assert settings == Settings()
    assert settings.poll_question == "Cats or Dogs?"
    assert settings.poll_options == ("Cats", "Dogs")


@given(st.dictionaries(st.sampled_from(NAMES), some_value, max_size=6))
def test_it_takes_a_value_or_stops_with_one_sentence(environ: dict[str, str]) -> None:
    """Nonsense never gets further than the start, and never as a traceback."""
    try:
        first_poll(Settings.read(environ))
        sentence = "BIND: fine."
    except SettingsError as error:
        sentence = str(error)
    name, _, rest = sentence.partition(": ")
    assert name in NAMES
    assert rest.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("vote_threads", " 4 ", 4),
        ("cookie_secure", "Yes", True),
        ("poll_change", "off", False),
        ("poll_kind", "MULTIPLE", "multiple"),
        ("poll_options", " Tea , Coffee,, ", ("Tea", "Coffee")),
        ("poll_question", "  Tea or coffee? ", "Tea or coffee?"),
        ("bind", "unix:/run/vote.sock", "unix:/run/vote.sock"),
        ("bind", "0.0.0.0:8000", "0.0.0.0:8000"),
        ("bind", "[::1]:8000", "[::1]:8000"),
        ("metrics_bind", "127.0.0.1:9100", "127.0.0.1:9100"),
        ("poll_opens_at", "2026-12-24T18:00:00+01:00", datetime(2026, 12, 24, 17, tzinfo=UTC)),
        ("poll_closes_at", "2026-12-24T18:00:00Z", datetime(2026, 12, 24, 18, tzinfo=UTC)),
        ("poll_opens_at", "  ", None),
        ("poll_kind", "ranked", "ranked"),
        ("poll_question", "Who is the \u200dbest\u00a0?", "Who is the \u200dbest\u00a0?"),
        ("public_url", " https://votes.example.org/ ", "https://votes.example.org"),
        ("embed_origins", " * ", "*"),
        ("embed_origins", "none", "none"),
        (
            "embed_origins",
            "https://a.example  http://*.b.example:8080",
            "https://a.example http://*.b.example:8080",
        ),
        ("s3_endpoint", "http://objects:8333", "http://objects:8333"),
        ("image_store", "s3://votify/images", "s3://votify/images"),
        ("image_store", "/var/lib/votify/images", "/var/lib/votify/images"),
        ("admin_name", " Ann Example ", "Ann Example"),
        ("admin_password", " eight ch", " eight ch"),
        ("retention_days", "0", 0),
    ],
)
def test_it_reads_a_value_in_the_ways_people_write_it(name: str, text: str, value: Any) -> None:
    """White space and capitals do not matter where they mean nothing."""
    assert getattr(Settings.read({name.upper(): text}), name) == value


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("VOTE_THREADS", "0", "use a whole number from 1 to 256"),
        ("VOTE_THREADS", "257", "use a whole number"),
        ("VOTE_THREADS", "1.5", "use a whole number"),
        ("VOTE_THREADS", "9" * 5000, "use a whole number"),
        ("VOTER_RATE", "-1", "use a whole number"),
        ("COOKIE_SECURE", "maybe", "use true or false"),
        ("POLL_KIND", "essay", "use one of single, multiple, rating, ranked"),
        ("POLL_IDENTITY", "passport", "use one of"),
        ("POLL_VISIBILITY", "never", "use one of"),
        ("POLL_OPTIONS", "Cats", "use 2 to 100 options"),
        ("POLL_OPTIONS", ",".join(map(str, range(101))), "use 2 to 100 options"),
        ("POLL_OPTIONS", "Cats,Cats", "two options are the same"),
        ("POLL_OPTIONS", "Cats,Do\x07gs", "printable"),
        ("POLL_QUESTION", "x" * 301, "use 1 to 300"),
        ("POLL_QUESTION", "   ", "use 1 to 300"),
        ("POLL_QUESTION", "Cats\nor dogs?", "printable"),
        ("POLL_QUESTION", "Cats \udcff dogs?", "printable"),
        ("POLL_OPENS_AT", "tomorrow", "use a time such as"),
        ("POLL_OPENS_AT", "2026-12-24T18:00:00", "say which time zone"),
        ("POLL_OPENS_AT", "0001-01-01T00:00:00+14:00", "use a time such as"),
        ("SECRET_KEY", "short", "use at least 16 characters"),
        ("BIND", "8000", "use host:port"),
        ("BIND", "localhost", "use host:port"),
        ("BIND", "localhost:65536", "use host:port"),
        ("BIND", "unix:", "use host:port or unix:/path"),
        ("BIND", "unix:vote.sock", "use host:port or unix:/path"),
        ("METRICS_BIND", "unix:/run/metrics.sock", "use host:port"),
        ("METRICS_BIND", "9100", "use host:port"),
        ("LOG_LEVEL", "loud", "use one of"),
        ("POLL_OPTIONS", "Cats," + "x" * 201, "use 1 to 200 printable"),
        ("SEAL_KEY", "short", "use at least 16 characters"),
        ("ADMIN_PASSWORD", "1234567", "use at least 8 characters"),
        ("ADMIN_NAME", "x" * 65, "use 1 to 64 printable"),
        ("ADMIN_PROCESSES", "0", "use a whole number from 1 to 64"),
        ("SESSION_HOURS", "0", "use a whole number"),
        ("RETENTION_DAYS", "-1", "use a whole number"),
        ("PUBLIC_URL", "votes.example.org", "use an address such as https://"),
        ("PUBLIC_URL", "https://votes.example.org/?a=1", "use an address such as https://"),
        ("EMBED_ORIGINS", "a.example", r"use \*, none, or origins"),
        ("EMBED_ORIGINS", "https://a.example/", r"use \*, none, or origins"),
        ("EMBED_ORIGINS", "* https://a.example", r"use \*, none, or origins"),
        ("EMBED_ORIGINS", "https://a.example; script-src *", r"use \*, none, or origins"),
        ("S3_ENDPOINT", "objects:8333", "use an address"),
        ("IMAGE_STORE", "s3://", "use the path of a directory or s3://"),
        ("IMAGE_STORE", "ftp://images", "use the path of a directory or s3://"),
    ],
)
def test_it_refuses_nonsense_in_a_sentence(name: str, text: str, sentence: str) -> None:
    """The sentence names the setting and says what it takes."""
    with pytest.raises(SettingsError, match=f"^{name}: .*{sentence}"):
        Settings.read({name: text})


def test_it_does_not_show_the_value_it_refuses() -> None:
    """A value may be a secret, and the sentence goes to a log."""
    with pytest.raises(SettingsError) as raised:
        Settings.read({"SECRET_KEY": "hunter2"})
    assert "hunter2" not in str(raised.value)


def test_it_takes_an_empty_value_for_none() -> None:
    """Compose files write `NAME=` where they mean that nothing is set."""
    assert Settings.read(dict.fromkeys(NAMES, "")) == Settings()


def test_it_reads_a_secret_from_a_file(tmp_path: Path) -> None:
    """`X_FILE` names a file with the value of X; the line break at its end is not part of it."""
    file = tmp_path / "secret"
    file.write_text("0123456789abcdef\n")
    assert Settings.read({"SECRET_KEY_FILE": str(file)}).secret_key == "0123456789abcdef"


def test_it_reads_the_file_where_the_value_is_empty(tmp_path: Path) -> None:
    """An empty value is none, so it does not hide the file."""
    file = tmp_path / "secret"
    file.write_text("0123456789abcdef\n")
    environ = {"SECRET_KEY": "", "SECRET_KEY_FILE": str(file)}
    assert Settings.read(environ).secret_key == "0123456789abcdef"


def test_it_prefers_the_value_to_the_file(tmp_path: Path) -> None:
    """Whoever sets both means the nearer one, and the file need not even be there."""
    environ = {"REDIS_PASSWORD": "near", "REDIS_PASSWORD_FILE": str(tmp_path / "gone")}
    assert Settings.read(environ).redis_password == "near"


def test_it_takes_an_empty_name_of_a_file_for_none() -> None:
    """`SECRET_KEY_FILE=` is how a compose file says that there is none."""
    assert Settings.read({"SECRET_KEY_FILE": ""}) == Settings()


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_it_says_which_file_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    """A missing or unreadable file stops the start with its name."""
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=f"SECRET_KEY_FILE: {file} cannot be read"):
        Settings.read({"SECRET_KEY_FILE": str(file)})


def test_it_demands_a_key_only_where_it_is_needed() -> None:
    """What signs cookies and receipts, or seals results, does not start without its key."""
    settings = Settings(secret_key="0123456789abcdef", seal_key="fedcba9876543210")
    assert settings.require_secret_key() == "0123456789abcdef"
    assert settings.require_seal_key() == "fedcba9876543210"
    with pytest.raises(SettingsError, match="SECRET_KEY: set it"):
        Settings().require_secret_key()
    with pytest.raises(SettingsError, match="SEAL_KEY: set it"):
        Settings().require_seal_key()


def test_it_has_help_for_every_setting() -> None:
    """Nobody has to read the code to know what a setting is for."""
    for each in fields(Settings):
        assert each.metadata["help"], each.name


def test_it_makes_the_first_poll_from_the_settings() -> None:
    """POLL_… describe the poll that an empty database starts with."""
    poll = first_poll(
        Settings.read(
            {
                "POLL_QUESTION": "Which pets?",
                "POLL_OPTIONS": "Cats,Dogs,Fish",
                "POLL_KIND": "multiple",
                "POLL_CHANGE": "no",
                "POLL_IDENTITY": "declared",
                "POLL_VISIBILITY": "after_close",
            }
        )
    )
    assert (poll.slug, poll.kind, poll.max_choices) == ("which-pets", Kind.MULTIPLE, 3)
    assert [(option.id, option.text) for option in poll.options] == [
        (1, "Cats"),
        (2, "Dogs"),
        (3, "Fish"),
    ]
    assert (poll.change, poll.identity) == (False, Identity.DECLARED)
    assert poll.visibility is Visibility.AFTER_CLOSE


@pytest.mark.parametrize(("kind", "most"), list(zip(Kind, (1, 3, 3, 3), strict=True)))
def test_it_asks_for_as_much_as_the_kind_allows(kind: Kind, most: int) -> None:
    """Whoever sets the kind alone gets a poll of that kind that works."""
    poll = first_poll(Settings.read({"POLL_OPTIONS": "a,b,c", "POLL_KIND": kind}))
    assert (poll.kind, poll.min_choices, poll.max_choices) == (kind, 1, most)


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"POLL_MAX_CHOICES": "2"}, "POLL_MAX_CHOICES: A single poll takes exactly one choice"),
        ({"POLL_KIND": "multiple", "POLL_MAX_CHOICES": "3"}, "POLL_MAX_CHOICES: .*than options"),
        ({"POLL_KIND": "ranked", "POLL_MAX_CHOICES": "3"}, "POLL_MAX_CHOICES: .*than options"),
        (
            {"POLL_OPENS_AT": "2026-01-02T00:00:00Z", "POLL_CLOSES_AT": "2026-01-02T00:00:00Z"},
            "POLL_CLOSES_AT: .*before the opening",
        ),
    ],
)
def test_it_refuses_a_first_poll_that_contradicts_itself(
    environ: dict[str, str], sentence: str
) -> None:
    """Values that are fine alone and not together stop the start with a sentence too."""
    with pytest.raises(SettingsError, match=sentence):
        first_poll(Settings.read(environ))


def test_it_takes_the_key_of_receipts_or_derives_it() -> None:
    """`result` goes on with SECRET_KEY alone, as with 0.1.0; a RECEIPT_KEY wins."""
    key, other = receipt_key("k" * 32), receipt_key("o" * 32)

    assert Settings.read({"SECRET_KEY": "k" * 32}).require_receipt_key() == key
    both = Settings.read({"SECRET_KEY": "k" * 32, "RECEIPT_KEY": other})
    assert both.require_receipt_key() == other
    with pytest.raises(SettingsError, match="SECRET_KEY: set it"):
        Settings().require_receipt_key()
    with pytest.raises(SettingsError, match="RECEIPT_KEY: use the 192"):
        Settings.read({"RECEIPT_KEY": "k" * 32})
