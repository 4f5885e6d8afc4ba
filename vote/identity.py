"""
Who votes: browsers are known by a signed cookie, and know what they have voted with a code.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from itsdangerous import BadSignature, Signer
from werkzeug.sansio.http import parse_cookie

from ballotbox.queue import Code

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_VOTER = "voter"  # the cookie's name
_ID_BYTES = 16
_DAY = 24 * 3600  # seconds
_MAX_AGE = 400 * _DAY  # browsers keep no cookie for longer
_KEEPSAKE_AGE = 30 * _DAY  # there is one for each poll, and a request has room for some dozens


@dataclass(frozen=True, slots=True)
class Voter:
    """
    A voter's id; `cookie` is the Set-Cookie header to answer with, if it should be sent.

    `invited` voters have somebody who answers for them. `former` is the id that version 0.1.0 gave
    the sender of the same idempotency key.
    """

    id: str
    cookie: str | None = None
    invited: bool = False
    former: str = ""


class Keepsake(NamedTuple):
    """What a browser keeps of a vote with a code: the ballot's `seq`, and the code."""

    seq: int
    code: Code


class Voters:
    """
    Know browsers by a signed cookie with a random id of 128 bits. Nothing is stored here.

    Over HTTPS the cookie is called `__Host-voter`, so that no other host of the domain can set it.

    :param secret: the service's secret; whoever has it can be any voter.
    :param secure: take every request for one by HTTPS, whatever it says itself, and know no cookie
        by its plain name. Else one is known over HTTPS, too: it may be from before HTTPS came, and
        whoever has voted with it would vote again.
    """

    def __init__(self, secret: str, *, secure: bool = False) -> None:
        # Each use has a key of its own, derived once and not again for every cookie.
        signing = hmac.digest(secret.encode(), b"votify voter", "sha256")
        self._signer = Signer(signing, key_derivation="none", digest_method=sha256)
        keeping = hmac.digest(secret.encode(), b"votify keepsake", "sha256")
        self._keeper = Signer(keeping, key_derivation="none", digest_method=sha256)
        self._key = hmac.digest(secret.encode(), b"votify voter of an idempotency key", "sha256")
        self._secure = secure

    def known(self, environ: WSGIEnvironment) -> str | None:
        """Tell the id in the request's cookie, None if there is none or we did not sign it."""
        signed = self._sent(_VOTER, environ)
        try:
            return self._signer.unsign(signed).decode() if signed else None
        except BadSignature:
            return None

    def recognise(
        self, environ: WSGIEnvironment, key: str | None = None, poll: int | None = None
    ) -> Voter:
        """
        Tell who sent a request, and make a new voter if nobody is known.

        A new voter's id is random. With an idempotency key it is derived from that key and the poll
        instead: when the answer is lost on the way, and the cookie with it, the same request is the
        same voter again and not a second ballot.
        """
        known = self.known(environ)
        if known is not None:
            return Voter(known)
        if key is None or poll is None:
            voter, former = _text(secrets.token_bytes(_ID_BYTES)), ""
        else:
            # No key holds a line break.
            voter, former = self._derived(f"{poll}\n{key}"), self._derived(key)
        return Voter(voter, self.cookie(voter, environ), former=former)

    def cookie(self, voter: str, environ: WSGIEnvironment) -> str:
        """Write the Set-Cookie header by which a browser is known from now on."""
        return self._write(_VOTER, self._signer, voter, _MAX_AGE, environ)

    def keep(self, poll: int, keepsake: Keepsake, environ: WSGIEnvironment) -> str:
        """
        Write the Set-Cookie header by which a browser remembers its vote with a code.

        Without it nobody is shown a vote, for the organiser has all the codes as well.
        """
        text = f"{poll}.{keepsake.seq}.{keepsake.code.number}.{keepsake.code.text}"
        return self._write(f"ballot-{poll}", self._keeper, text, _KEEPSAKE_AGE, environ)

    def kept(self, poll: int, environ: WSGIEnvironment) -> Keepsake | None:
        """Tell what the browser has kept of its vote with a code in a poll."""
        signed = self._sent(f"ballot-{poll}", environ)
        try:
            of, seq, number, text = self._keeper.unsign(signed).decode().split(".")
        except BadSignature:
            return None
        return Keepsake(int(seq), Code(text, int(number))) if int(of) == poll else None

    def _write(
        self, name: str, signer: Signer, text: str, age: int, environ: WSGIEnvironment
    ) -> str:
        name, secure = (f"__Host-{name}", "; Secure") if self._is_secure(environ) else (name, "")
        signed = signer.sign(text).decode()
        return f"{name}={signed}; Max-Age={age}; Path=/; HttpOnly; SameSite=Lax{secure}"

    def _sent(self, name: str, environ: WSGIEnvironment) -> str:
        """Give the text of a cookie; empty if there is none."""
        cookies = environ.get("HTTP_COOKIE")
        if cookies is None:
            return ""
        sent = parse_cookie(cookies)
        if self._is_secure(environ):
            secure = sent.get(f"__Host-{name}", "")
            if secure or self._secure:
                return secure
        return sent.get(name, "")

    def _is_secure(self, environ: WSGIEnvironment) -> bool:
        # The router's word is believed, whoever it is: a client that lies about it only names its
        # own cookie. A ProxyFix would cost every request more, for this one question.
        scheme = environ.get("HTTP_X_FORWARDED_PROTO") or environ["wsgi.url_scheme"]
        return self._secure or scheme == "https"

    def _derived(self, key: str) -> str:
        return _text(hmac.digest(self._key, key.encode(), "sha256")[:_ID_BYTES])


def client_address(environ: WSGIEnvironment) -> str:
    """Tell where a request comes from, as NGINX says."""
    address = environ.get("HTTP_X_FORWARDED_FOR") or environ.get("REMOTE_ADDR", "")
    return str(address)


def _text(voter: bytes) -> str:
    return urlsafe_b64encode(voter).decode().rstrip("=")
