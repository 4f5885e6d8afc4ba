"""Whole requests, as bytes: to a route, by somebody, and wrong in one way or in several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote, quote_from_bytes

from tests.corpus.bodies import FIELDS, some_body
from tests.corpus.texts import BYTES, TEXTS

METHODS = ("OPTIONS", "HEAD", "TRACE", "PROPFIND", "BREW", "get", "M" * 300, "PUT", "CONNECT")
_HEADERS = (
    *("Accept", "Accept-Language", "Accept-Encoding", "Cookie", "Authorization", "If-Match"),
    *("If-None-Match", "If-Modified-Since", "Idempotency-Key", "Origin", "Referer", "Range"),
    *("Sec-Fetch-Site", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Upgrade", "Expect"),
    *("Via", "Trailer", "Content-Encoding", "X-HTTP-Method-Override", "Sec-WebSocket-Key", "X"),
)
_VALUES = (
    b"*/*;q=nan",
    b"text/html;q=1e400, */*;q=-1",
    b",".join([b"de;q=0.1"] * 300),
    b"voter=" + b"x" * 4000,
    b"; ".join(b"c%d=%d" % (number, number) for number in range(400)),
    b"voter=a.b; voter=; desk=; language=../de; =; ;;",
    b'voter="\\303\\251\\000\\"',
    b"Bearer ",
    b"Bearer " + b"y" * 3000,
    b"Basic ////",
    b'W/"7", "9", *, 7',
    b"bytes=0-,5-2,-7,999999999999999999999-",
    b"Thu, 31 Feb 1900 25:61:61 GMT",
    b"null",
    b"https://[::1",
    b"http://xn--/:0x1f90",
    b"100-continue",
    b"h2c, websocket",
    b"gzip;q=0, br, identity;q=0, *;q=0",
)
_QUERIES = (
    "?",
    "??&&==",
    "?%",
    "?%zz=%zz",
    "?" + "&".join(f"a{number}={number}" for number in range(700)),
    "?lang=xx&lang[]=de&lang=" + "x" * 500,
    "?order=votes&timeline=&timeline=1&theme=" + quote("<dark>"),
    "?EIO=4&transport=polling&sid=" + "s" * 200,
    "?EIO=99&transport=carrier-pigeon&b64=1&j=x",
    "?code=%00&code=%ff%fe",
    "?" + quote("\u202e=\u202e"),
)
_FRAMINGS = (
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello",
    b"Transfer-Encoding: chunked\r\n\r\n5;x=" + b"y" * 3000 + b"\r\nhello\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"Content-Length: -5\r\n\r\nhello",
    b"Content-Length: 5, 5\r\n\r\nhello",
    b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"Content-Length: 99999999999999999999\r\n\r\nhello",
    b"Content-Length: 5000\r\n\r\ncut off",
    b"Content-Length: 5000000\r\n\r\n" + b"\x89PNG\r\n\x1a\n" * 90,
    b" folded: header\r\n\r\n",
    b"No colon here\r\n\r\n",
    b"Nul: \x00\r\n\r\n",
    b"Sp ace: 1\r\n\r\n",
    b"Long: " + b"l" * 9000 + b"\r\n\r\n",
    b"Many: 1\r\n" * 900 + b"\r\n",
    b"\r\n",
)
_LINES = (
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\r\n\r\n",
    b"GET  /vote  HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET http://elsewhere.example/vote HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /vote HTTP/1.0\r\n\r\n",
    b"GET /vote HTTP/1.1\r\n\r\n",
    b"GET /vote HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET " + b"/" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\r\n\r\n\r\n",
    b"\x00" * 200,
)


@dataclass(frozen=True, slots=True)
class Case:
    """
    A request, and what is known of its answer.

    :param cut: whether it is not HTTP, or not whole: then there need be no answer, and nothing
        else comes on this connection.
    """

    method: str
    sent: bytes
    cut: bool = False
    route: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Route:
    """An address with `<parts>`, a method, and what those parts are where all is right."""

    method: str
    rule: str
    right: Mapping[str, str]


def case(seed: int, number: int, routes: Sequence[Route], owner: Mapping[str, str]) -> Case:
    """
    Make one request of a seed, the same each time.

    :param owner: headers that make it an organiser's. What acts without a body is then about
        something that is not there, for else it would be a good request.
    """
    random = Random(f"{seed}:{number}")
    route = routes[number % len(routes)]
    signed_in = random.random() < 0.5 and "sign-out" not in route.rule
    if random.random() < 0.02:
        return Case("GET", random.choice(_LINES), cut=True, route="no request")
    method = route.method if random.random() < 0.9 else random.choice(METHODS)
    headers = _headers(random, owner if signed_in else {})
    # Addresses of their own: limits by address are proved elsewhere, and would hide the services.
    headers.append(b"X-Forwarded-For: 10.%d.%d.%d" % tuple(random.randbytes(3)))
    acts = route.method != "GET" and (signed_in or method != route.method)
    line = f"{method} {_path(random, route, acts=acts)} HTTP/1.1".encode("latin-1", "replace")
    head = b"\r\n".join([line, *headers])
    if random.random() < 0.08:
        return Case(method, head + b"\r\n" + random.choice(_FRAMINGS), cut=True, route=route.rule)
    kind, body = some_body(random) if route.method != "GET" or random.random() < 0.1 else ("", b"")
    if not body and method in ("GET", "HEAD", "OPTIONS", "TRACE"):
        return Case(method, head + b"\r\n\r\n", route=route.rule)
    named = b"Content-Type: %s\r\n" % kind.encode("utf-8") if kind else b""
    sent = b"%s\r\n%sContent-Length: %d\r\n\r\n%s" % (head, named, len(body), body)
    return Case(method, sent, route=route.rule)


def _path(random: Random, route: Route, *, acts: bool) -> str:
    path = route.rule
    wrong = random.random() < 0.4
    for name, right in route.right.items():
        there = "999999999" if right.isdigit() and acts else right
        path = path.replace(f"<{name}>", _part(random) if wrong else there)
    match random.randrange(8):
        case 0:
            path += random.choice(_QUERIES)
        case 1:
            names = random.sample(FIELDS, 4)
            path += "?" + "&".join(f"{name}={quote(random.choice(TEXTS))}" for name in names)
        case 2:
            path += "?lang=" + quote_from_bytes(random.choice(BYTES))
    return path


def _part(random: Random) -> str:
    if random.random() < 0.2:
        return quote_from_bytes(random.choice(BYTES), safe="")
    return quote(random.choice(TEXTS), safe="/" if random.random() < 0.3 else "") or "-"


def _headers(random: Random, owner: Mapping[str, str]) -> list[bytes]:
    odd = random.choice((b"", b"a" * 300, b"[::1", b"_"))
    host = b"localhost" if random.random() < 0.95 else odd
    found = [b"Host: " + host, *(f"{name}: {value}".encode() for name, value in owner.items())]
    for name in random.sample(_HEADERS, random.choice((0, 0, 1, 3))):
        if name not in owner:
            text = random.choice(TEXTS).encode("utf-8")[:200]
            plain = bytes(byte for byte in text if byte >= 32 and byte != 127)
            found.append(name.encode() + b": " + random.choice((random.choice(_VALUES), plain)))
    return found
