"""
The key of receipts: derived from the secret that signs cookies, which cannot be had back from it.
"""

from __future__ import annotations

import hmac


def receipt_key(secret: str) -> str:
    """Derive it: 192 hexadecimal digits, 128 for AES-SIV and 64 for the MAC of old receipts."""
    key = hmac.digest(secret.encode(), b"votify receipt 2", "sha512")
    old_key = hmac.digest(secret.encode(), b"votify receipt", "sha256")
    return (key + old_key).hex()
