"""What the organiser of a poll with codes is told: the numbers or who has voted, and when both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import sql

from admin.codes import Code
from ballotbox.ballot import Marks
from ballotbox.errors import (
    BallotsNotFinal,
    InvalidPoll,
    NotEditable,
    UnknownPoll,
    WrongState,
)
from ballotbox.poll import HostSees, Identity, Visibility
from ballotbox.published import PublishedPolls
from ballotbox.queue import RedisQueue
from tests.desk import Desk
from tests.polls import CATS, DOGS

MODES = {
    "numbers": {"visibility": "organiser"},
    "voters": {"visibility": "organiser", "host_sees": "voters"},
    "neither": {"visibility": "after_close"},
    "public": {"visibility": "always"},
    "to voters": {"visibility": "after_vote"},
}
NUMBERS = {"numbers", "public", "to voters"}


class Seen(NamedTuple):
    """What an organiser, and the desk's role in PostgreSQL, can see of a poll."""

    numbers: bool
    voters: bool


class Election:
    """A poll with codes, as its organiser sees it."""

    def __init__(self, desk: Desk, role: psycopg.Connection[Any], **fields: Any) -> None:
        self.desk, self.role = desk, role
        self.office, self.list = desk.parts.office, desk.parts.codes
        self.ada = desk.organiser("ada")
        draft = desk.poll(self.ada, identity=Identity.CODE, **fields)
        self.id = self.office.open(self.ada, draft.poll.id).poll.id
        self.codes = self.list.generate(self.ada, self.id, 4)

    def vote(self, number: int, marks: Marks = CATS) -> None:
        """Vote with a code, as `vote` does, and count it."""
        queue, text = RedisQueue(self.desk.redis), self.codes[number].text
        code = queue.code(self.id, text)
        assert code is not None
        poll = PublishedPolls(self.desk.redis).numbered(self.id)
        queue.cast(poll, code.voter, marks, code=code)
        self.desk.work()

    def end(self) -> None:
        """Close it, and wait until it is final and sealed."""
        self.office.close(self.ada, self.id)
        self.desk.seal()

    def listed(self) -> list[Code]:
        """List all codes."""
        return list(self.list.each(self.ada, self.id))

    def seen(self) -> Seen:
        """Tell what is told; every door says the same, and PostgreSQL no more than that."""
        snapshot = self.office.snapshot(self.ada, self.id)
        shown = {option["votes"] for option in snapshot["options"]}
        numbers = not snapshot["hidden"]
        assert (shown == {None}) is (snapshot["cast"] is None) is not numbers
        used = {each.used for each in self.listed()}
        voters = None not in used
        assert voters or used == {None}
        assert (self.list.counts(self.ada, self.id).used is not None) is voters
        assert (self.office.get(self.ada, self.id).ballots is not None) is (numbers or not voters)
        # Somebody has voted, so there are rows where they may be read.
        for view, told in (("told_tallies", numbers), ("told_patterns", numbers)):
            assert self._has_rows(view) is told
        assert self._has_rows("used_codes") is voters
        if not numbers:
            assert self.office.seal(self.ada, self.id) is None
            assert not self._has_rows("told_seals")
            assert not self._has_rows("told_ballots")
            with pytest.raises(BallotsNotFinal):
                self.office.ballots(self.ada, self.id)
        return Seen(numbers, voters)

    def _has_rows(self, view: str) -> bool:
        query = f"SELECT EXISTS (SELECT FROM {view} WHERE poll_id = %s)"  # noqa: S608
        return self.role.execute(query.encode(), [self.id]).fetchone() == (True,)


Make = Callable[..., Election]


@pytest.fixture
def make(desk: Desk, admin_connection: psycopg.Connection[Any]) -> Make:
    """Give a function that makes an open poll with four codes."""
    return lambda **fields: Election(desk, admin_connection, **fields)


@pytest.fixture
def election(make: Make) -> Election:
    """Give a poll whose organiser is told the numbers."""
    return make(**MODES["numbers"])


@pytest.mark.parametrize("mode", MODES)
def test_it_tells_the_numbers_or_who_has_voted_until_the_poll_is_closed_for_good(
    make: Make, mode: str
) -> None:
    """One of both, or with `after_close` neither; and both at the end."""
    election = make(**MODES[mode])
    election.vote(0)
    assert election.seen() == Seen(mode in NUMBERS, mode == "voters")
    election.end()
    assert election.seen() == Seen(mode != "voters", mode == "voters")
    entry = election.office.conclude(election.ada, election.id)
    assert entry.concluded
    assert election.seen() == Seen(numbers=True, voters=True)
    assert [each.used for each in election.listed()] == [True, False, False, False]
    assert b"".join(election.office.ballots(election.ada, election.id)).count(b"\n") == 2


@pytest.mark.parametrize("mode", MODES)
def test_it_never_tells_both_while_the_poll_is_closed_and_reopened(make: Make, mode: str) -> None:
    """Two states of both, compared, would name who has voted what in between."""
    election = make(**MODES[mode])
    for number in range(3):
        election.vote(number, DOGS if number == 1 else CATS)
        assert sum(election.seen()) < 2
        election.end()
        assert sum(election.seen()) < 2
        election.office.reopen(election.ada, election.id)
        assert election.seen() == Seen(mode in NUMBERS, mode == "voters")
    election.end()
    election.office.conclude(election.ada, election.id)
    assert election.seen() == Seen(numbers=True, voters=True)


def test_it_stays_closed_once_both_were_told(election: Election) -> None:
    """Nor is it told again by who has SQL in hand: a reopened poll was told for the last time."""
    election.vote(0)
    election.end()
    for _ in range(2):  # again is harmless
        election.office.conclude(election.ada, election.id)
    with pytest.raises(WrongState, match="for good"):
        election.office.reopen(election.ada, election.id)
    election.role.execute("SELECT reopen_poll(%s)", [election.id])
    election.role.execute("UPDATE polls SET closes_at = NULL")
    election.desk.work()
    assert election.seen() == Seen(numbers=True, voters=False)
    election.vote(1)
    election.end()
    assert election.seen() == Seen(numbers=True, voters=False)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        election.role.execute("SELECT conclude_poll(%s)", [election.id])


def test_it_begins_anew_after_a_reset(election: Election) -> None:
    """The ballots that were told of are gone; those of the new round are told of at its end."""
    election.vote(0)
    election.end()
    election.office.conclude(election.ada, election.id)
    slug = election.office.get(election.ada, election.id).poll.slug
    assert not election.office.reset(election.ada, election.id, confirm=slug).concluded
    election.office.open(election.ada, election.id)
    election.vote(1)
    assert election.seen() == Seen(numbers=True, voters=False)
    election.end()
    election.office.conclude(election.ada, election.id)
    assert [each.used for each in election.listed()] == [False, True, False, False]


def test_it_concludes_only_what_is_final_and_has_codes(desk: Desk, election: Election) -> None:
    """And only for whose poll it is."""
    with pytest.raises(WrongState):
        election.office.conclude(election.ada, election.id)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        election.role.execute("SELECT conclude_poll(%s)", [election.id])
    election.end()
    with pytest.raises(UnknownPoll):
        election.office.conclude(desk.organiser("grace"), election.id)
    other = desk.poll(election.ada).poll.id
    election.office.open(election.ada, other)
    election.office.close(election.ada, other)
    desk.work()
    with pytest.raises(WrongState):
        election.office.conclude(election.ada, other)


@pytest.mark.parametrize("mode", MODES)
def test_it_tells_nothing_by_revoking(make: Make, mode: str) -> None:
    """A code that was used and one that was not look the same, and are counted the same."""
    election = make(**MODES[mode])
    election.vote(0)
    before = election.list.counts(election.ada, election.id)
    for number in (1, 2):
        election.list.revoke(election.ada, election.id, number)
        now = election.list.counts(election.ada, election.id)
        assert (now.used, now.revoked) == (before.used, number)
    if mode != "voters":
        assert {each.used for each in election.listed()} == {None}


def test_it_does_not_know_who_has_voted_once_the_ballots_are_deleted(
    election: Election, connection: psycopg.Connection[Any]
) -> None:
    """After their time, that is not told as nobody."""
    election.vote(0)
    election.end()
    election.office.conclude(election.ada, election.id)
    connection.execute("UPDATE seals SET sealed_at = now() - interval '2 days'")
    connection.execute("SELECT purge_ballots(1)")
    assert {each.used for each in election.listed()} == {None}
    assert election.list.counts(election.ada, election.id).used is None
    with pytest.raises(BallotsNotFinal):
        election.office.ballots(election.ada, election.id)


@pytest.mark.parametrize(("mode", "ballots"), [("neither", 1), ("voters", None)])
def test_it_says_how_many_votes_count_where_that_names_nobody(
    make: Make, mode: str, ballots: int | None
) -> None:
    """Beside who has voted it would tell who has withdrawn."""
    election = make(**MODES[mode])
    election.vote(0)
    assert election.office.get(election.ada, election.id).ballots == ballots


# --- the setting ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"visibility": "always"},
        {"visibility": "after_vote"},
        {"visibility": "after_close"},
        {"visibility": "organiser", "identity": "cookie"},
    ],
)
def test_it_tells_who_has_voted_only_where_the_organiser_alone_sees_the_numbers(
    desk: Desk, fields: dict[str, str]
) -> None:
    """Elsewhere the organiser can see the numbers as anybody can, or is to see neither."""
    with pytest.raises(InvalidPoll) as refused:
        desk.poll(desk.organiser("ada"), **{"identity": "code", "host_sees": "voters", **fields})
    assert refused.value.field == "host_sees"


def test_it_goes_back_to_the_numbers_where_others_are_to_see_them(make: Make) -> None:
    """Before there is a ballot."""
    election = make(**MODES["voters"])
    edited = election.office.edit(election.ada, election.id, {"visibility": Visibility.ALWAYS})
    assert edited.poll.host_sees is HostSees.NUMBERS


@pytest.mark.parametrize(
    ("mode", "field", "value"),
    [
        ("numbers", "host_sees", "voters"),
        ("voters", "host_sees", "numbers"),
        ("numbers", "identity", "cookie"),
        ("numbers", "visibility", "always"),
        ("neither", "visibility", "organiser"),
        ("neither", "visibility", "always"),
    ],
)
def test_it_keeps_what_voters_were_promised(make: Make, mode: str, field: str, value: str) -> None:
    """Once there is a ballot: at the desk, and by who has the desk's rights in PostgreSQL."""
    election = make(**MODES[mode])
    election.vote(0)
    before = election.seen()
    with pytest.raises(NotEditable) as refused:
        election.office.edit(election.ada, election.id, {field: value})
    assert refused.value.field == field
    statement = sql.SQL("UPDATE polls SET {} = %s").format(sql.Identifier(field))
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        election.role.execute(statement, [value])
    assert election.seen() == before


def test_it_lets_the_numbers_be_hidden_from_others_once_they_are_final(make: Make) -> None:
    """Their organiser has seen them by then."""
    election = make(**MODES["neither"])
    election.vote(0)
    election.end()
    hidden = {"visibility": Visibility.ORGANISER}
    election.office.edit(election.ada, election.id, hidden)
    assert election.seen() == Seen(numbers=True, voters=False)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO conclusions (poll_id, final_seq) VALUES (1, 1)",
        "UPDATE conclusions SET final_seq = 1",
        "DELETE FROM conclusions",
        "DELETE FROM doubts",
        "SELECT FROM tallies",
        "SELECT document FROM seals",
        "SELECT FROM pseudonymous_ballots",
        "SELECT FROM numbered_ballots",
        "SELECT FROM patterns",
        "SELECT FROM samples",
    ],
)
def test_it_lets_the_desk_read_around_none_of_this(
    admin_connection: psycopg.Connection[Any], statement: str
) -> None:
    """It is PostgreSQL that keeps to it: who breaks into the desk is told no more."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        admin_connection.execute(statement.encode())
