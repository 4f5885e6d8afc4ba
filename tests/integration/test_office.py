"""Polls of organisers where ballots wait, Redis has forgotten, or more than one thing happens."""

from __future__ import annotations

import io
from typing import Any

import psycopg
import pytest
from PIL import Image

from admin.organiser import Organiser
from admin.polls import Office
from ballotbox import published
from ballotbox.catalog import read_polls
from ballotbox.errors import InvalidPoll, NotEditable, PollClosed, RevisionMismatch, WrongState
from ballotbox.kinds import KINDS
from ballotbox.poll import Identity, Kind, Option, State, Visibility
from tests.desk import Desk, definition
from tests.polls import FUTURE

Connection = psycopg.Connection[Any]


@pytest.fixture
def ada(desk: Desk) -> Organiser:
    return desk.organiser("ada")


@pytest.fixture
def office(desk: Desk) -> Office:
    return desk.parts.office


def opened(desk: Desk, who: Organiser, **fields: Any) -> int:
    """Make a poll that is open; give its id."""
    return desk.parts.office.open(who, desk.poll(who, **fields).poll.id).poll.id


def final(desk: Desk, who: Organiser, **fields: Any) -> int:
    """Make a poll with two ballots whose result is final; give its id."""
    poll = opened(desk, who, **fields)
    for voter in ("ann", "bob"):
        desk.vote(poll, voter)
    desk.parts.office.close(who, poll)
    desk.work()
    assert desk.parts.office.get(who, poll).final
    return poll


def in_step(desk: Desk, connection: Connection) -> bool:
    """Tell whether Redis has every poll as PostgreSQL has it, and no other."""
    stored = read_polls(connection)
    listed = published.listed(desk.redis)
    return not published.stale(desk.redis, stored) and listed == {poll.id for poll in stored}


@pytest.mark.parametrize("kind", Kind)
def test_it_takes_the_usual_limits_of_a_kind(
    desk: Desk, ada: Organiser, office: Office, kind: Kind
) -> None:
    """Who says nothing about how many may be chosen gets what one expects of the kind."""
    poll = desk.poll(ada, kind=kind).poll
    assert (poll.min_choices, poll.max_choices) == KINDS[kind].limits(2)
    edited = office.edit(ada, poll.id, definition(*"abcd")).poll
    assert (edited.min_choices, edited.max_choices) == KINDS[kind].limits(4)


@pytest.mark.parametrize("recorded", [False, True])
def test_it_loosens_nothing_while_ballots_wait(
    desk: Desk, ada: Organiser, office: Office, *, recorded: bool
) -> None:
    """What voters were promised holds from the first ballot on, wherever that is by now."""
    poll = opened(desk, ada, visibility=Visibility.AFTER_CLOSE)
    desk.vote(poll)
    if recorded:
        desk.work()
    for fields in ({"visibility": Visibility.ALWAYS}, {"identity": Identity.DECLARED}):
        with pytest.raises(NotEditable) as refused:
            office.edit(ada, poll, fields)
        assert refused.value.field in fields
    edited = office.edit(ada, poll, {"visibility": Visibility.ORGANISER, "closes_at": FUTURE})
    assert edited.poll.visibility is Visibility.ORGANISER


@pytest.mark.parametrize(
    "act", ["open", "close", "reopen", "archive", "delete", "edit", "reset", "schedule"]
)
def test_it_acts_on_what_was_seen_only(
    desk: Desk, ada: Organiser, office: Office, connection: Connection, act: str
) -> None:
    """Who has seen an older revision is told so, before anything else."""
    poll = desk.poll(ada).poll
    now = office.edit(ada, poll.id, {"question": "Tea?"}).poll
    more: dict[str, dict[str, Any]] = {
        "edit": {"fields": {"change": False}},
        "reset": {"confirm": poll.slug},
        "schedule": {"opens_at": FUTURE},
    }
    with pytest.raises(RevisionMismatch):
        getattr(office, act)(ada, poll.id, expected=poll.revision, **more.get(act, {}))
    assert read_polls(connection) == [now]


def test_it_stays_closed_where_redis_has_lost_everything(
    desk: Desk, ada: Organiser, office: Office
) -> None:
    """PostgreSQL knows since when, so nothing is taken after it and the result becomes final."""
    poll = opened(desk, ada)
    office.close(ada, poll)
    desk.redis.flushall()
    desk.work()
    with pytest.raises(PollClosed):
        desk.vote(poll)
    desk.work()
    assert office.get(ada, poll).final


def test_it_closes_again_what_was_reopened(
    desk: Desk, ada: Organiser, office: Office, connection: Connection
) -> None:
    """The ballots before and after count, however often the worker looks at it in between."""
    poll = final(desk, ada)
    office.archive(ada, poll)
    assert not office.reopen(ada, poll).poll.archived
    desk.work()
    desk.vote(poll, "cleo")
    desk.work()
    assert office.get(ada, poll).state is State.OPEN
    office.close(ada, poll)
    desk.work()
    desk.work()  # once more: what the ledger has closed is published
    entry = office.get(ada, poll)
    assert (entry.final, entry.ballots) == (True, 3)
    assert in_step(desk, connection)


def test_it_does_not_reopen_what_was_purged(
    desk: Desk, ada: Organiser, office: Office, connection: Connection
) -> None:
    """Nobody knows who has voted, so everybody could again; the numbers can still be seen."""
    poll = final(desk, ada)
    connection.execute("DELETE FROM ballots")
    connection.execute("UPDATE polls SET purged_at = now()")
    with pytest.raises(WrongState, match="deleted"):
        office.reopen(ada, poll)
    entry = office.get(ada, poll)
    assert (entry.purged, entry.final, entry.ballots, entry.has_ballots) == (True, True, 2, True)


def test_it_is_as_new_after_a_reset(
    desk: Desk, ada: Organiser, office: Office, connection: Connection
) -> None:
    """All of it can be edited, all voters can vote again, and it can close again."""
    poll = final(desk, ada, change=False)
    slug = office.get(ada, poll).poll.slug
    office.reset(ada, poll, confirm=slug)
    office.edit(ada, poll, {"question": "Tea?", "slug": "tea", "kind": Kind.MULTIPLE})
    office.open(ada, poll)
    desk.vote(poll, "ann")
    office.close(ada, poll)
    desk.work()
    desk.work()
    entry = office.get(ada, poll)
    assert (entry.final, entry.ballots, entry.poll.slug) == (True, 1, "tea")
    assert in_step(desk, connection)


def test_it_shows_a_seal_until_it_is_broken(
    desk: Desk, ada: Organiser, office: Office, connection: Connection
) -> None:
    """Reopening breaks it, and says since when."""
    poll = final(desk, ada)
    assert office.seal(ada, poll) is None
    connection.execute(
        "INSERT INTO seals (poll_id, final_seq, document)"
        " SELECT poll_id, final_seq, 'sealed' FROM standings"
    )
    assert office.seal(ada, poll) == "sealed"
    assert office.get(ada, poll).sealed_at is not None
    assert office.reopen(ada, poll).broken_at is not None
    assert office.seal(ada, poll) is None


def test_it_deletes_images_with_the_last_poll_that_uses_them(
    desk: Desk, ada: Organiser, office: Office, connection: Connection
) -> None:
    """With its codes, seals and refusals; what another poll shows stays."""
    own, shared = (desk.parts.images.add(ada.id, picture(name)).name for name in ("red", "blue"))
    other = desk.poll(ada, image=shared).poll
    options = [Option(id=1, text="Cats", image=own), Option(id=2, text="Dogs", image=shared)]
    poll = final(desk, ada, options=options)
    office.delete(ada, poll)
    for table in ("codes", "seals", "refusals", "salts", "standings"):
        statement = f"SELECT count(*) FROM {table} WHERE poll_id = {poll}"  # noqa: S608
        assert connection.execute(statement.encode()).fetchone() == (0,), table
    assert connection.execute("SELECT name FROM images").fetchall() == [(shared,)]
    assert office.get(ada, other.id).poll == other
    assert in_step(desk, connection)


def test_it_uses_no_image_that_is_not_there(desk: Desk, ada: Organiser, office: Office) -> None:
    """A name may be made up, or be that of an image that nobody needed."""
    poll = desk.poll(ada).poll
    named = [Option(id=1, text="Cats", image="0" * 32), Option(id=2, text="Dogs")]
    for fields in ({"image": "0" * 32}, {"options": named}):
        with pytest.raises(InvalidPoll) as refused:
            office.edit(ada, poll.id, fields)
        assert refused.value.field in fields
    assert office.get(ada, poll.id).poll == poll


def picture(colour: str) -> bytes:
    """Draw an image."""
    written = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(written, "PNG")
    return written.getvalue()
