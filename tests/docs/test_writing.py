"""The documents as documents: their links, their programs, their decisions."""

from __future__ import annotations

import ast
import importlib
import re

import pytest

from deploy.local.layout import ROOT
from tests.docs.reading import Program, anchors, documents, programs, read

LARGEST_PICTURE = 150_000  # bytes


@pytest.mark.parametrize("path", documents())
def test_it_links_to_headings_that_exist(path: str) -> None:
    """A link with a # leads to a heading."""
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", read(path)):
        if "://" not in target:
            document = ROOT / path if not target else (ROOT / path).parent / target
            assert anchor in anchors(document.read_text("utf-8")), f"{target}#{anchor}"


@pytest.mark.parametrize("path", documents())
def test_it_shows_pictures_that_are_there_and_small(path: str) -> None:
    """A picture loads at once, and says what is on it to those who do not see it."""
    for picture in re.findall(r"<img [^>]+>", read(path)):
        found = re.search(r'src="([^"]+)"', picture)
        assert found
        assert re.search(r'alt="[^"]{20,}"', picture), picture
        assert 0 < ((ROOT / path).parent / found[1]).stat().st_size < LARGEST_PICTURE, found[1]


@pytest.mark.parametrize(
    "program", [each for path in documents() for each in programs(path)], ids=str
)
def test_it_imports_only_what_exists(program: Program) -> None:
    """A program in a document can be read by Python, and asks for nothing that is gone."""
    for node in ast.walk(ast.parse(program.text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                importlib.import_module(alias.name)
        elif isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module or "")
            assert all(hasattr(module, alias.name) for alias in node.names)


def decisions() -> list[str]:
    """List the pages of decisions, in order."""
    pages = (ROOT / "docs" / "decisions").glob("*.md")
    return sorted(path.name for path in pages if path.name != "README.md")


def test_it_numbers_decisions_without_gaps() -> None:
    """Each number is given once, and none is left out."""
    assert [int(name[:4]) for name in decisions()] == list(range(1, len(decisions()) + 1))


@pytest.mark.parametrize("name", decisions())
def test_it_gives_each_decision_its_parts(name: str) -> None:
    """A decision has its number and title, a context, what was decided, and what follows."""
    text = read(f"docs/decisions/{name}")
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == [
        "Context",
        "Decision",
        "Consequence",
    ]
    title = text.splitlines()[0].removeprefix(f"# {name[:4]} ")
    assert f"| [{name[:4]}]({name}) | {title} |" in read("docs/decisions/README.md")


def test_it_names_only_commands_of_the_makefile() -> None:
    """Whoever types a command of any document gets what it says."""
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE))
    for path in documents():
        named = re.findall(r"(?:`|^    )make ([a-z-]+)", read(path), flags=re.MULTILINE)
        assert set(named) <= targets, path
