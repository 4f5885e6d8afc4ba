"""The one error of the local stack."""

from __future__ import annotations


class StackError(Exception):
    """What keeps the stack from running, in sentences for the person who started it."""
