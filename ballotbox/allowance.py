"""
How often something may be done in a while. Pure.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from typing import NamedTuple


class Rate(NamedTuple):
    """So many times a second in the long run, and `burst` times at once."""

    per_second: float
    burst: int


class Allowance:
    """
    Tells who asks too often how long to wait: the generic cell rate algorithm (ITU-T I.371).

    :param clock: gives seconds that never go back.
    """

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / rate.per_second
        self._tolerance = (rate.burst - 1) * self._interval
        self._clock = clock
        self._whole_at = 0.0  # when nothing of it is used any more

    def take(self) -> float:
        """Use it once; gives the seconds after which that would not have been too early."""
        now = self._clock()
        early = max(0.0, self._whole_at - now - self._tolerance)
        self._whole_at = max(self._whole_at, now) + self._interval
        return early

    @property
    def is_spent(self) -> bool:
        """Tell whether to use it now would be too early."""
        return self._whole_at - self._clock() > self._tolerance

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing of it is used."""
        return self._whole_at <= self._clock()


class Allowances:
    """
    One allowance for each network, forgotten once it is whole again.

    :param clock: gives seconds that never go back.
    """

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._known: dict[str, Allowance] = {}
        self._tidied = clock()

    def of(self, address: str) -> Allowance:
        """Give the allowance that all clients of an address, and of its network, share."""
        if self._clock() - self._tidied > _TIDY:
            self._tidied = self._clock()
            self._known = {name: each for name, each in self._known.items() if not each.is_whole}
        return self._known.setdefault(network(address), Allowance(self._rate, self._clock))


def network(address: str) -> str:
    """Name what one customer of a provider has: a single address, or 2^64 of the newer ones."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False).network_address)


_TIDY = 60.0  # seconds between two looks at which addresses may be forgotten
