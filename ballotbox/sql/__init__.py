"""
The SQL of the ledger and the catalog, by name.

`queries.sql` holds blocks of `-- name --`, a description in comments, and one statement.
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


QUERIES = parse(files(__package__).joinpath("queries.sql").read_text("utf-8"))
