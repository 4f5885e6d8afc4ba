"""
The picture of a result for posts elsewhere: where everything stands on it, and what is said.

Made of what the viewer may see and nothing else. `templates/picture.svg` draws it. Pure but for the
language of who asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from types import MappingProxyType

from flask import render_template

from result import caption, figures
from result.lettering import is_arabic, is_han, lines, shortened, turns, width

WIDTH, HEIGHT = 1200, 630

_MARGIN = 72
_TOP, _BOTTOM = 112, 516  # of what stands between the first line and the last
_MOST_ROWS = 4  # of options; more stand in two columns
_MOST_OPTIONS = 8
_GUTTER = 64  # between two columns

# The tokens of votify.css. A picture has to bring its own.
THEMES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "light": {
            "paper": "#f8f6f1",
            "ink": "#1a1b22",
            "ink-soft": "#565863",
            "pen": "#2a3bd1",
            "bar": "#2a3bd1",
            "bar-other": "#6f7bd6",
            "track": "#ebe8e0",
            "good": "#17693b",
        },
        "dark": {
            "paper": "#111218",
            "ink": "#f3f1ec",
            "ink-soft": "#b3b4c0",
            "pen": "#a3adff",
            "bar": "#a3adff",
            "bar-other": "#6a74cc",
            "track": "#272a36",
            "good": "#7fd7a0",
        },
    }
)


# What draws PNGs looks for a letter in other fonts only while it has found each one before it: an
# emoji that the machine lacks would cost the letters behind it. So each script has its own fonts.
_LATIN = (
    "'Noto Sans', system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
)
_ARABIC = "'Noto Sans Arabic', 'Geeza Pro', 'Segoe UI', 'DejaVu Sans', sans-serif"
_HAN = "'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Micro Hei', sans-serif"


@dataclass(frozen=True, slots=True)
class Text:
    """A line of letters: its base line, and where it begins or, if `ends`, where it ends."""

    text: str
    x: float
    y: float
    size: float
    colour: str = "ink"
    bold: bool = False
    ends: bool = False

    @property
    def written(self) -> str:
        """Give the text so that its direction, whichever it is, stays its own."""
        return f"\u2068{self.text}\u2069" if turns(self.text) else self.text

    @property
    def font(self) -> str:
        """Name the fonts for its script."""
        if is_han(self.text):
            return _HAN
        return _ARABIC if is_arabic(self.text) else ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in its track; a dot where there is nothing to be measured."""

    x: float
    y: float
    width: float
    height: float
    filled: float = 0
    leads: bool = False


Mark = Text | Bar


def draw(shown: figures.Shown, *, host: str, theme: str, mirrored: bool) -> str:
    """
    Draw the picture of a snapshot as SVG.

    :param host: where one votes, as people type it.
    :param theme: one of THEMES.
    :param mirrored: whether it is read from right to left.
    """
    marks = [*_head(shown), *_body(shown), *_foot(shown, host)]
    return render_template(
        "picture.svg",
        marks=[_mirror(mark) for mark in marks] if mirrored else marks,
        title=caption.spoken(shown),
        mirrored=mirrored,
        colours=THEMES[theme],
        font=_LATIN,
        size=(WIDTH, HEIGHT),
    )


def _mirror(mark: Mark) -> Mark:
    if isinstance(mark, Text):
        return replace(mark, x=WIDTH - mark.x, ends=not mark.ends)
    return replace(mark, x=WIDTH - mark.x - mark.width)


def _head(shown: figures.Shown) -> Iterator[Mark]:
    is_open = shown["poll"]["state"] == "open"
    yield Text("Votify", _MARGIN + 50, 74, 32, bold=True)
    state = shortened(caption.state(shown), 26, 700)
    colour = "good" if is_open else "ink-soft"
    yield Text(state, WIDTH - _MARGIN, 74, 26, colour, bold=True, ends=True)


def _body(shown: figures.Shown) -> Iterator[Mark]:
    size = _size(shown["poll"]["question"])
    question = lines(shown["poll"]["question"], size, _room(), 2)
    for number, line in enumerate(question):
        yield Text(line, _MARGIN, _TOP + size * (1.05 + 1.15 * number), size, bold=True)
    top = _TOP + size * (0.25 + 1.15 * len(question))
    yield from _options(shown, top + 28)


def _size(question: str) -> int:
    """Choose the size at which a question stands on one line, or else on two."""
    on_one = (size for size in (56, 50, 44) if width(question, size) <= _room())
    return next(on_one, 56 if width(question, 56) < 1.8 * _room() else 44)


def _room() -> float:
    return WIDTH - 2 * _MARGIN


def _options(shown: figures.Shown, top: float) -> Iterator[Mark]:
    options = shown["options"]
    drawn, rest = _chosen(options)
    bottom = float(_BOTTOM)
    if rest:
        yield Text(caption.rest(shown, rest), _MARGIN, bottom - 4, 24, "ink-soft")
        bottom -= 44
    columns = 1 if len(drawn) <= _MOST_ROWS else 2
    rows = -(-len(drawn) // columns)
    height = min(132.0, (bottom - top) / rows)
    room = (_room() - _GUTTER * (columns - 1)) / columns
    most = max(map(figures.standing, options))
    for number, option in enumerate(drawn):
        x = _MARGIN + (room + _GUTTER) * (number // rows)
        box = Bar(x, top + height * (number % rows), room, height)
        leads = bool(most) and figures.standing(option) == most
        yield from _option(shown, option, replace(box, leads=leads), wordy=columns == 1)


def _chosen(options: Sequence[figures.Shown]) -> tuple[list[figures.Shown], list[figures.Shown]]:
    """Divide options into those that have room, in the poll's order, and the rest."""
    if len(options) <= _MOST_OPTIONS:
        return list(options), []
    ahead = sorted(options, key=figures.standing, reverse=True)[:_MOST_OPTIONS]
    chosen = {each["id"] for each in ahead}
    return (
        [each for each in options if each["id"] in chosen],
        [each for each in options if each["id"] not in chosen],
    )


def _option(
    shown: figures.Shown, option: figures.Shown, box: Bar, *, wordy: bool
) -> Iterator[Mark]:
    """
    Put an option into its box.

    :param wordy: whether there is room for words beside the number that stands large.
    """
    size = min(42.0, box.height * 0.4)
    base, end = box.y + size, box.x + box.width
    if shown["hidden"]:
        dot = size * 0.36
        yield Bar(box.x, base - dot * 1.45, dot, dot, dot)
        text = shortened(option["text"], size, box.width - 2.2 * dot)
        yield Text(text, box.x + 2.2 * dot, base, size, bold=True)
        return
    said = [(figures.figure(option, shown["ballots"]), "ink", True)]
    said += [(caption.votes(option, shown), "ink-soft", False)] if wordy else []
    rooms = [0.0, *accumulate(width(text, size) + size * 0.6 for text, _, _ in said)]
    for (text, colour, bold), taken in zip(said, rooms, strict=False):
        yield Text(text, end - taken, base, size, colour, bold=bold, ends=True)
    text = shortened(option["text"], size, box.width - rooms[-1])
    yield Text(text, box.x, base, size, bold=True)
    height = min(40.0, box.height * 0.28)
    filled = box.width * figures.extent(option) / 100
    yield Bar(box.x, base + box.height * 0.12, box.width, height, filled, box.leads)


def _foot(shown: figures.Shown, host: str) -> Iterator[Mark]:
    numbers, as_of = caption.numbers(shown)
    poll, end = shown["poll"], WIDTH - _MARGIN
    yield Text(numbers, _MARGIN, 560, 28, bold=True)
    yield Text(as_of, _MARGIN, 594, 22, "ink-soft")
    if poll["state"] == "open":
        room = _room() - width(numbers, 28) - _GUTTER
        ways = caption.ways(poll, host)
        way = next((each for each in ways if width(each, 28) < room), "")
        yield Text(way, end, 560, 28, "pen", bold=True, ends=True)
    if not shown["hidden"]:
        yield Text(caption.measure(poll["kind"]), end, 594, 22, "ink-soft", ends=True)
