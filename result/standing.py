"""
Who asks over HTTP, and how the poll that they name stands for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

from ballotbox.errors import PollNotOpen
from ballotbox.poll import Poll, State
from result.board import Board, Snapshot
from result.passes import Passes


@dataclass(frozen=True, slots=True)
class Standing:
    """
    A poll as the one who asks may see it.

    `name` is what the address calls it. `receipt` is the pass that was shown; empty where there was
    none, or one of something else.
    `home` is the address of this site as others find it, without a slash at its end.
    """

    name: str
    poll: Poll
    shown: Snapshot
    receipt: str
    home: str

    @property
    def opened(self) -> bool:
        """Tell whether there is more to say of it than when it opens."""
        return bool(self.shown["poll"]["state"] != State.COMING)

    @property
    def voted(self) -> bool:
        """Tell whether who asks has voted in it."""
        return bool(self.receipt)

    @property
    def host(self) -> str:
        """The address of this site as people type it."""
        return self.home.partition("://")[2]

    def link(self, end: str = "", **arguments: str) -> str:
        """Give an address of this poll under /result for who asks: `.csv`, `/present` and so on."""
        if self.receipt:
            arguments["receipt"] = self.receipt
        query = f"?{urlencode(arguments)}" if arguments else ""
        return f"/result/{self.poll.slug}{end}{query}"


class Standings:
    """
    Finds the poll of a request, for who asks.

    :param public_url: the address of this site; empty where it is that of each request.
    """

    def __init__(self, board: Board, passes: Passes, *, public_url: str = "") -> None:
        self._board = board
        self._passes = passes
        self._public_url = public_url.rstrip("/")

    def of(self, name: str) -> Standing:
        """
        Give how a poll stands for who makes the request at hand.

        :raise UnknownPoll: if there is none.
        :raise PollNotOpen: if there is nothing to say of it yet.
        :raise LedgerUnavailable: if nothing was read yet.
        """
        standing = self.coming(name)
        if not standing.opened:
            raise PollNotOpen
        return standing

    def coming(self, name: str) -> Standing:
        """Give the same to a door that says itself what is not open yet."""
        poll, receipt = self._board.find(name), request.args.get("receipt", "")
        voted = self._passes.admit(poll, receipt)
        shown = self._board.snapshot(poll, voted=voted)
        return Standing(name, poll, shown, receipt if voted else "", self._home())

    def _home(self) -> str:
        return self._public_url or f"{request.scheme}://{request.host}"
