"""Edits that come to nothing: a ballot counts for what was asked, or is not taken."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from admin.organiser import Organiser
from admin.register import Register
from ballotbox.errors import BallotBoxUnavailable, NotEditable, PollChanged
from ballotbox.poll import Poll, Visibility
from ballotbox.published import PublishedPolls
from ballotbox.queue import RedisQueue
from tests.desk import Desk
from tests.polls import CATS


class Undone(Exception):
    """The transaction does not commit."""


@pytest.fixture
def ada(desk: Desk) -> Organiser:
    return desk.organiser("ada")


@pytest.fixture
def poll(desk: Desk, ada: Organiser) -> Poll:
    """Give an open poll without ballots."""
    return desk.parts.office.open(ada, desk.poll(ada).poll.id).poll


@pytest.fixture
def register(desk: Desk) -> Register:
    """Give a register of our own, to stop in the middle of an edit."""
    return Register(desk.parts.database.connect, desk.redis, stream=desk.parts.database.connect)


def turned(poll: Poll) -> Poll:
    """Let the first option be the second."""
    first, second = poll.options
    texts = replace(first, text=second.text), replace(second, text=first.text)
    return replace(poll, options=texts)


def test_it_takes_no_ballot_for_what_is_not_asked_in_the_end(
    desk: Desk, ada: Organiser, poll: Poll, register: Register
) -> None:
    """Until it is known which question stands nobody votes; then for the one that does."""
    with suppress(Undone), register.held(ada, poll.id) as held:
        register.change(held, turned(poll))
        with pytest.raises(BallotBoxUnavailable):
            desk.vote(poll.id)
        raise Undone
    with pytest.raises(BallotBoxUnavailable):
        desk.vote(poll.id)
    desk.work()
    desk.vote(poll.id)
    desk.work()
    entry = desk.parts.office.get(ada, poll.id)
    assert (entry.ballots, entry.poll) == (1, poll)


def test_it_refuses_to_turn_what_somebody_has_voted_on(
    desk: Desk, ada: Organiser, poll: Poll, register: Register
) -> None:
    """And goes on taking ballots for it."""
    desk.vote(poll.id)
    with pytest.raises(NotEditable), register.held(ada, poll.id) as held:
        register.change(held, turned(poll))
    desk.vote(poll.id, "bob")


def test_it_gives_no_revision_twice(
    desk: Desk, ada: Organiser, poll: Poll, register: Register
) -> None:
    """A ballot checked against an edit that came to nothing does not fit the next one."""
    with suppress(Undone), register.held(ada, poll.id) as held:
        register.change(held, replace(poll, visibility=Visibility.AFTER_CLOSE))
        seen = PublishedPolls(desk.redis).find(str(poll.id))
        raise Undone
    desk.work()
    desk.parts.office.edit(ada, poll.id, {"options": turned(poll).options})
    with pytest.raises(PollChanged):
        RedisQueue(desk.redis).cast(seen, "ann", CATS)
