"""What the reference lists is what there is: settings, routes, errors, events, fields, metrics."""

from __future__ import annotations

import importlib
import json
import re
from dataclasses import Field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import ballotbox
from ballotbox.errors import SettingsError, VotifyError
from ballotbox.poll import Option, Poll
from ballotbox.queue import FateState
from ballotbox.settings import Settings
from ballotbox.tally import Tally, snapshot
from deploy.local.layout import ROOT
from tests.docs.reading import read, rows, words
from tests.showing import site

SERVICES = ("ballotbox", "vote", "worker", "result", "admin")
# For who runs a service; NGINX does not pass them on.
OPERATIONS = {"/healthz", "/readyz", "/metrics"}


def code(*folders: str) -> str:
    """Read the Python of some folders."""
    return "\n".join(
        path.read_text("utf-8") for folder in folders for path in (ROOT / folder).rglob("*.py")
    )


# --- settings and keys ----------------------------------------------------------------------------


def shown(default: Any) -> str:
    """Write a default as it is set."""
    if default in (None, ""):
        return "–"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{','.join(default)}`" if isinstance(default, tuple) else f"`{default}`"


@pytest.mark.parametrize("each", fields(Settings), ids=lambda each: each.name)
def test_it_shows_the_default_and_the_help_of_every_setting(each: Field[Any]) -> None:
    """docs/configuration.md has the setting's own words, in a row of a table."""
    row = f"| `{each.name.upper()}` | {shown(each.default)} | {each.metadata['help']} |"
    assert row in rows(read("docs/configuration.md"))


def test_it_explains_every_variable_of_the_router() -> None:
    """docs/configuration.md has a row for each variable of NGINX's template."""
    template = read("nginx/templates/default.conf.template")
    variables = set(re.findall(r"\$\{([A-Z_]+)\}", template))
    listed = re.findall(r"^\| `([A-Z_]+)` ", read("docs/configuration.md"), flags=re.MULTILINE)
    assert variables <= set(listed)


def test_it_repeats_the_map_of_redis_word_for_word() -> None:
    """docs/architecture.md has the table of the library's docstring."""
    assert set(rows(ballotbox.__doc__ or "")) <= set(rows(read("docs/architecture.md")))


# --- what programs meet ---------------------------------------------------------------------------


def vote_app() -> Flask:
    """Make the vote service; it connects to nothing before the first request."""
    from vote.app import create_app  # noqa: PLC0415

    return create_app(Settings(secret_key="only for this test"))


def result_app() -> Flask:
    """Make the result service, which has read nothing."""
    return site(None).application


def admin_app() -> Flask:
    """Make the desk and its API; it connects to nothing before the first request."""
    from admin.app import create_app, make_parts  # noqa: PLC0415

    return create_app(make_parts(Settings()))


def calls(app: Flask) -> set[tuple[str, str]]:
    """Give the methods and addresses that are for programs, written as in docs/api.md."""
    return {
        (method, re.sub(r"<\w+:", "<", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in {*(rule.methods or ())} - {"HEAD", "OPTIONS"}
        if rule.rule not in OPERATIONS
        and rule.endpoint != "static"
        and not rule.rule.startswith("/admin")
    }


@pytest.mark.parametrize("make", [vote_app, result_app, admin_app])
def test_it_lists_every_route(make: Any) -> None:
    """docs/api.md has a row for each method and address."""
    text = read("docs/api.md")
    for method, path in calls(make()):
        assert f"`{method} {path}`" in text or f"`{path}`" in text, path


def test_it_lists_no_route_that_does_not_exist() -> None:
    """What docs/api.md offers is there."""
    apps = (vote_app(), result_app(), admin_app())
    known = {path for app in apps for _, path in calls(app)} | OPERATIONS
    for path in re.findall(r"^\| `[A-Z]+ (/\S*)`", read("docs/api.md"), flags=re.MULTILINE):
        assert path in known or f"{path}".rstrip("/") in known, path


def errors() -> list[str]:
    """List the codes of the errors that a service may send."""
    for service in ("vote.app", "result.app", "admin.app"):
        importlib.import_module(service)
    found, waiting = set[str](), [VotifyError]
    while waiting:
        kind = waiting.pop()
        kinds = kind.__subclasses__()
        waiting += kinds
        if not kinds and not issubclass(kind, SettingsError):
            found.add(kind.code)
    pages = (ROOT / "nginx" / "pages").glob("*.json")
    return sorted(found | {json.loads(page.read_text("utf-8"))["code"] for page in pages})


@pytest.mark.parametrize("error", errors())
def test_it_lists_every_error(error: str) -> None:
    """docs/api.md tells programs what each code means."""
    assert f"`{error}`" in read("docs/api.md")


def acts() -> list[str]:
    """List the acts that have a name of their own."""
    from admin.desk.words import ACTS  # noqa: PLC0415

    return sorted(ACTS)


@pytest.mark.parametrize("act", acts())
def test_it_lists_every_act(act: str) -> None:
    """docs/api.md has the name, by which programs ask for it."""
    section = read("docs/api.md").partition("### The log of acts")[2].partition("\n## ")[0]
    assert f"`{act}`" in section


@pytest.mark.parametrize("state", FateState)
def test_it_lists_what_a_receipt_may_say(state: FateState) -> None:
    """docs/api.md has a row for each state of a receipt."""
    assert any(row.startswith(f"| `{state}` |") for row in rows(read("docs/api.md")))


def test_it_lists_every_event() -> None:
    """docs/api.md has a row for each event of the sockets, and no other."""
    sockets = read("result/sockets.py")
    used = set(re.findall(r'(?:server\.on|_emit)\("([a-z-]+)"', sockets))
    listed = re.findall(
        r"^\| `([a-z-]+)` \| (?:client|server) \|", read("docs/api.md"), flags=re.MULTILINE
    )
    assert set(listed) == used - {"connect", "disconnect"}


def field_names() -> set[str]:
    """List the fields of a snapshot, at every depth."""
    poll = Poll(id=1, slug="s", code="C", question="Q", options=(Option(id=1, text="A"),))
    now = datetime.now(UTC)
    made = snapshot(poll, Tally(poll=1), waiting=0, worker_silent=False, now=now, as_of=now)
    return {*made, *made["poll"], *made["options"][0]}


@pytest.mark.parametrize("name", sorted(field_names()))
def test_it_explains_every_field_of_a_snapshot(name: str) -> None:
    """docs/api.md names it."""
    section = read("docs/api.md").partition("## Snapshots")[2].partition("\n## ")[0]
    assert name in words(section)


# --- what operators meet --------------------------------------------------------------------------


def metrics() -> set[str]:
    """List the metrics by the names that Prometheus sees."""
    found = re.findall(r'(Counter|Gauge|Histogram)\(\s*"(votify_\w+)"', code(*SERVICES))
    return {f"{name}_total" if kind == "Counter" else name for kind, name in found}


@pytest.mark.parametrize("metric", sorted(metrics()))
def test_it_explains_every_metric(metric: str) -> None:
    """docs/runbook.md has a row for it."""
    first = [
        row.split("|")[1].strip(" `").partition("{")[0] for row in rows(read("docs/runbook.md"))
    ]
    assert metric in first


def test_it_names_no_metric_that_does_not_exist() -> None:
    """An alarm on a metric that nobody writes would never go off."""
    named = set(re.findall(r"\bvotify_[a-z_]+\b", read("docs/runbook.md")))
    roles_and_networks = {"votify_owner", "votify_edge", "votify_queue"}
    assert named - roles_and_networks <= metrics()


def test_it_names_only_containers_that_exist() -> None:
    """Whoever types a command of the runbook gets what it says."""
    compose = read("docker-compose.yml").partition("\nservices:")[2].partition("\nnetworks:")[0]
    services = set(re.findall(r"^  ([a-z]+):$", compose, flags=re.MULTILINE))
    for path in ("README.md", "docs/runbook.md", "docs/containers.md"):
        for line in re.findall(
            r"docker compose (?:exec|pause|unpause|stop|logs) ([^\n`]+)", read(path)
        ):
            plain = re.sub(r"--\w+ \d+m|-\w\b", "", line).split()
            assert plain[0] in services, line


def test_it_names_only_files_that_exist() -> None:
    """A document that sends somebody to a file names one that is there."""
    pattern = re.compile(r"[a-z_]+/[\w./-]+\.(?:py|lua|sql|md|conf|template|yml)")
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for word in words(path.read_text("utf-8")):
            if pattern.fullmatch(word):
                assert Path(ROOT, word).exists() or Path(path.parent, word).exists(), word
