"""
Codes that are tried in vain: how many may come from one address, and who hears of it.

Each process counts for itself.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ballotbox.allowance import Allowance, Allowances, Rate
from ballotbox.errors import SlowDown, UnknownCode, VotifyError
from web import client

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

WRONG = Rate(per_second=1, burst=200)
"""Wrong codes of voters from one address that are answered as such: a hall mistypes less."""

# In a hall behind one address hundreds mistype a poll's code; there are 900 million of them.
_POLLS = Rate(per_second=2, burst=500)
_TOLD = Rate(per_second=1 / 60, burst=1)
_CODE = 6  # characters
_SLOWLY = "Too many codes were tried from here. Wait a moment, then try again."
_log = logging.getLogger(__name__)


class Guesses:
    """
    Counts wrong codes of polls by address.

    While there are too many, the code of a poll that is on no list is worth as little there as a
    wrong one. Slugs, and codes of polls that everybody can see, go on working.

    :param clock: gives seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._known = Allowances(_POLLS, clock)

    def check(self, environ: WSGIEnvironment) -> None:
        """Raise SlowDown if too many were tried from where the request comes from."""
        if self._of(environ).is_spent:
            raise SlowDown(_SLOWLY)

    def wrong(self, name: str, environ: WSGIEnvironment) -> None:
        """Note that no poll is called so; raises SlowDown if too many codes were tried before."""
        if len(name) == _CODE and name.isalnum():
            self.check(environ)
            self._of(environ).take()

    def _of(self, environ: WSGIEnvironment) -> Allowance:
        return self._known.of(client.address(environ))


class WrongCodes:
    """
    Counts wrong codes of voters by address.

    A right code is never refused for them: a hall sits behind one address, and a stranger in it
    would shut everybody out. What guards the codes is their length of 49 bits; what is refused here
    says to whoever guesses that it was seen, and to whoever runs Votify that somebody does.
    """

    def __init__(self) -> None:
        self._wrong, self._told = Allowances(WRONG), Allowances(_TOLD)

    def refusal(self, poll: int, environ: WSGIEnvironment) -> VotifyError:
        """Count a wrong code; gives UnknownCode, or SlowDown where there have been too many."""
        user = client.address(environ)
        if not self._wrong.of(user).take():
            return UnknownCode()
        if not self._told.of(user).take():
            _log.warning("many wrong codes come from one address", extra={"poll": poll})
        return SlowDown(_SLOWLY)
