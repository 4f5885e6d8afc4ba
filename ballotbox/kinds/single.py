"""One option, marked with 1."""

from __future__ import annotations

from ballotbox.kinds.approval import Approval
from ballotbox.sentence import Sentence


class _Single(Approval):
    name = "single"

    def limits(self, options: int) -> tuple[int, int]:
        """See `Rules.limits`."""
        return 1, 1

    def problem(self, *, options: int, least: int, most: int) -> str | None:
        """See `Rules.problem`."""
        return None if least == most == 1 else Sentence("A single poll takes exactly one choice.")


RULES = _Single()
