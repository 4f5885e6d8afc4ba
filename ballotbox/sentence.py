"""
Sentences for people: in English, and so that a page can say them in its own language. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self


class Sentence(str):
    """
    A sentence that knows what it was made of.

    `text` is what the translations know it by, with places such as `%(most)s`, and `values` is what
    stands there: numbers, names, other sentences. Whoever does not care has its English.
    """

    __slots__ = ("text", "values")
    text: str
    values: Mapping[str, object]

    def __new__(cls, text: str, **values: object) -> Self:
        """Fill in a text."""
        made = super().__new__(cls, text % values if values else text)
        made.text, made.values = text, values
        return made
