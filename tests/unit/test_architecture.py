"""Who may import whom: the picture in the design, held by reading every file."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from deploy.local.layout import ROOT

SERVICES = ("vote", "worker", "result", "admin")
SHARED = ("ballotbox", "web")
KINDS = tuple(f"kinds.{path.stem}" for path in sorted((ROOT / "ballotbox/kinds").glob("[a-z]*.py")))
PURE = (
    *("poll", "ballot", "tally", "timeline", "sentence", "errors", "rules", "kinds"),
    *KINDS,
)
# What a pure module needs: data types and their notation. No clock, no file, no network.
PURE_IMPORTS = {
    *("__future__", "collections", "collections.abc", "dataclasses", "datetime", "enum"),
    *("functools", "itertools", "json", "re", "typing"),
    *(f"ballotbox.{name}" for name in PURE),
}
FRAMEWORKS = {"flask", "werkzeug", "jinja2", "socketio", "engineio", "eventlet", "rq", "gunicorn"}
# What each part never needs, besides the other services: the table of "who talks to whom".
FORBIDDEN = {
    "ballotbox": {*FRAMEWORKS, "babel", "flask_babel", "web"},
    "web": {"psycopg", "redis", "rq", "eventlet", "socketio", "gunicorn"},
    "vote": {"psycopg", "psycopg_pool", "rq", "eventlet", "socketio"},
    "worker": {"flask", "web", "socketio", "eventlet", "gunicorn"},
    "result": {"rq", "gunicorn"},
    "admin": {"rq", "eventlet", "socketio"},
}
# Packages that are imported under another name than they are installed.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "argon2": "argon2-cffi",
    "engineio": "python-engineio",
    "socketio": "python-socketio",
}


@cache
def imports(path: Path) -> frozenset[str]:
    """List what a file imports, as full names; `from x import y` counts as x and as x.y."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = "." * node.level + (node.module or "")
            found.add(package)
            found.update(f"{package}.{alias.name}" for alias in node.names)
    return frozenset(found)


def top(name: str) -> str:
    """Give the package at the top of a name."""
    return name.partition(".")[0]


def files_of(package: str) -> list[Path]:
    """List the Python files of a package."""
    found = sorted((ROOT / package).rglob("*.py"))
    assert found, package
    return found


def with_shared_code(package: str) -> Iterator[Path]:
    """List the files of a package and those of `ballotbox` that are loaded with them."""
    waiting, seen = files_of(package), set[Path]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        yield path
        for name in imports(path):
            if top(name) in SHARED:
                parts = name.split(".")
                places = [ROOT.joinpath(*parts[:end]) for end in range(1, len(parts) + 1)]
                waiting += [place.with_suffix(".py") for place in places]
                waiting += [place / "__init__.py" for place in places]
        waiting = [path for path in waiting if path.exists()]


def parts() -> list[str]:
    """List the packages that run in production."""
    return [*SHARED, *SERVICES]


@pytest.mark.parametrize("part", parts())
def test_it_imports_only_what_its_place_allows(part: str) -> None:
    """Services import what they share and never each other; what is shared knows no service."""
    others = {*SERVICES, "deploy", "tests", "benchmarks", "chaos"} - {part}
    for path in files_of(part):
        tops = {top(name) for name in imports(path)}
        assert not tops & others, path
        assert not tops & FORBIDDEN[part], path
        assert "" not in tops, f"{path}: imports are written in full"


@pytest.mark.parametrize("service", SERVICES)
def test_it_loads_nothing_forbidden_by_way_of_the_shared_code(service: str) -> None:
    """What a service never needs does not come in through `ballotbox` either."""
    for path in with_shared_code(service):
        tops = {top(name) for name in imports(path)}
        assert not tops & FORBIDDEN[service], path


@pytest.mark.parametrize("module", PURE)
def test_it_keeps_the_rules_of_voting_pure(module: str) -> None:
    """Poll, ballot, tally, kinds, rules and errors know no clock, no file and no network."""
    place = ROOT.joinpath("ballotbox", *module.split("."))
    named = imports(place / "__init__.py" if place.is_dir() else place.with_suffix(".py"))
    modules = {name for name in named if not any(name.startswith(f"{pure}.") for pure in named)}
    assert modules <= PURE_IMPORTS


def test_it_keeps_the_frame_of_pages_away_from_votes() -> None:
    """What pages share takes nothing of `ballotbox` but what is pure."""
    for path in files_of("web"):
        named = (name.split(".") for name in imports(path))
        taken = {more[0] for package, *more in named if package == "ballotbox" and more}
        assert taken <= set(PURE), path


def test_it_imports_eventlet_in_one_file() -> None:
    """It is on its way out: one file is to be replaced one day, not many."""
    users = [
        path
        for part in [*parts(), "deploy", "benchmarks", "chaos"]
        for path in files_of(part)
        if any(top(name) == "eventlet" for name in imports(path))
    ]
    assert len(users) == 1, users
    assert users[0].is_relative_to(ROOT / "result")


def test_it_touches_the_list_of_ballots_in_one_file() -> None:
    """`queue` is the only owner of the ballots' keys: nothing else in the code names them."""
    for part in parts():
        for path in files_of(part):
            tree = ast.parse(path.read_text("utf-8"))
            texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
            keys = {text for text in texts if isinstance(text, str) and text.startswith("votes:")}
            assert not keys or path == ROOT / "ballotbox" / "queue.py", (path, keys)


@pytest.mark.parametrize("service", SERVICES)
def test_it_names_every_package_that_a_service_loads(service: str) -> None:
    """What is imported stands in the service's own requirements, and is not there by chance."""
    asked = asked_for(service)
    for path in with_shared_code(service):
        for name in {top(name) for name in imports(path)} - sys.stdlib_module_names:
            if name not in (service, *SHARED, "_typeshed"):
                assert DISTRIBUTIONS.get(name, name.replace("_", "-")) in asked, (path, name)


def asked_for(name: str) -> set[str]:
    """Read the packages that are installed for a service."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    return set(re.findall(r"^([a-z0-9-]+)==", text, flags=re.MULTILINE))


def test_it_starts_vote_without_a_database_driver() -> None:
    """Voting goes on while PostgreSQL is away, so its driver is not even installed there."""
    program = "import sys; sys.modules.update(dict.fromkeys(['psycopg', 'rq', 'eventlet'])); "
    subprocess.run([sys.executable, "-c", program + "import vote.app"], cwd=ROOT, check=True)


def test_it_does_nothing_at_import() -> None:
    """Importing connects nowhere, starts no thread and reads no setting."""
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in files_of("ballotbox")
        if path.name not in ("__init__.py", "__main__.py")
    ]
    program = (
        "import os, socket, sys, threading\n"
        "import prometheus_client, psycopg, redis, rq  # they may read their own variables\n"
        "def forbidden(*args, **options): raise SystemExit('at import')\n"
        "socket.socket.connect = forbidden\n"
        "os.environ = os.environb = None\n"
        f"import {', '.join(modules)}, worker.app\n"
        "sys.exit(threading.active_count() > 1 and 'a thread')\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
