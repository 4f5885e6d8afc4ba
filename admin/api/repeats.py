"""
Requests that may be sent again: with the same Idempotency-Key there is one poll, and one answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from typing import Any, TypeVar

import psycopg
from flask import request

from admin.api.models import Model
from admin.api.operation import Header
from admin.api.problems import InvalidRequest, KeyReused
from admin.database import Connect
from ballotbox.sql import QUERIES

M = TypeVar("M", bound=Model)
Keep = Callable[[psycopg.Connection[Any], M], None]

KEY = Header(
    name="Idempotency-Key",
    description=(
        "8 to 128 printable ASCII characters, new for each poll. Sending the same again with the "
        "same key, within a day, makes no second one and is answered the same."
    ),
    pattern="^[ -~]{8,128}$",
    example="4e7c0d51-9f1b-4b52",
)
_LENGTHS = range(8, 129)


class Repeats:
    """What requests with a key were answered, in PostgreSQL; kept for a day."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    def once(self, organiser: int, model: type[M], act: Callable[[Keep[M]], M]) -> M:
        """
        Act, unless the request at hand was sent before; give what it was answered then.

        :param act: does it, and hands its answer to what it is given, in its own transaction: so
            what was done and that it was done are written together, or not at all.
        :raise KeyReused: if the key came with another request before.
        """
        key = _key()
        if key is None:
            return act(lambda _connection, _answer: None)
        asked = {"organiser": organiser, "key": key}
        try:
            return self._answered(asked, model) or act(partial(_keep, asked))
        except _Repeated:  # it came twice at once, and the other one was first
            answer = self._answered(asked, model)
            assert answer is not None, "who was first has committed"
            return answer

    def _answered(self, asked: Mapping[str, object], model: type[M]) -> M | None:
        with self._connect() as connection:
            row = connection.execute(QUERIES["answer_of_key"], asked).fetchone()
        if row is None:
            return None
        request, answer = row
        if request != _digest():
            raise KeyReused
        return model.model_validate_json(json.dumps(answer))


class _Repeated(Exception):
    """Another request with this key was answered meanwhile."""


def _keep(asked: Mapping[str, object], connection: psycopg.Connection[Any], answer: Model) -> None:
    given = {"request": _digest(), "status": HTTPStatus.CREATED, "answer": answer.model_dump_json()}
    connection.execute(QUERIES["forget_answers"], asked)
    if not connection.execute(QUERIES["keep_answer"], {**asked, **given}).rowcount:
        raise _Repeated


def _key() -> str | None:
    key = request.headers.get(KEY.name)
    if key is not None and (len(key) not in _LENGTHS or not key.isascii() or not key.isprintable()):
        raise InvalidRequest(f"{KEY.name}: use 8 to 128 printable ASCII characters.")
    return key


def _digest() -> bytes:
    return sha256(
        b"%s %s\n%s" % (request.method.encode(), request.path.encode(), request.get_data())
    ).digest()
