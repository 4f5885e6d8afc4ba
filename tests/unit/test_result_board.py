"""The board: which polls are shown to whom, and which rounds may stand beside which counts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ballotbox.ballot import Mark
from ballotbox.errors import UnknownPoll
from ballotbox.poll import Kind, Poll, Visibility
from ballotbox.tally import Tally
from result.board import Board, Rounds, Sealing
from tests.polls import a_poll

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROUNDS: Rounds = [{"votes": [{"id": 1, "votes": 2}], "exhausted": 0, "out": [], "elected": 1}]


def a_board(*polls: Poll) -> Board:
    """Make a board that knows these polls."""
    board = Board(lambda: NOON)
    board.learn_polls(polls)
    board.confirm()
    return board


def ranked(**fields: Any) -> Poll:
    """Make a poll whose options are ranked."""
    return a_poll(kind=Kind.RANKED, **fields)


def tally(version: int = 1, *, first: int = 2, final: bool = False) -> Tally:
    """Make a standing in which so many have given the first option the first place."""
    counts = {Mark(1, 1): first}
    return Tally(poll=1, version=version, ballots=first, counts=counts, final=final)


@pytest.mark.parametrize("name", ["cats-or-dogs-1", "1", 1])
def test_it_does_not_know_drafts(name: str | int) -> None:
    """A poll that is not published is no poll, by whatever name it is asked for."""
    board = a_board(a_poll(draft=True))
    with pytest.raises(UnknownPoll):
        board.find(name)
    assert (board.polls(), board.shows(1), board.knows(1)) == ([], False, True)


def test_it_does_not_list_archived_polls() -> None:
    """An archived poll is in no list, and its address goes on working."""
    board = a_board(a_poll(archived=True), a_poll(2))
    assert [poll.id for poll in board.polls()] == [2]
    assert board.find("cats-or-dogs-1").id == 1


def test_it_shows_voters_what_strangers_do_not_see() -> None:
    """The numbers of a poll that shows them after the vote."""
    board = a_board(poll := a_poll(visibility=Visibility.AFTER_VOTE))
    board.learn_tally(tally())
    assert board.snapshot(poll)["ballots"] is None
    assert board.snapshot(poll, voted=True)["ballots"] == 2


@pytest.mark.parametrize("visibility", [Visibility.AFTER_CLOSE, Visibility.ORGANISER])
def test_it_keeps_hidden_numbers_from_voters_too(visibility: Visibility) -> None:
    """A receipt opens polls that are shown after the vote, and no others."""
    board = a_board(poll := a_poll(visibility=visibility))
    board.learn_tally(tally())
    assert board.snapshot(poll, voted=True)["ballots"] is None


def test_it_shows_rounds_where_the_counts_are_shown() -> None:
    """Rounds are numbers: who may not see the counts does not see them either."""
    board = a_board(poll := ranked(visibility=Visibility.AFTER_VOTE))
    board.learn_tally(tally())
    board.learn_rounds(poll, tally(), ROUNDS)
    assert board.snapshot(poll)["rounds"] is None
    assert board.snapshot(poll, voted=True)["rounds"] == ROUNDS


def test_it_keeps_the_last_rounds_while_votes_come_in() -> None:
    """A moment old is better than none, and the count is asked for again."""
    board = a_board(poll := ranked())
    board.learn_rounds(poll, tally(), ROUNDS)
    board.learn_tally(tally(2, first=3))
    assert board.snapshot(poll)["rounds"] == ROUNDS
    assert board.uncounted() == [(poll, tally(2, first=3))]


def test_it_shows_no_old_rounds_beside_a_final_result() -> None:
    """The last word is exact: better no rounds than those of other ballots."""
    board = a_board(poll := ranked())
    board.learn_rounds(poll, tally(), ROUNDS)
    board.learn_tally(tally(2, first=3, final=True))
    assert board.snapshot(poll)["rounds"] is None
    board.learn_rounds(poll, tally(2, first=3), ROUNDS)
    assert board.snapshot(poll)["rounds"] == ROUNDS


def test_it_forgets_the_rounds_of_a_poll_that_was_reset() -> None:
    """What was thrown away is not shown any more."""
    board = a_board(poll := ranked())
    board.learn_tally(tally())
    board.learn_rounds(poll, tally(), ROUNDS)
    board.learn_polls([again := ranked(starts_seq=100)])
    assert board.snapshot(again)["rounds"] is None
    assert [each for each, _ in board.uncounted()] == [again]


@pytest.mark.parametrize(
    "poll", [a_poll(), ranked(draft=True), ranked(visibility=Visibility.ORGANISER)]
)
def test_it_asks_for_no_rounds_that_nobody_may_see(poll: Poll) -> None:
    """Other kinds have none, and drafts and hidden polls show none."""
    board = a_board(poll)
    board.learn_tally(tally())
    assert board.uncounted() == []


def test_it_does_not_ask_twice_for_the_same_rounds() -> None:
    """A new version that changes no number, such as a close or a seal, is nothing to count."""
    board = a_board(poll := ranked())
    board.learn_tally(tally())
    board.learn_rounds(poll, tally(), ROUNDS)
    board.learn_tally(tally(9, final=True))
    assert board.uncounted() == []


def test_it_calls_a_result_sealed_while_its_seal_holds() -> None:
    """A broken seal is no seal, but is remembered for the page to say so."""
    board = a_board(poll := a_poll())
    assert (board.snapshot(poll)["sealed"], board.sealing(1)) == (None, None)
    board.learn_seals({1: Sealing(NOON)})
    assert board.snapshot(poll)["differs"] is None  # it is not final
    assert board.snapshot(poll)["sealed"] == "2026-11-21T12:00:00Z"
    board.learn_seals({1: (broken := Sealing(NOON, NOON))})
    assert (board.snapshot(poll)["sealed"], board.sealing(1)) == (None, broken)
