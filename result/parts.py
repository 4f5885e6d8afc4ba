"""
The pictures of a poll's page, each a piece of HTML that the page can fetch again by itself.

They are drawn here and nowhere else, so that a page without scripts has the same ones. Each is kept
until what it shows has changed, so that an audience of any size costs one drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from flask import render_template
from markupsafe import Markup

from result import rounds_picture, timeline_picture
from result.standing import Standing
from result.timeline import Timelines
from web.language import chosen

_MOST_KEPT = 400  # pieces

Part = Callable[[Standing], Markup]


class Parts:
    """Makes the pieces, each in the language of who asks; an empty one where there is nothing."""

    def __init__(self, timelines: Timelines) -> None:
        self._timelines = timelines
        self._kept: dict[tuple[str, int, str], tuple[object, Markup]] = {}
        self.by_name: Mapping[str, Part] = MappingProxyType(
            {"rounds": self.rounds, "timeline": self.timeline}
        )

    def rounds(self, standing: Standing) -> Markup:
        """Draw the rounds of a ranked poll, with the table that says the same."""
        rounds = standing.shown["rounds"]
        if not rounds:
            return Markup()
        stamp = (standing.poll.revision, standing.shown["final"], rounds)
        return self._keep(
            "rounds",
            standing,
            stamp,
            lambda: {"shown": standing.shown, "picture": rounds_picture.draw(rounds)},
        )

    def timeline(self, standing: Standing) -> Markup:
        """Draw how the numbers came to be; raises LedgerUnavailable."""
        timeline = self._timelines.of(standing.poll, voted=standing.voted)
        if timeline["hidden"]:
            return Markup()
        stamp = (standing.poll.revision, standing.shown["final"], timeline)
        return self._keep(
            "timeline",
            standing,
            stamp,
            lambda: {
                "shown": standing.shown,
                "picture": timeline_picture.draw(timeline),
                "drawn": next(reversed(timeline["cast"]), 0),
            },
        )

    def _keep(
        self, part: str, standing: Standing, stamp: object, draw: Callable[[], dict[str, Any]]
    ) -> Markup:
        key = (part, standing.poll.id, chosen())
        before, markup = self._kept.get(key, (None, Markup()))
        if before != stamp:
            markup = Markup(render_template(f"parts/{part}.html", **draw()))  # noqa: S704 - ours
            self._kept[key] = (stamp, markup)
            while len(self._kept) > _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return markup
