"""
The form in which a poll is filled in: as text, whether or not it makes sense. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from werkzeug.datastructures import MultiDict

from admin.desk.times import local, moment
from ballotbox.errors import InvalidPoll
from ballotbox.kinds import KINDS
from ballotbox.poll import HostSees, Identity, Kind, Option, Poll, Visibility
from ballotbox.rules import OPTIONS
from ballotbox.sentence import Sentence

_ROWS = 4  # of an empty form
_MOST_ROWS = OPTIONS[1] + 20
_IMAGE = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An option; `number` names its fields, and is not its place."""

    number: int
    text: str = ""
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What is filled in. Limits are empty where they are the usual ones of the kind."""

    question: str = ""
    image: str | None = None
    kind: str = Kind.SINGLE
    rows: tuple[Row, ...] = tuple(Row(number=number) for number in range(1, _ROWS + 1))
    min_choices: str = ""
    max_choices: str = ""
    change: bool = True
    identity: str = Identity.COOKIE
    visibility: str = Visibility.ALWAYS
    listed: bool = True
    host_sees: str = HostSees.NUMBERS
    opens_at: str = ""
    closes_at: str = ""
    slug: str = ""

    @classmethod
    def of(cls, poll: Poll) -> Self:
        """Fill in a poll as it is."""
        least, most = KINDS[poll.kind].limits(len(poll.options))
        return cls(
            question=poll.question,
            image=poll.image,
            kind=poll.kind,
            rows=tuple(
                Row(number=each.id, text=each.text, image=each.image) for each in poll.options
            ),
            min_choices="" if poll.min_choices == least else str(poll.min_choices),
            max_choices="" if poll.max_choices == most else str(poll.max_choices),
            change=poll.change,
            identity=poll.identity,
            visibility=poll.visibility,
            listed=poll.listed,
            host_sees=poll.host_sees,
            opens_at=local(poll.opens_at),
            closes_at=local(poll.closes_at),
            slug=poll.slug,
        )

    def filled(self, sent: MultiDict[str, str]) -> Self:
        """Fill in what was sent; a browser sends no field that is fixed, which stays as it is."""
        plain = {name: sent[name].strip() for name in _PLAIN if name in sent}
        given: dict[str, Any] = {**plain, **_choices(sent)}
        if "image" in sent:
            given["image"] = None if "image-off" in sent else _image(sent["image"])
        if "row" in sent:
            given["rows"] = _rows(sent)
        return replace(self, **given)

    def rearranged(self, wish: str) -> Self:
        """Do what a button beside the options asks for: `add`, `up-3`, `down-3`, `remove-3`."""
        what, _, number = wish.partition("-")
        rows = list(self.rows)
        place = next((i for i, row in enumerate(rows) if str(row.number) == number), None)
        if what == "add":
            rows.append(Row(number=1 + max((row.number for row in rows), default=0)))
        elif place is not None and what == "remove":
            del rows[place]
        elif place is not None:
            row = rows.pop(place)
            rows.insert(max(0, place + (1 if what == "down" else -1)), row)
        return replace(self, rows=tuple(rows))

    def fields(self, before: Poll | None = None) -> tuple[dict[str, Any], dict[str, str]]:
        """
        Give what the office takes, and by field what is wrong already.

        :param before: the poll that is edited: a time keeps the seconds that the form cannot show.
        """
        problems: dict[str, str] = {}
        found: dict[str, Any] = {
            "question": self.question,
            "image": self.image,
            "options": [
                Option(id=0, text=row.text, image=row.image)
                for row in self.rows
                if row.text or row.image
            ],
            "kind": self.kind,
            "change": self.change,
            "identity": self.identity,
            "visibility": self.visibility,
            # The form asks nobody about a poll with codes.
            "listed": None if self.identity == Identity.CODE else self.listed,
        }
        # A browser sends it whether or not the other two leave a choice.
        if (self.identity, self.visibility) == (Identity.CODE, Visibility.ORGANISER):
            found["host_sees"] = self.host_sees
        if self.slug:
            found["slug"] = self.slug
        for name in ("min_choices", "max_choices"):
            text = "" if self.kind == Kind.SINGLE else getattr(self, name)
            found[name] = int(text) if text.isdecimal() and len(text) < 4 else None  # noqa: PLR2004
            if text and found[name] is None:
                problems[name] = Sentence("Write a whole number, or leave it empty.")
        for name in ("opens_at", "closes_at"):
            try:
                found[name] = _moment(getattr(self, name), name, getattr(before, name, None))
            except InvalidPoll as error:
                problems[name] = error.sentence
        return found, problems


_PLAIN = ("question", "min_choices", "max_choices", "opens_at", "closes_at", "slug")
_WORDS: Mapping[str, frozenset[str]] = {
    "kind": frozenset(Kind),
    "identity": frozenset(Identity),
    "visibility": frozenset(Visibility),
    "host_sees": frozenset(HostSees),
}


def _choices(sent: MultiDict[str, str]) -> dict[str, Any]:
    """Read what is one of several words; what is none of them was not made by our form."""
    given: dict[str, Any] = {
        name: sent[name] for name, known in _WORDS.items() if sent.get(name) in known
    }
    return given | {name: sent[name] == "yes" for name in ("change", "listed") if name in sent}


def _rows(sent: MultiDict[str, str]) -> tuple[Row, ...]:
    numbers = [text for text in sent.getlist("row") if text.isdecimal() and len(text) < 5]  # noqa: PLR2004
    return tuple(
        Row(
            number=int(number),
            text=sent.get(f"text-{number}", "").strip(),
            image=None if f"image-off-{number}" in sent else _image(sent.get(f"image-{number}")),
        )
        for number in list(dict.fromkeys(numbers))[:_MOST_ROWS]
    )


def _image(name: str | None) -> str | None:
    return name if name and _IMAGE.fullmatch(name) else None


def _moment(text: str, field: str, known: datetime | None) -> datetime | None:
    time = moment(text, field)
    return known if known is not None and local(time) == local(known) else time
