"""Somebody who follows what changes in a ledger, as `result` does."""

from __future__ import annotations

from ballotbox.ledger import Bookmark, Ledger
from ballotbox.tally import Tally


class Follower:
    """Reads what has changed since the last look, and leaves what it has seen already."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.seen: dict[int, Tally] = {}
        self.given: list[Tally] = []
        self._bookmark: Bookmark | None = None

    def look(self) -> list[Tally]:
        """Give what is new, by the polls' ids; `given` is all that the ledger has given."""
        self.given, self._bookmark = self.ledger.changes(self._bookmark)
        news = [tally for tally in self.given if self.seen.get(tally.poll) != tally]
        self.seen |= {tally.poll: tally for tally in news}
        return news
