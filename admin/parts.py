"""
The parts that the desk and the API need, put together in `admin.app`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from redis import Redis

from admin.accounts import Accounts
from admin.codes import Codes
from admin.database import Database
from admin.devices import Devices
from admin.factors import Factors
from admin.images import Images
from admin.journal import Journal
from admin.organiser import Holder, Organiser
from admin.polls import Office
from admin.sessions import Sessions
from admin.throttle import Throttle
from admin.tokens import Tokens
from ballotbox.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What can be done, by whichever door."""

    settings: Settings
    redis: Redis
    database: Database
    accounts: Accounts
    sessions: Sessions
    devices: Devices
    factors: Factors
    tokens: Tokens
    office: Office
    codes: Codes
    images: Images
    journal: Journal
    throttle: Throttle

    def close(self) -> None:
        """Give the connections back."""
        self.redis.close()
        self.database.close()

    def of_session(self, text: str) -> Organiser:
        """See `admin.access.Keys`."""
        return self.sessions.find(text)

    def of_pending(self, text: str) -> Organiser:
        """See `admin.access.Keys`."""
        return self.sessions.find_pending(text)

    def of_token(self, text: str, *, address: str) -> Holder:
        """See `admin.access.Keys`."""
        return self.tokens.find(text, address=address)

    def is_confirmed(self, text: str) -> bool:
        """See `admin.access.Keys`."""
        return self.sessions.is_confirmed(text)

    def confirm(
        self, organiser: Organiser, text: str, password: str, *, address: str, device: str
    ) -> None:
        """See `admin.access.Keys`."""
        with self.trying(organiser.name, address=address, device=device):
            self.accounts.check_own(organiser, password)
        self.sessions.confirm(text)

    def trying(
        self, name: str, *, address: str, device: str, second: bool = False
    ) -> AbstractContextManager[None]:
        """See `Throttle.trying`; the device is what a browser shows that it was remembered by."""
        known = self.devices.find(device, name)
        return self.throttle.trying(name=name, address=address, device=known, second=second)

    def check_poll(self, organiser: Organiser, poll: int) -> None:
        """See `admin.access.Keys`."""
        self.office.check(organiser, poll)
