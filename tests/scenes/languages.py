"""
The same in other languages, one of them written from right to left.
"""

from __future__ import annotations

from dataclasses import replace

from tests.scenes import desk, outages, presenting, receipts, results, voting, waiting
from tests.scenes.results import result
from tests.scenes.visit import Scene
from tests.scenes.voting import paper

_OWN = {"ar": "arabic", "de": "german", "zh-Hans": "chinese"}
"""Languages, and the poll that is asked in each."""

_ALSO = {
    "front/polls",
    "paper/ranked-chosen",
    "paper/rating-chosen",
    "paper/codes",
    "receipt/replaced",
    "result/final-ranked",
    "result/rating",
    "result/timeline",
    "results/all",
    "present/ranked",
    "embed/single",
    "waiting/kept",
    "away/vote",
    "desk/polls",
    "desk/new",
    "desk/open",
}
"""Which scenes are made in those languages too."""

_ALL = [
    scene
    for part in (voting, receipts, waiting, results, presenting, desk, outages)
    for scene in part.SCENES
]

SCENES: list[Scene] = [
    scene
    for language, poll in _OWN.items()
    for scene in (
        Scene(name=f"{language}/paper/own", play=paper(poll), language=language),
        Scene(name=f"{language}/result/own", play=result(poll), language=language),
        *(
            replace(each, name=f"{language}/{each.name}", language=language)
            for each in _ALL
            if each.name in _ALSO
        ),
    )
]
