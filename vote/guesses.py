"""
Codes of polls that are tried in vain: nobody finds one by trying them all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from ballotbox.allowance import Allowance, Allowances, Rate
from ballotbox.errors import SlowDown

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# In a hall behind one address hundreds mistype a code; there are 900 million of them.
_RATE = Rate(per_second=2, burst=500)
_CODE = 6  # characters
_PREFIX = 64  # bits of an address of IPv6 that tell its user: the others are free to choose
_SLOWLY = "Too many codes were tried from here. Wait a moment, then try again."


class Guesses:
    """
    Counts wrong codes by address, in each process for itself.

    While there are too many, the code of a poll that is on no list is worth as little there as a
    wrong one. Slugs, and codes of polls that everybody can see, go on working.

    :param clock: gives seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._known = Allowances(_RATE, clock)

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
        # NGINX says who is on its other side, and nobody else can reach this service.
        return self._known.of(_user(environ.get("HTTP_X_FORWARDED_FOR") or environ["REMOTE_ADDR"]))


def _user(address: str) -> str:
    try:
        is_short = ip_address(address).version == 4  # noqa: PLR2004
    except ValueError:
        return address
    return address if is_short else str(ip_network((address, _PREFIX), strict=False))
