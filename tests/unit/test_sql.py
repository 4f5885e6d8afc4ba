"""The files of SQL: named, described, numbered."""

from __future__ import annotations

import re

from ballotbox.sql import QUERIES, migrations, parse, texts
from deploy.local.layout import ROOT


def test_it_splits_a_file_into_named_statements() -> None:
    """What stands before the first name is for the reader of the file."""
    text = "-- About\n\n-- one --\n-- Why.\nSELECT 1;\n\n-- two --\n-- Why.\nSELECT 2;\n"
    assert parse(text) == {"one": "-- Why.\nSELECT 1;", "two": "-- Why.\nSELECT 2;"}


def test_it_names_no_query_twice() -> None:
    """A second query of the same name would silently replace the first."""
    names = re.findall(r"^-- (\w+) --$", "\n".join(texts()), flags=re.MULTILINE)
    assert sorted(names) == sorted(QUERIES)


def test_it_describes_every_query() -> None:
    """Each query starts with a comment that says what it does, and is one statement."""
    for name, query in QUERIES.items():
        assert query.startswith("-- "), name
        code = re.sub(r"--.*", "", query).strip()
        assert code.count(";") == 1, name
        assert code.endswith(";"), name


def test_it_uses_every_query() -> None:
    """A query that nobody runs is not kept."""
    parts = ("ballotbox", "worker", "result", "admin")
    paths = [path for part in parts for path in (ROOT / part).rglob("*.py")]
    sources = [path.read_text("utf-8") for path in paths]
    for name in QUERIES:
        assert any(f'"{name}"' in source for source in sources), name


def test_it_numbers_the_migrations_without_gaps() -> None:
    """Migrations are applied in the order of their numbers, from 1."""
    found = migrations()
    assert [number for number, _, _ in found] == list(range(1, len(found) + 1))
