"""
Tries at a password, by the browser of the request at hand.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from admin.access import client, device_text
from admin.parts import Parts


def trying(parts: Parts, name: str) -> AbstractContextManager[None]:
    """See `Throttle.trying`."""
    device = parts.devices.find(device_text(), name)
    return parts.throttle.trying(name=name, address=client(), device=device)
