"""
Receipts: an opaque code for one accepted ballot. Nothing is stored; the code carries its own proof.

A code names a ballot, and neither the ballot's place in the ledger nor its voter can be read from
it: whoever has it can only ask what became of that ballot. It is base64url of AES-SIV (RFC 5297)
over `seq (8 bytes) | poll (4)`: deterministic, so that a ballot has one receipt, and nothing that
was not issued decrypts.

Codes of version 0.1.0 are read for ever: base64url of `mac (12 bytes) | seq (8) | poll (4)`, from
which anybody can read the number of a ballot.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from struct import Struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from ballotbox.errors import UnknownReceipt
from ballotbox.receipt_key import receipt_key

_BALLOT = Struct(">QI")
_LENGTH = 28  # bytes: the synthetic IV of 16, and the ballot
_OLD_MAC = 12
_OLD_LENGTH = 24
_KEY = 64  # bytes for AES-SIV; those for the MAC of old codes follow


class Receipts:
    """
    Issue and read receipts.

    :param key: as `receipt_key` derives it from the service's secret, for this use only.
    """

    def __init__(self, key: str) -> None:
        keys = bytes.fromhex(key)
        self._cipher = AESSIV(keys[:_KEY])
        self._old_key = keys[_KEY:]

    @classmethod
    def of(cls, secret: str) -> Receipts:
        """Derive the key from the service's secret."""
        return cls(receipt_key(secret))

    def issue(self, poll: int, seq: int) -> str:
        """Make the code for the ballot `seq` of a poll; always the same for the same ballot."""
        return _text(self._cipher.encrypt(_BALLOT.pack(seq, poll), None))

    def read(self, code: str) -> tuple[int, int]:
        """
        Tell the poll and `seq` that a code was issued for.

        :raise UnknownReceipt: if it was not issued with this secret, or is spelled in another way.
        """
        packed = _bytes(code)
        if len(packed) == _OLD_LENGTH:
            ballot = self._read_old(packed)
        else:
            try:
                ballot = self._cipher.decrypt(packed, None)
            except InvalidTag:
                raise UnknownReceipt from None
        seq, poll = _BALLOT.unpack(ballot)
        return poll, seq

    def _read_old(self, packed: bytes) -> bytes:
        mac, ballot = packed[:_OLD_MAC], packed[_OLD_MAC:]
        right = hmac.digest(self._old_key, ballot, "sha256")[:_OLD_MAC]
        if not hmac.compare_digest(mac, right):
            raise UnknownReceipt
        return ballot


def _text(packed: bytes) -> str:
    return urlsafe_b64encode(packed).rstrip(b"=").decode()


def _bytes(code: str) -> bytes:
    """Decode a code; raises UnknownReceipt unless it is as `_text` writes one."""
    try:
        packed = urlsafe_b64decode(code + "=" * (-len(code) % 4))
    except ValueError:
        raise UnknownReceipt from None
    # Decoders pass over other letters, and over bits that nothing needs.
    if len(packed) not in (_LENGTH, _OLD_LENGTH) or _text(packed) != code:
        raise UnknownReceipt
    return packed
