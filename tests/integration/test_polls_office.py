"""What organisers do with polls, on the real PostgreSQL and Redis, with the worker's own steps."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql
from redis import Redis

from admin.organiser import Organiser, Role
from admin.polls import Office
from admin.register import Entry, Held
from ballotbox import published
from ballotbox.catalog import read_polls
from ballotbox.errors import (
    AlreadyVoted,
    BallotBoxUnavailable,
    BallotsNotFinal,
    Conflict,
    InvalidPoll,
    LedgerUnavailable,
    NotEditable,
    PollChanged,
    PollClosed,
    PollNotOpen,
    RevisionMismatch,
    UnknownPoll,
    VotifyError,
    WrongState,
)
from ballotbox.kinds import ranking_rounds
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Kind, Option, Poll, State, Visibility
from ballotbox.postgres import lock_ledger, postgres_from
from ballotbox.published import PublishedPolls
from ballotbox.queue import RedisQueue
from ballotbox.sql import QUERIES
from tests.desk import Desk, definition
from tests.polls import BOTH, CATS, DOGS, FUTURE, PAST

Connection = psycopg.Connection[Any]


@pytest.fixture
def ada(desk: Desk) -> Organiser:
    """Give an organiser."""
    return desk.organiser("ada")


@pytest.fixture
def office(desk: Desk) -> Office:
    """Give the office."""
    return desk.parts.office


def opened(desk: Desk, who: Organiser, **fields: Any) -> int:
    """Make a poll, open it, and give its id."""
    return desk.parts.office.open(who, desk.poll(who, **fields).poll.id).poll.id


def final(desk: Desk, who: Organiser, *voters: str, **fields: Any) -> int:
    """Make a poll in which these have voted for cats, and close it."""
    poll = opened(desk, who, **fields)
    for voter in voters:
        desk.vote(poll, voter)
    desk.parts.office.close(who, poll)
    desk.work()
    return poll


def found(redis: Redis, poll: int) -> Poll:
    """Give a poll as `vote` finds it now."""
    return PublishedPolls(redis).find(str(poll))


# --- making and finding -------------------------------------------------------------------------


def test_it_makes_a_draft(desk: Desk, ada: Organiser, connection: Connection) -> None:
    """It belongs to who made it, is named after its question, and nobody else finds it."""
    entry = desk.poll(ada)
    poll = entry.poll
    assert (entry.state, entry.ballots, entry.final) == (State.DRAFT, 0, False)
    assert (poll.owner, poll.slug, poll.revision) == (ada.id, "cats-or-dogs", 1)
    assert [option.text for option in poll.options] == ["Cats", "Dogs"]
    assert read_polls(connection) == [poll]
    assert PublishedPolls(desk.redis).find(f"preview:{poll.preview}").id == poll.id
    desk.work()  # without a worker nobody can say that there is no such poll
    for name in (poll.slug, poll.code, str(poll.id)):
        with pytest.raises(UnknownPoll):
            PublishedPolls(desk.redis).find(name)


def test_it_answers_an_edit_with_that_edit(
    desk: Desk, ada: Organiser, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not with what somebody else made of the poll in the next moment."""
    poll = desk.poll(ada).poll.id
    held = office._register.held

    @contextmanager
    def held_then_edited(*asked: Any, **wanted: Any) -> Iterator[Held]:
        with held(*asked, **wanted) as first:
            yield first
        with held(*asked) as second:
            office._register.change(second, replace(second.poll, question="Theirs?"))

    monkeypatch.setattr(office._register, "held", held_then_edited)
    entry = office.edit(ada, poll, {"question": "Mine?"})
    assert (entry.poll.question, entry.poll.revision) == ("Mine?", 2)
    assert office.get(ada, poll).poll.revision == 3


def test_it_gives_each_poll_an_address_of_its_own(desk: Desk, ada: Organiser) -> None:
    """The same question may be asked often."""
    slugs = {desk.poll(ada).poll.slug for _ in range(3)}
    assert len(slugs) == 3
    assert all(slug.startswith("cats-or-dogs") for slug in slugs)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"question": " "}, "question"),
        ({"question": "a\0b"}, "question"),
        ({"options": [Option(id=0, text="Cats")]}, "options"),
        ({"options": [Option(id=0, text="Cats")] * 2}, "options"),
        ({"image": "0" * 32}, "image"),
        ({"options": [Option(id=0, text="A", image="0" * 32), Option(id=0, text="B")]}, "options"),
        ({"max_choices": 3}, "max_choices"),
        ({"opens_at": FUTURE, "closes_at": PAST}, "closes_at"),
        ({"slug": "receipt"}, "slug"),
    ],
)
def test_it_makes_no_poll_that_cannot_be(
    desk: Desk, ada: Organiser, connection: Connection, fields: dict[str, Any], field: str
) -> None:
    """What has to be mended is named, and nothing is kept."""
    with pytest.raises(InvalidPoll) as caught:
        desk.poll(ada, **fields)
    assert caught.value.field == field
    assert read_polls(connection) == []


def test_it_keeps_nothing_where_something_more_fails(
    desk: Desk, ada: Organiser, connection: Connection
) -> None:
    """What else is written with a poll is written in one transaction."""

    def fail(connection: Connection, entry: Entry) -> None:
        raise ZeroDivisionError(entry.poll.id)

    with pytest.raises(ZeroDivisionError):
        desk.parts.office.create(ada, definition(), also=fail)
    assert read_polls(connection) == []


def test_it_shows_organisers_their_own_polls(desk: Desk, ada: Organiser, office: Office) -> None:
    """Of others' polls they are told nothing, not even that they are there."""
    bob, olga = desk.organiser("bob"), desk.organiser("olga", Role.OWNER)
    hers, his = desk.poll(ada).poll.id, desk.poll(bob).poll.id
    assert [each.poll.id for each in office.list(ada).entries] == [hers]
    assert [each.poll.id for each in office.list(olga).entries] == [his, hers]
    assert office.get(olga, hers).poll.owner == ada.id
    for poll in (his, 0, -1, 99, 2**31, 10**30):
        with pytest.raises(UnknownPoll):
            office.get(ada, poll)
        with pytest.raises(UnknownPoll):
            office.check(ada, poll)


@pytest.mark.parametrize(
    "act",
    [
        lambda office, who, poll: office.edit(who, poll, {"question": "Mine?"}),
        lambda office, who, poll: office.open(who, poll),
        lambda office, who, poll: office.schedule(who, poll, opens_at=FUTURE),
        lambda office, who, poll: office.close(who, poll),
        lambda office, who, poll: office.reopen(who, poll),
        lambda office, who, poll: office.reset(who, poll, confirm="cats-or-dogs"),
        lambda office, who, poll: office.archive(who, poll),
        lambda office, who, poll: office.delete(who, poll),
        lambda office, who, poll: office.duplicate(who, poll),
        lambda office, who, poll: office.snapshot(who, poll),
        lambda office, who, poll: office.ballots(who, poll),
        lambda office, who, poll: office.seal(who, poll),
    ],
)
def test_it_lets_nobody_touch_other_peoples_polls(
    desk: Desk, ada: Organiser, office: Office, act: Callable[[Office, Organiser, int], object]
) -> None:
    """Whatever it is that they try."""
    poll = desk.poll(ada).poll
    with pytest.raises(UnknownPoll):
        act(office, desk.organiser("bob"), poll.id)
    assert office.get(ada, poll.id).poll == poll


def test_it_lists_by_pages(desk: Desk, ada: Organiser, office: Office) -> None:
    """Newest first; each poll once, whatever is added meanwhile."""
    ids = [desk.poll(ada).poll.id for _ in range(5)]
    seen, cursor = [], None
    for _ in range(3):
        page = office.list(ada, limit=2, cursor=cursor)
        seen += [each.poll.id for each in page.entries]
        cursor = page.next
        desk.poll(ada)
    assert seen == ids[::-1]
    assert cursor is None


@pytest.mark.parametrize("cursor", ["", "x", "-1", "9" * 50, "1; DROP", "²", "\0"])
def test_it_starts_anew_with_a_cursor_that_is_none(
    desk: Desk, ada: Organiser, office: Office, cursor: str
) -> None:
    """A cursor is ours to make, and no way to break anything."""
    poll = desk.poll(ada).poll.id
    assert [each.poll.id for each in office.list(ada, cursor=cursor).entries] == [poll]


def test_it_finds_polls_by_words_and_state(desk: Desk, ada: Organiser, office: Office) -> None:
    """By a part of the question, the address or the code, and by where they are in their life."""
    draft = desk.poll(ada, question="100 % of_all?").poll
    coming = desk.poll(ada, question="Ärger im Büro?").poll.id
    office.schedule(ada, coming, opens_at=FUTURE)
    open_ = opened(desk, ada, question="Who leads?")
    closed = opened(desk, ada, question="Who led?")
    office.close(ada, closed)
    archived = final(desk, ada, question="Who was it?")
    office.archive(ada, archived)

    def ids(**wanted: Any) -> list[int]:
        return [each.poll.id for each in office.list(ada, **wanted).entries]

    assert ids(state=State.DRAFT) == [draft.id]
    assert ids(state=State.COMING) == [coming]
    assert ids(state=State.OPEN) == [open_]
    assert ids(state=State.CLOSED) == [closed]
    assert ids(archived=True) == [archived]
    assert ids(q="who") == [closed, open_]
    assert ids(q="who", state=State.OPEN) == [open_]
    assert ids(q="ärger") == [coming]
    assert ids(q="0 % of_") == [draft.id]
    assert ids(q=draft.code.lower()) == [draft.id]
    assert ids(q="\0nothing") == []


# --- changing -----------------------------------------------------------------------------------


def test_it_edits_a_poll_everywhere_at_once(desk: Desk, ada: Organiser, office: Office) -> None:
    """When the organiser is told so, no `vote` accepts a ballot for what was asked before."""
    poll = opened(desk, ada)
    before = found(desk.redis, poll)
    after = office.edit(ada, poll, {"options": definition("Dogs", "Cats")["options"]})
    assert after.poll.revision == before.revision + 1
    assert found(desk.redis, poll) == after.poll
    with pytest.raises(PollChanged):
        RedisQueue(desk.redis).cast(before, "ann", CATS)
    assert [each.text for each in after.poll.options] == ["Dogs", "Cats"]


def test_it_changes_nothing_where_nothing_is_changed(
    desk: Desk, ada: Organiser, office: Office
) -> None:
    """Saving without a change is no revision: a voter's ballot on its way stays good."""
    poll = desk.poll(ada).poll
    assert office.edit(ada, poll.id, {"question": poll.question}).poll == poll


def test_it_loses_no_update(desk: Desk, ada: Organiser, office: Office) -> None:
    """Of two organisers who edit what they have both seen, the second is told."""
    poll = desk.poll(ada).poll
    office.edit(ada, poll.id, {"question": "First?"}, expected=poll.revision)
    with pytest.raises(RevisionMismatch):
        office.edit(ada, poll.id, {"question": "Second?"}, expected=poll.revision)
    assert office.get(ada, poll.id).poll.question == "First?"


def test_it_gives_each_of_many_edits_a_revision(desk: Desk, ada: Organiser, office: Office) -> None:
    """Twelve at once, each built on what it has seen: those that succeed follow one another."""
    poll = desk.poll(ada).poll.id
    done: list[int] = []

    def edit(number: int) -> None:
        seen = office.get(ada, poll).poll.revision
        try:
            entry = office.edit(ada, poll, {"question": f"Edit {number}?"}, expected=seen)
        except RevisionMismatch:
            return
        done.append(seen + 1)
        assert entry.poll.revision >= seen + 1

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(2, len(done) + 2))
    assert office.get(ada, poll).poll.revision == len(done) + 1
    assert found_draft(desk, poll).revision == len(done) + 1


def found_draft(desk: Desk, poll: int) -> Poll:
    """Give what is published of a draft."""
    definition = desk.redis.hget(f"poll:{poll}", "definition")
    assert definition is not None
    return Poll.from_json(definition)


@pytest.mark.parametrize(
    "fields",
    [
        {"question": "Dogs or Cats?"},
        definition("Dogs", "Cats"),
        {"kind": Kind.MULTIPLE},
        {"change": False},
        {"opens_at": FUTURE},
    ],
)
def test_it_keeps_what_people_have_voted_on(
    desk: Desk, ada: Organiser, office: Office, fields: dict[str, Any]
) -> None:
    """A ballot that waits in Redis counts as much as one that is in the ledger."""
    poll = opened(desk, ada)
    before = found(desk.redis, poll)
    desk.vote(poll)
    with pytest.raises(NotEditable):
        office.edit(ada, poll, fields)
    desk.work()
    with pytest.raises(NotEditable):
        office.edit(ada, poll, fields)
    assert office.get(ada, poll).poll == before == found(desk.redis, poll)


def test_it_shows_numbers_to_fewer_people_but_not_to_more(
    desk: Desk, ada: Organiser, office: Office
) -> None:
    """What voters were promised holds."""
    poll = opened(desk, ada, visibility=Visibility.AFTER_CLOSE)
    desk.vote(poll)
    desk.work()
    with pytest.raises(NotEditable):
        office.edit(ada, poll, {"visibility": Visibility.ALWAYS})
    office.edit(ada, poll, {"visibility": Visibility.ORGANISER})
    assert found(desk.redis, poll).visibility is Visibility.ORGANISER


def test_it_refuses_an_address_that_is_taken(desk: Desk, ada: Organiser, office: Office) -> None:
    """Two polls at one address would be none."""
    first, second = desk.poll(ada).poll, desk.poll(ada).poll
    with pytest.raises(InvalidPoll) as caught:
        office.edit(ada, second.id, {"slug": first.slug})
    assert caught.value.field == "slug"
    assert office.get(ada, second.id).poll == second
    renamed = office.edit(ada, second.id, {"slug": "pets"}).poll
    assert renamed.slug == "pets"


def test_it_refuses_an_address_that_is_anothers_code(
    desk: Desk, ada: Organiser, office: Office
) -> None:
    """A code is typed in any case: who joins by it is sent to no other poll."""
    hers, his = desk.poll(ada).poll, desk.poll(desk.organiser("bob")).poll
    with pytest.raises(InvalidPoll) as caught:
        office.edit(ada, hers.id, {"slug": his.code.lower()})
    assert caught.value.field == "slug"
    office.edit(ada, hers.id, {"slug": hers.code.lower()})
    third = desk.poll(ada, slug=his.code.lower()).poll
    assert third.slug == f"{his.code}-{third.code}".lower()


def test_it_changes_nothing_while_redis_is_away(
    desk: Desk, ada: Organiser, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not in force is not kept either: the organiser is told to try again."""
    poll = desk.poll(ada).poll

    def away(*args: object, **options: object) -> bool:
        raise BallotBoxUnavailable

    monkeypatch.setattr(published, "publish", away)
    with pytest.raises(BallotBoxUnavailable):
        office.edit(ada, poll.id, {"question": "Unheard?"})
    with pytest.raises(BallotBoxUnavailable):
        office.open(ada, poll.id)
    assert office.get(ada, poll.id).poll == poll
    assert desk.poll(ada).state is State.DRAFT, "a new draft is published later"


# --- its life -----------------------------------------------------------------------------------


def test_it_opens_a_draft_at_once(desk: Desk, ada: Organiser, office: Office) -> None:
    """From that moment ballots are taken."""
    poll = desk.poll(ada).poll.id
    assert office.open(ada, poll).state is State.OPEN
    desk.vote(poll)
    desk.work()
    entry = office.get(ada, poll)
    assert (entry.ballots, entry.has_ballots) == (1, True)


def test_it_schedules(desk: Desk, ada: Organiser, office: Office) -> None:
    """A poll opens by itself; until then it can be opened by hand."""
    poll = desk.poll(ada).poll.id
    with pytest.raises(InvalidPoll):
        office.schedule(ada, poll, opens_at=PAST)
    assert office.schedule(ada, poll, opens_at=FUTURE).state is State.COMING
    with pytest.raises(PollNotOpen):
        desk.vote(poll)
    assert office.open(ada, poll).state is State.OPEN
    desk.vote(poll)


def test_it_closes_at_once(desk: Desk, ada: Organiser, office: Office) -> None:
    """No ballot is taken from that moment; those before are counted, then the result is final."""
    poll = opened(desk, ada)
    desk.vote(poll, "ann")
    entry = office.close(ada, poll)
    assert (entry.state, entry.final) == (State.CLOSED, False)
    with pytest.raises(PollClosed):
        desk.vote(poll, "bob")
    desk.work()
    entry = office.get(ada, poll)
    assert (entry.state, entry.final, entry.ballots) == (State.CLOSED, True, 1)


def test_it_reopens(desk: Desk, ada: Organiser, office: Office) -> None:
    """Ballots are taken again, and what was voted before still counts."""
    poll = final(desk, ada, "ann", change=False)
    entry = office.reopen(ada, poll)
    assert (entry.state, entry.final, entry.ballots) == (State.OPEN, False, 1)
    with pytest.raises(AlreadyVoted):
        desk.vote(poll, "ann")
    desk.vote(poll, "bob", DOGS)
    desk.work()
    assert office.get(ada, poll).ballots == 2
    office.close(ada, poll)
    desk.work()
    assert office.get(ada, poll).final


def test_it_reopens_until_a_time(desk: Desk, ada: Organiser, office: Office) -> None:
    """Which lies ahead."""
    poll = final(desk, ada)
    with pytest.raises(InvalidPoll):
        office.reopen(ada, poll, closes_at=PAST)
    assert office.reopen(ada, poll, closes_at=FUTURE).poll.closes_at == FUTURE


def test_it_resets_with_a_word_of_confirmation(
    desk: Desk, ada: Organiser, office: Office, connection: Connection
) -> None:
    """Every ballot goes, for good; the poll is a draft, and may be another one when it opens."""
    poll = final(desk, ada, "ann", "bob", change=False)
    with pytest.raises(InvalidPoll):
        office.reset(ada, poll, confirm="yes")
    assert office.get(ada, poll).ballots == 2
    entry = office.reset(ada, poll, confirm="cats-or-dogs")
    assert (entry.state, entry.ballots, entry.has_ballots) == (State.DRAFT, 0, False)
    assert connection.execute("SELECT count(*) FROM ballots").fetchone() == (0,)
    office.edit(ada, poll, {"kind": Kind.MULTIPLE})
    office.open(ada, poll)
    desk.vote(poll, "ann", BOTH)
    desk.work()
    assert office.get(ada, poll).ballots == 1


def test_it_archives(desk: Desk, ada: Organiser, office: Office) -> None:
    """An archived poll leaves the lists, and its addresses go on working."""
    poll = final(desk, ada)
    office.archive(ada, poll)
    assert poll not in {each.id for each in PublishedPolls(desk.redis).all()}
    assert found(desk.redis, poll).archived
    office.archive(ada, poll, archived=False)
    assert poll in {each.id for each in PublishedPolls(desk.redis).all()}


def test_it_duplicates(desk: Desk, ada: Organiser, office: Office) -> None:
    """The same is asked in the same way, by a poll of its own that nobody has voted in."""
    poll = final(desk, ada, "ann", kind=Kind.MULTIPLE, max_choices=1, change=False)
    entry = office.duplicate(ada, poll)
    copy, original = entry.poll, office.get(ada, poll).poll
    assert (entry.state, entry.has_ballots) == (State.DRAFT, False)
    assert (copy.options, copy.kind, copy.max_choices) == (original.options, Kind.MULTIPLE, 1)
    assert (copy.opens_at, copy.closes_at) == (None, None)
    assert len({copy.slug, original.slug}) == len({copy.code, original.code}) == 2


def test_it_deletes_all_that_belongs_to_a_poll(
    desk: Desk, ada: Organiser, office: Office, connection: Connection
) -> None:
    """Its ballots, numbers and keys in Redis."""
    poll = final(desk, ada, "ann")
    office.delete(ada, poll)
    with pytest.raises(UnknownPoll):
        office.get(ada, poll)
    for table in ("polls", "options", "ballots", "tallies", "standings", "samples"):
        count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        assert connection.execute(count).fetchone() == (0,), table
    published.forget(desk.redis)  # as the worker does within a second
    assert desk.redis.keys("poll*") == [b"polls"]


def test_it_deletes_while_others_are_counted(
    desk: Desk, ada: Organiser, office: Office, connection: Connection
) -> None:
    """A poll with a million ballots goes slowly, and the drain need not wait for it."""
    poll = final(desk, ada, "ann")
    with connection.transaction():
        lock_ledger(connection)
        office.delete(ada, poll)
    assert read_polls(connection) == []


def test_it_does_not_wait_for_ever(
    desk: Desk, ada: Organiser, office: Office, connection: Connection
) -> None:
    """Whoever waits for a poll with the ledger's lock keeps everybody waiting."""
    poll = final(desk, ada, "ann")
    with connection.transaction():
        connection.execute(QUERIES["hold_for_edit"], {"poll": poll})
        with pytest.raises(LedgerUnavailable):
            office.reopen(ada, poll)
    office.reopen(ada, poll)


@pytest.mark.parametrize(
    ("state", "act"),
    [
        ("open", lambda office, who, poll: office.open(who, poll)),
        ("open", lambda office, who, poll: office.schedule(who, poll, opens_at=FUTURE)),
        ("open", lambda office, who, poll: office.reopen(who, poll)),
        ("open", lambda office, who, poll: office.reset(who, poll, confirm="cats-or-dogs")),
        ("open", lambda office, who, poll: office.archive(who, poll)),
        ("open", lambda office, who, poll: office.delete(who, poll)),
        ("draft", lambda office, who, poll: office.close(who, poll)),
        ("draft", lambda office, who, poll: office.reopen(who, poll)),
        ("draft", lambda office, who, poll: office.archive(who, poll)),
        ("coming", lambda office, who, poll: office.close(who, poll)),
        ("coming", lambda office, who, poll: office.delete(who, poll)),
        ("closing", lambda office, who, poll: office.close(who, poll)),
        ("closing", lambda office, who, poll: office.reopen(who, poll)),
        ("closing", lambda office, who, poll: office.reset(who, poll, confirm="cats-or-dogs")),
        ("closing", lambda office, who, poll: office.delete(who, poll)),
        ("closing", lambda office, who, poll: office.archive(who, poll)),
        ("final", lambda office, who, poll: office.open(who, poll)),
        ("final", lambda office, who, poll: office.close(who, poll)),
        ("final", lambda office, who, poll: office.edit(who, poll, {"question": "Other?"})),
    ],
)
def test_it_does_nothing_at_the_wrong_time(
    desk: Desk, ada: Organiser, office: Office, state: str, act: Callable[..., object]
) -> None:
    """Each step has its place in a poll's life; at another it is refused, and nothing changes."""
    poll = desk.poll(ada).poll.id
    if state == "coming":
        office.schedule(ada, poll, opens_at=FUTURE)
    elif state != "draft":
        office.open(ada, poll)
    if state in ("closing", "final"):
        office.close(ada, poll)
    if state == "final":
        desk.work()
    before = office.get(ada, poll)
    with pytest.raises(Conflict):
        act(office, ada, poll)
    assert office.get(ada, poll) == before


def test_it_opens_nothing_whose_time_is_over(desk: Desk, ada: Organiser, office: Office) -> None:
    """A draft may have waited until after its close."""
    poll = desk.poll(ada, closes_at=PAST).poll.id
    with pytest.raises(InvalidPoll):
        office.open(ada, poll)
    with pytest.raises(InvalidPoll):
        office.schedule(ada, poll, opens_at=FUTURE)
    assert office.get(ada, poll).state is State.DRAFT


def test_a_draft_with_a_close_keeps_it_when_it_opens(
    desk: Desk, ada: Organiser, office: Office
) -> None:
    """It closes by itself then."""
    poll = desk.poll(ada, closes_at=FUTURE + timedelta(hours=1)).poll.id
    entry = office.open(ada, poll)
    assert entry.poll.closes_at == FUTURE + timedelta(hours=1)


# --- numbers ------------------------------------------------------------------------------------


def test_it_shows_numbers_to_their_organiser(desk: Desk, ada: Organiser, office: Office) -> None:
    """Whatever the visibility; what the desk cannot know it does not tell."""
    poll = opened(desk, ada, visibility=Visibility.ORGANISER)
    desk.vote(poll)
    desk.work()
    shown = office.snapshot(ada, poll)
    assert (shown["ballots"], shown["hidden"]) == (1, False)
    assert [option["votes"] for option in shown["options"]] == [1, 0]
    assert shown["poll"]["visibility"] == "organiser"
    assert "waiting" not in shown
    json.dumps(shown)


def test_it_counts_a_ranking_without_knowing_the_voters(
    desk: Desk, ada: Organiser, office: Office
) -> None:
    """Instant-runoff needs the ballots: the desk sees them under pseudonyms, the latest of each."""
    poll = opened(desk, ada, kind=Kind.RANKED)
    known = found(desk.redis, poll)
    for voter, order in (("ann", [1, 2]), ("ann", [2, 1]), ("bob", [2]), ("cyd", [1])):
        desk.vote(poll, voter, known.marks(order))
    desk.work()
    rounds = office.snapshot(ada, poll)["rounds"]
    with postgres_from(desk.worker) as connection:
        patterns = PostgresLedger(connection).patterns(poll)
    assert sum(count for _, count in patterns) == 3
    assert rounds == known_rounds(known, patterns)


def known_rounds(poll: Poll, patterns: Any) -> Any:
    """Count the rounds from the ledger itself."""
    return ranking_rounds([option.id for option in poll.options], patterns)


def test_it_hands_out_ballots_without_their_voters(
    desk: Desk, ada: Organiser, office: Office
) -> None:
    """Once the result is sealed, as a stream."""
    poll = final(desk, ada, "ann", "bob")
    with pytest.raises(BallotsNotFinal):
        office.ballots(ada, poll)
    desk.seal()
    lines = b"".join(office.ballots(ada, poll)).splitlines()
    assert lines[0] == b"pseudonym,number,choice"
    assert len(lines) == 3
    assert all(line.endswith(b",1,1:1") for line in lines[1:])
    assert b"ann" not in b"".join(lines)


def test_it_gives_no_seal_where_there_is_none(desk: Desk, ada: Organiser, office: Office) -> None:
    """An open poll has none."""
    assert office.seal(ada, opened(desk, ada)) is None


def test_every_refusal_is_one_of_ours() -> None:
    """What an organiser may be told has a stable code."""
    codes = {each.code for each in (WrongState, NotEditable, InvalidPoll, RevisionMismatch)}
    assert len(codes) == 4
    assert all(issubclass(each, VotifyError) for each in (WrongState, InvalidPoll))
