"""
Receipts as passes: who shows one of a poll has voted in it, and may see what voters may see.
"""

from __future__ import annotations

from ballotbox.errors import UnknownReceipt
from ballotbox.poll import Poll
from ballotbox.receipt import Receipts


class Passes:
    """
    Checks receipts, without asking anybody.

    :param receipts: read them with the key that `vote` issues them with.
    """

    def __init__(self, receipts: Receipts) -> None:
        self._receipts = receipts

    def admit(self, poll: Poll, receipt: str | None) -> bool:
        """
        Tell whether a receipt is for a ballot of this poll, and of its present round.

        One that is not makes its bearer a stranger, and no more: it may be an old link.
        """
        try:
            named, seq = self._receipts.read(receipt or "")
        except UnknownReceipt:
            return False
        return named == poll.id and seq > poll.starts_seq
