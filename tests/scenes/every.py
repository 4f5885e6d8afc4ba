"""
All scenes, in the order in which they are played.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.scenes import desk, languages, outages, presenting, receipts, results, voting, waiting
from tests.scenes.visit import Scene

# What needs a Votify without polls comes first, and what shuts somebody out last.
SCENES: Sequence[Scene] = (
    *results.EMPTY,
    *voting.SCENES,
    *receipts.SCENES,
    *waiting.SCENES,
    *results.SCENES,
    *presenting.SCENES,
    *desk.SCENES,
    *languages.SCENES,
    *outages.SCENES,
)
