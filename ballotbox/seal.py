"""
Seals: the final result of a poll in one signed text, which anybody can check without the server.

A seal is a JSON object in one canonical form: keys sorted, no spaces, UTF-8, one line. It is signed
with Ed25519 (RFC 8032) over that form without `signature`. The check writes what it has read once
more and compares the bytes, so that a file that was altered anywhere fails, white space included.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ballotbox.outcome import VERSIONS, problem

_LABEL = b"votify seal"


class BrokenSeal(ValueError):
    """The seal does not hold; the message says why, in a sentence for people."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal that holds: what was sealed, and the key that it was signed with."""

    document: Mapping[str, Any]
    public_key: str

    @property
    def fingerprint(self) -> str:
        """The key in short, for people to compare."""
        return fingerprint(self.public_key)


def signing_key(secret: str) -> Ed25519PrivateKey:
    """Make the key that signs out of the setting SEAL_KEY; the same text gives the same key."""
    seed = hmac.new(secret.encode(), _LABEL, hashlib.sha256).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)


def sign(document: Mapping[str, Any], key: Ed25519PrivateKey) -> str:
    """Seal what `outcome.describe` gave; returns the text that is handed out."""
    named = {**document, "public_key": key.public_key().public_bytes_raw().hex()}
    return _canonical({**named, "signature": key.sign(_canonical(named).encode()).hex()})


def fingerprint(public_key: str) -> str:
    """Shorten a public key (hexadecimal) to what people can compare."""
    digest = hashlib.sha256(bytes.fromhex(public_key)).hexdigest()
    return " ".join(digest[start : start + 4] for start in range(0, 32, 4))


def verify(data: bytes, key: str | None = None, ballots: Iterable[bytes] | None = None) -> Seal:
    """
    Check a sealed result.

    :param key: the public key, or its fingerprint, that it must be signed with. Without it, all
        that is known is that nobody has altered the file since somebody signed it.
    :param ballots: the lines of the file of ballots: its hash is compared, and it is counted.
    :raise BrokenSeal: with a sentence, if anything is not as it was when it was sealed.
    """
    document = _parse(data)
    public_key = _check_signature(document)
    if key is not None and not _is_named(public_key, key):
        raise BrokenSeal("It is signed with another key than the one you named.")
    if ballots is not None and (sentence := _problem(document, ballots)):
        raise BrokenSeal(sentence)
    return Seal(document, public_key)


def _canonical(document: Any) -> str:  # noqa: ANN401
    text = json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return f"{text}\n"


def _parse(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data.decode())
        canonical = _canonical(document).encode()
    except (ValueError, RecursionError):
        raise BrokenSeal("This is not a sealed result: it cannot be read.") from None
    if not isinstance(document, dict) or not _is_known(document.get("format")):
        raise BrokenSeal("This is not a sealed result of a kind that is known here.")
    if canonical != data:
        raise BrokenSeal("The file was altered: it is not written as a seal is.")
    return document


def _is_known(form: object) -> bool:
    return isinstance(form, str) and form in VERSIONS


def _check_signature(document: Mapping[str, Any]) -> str:
    signed = {name: value for name, value in document.items() if name != "signature"}
    public_key = document.get("public_key")
    try:
        key = Ed25519PublicKey.from_public_bytes(_bytes(public_key))
        key.verify(_bytes(document.get("signature")), _canonical(signed).encode())
    except (ValueError, InvalidSignature):
        raise BrokenSeal("The file was altered: its signature does not fit.") from None
    return str(public_key)


def _bytes(text: object) -> bytes:
    # Capitals would be other bytes of the file with the same meaning.
    if not isinstance(text, str) or bytes.fromhex(text).hex() != text:
        raise ValueError("not hexadecimal digits in the one form")
    return bytes.fromhex(text)


def _is_named(public_key: str, key: str) -> bool:
    named = "".join(key.lower().split())
    return named in (public_key, fingerprint(public_key).replace(" ", ""))


def _problem(document: Mapping[str, Any], ballots: Iterable[bytes]) -> str | None:
    try:
        return problem(document, ballots)
    except (KeyError, TypeError, AttributeError):
        # Signed by somebody, but not by a worker of Votify.
        return "The seal does not say what a seal says."
