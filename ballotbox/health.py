"""
Readiness: whether the parts that a service needs do answer, and which do not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ballotbox.errors import VotifyError


def readiness(checks: Mapping[str, Callable[[], object]]) -> tuple[dict[str, Any], bool]:
    """
    Ask each part; a part fails by raising a VotifyError.

    :return: `{"ok": [names], "failing": {name: sentence}}`, and whether nothing fails.
    """
    answer: dict[str, Any] = {"ok": [], "failing": {}}
    for name, check in checks.items():
        try:
            check()
        except VotifyError as error:
            answer["failing"][name] = str(error)
        else:
            answer["ok"].append(name)
    return answer, not answer["failing"]
