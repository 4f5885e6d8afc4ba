"""Bodies of requests that are not what they are said to be."""

from __future__ import annotations

import json
from random import Random
from urllib.parse import quote, quote_from_bytes

from tests.corpus.texts import BYTES, TEXTS

# Names that mean something to some door. Without those of `_NEEDED` none of them is enough to act.
FIELDS = (
    *("pollId", "optionId", "option", "options", "choices", "rating", "ranking", "code"),
    *("withdraw", "userId", "key", "name", "names", "slug", "kind", "identity", "opens_at"),
    *("visibility", "closes_at", "min_choices", "max_choices", "image", "file", "role", "revision"),
    *(
        "confirm",
        "option-1",
        "rank-1",
        "lang",
        "next",
        "receipt",
        "cursor",
        "limit",
        "q",
        "state",
        "order",
    ),
)
_NEEDED = ("question", "password", "scope", "scopes", "count")
"""What no poll, account, token or code is made without: it is never sent, so nothing is made."""

assert not set(FIELDS) & set(_NEEDED)

Body = tuple[str, bytes]
"""A content type, and what comes under its name."""

_JSON = ("application/json", "application/json; charset=utf-16", "APPLICATION/JSON;;", "text/json")
_FORM = ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=nonsense")
_ODD = ("", "multipart/form-data", "text/html", "image/png", "\x7f/\xff", "a/b" * 900, "json")


def some_body(random: Random) -> Body:
    """Make a body of one kind or another."""
    kinds = (_as_json, _as_json, _as_form, _as_form, _as_multipart, _as_anything)
    return random.choice(kinds)(random)


def _as_json(random: Random) -> Body:
    text = json.dumps(_value(random, 3), ensure_ascii=random.random() < 0.5)
    whole = text.encode("utf-8", "surrogatepass")
    name = json.dumps(random.choice(FIELDS)).encode()
    made = (
        whole,
        b"[" * random.randrange(1, 15_000),
        whole[: random.randrange(len(whole) + 1)],
        text.encode(random.choice(("utf-16", "utf-32", "utf-7")), "replace"),
        b"\xef\xbb\xbf" + whole,
        b'{"pollId": "cats-or-dogs", "optionId": %s}' % random.choice(_NUMBERS),
        b"{" + b",".join([name + b": 7"] * random.randrange(2, 400)) + b"}",
        b'{"pollId": "\\ud800", "userId": "\\udfff\\u0000", "optionId": [[]]}',
        random.choice(BYTES),
    )
    return random.choice(_JSON), random.choice((whole, random.choice(made)))


_NUMBERS = (b"1e999", b"-7", b"0", b"NaN", b"Infinity", b"7" * 5000, b"1.5", b"01", b"0x1", b"1e0")


def _value(random: Random, depth: int) -> object:
    match random.randrange(8 if depth else 5):
        case 0 | 1:
            return random.choice(TEXTS)
        case 2:
            return random.choice((None, True, False, 1e308, -7, 2**53, 10**40, 0.1))
        case 3 | 4:
            return random.choice(("cats-or-dogs", "cookie", "always", "*", [], {}))
        case 5:
            return [_value(random, depth - 1) for _ in range(random.randrange(6))]
    return {
        random.choice((*FIELDS, random.choice(TEXTS))): _value(random, depth - 1)
        for _ in range(random.randrange(8))
    }


def _as_form(random: Random) -> Body:
    kind = random.choice(_FORM)
    match random.randrange(6):
        case 0:
            return kind, b"&" * 3000 + b"=" * 3000
        case 1:
            return kind, b"&".join(b"option=%d" % number for number in range(7, 1200))
        case 2:
            return kind, b"option=%zz%u0031%&%=%\x00" + random.choice(BYTES)
        case 3:
            return kind, b"option=" + quote_from_bytes(random.choice(BYTES)).encode()
    pairs = (
        f"{quote(random.choice(FIELDS))}={quote(random.choice(TEXTS))}"
        for _ in range(random.randrange(9))
    )
    return kind, "&".join(pairs).encode()


def _as_multipart(random: Random) -> Body:
    text = random.choice(TEXTS).encode("utf-8", "replace")
    name = random.choice(FIELDS).encode()
    part = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n' % (name, text)
    body = random.choice(
        (
            part,
            part + b"\r\n" + random.choice(BYTES),
            part * 60 + b"\r\n\r\n--b--",
            part + b"Content-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n" + text + b"\r\n--b--\r\n",
            b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n' * 240 + b"--b--\r\n",
            b"--b\r\n" + b"X-Header: y\r\n" * 300 + b"\r\n\r\n--b--",
            b"--b\r\n\r\n\r\n--b\r\n--b--b--",
            b"no boundary at all",
        )
    )
    boundary = random.choice(("b", "b", "b", "", '"', "c", "b" * 300, "é"))
    return f"multipart/form-data; boundary={boundary}", body


def _as_anything(random: Random) -> Body:
    return random.choice(_ODD), random.choice((random.choice(BYTES), random.randbytes(3000), b""))
