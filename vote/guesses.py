"""
Wrong codes: how many may come from one address, and who hears of it.
"""

from __future__ import annotations

import logging

from ballotbox.allowance import Allowances, Rate
from ballotbox.errors import SlowDown, UnknownCode, VotifyError

WRONG = Rate(per_second=1, burst=200)
"""Wrong codes from one address that are answered as such: a hall that mistypes stays below."""

_TOLD = Rate(per_second=1 / 60, burst=1)
_log = logging.getLogger(__name__)


class Guesses:
    """
    Counts the wrong codes of each address, in this process.

    A right code is never refused for them: a hall sits behind one address, and a stranger in it
    would shut everybody out. What guards the codes is their length of 49 bits; what is refused here
    says to whoever guesses that it was seen, and to whoever runs Votify that somebody does.
    """

    def __init__(self) -> None:
        self._wrong, self._told = Allowances(WRONG), Allowances(_TOLD)

    def refusal(self, poll: int, address: str) -> VotifyError:
        """Count a wrong code; gives UnknownCode, or SlowDown where there have been too many."""
        if not self._wrong.of(address).take():
            return UnknownCode()
        if not self._told.of(address).take():
            _log.warning("many wrong codes come from one address", extra={"poll": poll})
        return SlowDown()
