"""
The parts that the desk and the API need, put together in `admin.app`.
"""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis

from admin.accounts import Accounts
from admin.codes import Codes
from admin.database import Database
from admin.images import Images
from admin.journal import Journal
from admin.organiser import Organiser
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

    def of_token(self, text: str) -> tuple[Organiser, frozenset[str]]:
        """See `admin.access.Keys`."""
        return self.tokens.find(text)

    def check_poll(self, organiser: Organiser, poll: int) -> None:
        """See `admin.access.Keys`."""
        self.office.check(organiser, poll)
