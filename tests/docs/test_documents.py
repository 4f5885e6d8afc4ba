"""Every setting, key, table and command that exists is documented, and no other."""

from __future__ import annotations

import re
from dataclasses import fields
from importlib.resources import files

import pytest

import ballotbox
from ballotbox.settings import Settings
from deploy.local.layout import ROOT

NAMES = [each.name.upper() for each in fields(Settings)]
SECRETS = {name for name in NAMES if name.endswith(("_PASSWORD", "SECRET_KEY"))}


def read(path: str) -> str:
    """Read a file of the repository."""
    return (ROOT / path).read_text("utf-8")


def documented(text: str) -> set[str]:
    """List what stands in a document as `code`, each word for itself."""
    return {word for code in re.findall(r"`([^`\n]+)`", text) for word in re.split(r"[\s=]+", code)}


@pytest.mark.parametrize("name", NAMES)
def test_it_documents_every_setting(name: str) -> None:
    """docs/configuration.md names each setting."""
    assert name in documented(read("docs/configuration.md"))


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_it_documents_that_a_secret_may_be_a_file(name: str) -> None:
    """Each secret may be given as a file, and the reader is told by the file's own setting."""
    text = read("docs/configuration.md")
    assert f"{name}_FILE" in text or "`X_FILE`" in text


def test_it_documents_no_setting_that_does_not_exist() -> None:
    """A POLL_… that nothing reads would be a promise that nobody keeps."""
    mentioned = re.findall(
        r"\bPOLL_[A-Z_]+\b", read("docs/configuration.md") + read(".env.example")
    )
    assert set(mentioned) <= set(NAMES)


def test_it_lists_in_the_example_what_compose_passes_on() -> None:
    """.env.example has a line for every variable that docker-compose.yml reads, and no other."""
    passed = set(re.findall(r"\$\{([A-Z0-9_]+)", read("docker-compose.yml")))
    listed = set(re.findall(r"^#?([A-Z0-9_]+)=", read(".env.example"), flags=re.MULTILINE))
    # A password has no place in that file, and profiles are Compose's own business.
    assert listed - {"COMPOSE_PROFILES"} == passed - {"ADMIN_PASSWORD"}


def test_it_shows_values_in_the_example_that_work() -> None:
    """Whoever takes a # off the example gets a stack that starts."""
    lines = re.findall(r"^#?([A-Z0-9_]+)=(.*)$", read(".env.example"), flags=re.MULTILINE)
    environ = {name: value.strip("'") for name, value in lines if name in NAMES}
    assert environ
    Settings.read(environ)


def test_it_shows_the_defaults_in_the_example() -> None:
    """What stands behind a # is what applies without it; what has no default is left out."""
    lines = dict(re.findall(r"^#([A-Z0-9_]+)=(.*)$", read(".env.example"), flags=re.MULTILINE))
    examples = {"POLL_OPENS_AT", "POLL_CLOSES_AT", "PUBLIC_URL", "IMAGE_STORE"} | {
        "S3_ENDPOINT",
        "S3_ACCESS_KEY",
    }
    for name in lines.keys() & set(NAMES) - examples:
        shown = getattr(Settings.read({name: lines[name].strip("'")}), name.lower())
        assert shown == getattr(Settings(), name.lower()), name


def redis_keys() -> list[str]:
    """Read the families of keys from the map in the library's docstring."""
    keys = re.findall(r"^\| `([^`]+)` \|", ballotbox.__doc__ or "", flags=re.MULTILINE)
    assert len(keys) > 5
    return keys


@pytest.mark.parametrize("key", redis_keys())
def test_it_documents_every_redis_key(key: str) -> None:
    """docs/architecture.md maps what is in Redis."""
    family = key.partition("{")[0] if key.startswith("votes:idem:") else key
    assert f"`{family}" in read("docs/architecture.md")


def test_it_maps_every_redis_key_that_the_code_uses() -> None:
    """The map in the library's docstring is complete."""
    code = read("ballotbox/queue.py") + read("ballotbox/published.py")
    used = set(re.findall(r'"(votes(?::[a-z]+)?|polls)"', code))
    assert used <= set(redis_keys())


def tables() -> list[str]:
    """Read the names of the tables from the migrations."""
    texts = [
        path.read_text("utf-8") for path in files("ballotbox.sql").joinpath("migrations").iterdir()
    ]
    return re.findall(r"^CREATE TABLE (\w+)", "\n".join(texts), flags=re.MULTILINE)


@pytest.mark.parametrize("table", tables())
def test_it_documents_every_table(table: str) -> None:
    """docs/architecture.md and the library's docstring map what is in PostgreSQL."""
    assert f"`{table}`" in read("docs/architecture.md")
    assert f"`{table}`" in (ballotbox.__doc__ or "")


def targets() -> list[str]:
    """List what can be made."""
    found = re.findall(r"^\.PHONY: (.+)$", read("Makefile"), flags=re.MULTILINE)
    return sorted({name for line in found for name in line.split()})


@pytest.mark.parametrize("target", targets())
def test_it_explains_every_command(target: str) -> None:
    """`make help` prints what stands behind ## at each target."""
    assert re.search(rf"^{re.escape(target)}:.*## \w", read("Makefile"), flags=re.MULTILINE)


def test_it_checks_before_a_push_what_make_check_checks() -> None:
    """The hooks are the parts of `make check`: none is missing, and none asks for more."""
    parts = re.search(r"^check: (.+?) ##", read("Makefile"), flags=re.MULTILINE)
    assert parts
    hooks = re.findall(
        r"^ +entry: make (\S+)$", read(".pre-commit-config.yaml"), flags=re.MULTILINE
    )
    assert sorted(hooks) == sorted(parts[1].split())


@pytest.mark.parametrize("path", ["README.md", "CONTRIBUTING.md"])
def test_it_names_only_commands_that_exist(path: str) -> None:
    """Whoever types what a document says gets what it says."""
    assert set(re.findall(r"`make ([a-z-]+)", read(path))) <= set(targets())


def documents() -> list[str]:
    """List the documents."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(str(path.relative_to(ROOT)) for path in found)


@pytest.mark.parametrize("path", documents())
def test_it_links_to_files_that_exist(path: str) -> None:
    """A link within the repository leads somewhere."""
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", read(path)):
        if "://" not in link and not link.startswith("mailto:"):
            assert (ROOT / path).parent.joinpath(link).exists(), link
