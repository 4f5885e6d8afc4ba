"""Single-use codes, from the organiser's desk to the vote that one of them makes."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from admin.codes import AT_ONCE, Code
from admin.organiser import Organiser, Role
from ballotbox.errors import (
    AlreadyVoted,
    InvalidPoll,
    UnknownCode,
    UnknownCodeNumber,
    UnknownPoll,
    VotifyError,
    WrongState,
)
from ballotbox.poll import Identity
from ballotbox.published import PublishedPolls
from ballotbox.queue import Code as ShownCode
from ballotbox.queue import RedisQueue
from tests.desk import Desk
from tests.polls import CATS


@pytest.fixture
def organiser(desk: Desk) -> Organiser:
    return desk.organiser("ada")


@pytest.fixture
def poll(desk: Desk, organiser: Organiser) -> int:
    """Give an open poll that takes votes with codes, and no second one."""
    entry = desk.poll(organiser, identity=Identity.CODE, change=False)
    return desk.parts.office.open(organiser, entry.poll.id).poll.id


def vote(redis: Redis, poll: int, text: str) -> None:
    """Vote with a code, as `vote` does."""
    queue = RedisQueue(redis)
    shown = queue.code(poll, text)
    if shown is None:
        raise UnknownCode
    queue.cast(PublishedPolls(redis).numbered(poll), shown.voter, CATS, code=shown)


def listed(desk: Desk, who: Organiser, poll: int) -> list[Code]:
    """List all codes of a poll."""
    return list(desk.parts.codes.each(who, poll))


def conclude(desk: Desk, who: Organiser, poll: int) -> None:
    """Close a poll for good."""
    desk.parts.office.close(who, poll)
    desk.work()
    desk.parts.office.conclude(who, poll)


def test_it_makes_codes_that_are_valid_at_once(desk: Desk, organiser: Organiser, poll: int) -> None:
    """Numbered from 1, each another one, with letters that nobody mixes up, for who is named."""
    made = desk.parts.codes.generate(organiser, poll, 3, names=[" Ada ", ""])
    assert [(each.number, each.name, each.used) for each in made] == [
        (1, "Ada", False),
        (2, "", False),
        (3, "", False),
    ]
    for code in made:
        assert re.fullmatch("[2-9A-HJKMNP-Z]{5}-[2-9A-HJKMNP-Z]{5}", code.printed)
        vote(desk.redis, poll, code.text)
    assert len({code.text for code in made}) == 3


def test_it_goes_on_counting(desk: Desk, organiser: Organiser, poll: int) -> None:
    """A number is given out once: it is the voter. Codes that are there stay valid."""
    (first,) = desk.parts.codes.generate(organiser, poll, 1)
    desk.parts.codes.revoke(organiser, poll, first.number)
    second, third = desk.parts.codes.generate(organiser, poll, 2)
    assert (second.number, third.number) == (2, 3)
    desk.parts.codes.generate(organiser, poll, 1)
    vote(desk.redis, poll, second.text)


def test_it_shows_which_were_used_and_not_for_what(
    desk: Desk, organiser: Organiser, poll: int
) -> None:
    """Once the poll is closed for good."""
    _, second = desk.parts.codes.generate(organiser, poll, 2)
    vote(desk.redis, poll, second.text)
    conclude(desk, organiser, poll)
    assert [each.used for each in listed(desk, organiser, poll)] == [False, True]
    counts = desk.parts.codes.counts(organiser, poll)
    assert (counts.all, counts.used, counts.revoked) == (2, 1, 0)


def test_it_takes_a_code_once_whatever_the_race(
    desk: Desk, organiser: Organiser, poll: int
) -> None:
    """Of twenty at the same moment one wins; the others are told that it was used."""
    (code,) = desk.parts.codes.generate(organiser, poll, 1)

    def attempt(_: int) -> type[Exception] | None:
        try:
            vote(desk.redis, poll, code.text)
        except VotifyError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(attempt, range(20)))
    assert outcomes.count(None) == 1
    assert outcomes.count(AlreadyVoted) == 19


def test_it_revokes_at_once(desk: Desk, organiser: Organiser, poll: int) -> None:
    """For who looks it up now and for who has looked it up before; a second time is no error."""
    code, other = desk.parts.codes.generate(organiser, poll, 2)
    before = RedisQueue(desk.redis).code(poll, code.text)
    assert before == ShownCode(code.text, code.number)
    for _ in range(2):
        desk.parts.codes.revoke(organiser, poll, code.number)
    with pytest.raises(UnknownCode):
        vote(desk.redis, poll, code.text)
    published = PublishedPolls(desk.redis).numbered(poll)
    with pytest.raises(UnknownCode):
        RedisQueue(desk.redis).cast(published, before.voter, CATS, code=before)
    vote(desk.redis, poll, other.text)
    assert [each.revoked_at is not None for each in listed(desk, organiser, poll)] == [True, False]
    assert desk.parts.codes.counts(organiser, poll).revoked == 1


def test_it_keeps_the_ballot_of_a_code_that_is_revoked_later(
    desk: Desk, organiser: Organiser, poll: int
) -> None:
    """Nobody takes votes away by revoking."""
    (code,) = desk.parts.codes.generate(organiser, poll, 1)
    vote(desk.redis, poll, code.text)
    desk.parts.codes.revoke(organiser, poll, code.number)
    conclude(desk, organiser, poll)
    assert desk.parts.office.get(organiser, poll).ballots == 1
    assert listed(desk, organiser, poll)[0].used


def test_it_keeps_codes_valid_through_an_edit(desk: Desk, organiser: Organiser, poll: int) -> None:
    """And through a Redis that has lost everything."""
    first, second = desk.parts.codes.generate(organiser, poll, 2)
    desk.parts.office.edit(organiser, poll, {"question": "Tea?"})
    vote(desk.redis, poll, first.text)
    desk.redis.flushall()
    desk.work()
    vote(desk.redis, poll, second.text)


def test_it_makes_codes_for_a_draft(desk: Desk, organiser: Organiser) -> None:
    """They are printed before the poll opens, and are not good for anything before that."""
    draft = desk.poll(organiser, identity=Identity.CODE).poll.id
    (code,) = desk.parts.codes.generate(organiser, draft, 1)
    desk.parts.office.open(organiser, draft)
    vote(desk.redis, draft, code.text)


def test_it_makes_codes_for_polls_that_take_them(desk: Desk, organiser: Organiser) -> None:
    """Elsewhere they would be worth nothing to whoever gets them."""
    poll = desk.poll(organiser).poll.id
    with pytest.raises(WrongState):
        desk.parts.codes.generate(organiser, poll, 1)


@pytest.mark.parametrize(
    ("count", "names"), [(0, []), (-1, []), (AT_ONCE + 1, []), (1, ["a\nb"]), (1, ["x" * 101])]
)
def test_it_refuses_odd_requests(
    desk: Desk, organiser: Organiser, poll: int, count: int, names: list[str]
) -> None:
    """With a sentence, and nothing is made."""
    with pytest.raises(InvalidPoll):
        desk.parts.codes.generate(organiser, poll, count, names=names)
    assert listed(desk, organiser, poll) == []


def test_it_lists_in_pages(desk: Desk, organiser: Organiser, poll: int) -> None:
    """Each once, in order; an odd cursor starts from the front."""
    made = desk.parts.codes.generate(organiser, poll, 5)
    numbers, cursor = [], None
    for _ in range(3):
        page = desk.parts.codes.page(organiser, poll, cursor=cursor, limit=2)
        numbers += [each.number for each in page.codes]
        cursor = page.next
    assert numbers == [each.number for each in made]
    assert cursor is None
    for odd in ("x", "-1", "²", "\0", "9" * 5):
        page = desk.parts.codes.page(organiser, poll, cursor=odd)
        assert len(page.codes) == (0 if odd == "9" * 5 else 5)


def test_it_makes_many_at_once(desk: Desk, organiser: Organiser, poll: int) -> None:
    """As many as it says, all of them different and valid."""
    made = desk.parts.codes.generate(organiser, poll, AT_ONCE)
    assert len({each.text for each in made}) == AT_ONCE
    assert desk.redis.hlen(f"poll:{poll}:codes") == AT_ONCE
    assert len(listed(desk, organiser, poll)) == AT_ONCE


@pytest.mark.parametrize("number", [0, -1, 7, 2**31, 10**30])
def test_it_knows_no_code_by_a_number_that_is_not_there(
    desk: Desk, organiser: Organiser, poll: int, number: int
) -> None:
    """Numbers come in addresses, where anything may stand; nothing is published for it."""
    with pytest.raises(UnknownCodeNumber):
        desk.parts.codes.revoke(organiser, poll, number)


def test_it_tells_organisers_nothing_of_others_codes(
    desk: Desk, organiser: Organiser, poll: int
) -> None:
    """Neither how many nor which; owners look after all."""
    codes = desk.parts.codes
    codes.generate(organiser, poll, 1)
    grace = desk.organiser("grace")
    for act in (
        lambda: codes.generate(grace, poll, 1),
        lambda: codes.page(grace, poll),
        lambda: codes.each(grace, poll),
        lambda: codes.counts(grace, poll),
        lambda: codes.revoke(grace, poll, 1),
    ):
        with pytest.raises(UnknownPoll):
            act()
    assert len(codes.page(desk.organiser("root", Role.OWNER), poll).codes) == 1
