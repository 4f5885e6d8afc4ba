"""
What organisers do with polls: the rules of the office, shared by the desk and the API.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from admin.definition import COPIED, changed
from admin.organiser import Organiser
from admin.register import MAX_ID, Also, Entry, Held, Register
from admin.told import Told
from ballotbox import published
from ballotbox.catalog import hard_to_guess, new_code, slug_of
from ballotbox.errors import (
    InvalidPoll,
    Unavailable,
    UnknownPoll,
    WrongState,
    in_full,
)
from ballotbox.poll import Identity, Poll, State
from ballotbox.rules import check_poll
from ballotbox.sentence import Sentence
from ballotbox.sql import QUERIES

_UNOPENED = (State.DRAFT, State.COMING)
_log = logging.getLogger(__name__)
_NOT_YET = Sentence("The last votes are being counted. Try again in a moment.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of the list of polls; `next` is the cursor for the following one."""

    entries: Sequence[Entry]
    next: str | None


class Office:
    """
    The polls of organisers. Each method takes who asks first.

    It raises UnknownPoll for polls that are not theirs. `expected` is the revision they have seen;
    RevisionMismatch is raised if it is not the one that is there.

    What `fields` may hold: `question`, `options` (each with a `text` and an `image`; numbered from
    1 here), `image`, `kind`, `min_choices`, `max_choices` (None: what is usual for the kind),
    `change`, `identity`, `visibility`, `listed` (None: what is usual for the identity),
    `host_sees`, `opens_at`, `closes_at`, `slug`.
    """

    def __init__(self, register: Register, *, drop_images: Callable[[Iterable[str]], None]) -> None:
        """
        Open the office.

        :param drop_images: is told which images a deleted poll has used.
        """
        self._register = register
        self._told = Told(register)
        self._drop_images = drop_images

    def list(
        self,
        who: Organiser,
        *,
        q: str | None = None,
        state: State | None = None,
        archived: bool = False,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """List polls, the newest first; a cursor that we did not make starts from the front."""
        wanted = {
            "owner": None if who.is_owner else who.id,
            "q": (q or "").strip().replace("\0", ""),
            "state": state.value if state else None,
            "archived": archived,
            "before": _place(cursor),
            "now": self._register.now(),
            "limit": limit + 1,
        }
        with self._register.connect() as connection:
            rows = connection.execute(QUERIES["find_polls"], wanted).fetchall()
        ids = [poll for (poll,) in rows]
        after = str(ids[limit - 1]) if len(ids) > limit else None
        return Page(entries=self._register.entries(ids[:limit]), next=after)

    def get(self, who: Organiser, poll: int) -> Entry:
        """Give one poll."""
        entry = next(iter(self._register.entries([poll])), None) if 0 < poll <= MAX_ID else None
        if entry is None or not who.may_see(entry.poll):
            raise UnknownPoll
        return entry

    def check(self, who: Organiser, poll: int) -> None:
        """Raise UnknownPoll unless the poll is theirs to see."""
        self._register.check(who, poll)

    def create(
        self,
        who: Organiser,
        fields: Mapping[str, Any],
        *,
        also: Also | None = None,
    ) -> Entry:
        """
        Make a draft; raises InvalidPoll.

        :param also: is called in the same transaction, so that both happen or neither does.
        """
        empty = Poll(id=0, slug="", code=new_code(), question="", options=(), draft=True)
        poll = changed(replace(empty, owner=who.id), fields)
        check_poll(poll)
        added = self._add(poll, also)
        self._register.publish(added.id)
        return self.get(who, added.id)

    def duplicate(self, who: Organiser, poll: int) -> Entry:
        """Make a draft that asks the same, without a window, ballots or codes."""
        found = self.get(who, poll).poll
        return self.create(who, {name: getattr(found, name) for name in COPIED})

    def edit(
        self, who: Organiser, poll: int, fields: Mapping[str, Any], *, expected: int | None = None
    ) -> Entry:
        """Change some fields, on every `vote` at once; raises InvalidPoll, NotEditable."""
        with self._register.held(who, poll, expected=expected) as held:
            after = changed(held.poll, fields)
            if held.entry.state in _UNOPENED and _gives_itself_away(held.poll, after):
                after = replace(after, slug=hard_to_guess(after.slug))
            self._register.change(held, after)
            return held.read()

    def open(self, who: Organiser, poll: int, *, expected: int | None = None) -> Entry:
        """Open a draft or a coming poll now; raises WrongState, InvalidPoll."""
        with self._register.held(who, poll, expected=expected) as held:
            _check_unopened(held)
            after = replace(held.poll, draft=False, opens_at=held.now)
            self._register.change(held, after)
            return held.read()

    def schedule(
        self, who: Organiser, poll: int, *, opens_at: datetime, expected: int | None = None
    ) -> Entry:
        """Let a draft or a coming poll open by itself; raises WrongState, InvalidPoll."""
        with self._register.held(who, poll, expected=expected) as held:
            _check_unopened(held)
            if opens_at <= held.now:
                raise InvalidPoll("The opening lies in the past.", field="opens_at")
            self._register.change(held, replace(held.poll, draft=False, opens_at=opens_at))
            return held.read()

    def close(self, who: Organiser, poll: int, *, expected: int | None = None) -> Entry:
        """Close an open poll now; raises WrongState. It is final a moment later."""
        with self._register.held(who, poll, expected=expected) as held:
            if held.entry.state is not State.OPEN:
                raise WrongState("Only an open poll can be closed.")
            self._register.keep(held, replace(held.poll, closes_at=held.now))
            entry = held.read()
        # The worker sees within a second that its time is over, and puts the marker on the list.
        self._register.publish(poll)
        return entry

    def reopen(
        self,
        who: Organiser,
        poll: int,
        *,
        closes_at: datetime | None = None,
        expected: int | None = None,
    ) -> Entry:
        """Take ballots again, until then or until closed by hand; breaks the seal."""
        with self._register.held(who, poll, expected=expected, undoing=True) as held:
            _check_final(held, Sentence("Only a closed poll can be reopened."))
            if held.entry.concluded:
                raise WrongState(
                    "The poll is closed for good: who has voted was told beside the numbers."
                )
            if held.entry.purged:
                raise WrongState("The ballots were deleted: nobody knows who has voted.")
            if closes_at is not None and closes_at <= held.now:
                raise InvalidPoll("The close lies in the past.", field="closes_at")
            held.connection.execute(QUERIES["reopen_poll"], {"poll": poll})
            self._register.keep(held, replace(held.poll, closes_at=closes_at, archived=False))
            entry = held.read()
        # Not before the commit: the ledger would refuse what Redis takes.
        self._register.publish(poll)
        return entry

    def conclude(self, who: Organiser, poll: int, *, expected: int | None = None) -> Entry:
        """
        Be told both of a final poll with codes: the numbers, and whose codes were used.

        It cannot be reopened then. Again is harmless. Raises WrongState.
        """
        with self._register.held(who, poll, expected=expected) as held:
            if held.poll.identity is not Identity.CODE:
                raise WrongState("The voters of this poll are not known by codes.")
            _check_final(held, Sentence("Only a closed poll can be closed for good."))
            held.connection.execute(QUERIES["conclude_poll"], {"poll": poll})
            return held.read()

    def reset(
        self, who: Organiser, poll: int, *, confirm: str, expected: int | None = None
    ) -> Entry:
        """Throw away the ballots of a final poll, for good; `confirm` is its slug."""
        with self._register.held(who, poll, expected=expected, undoing=True) as held:
            _check_final(held, Sentence("Only a closed poll can be reset."))
            if confirm.strip() != held.poll.slug:
                told = Sentence("Type “%(slug)s” to confirm.", slug=held.poll.slug)
                raise InvalidPoll(told, field="confirm")
            held.connection.execute(QUERIES["reset_poll"], {"poll": poll})
            anew = replace(held.poll, draft=True, archived=False, opens_at=None, closes_at=None)
            self._register.keep(held, anew)
            entry = held.read()
        self._register.publish(poll)
        return entry

    def archive(
        self, who: Organiser, poll: int, *, archived: bool = True, expected: int | None = None
    ) -> Entry:
        """Take a final poll out of the public lists, or put it back; its addresses stay."""
        with self._register.held(who, poll, expected=expected) as held:
            _check_final(held, Sentence("Only a closed poll can be archived."))
            self._register.change(held, replace(held.poll, archived=archived))
            return held.read()

    def delete(self, who: Organiser, poll: int, *, expected: int | None = None) -> None:
        """Delete a draft without ballots or a final poll, with all that belongs to it."""
        with self._register.held(who, poll, expected=expected, deleting=True) as held:
            if held.entry.state is not State.DRAFT or held.entry.has_ballots:
                _check_final(held, Sentence("Close the poll first."))
            held.connection.execute(QUERIES["delete_poll"], {"poll": poll})
            images = {held.poll.image, *(option.image for option in held.poll.options)}
        try:
            published.unpublish(self._register.redis, poll)
            self._drop_images(name for name in images if name is not None)
        except Unavailable as error:
            # The worker withdraws it from Redis, and images that nobody uses go by themselves.
            _log.warning("poll %d is deleted, and is cleared away later: %s", poll, in_full(error))

    def now(self) -> datetime:
        """Tell the time by which polls open and close."""
        return self._register.now()

    def snapshot(self, who: Organiser, poll: int, *, rounds: bool = True) -> dict[str, Any]:
        """Give the numbers that the organiser is told, as `Told.snapshot` does."""
        return self._told.snapshot(self.get(who, poll), rounds=rounds)

    def ballots(self, who: Organiser, poll: int) -> Iterator[bytes]:
        """Give the sealed file of ballots piece by piece, as `Told.ballots` does."""
        return self._told.ballots(self.get(who, poll))

    def seal(self, who: Organiser, poll: int) -> str | None:
        """Give the sealed result, whole as it is to be verified; None where there is none."""
        return self._told.seal(self.get(who, poll))

    def _add(self, poll: Poll, also: Also | None) -> Poll:
        plain = poll.slug or slug_of(poll.question, code=poll.code)
        if not poll.listed and not poll.slug:
            plain = hard_to_guess(plain)
        for _ in range(3):
            # A name that is taken gets the poll's code as well.
            for slug in dict.fromkeys((plain, f"{plain}-{poll.code.lower()}")):
                if added := self._register.add(replace(poll, slug=slug), also):
                    return added
            poll = replace(poll, code=new_code())
        raise InvalidPoll("This address is taken.", field="slug")


def _gives_itself_away(before: Poll, after: Poll) -> bool:
    """Tell whether a poll goes off the lists with a name that follows from its question."""
    made = slug_of(before.question, code=before.code)
    is_made = before.slug in (made, f"{made}-{before.code.lower()}")
    return before.listed and not after.listed and before.slug == after.slug and is_made


def _check_unopened(held: Held) -> None:
    if held.entry.state not in _UNOPENED:
        raise WrongState("The poll is open already, or closed.")


def _check_final(held: Held, otherwise: str) -> None:
    if not held.entry.final:
        closed = held.entry.state is State.CLOSED
        raise WrongState(_NOT_YET if closed else otherwise)


def _place(cursor: str | None) -> int | None:
    if not cursor or not cursor.isascii() or not cursor.isdigit() or len(cursor) > 10:  # noqa: PLR2004
        return None
    return min(int(cursor), MAX_ID)
