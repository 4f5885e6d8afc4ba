"""Several options, each marked with 1."""

from __future__ import annotations

from ballotbox.kinds.approval import Approval


class _Multiple(Approval):
    name = "multiple"


RULES = _Multiple()
