"""
The SQL of Votify, by name: of the ledger in `queries.sql`, of the organisers' desk in the others.

Each file holds blocks of `-- name --`, a description in comments, and one statement.
"""

from __future__ import annotations

import re
from importlib.resources import files


def parse(text: str) -> dict[str, str]:
    """Split the text of a file of queries into its statements, by name."""
    _, *blocks = re.split(r"^-- (\w+) --$", text, flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(blocks[::2], blocks[1::2], strict=True)}


def migrations() -> list[tuple[int, str, str]]:
    """List the migrations in order: number, name and text."""
    return sorted(
        (int(match[1]), match[2], path.read_text("utf-8"))
        for path in files(__package__).joinpath("migrations").iterdir()
        if (match := re.fullmatch(r"(\d{4})_(\w+)\.sql", path.name))
    )


def texts() -> list[str]:
    """Read the files of queries."""
    folder = files(__package__)
    names = sorted(path.name for path in folder.iterdir() if path.name.endswith(".sql"))
    return [folder.joinpath(name).read_text("utf-8") for name in names]


QUERIES = {name: statement for text in texts() for name, statement in parse(text).items()}
