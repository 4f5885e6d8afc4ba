"""How the documents are read: which there are, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from deploy.local.layout import ROOT


def read(path: str) -> str:
    """Read a file of the repository."""
    return (ROOT / path).read_text("utf-8")


def documents() -> list[str]:
    """List the documents."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(str(path.relative_to(ROOT)) for path in found)


def words(text: str) -> set[str]:
    """List what stands in a document as `code`, whole and word for word."""
    codes = re.findall(r"`([^`\n]+)`", text)
    return {*codes, *(word for code in codes for word in re.split(r"[\s=,]+", code))}


def rows(text: str) -> list[str]:
    """List the rows of all tables."""
    return re.findall(r"^\|.*\|$", text, flags=re.MULTILINE)


def anchors(text: str) -> set[str]:
    """List what a link may name behind the #, as GitHub makes it out of the headings."""
    headings = re.findall(r"^#+ (.+)$", _without_programs(text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _without_programs(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Program:
    """A program in a document: where it stands, and its text."""

    path: str
    heading: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}#{self.heading}"


def programs(path: str, language: str = "python") -> Iterator[Program]:
    """Find the programs in a document."""
    heading = ""
    for found in re.finditer(
        rf"^#+ (?P<heading>[^\n]+)$|^```{language}\n(?P<text>.*?)^```$",
        read(path),
        flags=re.MULTILINE | re.DOTALL,
    ):
        if found["text"] is not None:
            yield Program(path, heading, found["text"])
        else:
            heading = found["heading"]
