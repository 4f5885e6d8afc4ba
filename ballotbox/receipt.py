"""
Receipts: an opaque code for one accepted ballot. Nothing is stored; the code carries its own proof.

A code is base64url of `mac (12 bytes) | seq (8) | poll (4)`. It names a ballot, not a voter, and
whoever has it can only ask what became of that ballot.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from struct import Struct

from ballotbox.errors import UnknownReceipt

_BALLOT = Struct(">QI")
_MAC_BYTES = 12
_LENGTH = 32  # characters: 24 bytes fill base64 without padding, so no two codes mean the same


class Receipts:
    """
    Issue and read receipts.

    :param secret: the service's secret; the key used here is derived from it, for this use only.
    """

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"votify receipt", "sha256")

    def issue(self, poll: int, seq: int) -> str:
        """Make the code for the ballot `seq` of a poll; always the same for the same ballot."""
        ballot = _BALLOT.pack(seq, poll)
        return urlsafe_b64encode(self._mac(ballot) + ballot).decode()

    def read(self, code: str) -> tuple[int, int]:
        """
        Tell the poll and `seq` that a code was issued for.

        :raise UnknownReceipt: if it was not issued with this secret.
        """
        try:
            packed = urlsafe_b64decode(code) if len(code) == _LENGTH else b""
        except (ValueError, binascii.Error):
            packed = b""
        mac, ballot = packed[:_MAC_BYTES], packed[_MAC_BYTES:]
        if len(ballot) != _BALLOT.size or not hmac.compare_digest(mac, self._mac(ballot)):
            raise UnknownReceipt
        seq, poll = _BALLOT.unpack(ballot)
        return poll, seq

    def _mac(self, ballot: bytes) -> bytes:
        return hmac.digest(self._key, ballot, "sha256")[:_MAC_BYTES]
