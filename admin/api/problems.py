"""
What can be wrong with a request to the API, beyond what can be wrong at the desk.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ballotbox.errors import Conflict, VotifyError


class FieldError(NamedTuple):
    """What is wrong with one field, named by its path."""

    field: str
    detail: str


class InvalidRequest(VotifyError):
    """The request cannot be understood."""

    code = "invalid_request"
    fields: tuple[FieldError, ...] = ()

    @classmethod
    def of(cls, fields: Iterable[FieldError]) -> InvalidRequest:
        """Say which fields are wrong, the first of them in words."""
        listed = tuple(fields)
        first = listed[0]
        error = cls(f"{first.field}: {first.detail}." if first.field else f"{first.detail}.")
        error.fields = listed
        return error


class IfMatchRequired(VotifyError):
    """Say with If-Match which revision you have seen: the ETag of the poll."""

    code = "if_match_required"


class KeyReused(Conflict):
    """This Idempotency-Key came with another request before."""

    code = "idempotency_key_reused"
