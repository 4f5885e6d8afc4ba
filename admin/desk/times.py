"""
Times in forms: with the browser's time zone where JavaScript runs, else in UTC. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ballotbox.errors import InvalidPoll

_LONGEST = 40  # characters


def moment(text: str, field: str) -> datetime | None:
    """
    Read what a field for a time holds; None if it is empty.

    :raise InvalidPoll: with the name of the field, if it is no time.
    """
    text = text.strip()
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text[:_LONGEST])
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidPoll("Write it as in 2030-12-24T18:00.", field=field) from error


def local(time: datetime | None) -> str:
    """Write a time for a field of the type datetime-local, in UTC."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") if time else ""
