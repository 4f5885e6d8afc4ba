"""
The register of polls: held by one who changes them, kept in PostgreSQL, published to Redis.

An edit is published while its row is held and before it is committed, so that it is in force when
its organiser is told so. Should the commit fail, the worker puts Redis right. One that changes what
a ballot means is published after the commit, and no ballot is taken in between.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row
from redis import Redis

from admin.database import Connect
from admin.organiser import Organiser
from ballotbox import published
from ballotbox.catalog import add_poll, read_polls
from ballotbox.errors import (
    BallotBoxUnavailable,
    InvalidPoll,
    NotEditable,
    RevisionMismatch,
    Unavailable,
    UnknownPoll,
    in_full,
)
from ballotbox.poll import Identity, Poll, State
from ballotbox.postgres import lock_ledger
from ballotbox.rules import check_edit, check_poll
from ballotbox.sentence import Sentence
from ballotbox.sql import QUERIES

MAX_ID = 2**31 - 1
_TAKEN = Sentence("This address is taken.")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A poll as its organiser finds it: with its state now, and how many ballots count."""

    poll: Poll
    state: State
    ballots: int | None  # None where its organiser is told who has voted
    final: bool  # closed, and every ballot before is counted
    has_ballots: bool = False  # withdrawn ones too: some parts are fixed then
    purged: bool = False  # its ballots were deleted, its numbers kept
    concluded: bool = False  # its organiser is told both, and it cannot be reopened
    tells_numbers: bool = True
    tells_voters: bool = False  # whose codes were used
    doubted: bool = False  # the final tally is not what the ledger or the seal says
    sealed_at: datetime | None = None
    broken_at: datetime | None = None  # of the latest seal, if it was broken


Also = Callable[[psycopg.Connection[Any], Entry], None]
"""Does something more on a connection, with a poll that was just added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A poll that nobody else changes until the end of the transaction, and the time it is."""

    connection: psycopg.Connection[Any]
    entry: Entry
    now: datetime
    revision: int  # what it gets if it is changed
    unpublished: list[int] = field(default_factory=list)  # what is to be after the commit

    @property
    def poll(self) -> Poll:
        """The poll as it was found."""
        return self.entry.poll

    def read(self) -> Entry:
        """Read the poll as it stands in this transaction, before anybody else can change it."""
        return next(_entries(self.connection, [self.poll.id], self.now))


class Register:
    """
    All polls, as the desk sees and changes them.

    :param connect: lends a connection; `stream` one that may take its time.
    :param changed: is told what a poll was before a change, None if it is new, and what it is now.
    """

    def __init__(
        self,
        connect: Connect,
        redis: Redis,
        *,
        stream: Connect,
        changed: Callable[[Poll | None, Poll], None] = lambda _before, _after: None,
    ) -> None:
        self.connect = connect
        self.stream = stream
        self.redis = redis
        self._changed = changed

    def now(self) -> datetime:
        """Tell the time by Redis' clock, by ours while it is away: for showing only."""
        try:
            return published.now(self.redis)
        except BallotBoxUnavailable:
            return datetime.now(UTC)

    def entries(self, ids: Iterable[int]) -> list[Entry]:
        """Read polls in this order; those that are gone are left out."""
        wanted = list(ids)
        now = self.now()
        with self.connect() as connection:
            found = {each.poll.id: each for each in _entries(connection, wanted, now)}
        return [found[poll] for poll in wanted if poll in found]

    def check(self, who: Organiser, poll: int) -> None:
        """Raise UnknownPoll unless the poll is theirs to see."""
        with self.connect() as connection:
            _check(connection, who, poll)

    def add(self, poll: Poll, also: Also | None = None) -> Poll | None:
        """
        Add a draft to PostgreSQL and give it with its id; None if its slug or code is taken.

        :param also: is called in the same transaction, so that both happen or neither does.
        :raise InvalidPoll: if it has an image that is not there.
        """
        with self.connect() as connection, connection.transaction():
            _check_images(connection, poll)
            if _is_confusing(connection, poll):
                return None
            try:
                added = add_poll(connection, poll)
            except psycopg.errors.UniqueViolation:
                return None
            if also:
                also(connection, Entry(poll=added, state=State.DRAFT, ballots=0, final=False))
        self._changed(None, added)
        return added

    @contextmanager
    def held(
        self,
        who: Organiser,
        poll: int,
        *,
        expected: int | None = None,
        undoing: bool = False,
        deleting: bool = False,
    ) -> Iterator[Held]:
        """
        Hold a poll in a transaction that is committed at the end.

        :param expected: the revision that they have seen.
        :param undoing: whether ballots or their results are to be undone; nothing is counted then.
        :param deleting: whether it is to be deleted, which may take long; others are counted.
        :raise UnknownPoll, RevisionMismatch, BallotBoxUnavailable: before anything is done.
        """
        connect = self.stream if undoing or deleting else self.connect
        with connect() as connection, connection.transaction():
            connection.execute(QUERIES["wait_briefly"])
            _check(connection, who, poll)
            if undoing:
                lock_ledger(connection)  # first, as the drain does
            connection.execute(QUERIES["hold_for_edit"], {"poll": poll})
            now = published.now(self.redis)  # not before: somebody else may have closed it
            entry = next(iter(_entries(connection, [poll], now)), None)
            if entry is None:  # deleted while we waited
                raise UnknownPoll
            if expected is not None and entry.poll.revision != expected:
                raise RevisionMismatch
            highest = max(entry.poll.revision, published.highest(self.redis, poll))
            held = Held(connection=connection, entry=entry, now=now, revision=highest + 1)
            yield held
        for each in held.unpublished:
            self.publish(each)

    def change(self, held: Held, after: Poll) -> None:
        """
        Keep and publish what an organiser has changed, if the rules allow it.

        :raise InvalidPoll, NotEditable, BallotBoxUnavailable: nothing is changed then.
        """
        before = held.poll
        if after == before:
            return
        check_poll(after)
        check_edit(before, after, has_ballots=held.entry.has_ballots, now=held.now)
        self.keep(held, after)
        # A ballot that waits in Redis is not in the ledger yet, and counts all the same.
        forbidden = _refused_with_ballots(held, after)
        revised = replace(after, revision=held.revision)
        if forbidden is None or before.draft:
            guarded = forbidden is not None
            done = self._publish(held.connection, revised, only_without_ballots=guarded)
        elif done := published.hold(self.redis, before.id):
            held.unpublished.append(before.id)
        if not done:
            raise forbidden or NotEditable

    def keep(self, held: Held, after: Poll) -> None:
        """Write a poll into PostgreSQL, unchecked; its revision grows."""
        _check_images(held.connection, after)
        if after.slug != held.poll.slug and _is_confusing(held.connection, after):
            raise InvalidPoll(_TAKEN, field="slug")
        try:
            with held.connection.transaction():
                revised = asdict(replace(after, revision=held.revision))
                held.connection.execute(QUERIES["keep_poll"], revised)
        except psycopg.errors.UniqueViolation as error:
            raise InvalidPoll(_TAKEN, field="slug") from error
        if after.options != held.poll.options:
            held.connection.execute(QUERIES["delete_options"], {"poll": after.id})
            options = {
                "poll": after.id,
                "texts": [option.text for option in after.options],
                "images": [option.image for option in after.options],
            }
            held.connection.execute(QUERIES["insert_options"], options)
        self._changed(held.poll, after)

    def publish(self, poll: int) -> None:
        """Publish a poll as it stands by now; what does not answer now, the worker makes good."""
        try:
            with self.connect() as connection, connection.transaction():
                connection.execute(QUERIES["hold_for_publishing"], {"poll": poll})
                for found in read_polls(connection, [poll]):
                    self._publish(connection, found)
        except Unavailable as error:
            _log.warning("the worker publishes poll %d later: %s", poll, in_full(error))

    def publish_held(self, held: Held) -> None:
        """Publish a poll with its codes as they are within the transaction."""
        for found in read_polls(held.connection, [held.poll.id]):
            self._publish(held.connection, found)

    def _publish(
        self, connection: psycopg.Connection[Any], poll: Poll, *, only_without_ballots: bool = False
    ) -> bool:
        codes: dict[str, int] | None = None
        if poll.identity is Identity.CODE:
            codes = dict(connection.execute(QUERIES["codes_of"], {"poll": poll.id}).fetchall())
        return published.publish(
            self.redis, poll, codes=codes, only_without_ballots=only_without_ballots
        )


def _check(connection: psycopg.Connection[Any], who: Organiser, poll: int) -> None:
    row = None
    if 0 < poll <= MAX_ID:
        row = connection.execute(QUERIES["owner_of"], {"poll": poll}).fetchone()
    if row is None or not who.may_see_of(row[0]):
        raise UnknownPoll


def _entries(connection: psycopg.Connection[Any], ids: list[int], now: datetime) -> Iterator[Entry]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(QUERIES["entries_of"], {"ids": ids}).fetchall()
    standings = {row.pop("id"): row for row in rows}
    for poll in read_polls(connection, ids):
        if poll.id in standings:
            yield Entry(poll=poll, state=poll.state(now), **standings[poll.id])


def _refused_with_ballots(held: Held, after: Poll) -> NotEditable | None:
    try:
        check_edit(held.poll, after, has_ballots=True, now=held.now)
    except NotEditable as error:
        return error
    return None


def _is_confusing(connection: psycopg.Connection[Any], poll: Poll) -> bool:
    names = {"id": poll.id, "slug": poll.slug, "code": poll.code}
    (found,) = connection.execute(QUERIES["is_confusing"], names).fetchone() or (False,)
    return bool(found)


def _check_images(connection: psycopg.Connection[Any], poll: Poll) -> None:
    named = {"image": {poll.image}, "options": {option.image for option in poll.options}}
    wanted = sorted(name for names in named.values() for name in names if name is not None)
    if not wanted:
        return
    rows = connection.execute(QUERIES["known_images"], {"names": wanted}).fetchall()
    known = {name for (name,) in rows} | {None}
    for place, names in named.items():
        if not names <= known:
            raise InvalidPoll("There is no such image. Upload it again.", field=place)
