"""
The addresses that people are given: of ballot papers, of results, of codes.
"""

from __future__ import annotations

from flask import request

from ballotbox.poll import Poll
from ballotbox.settings import Settings


class Addresses:
    """Where voters find a poll, from outside."""

    def __init__(self, settings: Settings) -> None:
        self._public = settings.public_url.rstrip("/")

    @property
    def front(self) -> str:
        """The address at which people type in a code to join."""
        if self._public:
            return self._public
        return f"{request.scheme}://{request.host}"

    def vote(self, poll: Poll, *, code: str = "") -> str:
        """Give the address of the ballot paper, filled in with a voter's code."""
        return f"{self.front}/vote/{poll.slug}{f'?code={code}' if code else ''}"

    @staticmethod
    def plain(address: str) -> str:
        """Write an address as people type it."""
        return address.partition("://")[2]
