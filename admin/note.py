"""
What is worth knowing of the act at hand, noted down by whoever does it, for `admin.audit`.

Without a request, as in a command, there is nobody to note it, and all of this does nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from flask import g, has_request_context

from admin.journal import DONE, UNCHANGED, By, Row, Subject
from admin.organiser import Organiser
from ballotbox.poll import Poll, iso

_LONGEST = 2000  # characters of a value that was changed
_KEPT_BACK = {"preview", "revision"}  # a secret, and what each change raises


@dataclass(slots=True, kw_only=True)
class Note:
    """What is known of the act at hand, while its request is answered."""

    act: str
    subject: Subject
    by: By = field(default_factory=By)
    row: Row | None = None  # where it was written down before
    outcome: str = DONE
    details: dict[str, Any] = field(default_factory=dict)


def current() -> Note | None:
    """Give what is noted of the act at hand; None for no act, or who was not let in."""
    found: Note | None = g.get("noted") if has_request_context() else None
    return found


def add(**details: object) -> None:
    """Add what is worth knowing of the act at hand, and no secret; values are JSON."""
    if found := current():
        found.details |= details


def about(**named: Any) -> None:  # noqa: ANN401 - fields of `Subject`
    """Say what the act at hand was done to, where it made that: see `admin.journal.Subject`."""
    if found := current():
        found.subject = replace(found.subject, **named)


def unchanged() -> None:
    """Say that the request at hand asked for no change."""
    if found := current():
        found.outcome = UNCHANGED


def tried(name: str) -> None:
    """Say as whom somebody tries to come in. A name that is nobody's is not kept."""
    # People type passwords in there, too.
    about(tried=name.strip().replace("\0", "\ufffd").encode("utf-8", "replace").decode())


def came_in(who: Organiser, session: str) -> None:
    """Say who has come in by the request at hand, and by which session."""
    if found := current():
        place = found.by.address
        found.by = By(id=who.id, name=who.name, via=session_of(session), address=place)


def poll_changed(before: Poll | None, after: Poll) -> None:
    """Say what of a poll is changed by the request at hand; there was none before: it is made."""
    if before is None:
        about(poll=after.id, name=after.slug)
    else:
        add(**_differences(before, after))


def session_of(text: str) -> str:
    """Name a session by the beginning of its hash, which lets nobody in."""
    return f"session:{hash_of(text).hex()[:12]}"


def hash_of(text: str) -> bytes:
    """Hash the text of a session or a token, as those are kept."""
    return sha256(text.encode("utf-8", "surrogateescape")).digest()


def _differences(before: Poll, after: Poll) -> dict[str, Any]:
    names = [each.name for each in fields(Poll) if each.name not in _KEPT_BACK]
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in names}
    return {
        name: {"from": _plain(old), "to": _plain(new)}
        for name, (old, new) in pairs.items()
        if old != new
    }


def _plain(value: object) -> object:
    """Write a poll's field as JSON, cut where it is long."""
    text = json.dumps(value, default=_known, ensure_ascii=False)
    return json.loads(text) if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _known(value: Any) -> Any:  # noqa: ANN401 - whatever a poll's field holds
    if isinstance(value, datetime):
        return iso(value.replace(microsecond=0))
    return {name: each for name, each in asdict(value).items() if each is not None}
