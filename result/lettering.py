"""
What is known of a text without its font. Pure.

How wide it is, near enough to break lines and to shorten, and in which script it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate

_NARROW = frozenset("iIljtfr.,:;!'’|()[]/ -")
_BROAD = frozenset("mwMW@%&—…")
_PIECES = re.compile(r"\s+|\S+")
_ELLIPSIS = "…"


def is_han(text: str) -> bool:
    """Tell whether letters of China, Japan or Korea are in a text."""
    return any(_is_wide(letter) and letter.isalpha() for letter in text)


def is_arabic(text: str) -> bool:
    """Tell whether Arabic letters are in a text."""
    return any(unicodedata.bidirectional(letter) == "AL" for letter in text)


def turns(text: str) -> bool:
    """Tell whether some of a text is read from right to left."""
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)


def width(text: str, size: float) -> float:
    """
    Estimate how wide a text of bold letters is, rather too wide, in the unit of their size.

    It goes by DejaVu Sans, the widest of the fonts in which it may be shown.
    """
    return size * sum(map(_breadth, text))


@lru_cache(maxsize=4096)
def _breadth(letter: str) -> float:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0  # above or below another one
    if _is_wide(letter):
        return 1
    if letter in _NARROW:
        return 0.42
    if letter in _BROAD:
        return 1.04
    return 0.79 if letter.isupper() else 0.69


def shortened(text: str, size: float, room: float) -> str:
    """Cut a text to the room it has, with an ellipsis where something is missing."""
    if width(text, size) <= room:
        return text
    ends = accumulate(map(_breadth, text), initial=_breadth(_ELLIPSIS))
    fits = sum(size * end <= room for end in ends)
    return text[: max(0, fits - 1)].rstrip() + _ELLIPSIS


def lines(text: str, size: float, room: float, most: int) -> list[str]:
    """Break a text into lines, `most` at most; an ellipsis at the end says that there is more."""
    broken = list(_broken(text, size, room))
    whole, rest = broken[: most - 1], "".join(broken[most - 1 :]).strip()
    return [line.strip() for line in whole] + ([shortened(rest, size, room)] if rest else [])


def _broken(text: str, size: float, room: float) -> Iterator[str]:
    line = ""
    for piece in _pieces(text, size, room):
        if line and width((line + piece).rstrip(), size) > room:
            yield line
            line = ""
        line += piece
    yield line


def _pieces(text: str, size: float, room: float) -> Iterator[str]:
    """Give what must not be broken: words; or letters, where words are long or not set apart."""
    for piece in _PIECES.findall(text):
        whole = width(piece, size) <= room and not is_han(piece)
        yield from [piece] if whole else piece


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"
