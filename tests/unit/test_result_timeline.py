"""The timeline as it is sent: its columns, who sees it, and how often it is read."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from ballotbox.ballot import Mark
from ballotbox.errors import LedgerUnavailable
from ballotbox.poll import Kind, Poll, Visibility
from ballotbox.tally import Tally
from ballotbox.timeline import SECOND, Sample
from result.board import Board
from result.timeline import Timelines, hidden, shape
from tests.polls import a_poll
from tests.showing import RECEIPT, site

CAT, DOG = Mark(1, 1), Mark(2, 1)
SAMPLES = [
    Sample(1 * SECOND, 1, 1, {CAT: 1}),
    Sample(2 * SECOND + 500_000, 3, 4, {CAT: 2, DOG: 1}),
]


# --- its shape ------------------------------------------------------------------------------------


def test_it_is_columns_with_a_number_for_each_sample() -> None:
    """What is drawn as a line stands in one list; times and shares are as everywhere."""
    assert shape(a_poll(), SAMPLES) == {
        "poll": "cats-or-dogs-1",
        "hidden": False,
        "at": ["1970-01-01T00:00:01Z", "1970-01-01T00:00:02.500000Z"],
        "ballots": [1, 3],
        "cast": [1, 4],
        "options": [
            {"id": 1, "text": "Cats", "votes": [1, 2], "share": [1.0, 0.6667]},
            {"id": 2, "text": "Dogs", "votes": [0, 1], "share": [0.0, 0.3333]},
        ],
    }


def test_it_has_the_numbers_of_each_kind() -> None:
    """A rating has means and distributions, a ranking points; nothing of options by options."""
    rated = [Sample(SECOND, 1, 1, {Mark(1, 5): 1}), Sample(9 * SECOND, 2, 2, {Mark(1, 5): 2})]
    first, second = shape(a_poll(kind=Kind.RATING), rated)["options"]
    assert first == {
        "id": 1,
        "text": "Cats",
        "votes": [1, 2],
        "share": [1.0, 1.0],
        "mean": [5.0, 5.0],
        "distribution": [[0, 0, 0, 0, 1], [0, 0, 0, 0, 2]],
    }
    assert second["mean"] == [None, None]
    ranked = [Sample(SECOND, 1, 1, {Mark(1, 2): 1, Mark(2, 1): 1})]
    options = shape(a_poll(kind=Kind.RANKED), ranked)["options"]
    assert [option["points"] for option in options] == [[0], [1]]
    assert set(options[0]) == {"id", "text", "votes", "share", "points"}


def test_it_has_empty_columns_before_the_first_ballot() -> None:
    """The same names as later, with nothing in them."""
    found = shape(a_poll(), [])
    assert found["at"] == found["ballots"] == found["cast"] == []
    assert found["options"][0] == {"id": 1, "text": "Cats", "votes": [], "share": []}


def test_it_is_of_the_turnout_alone_where_somebody_could_not_watch() -> None:
    """Also where only a part of it was voted so: the poll was made more secret meanwhile."""
    found = shape(a_poll(), [*SAMPLES, Sample(3 * SECOND, 4, 5, None)])
    assert (found["ballots"], found["options"]) == ([1, 3, 4], [])


# --- who sees it, and how often it is read --------------------------------------------------------


class World:
    """A board with one poll, its samples, and a clock that is set by hand."""

    def __init__(self, poll: Poll) -> None:
        self.poll = poll
        self.now = 0.0
        self.reads = 0
        self.takes = 0.0
        self.away = False
        self.samples = list(SAMPLES)
        self.board = Board(lambda: datetime(2026, 11, 21, tzinfo=UTC))
        self.timelines = Timelines(self.board, self.read, clock=lambda: self.now)
        self.stand(version=1)

    def stand(self, *, version: int, final: bool = False) -> None:
        """Let the poll have other numbers."""
        self.board.learn_tally(Tally(poll=self.poll.id, version=version, final=final))

    def read(self, poll: int) -> list[Sample]:
        """Read the samples, as PostgreSQL would."""
        self.reads += 1
        self.now += self.takes
        assert poll == self.poll.id
        if self.away:
            raise LedgerUnavailable
        return list(self.samples)

    def ask(self, *, voted: bool = False) -> list[int]:
        """Give the ballots in the timeline, as somebody is shown it."""
        found: list[int] = self.timelines.of(self.poll, voted=voted)["ballots"]
        return found


def vote(world: World, *, version: int) -> None:
    """Add one more ballot."""
    world.samples.append(Sample(9 * SECOND, 4, 5, {CAT: 3, DOG: 1}))
    world.stand(version=version)


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("voted", [True, False])
@pytest.mark.parametrize("final", [True, False])
def test_it_is_shown_to_who_sees_the_numbers(
    visibility: Visibility,
    voted: bool,  # noqa: FBT001
    final: bool,  # noqa: FBT001
) -> None:
    """To nobody else is anything of it sent, and for them nothing is read."""
    world = World(a_poll(visibility=visibility))
    world.stand(version=2, final=final)
    found = world.timelines.of(world.poll, voted=voted)
    if world.poll.shows_numbers(final=final, voted=voted):
        assert (found["hidden"], found["ballots"]) == (False, [1, 3])
    else:
        assert found == hidden(world.poll)
        assert world.reads == 0


def test_it_hides_every_column() -> None:
    """Not even how long the lists are tells anything."""
    assert hidden(a_poll()) == {
        "poll": "cats-or-dogs-1",
        "hidden": True,
        "at": [],
        "ballots": [],
        "cast": [],
        "options": [],
    }


def test_it_is_read_once_for_a_change_however_many_ask() -> None:
    """As long as nothing changes, nobody asks PostgreSQL, for hours."""
    world = World(a_poll())
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _: world.ask(), range(40))) == [[1, 3]] * 40
    world.now = 3600.0
    assert (world.ask(), world.reads) == ([1, 3], 1)
    vote(world, version=2)
    assert (world.ask(), world.ask(), world.reads) == ([1, 3, 4], [1, 3, 4], 2)


def test_it_is_read_once_a_second_while_votes_come_in() -> None:
    """In between it is a moment old, and then it is made good."""
    world = World(a_poll())
    world.ask()
    vote(world, version=2)
    world.now = 0.9
    assert (world.ask(), world.reads) == ([1, 3], 1)
    world.now = 1.0
    assert (world.ask(), world.reads) == ([1, 3, 4], 2)


def test_it_is_read_less_often_where_that_takes_long() -> None:
    """A timeline of many numbers leaves the process most of its time for the sockets."""
    world = World(a_poll())
    world.takes = 0.5
    world.ask()
    vote(world, version=2)
    world.now += 4.9
    assert (world.ask(), world.reads) == ([1, 3], 1)
    world.now += 0.1
    assert (world.ask(), world.reads) == ([1, 3, 4], 2)


def test_it_keeps_nobody_waiting_for_the_same_failure() -> None:
    """Of many who ask while PostgreSQL is away one waits; a second later it is tried again."""
    world = World(a_poll())
    world.away = True
    for _ in range(5):
        with pytest.raises(LedgerUnavailable):
            world.ask()
    assert world.reads == 1
    world.away, world.now = False, 1.0
    assert world.ask() == [1, 3]


def test_it_does_not_keep_the_timelines_of_all_polls_there_ever_were() -> None:
    """Whoever asks for one after the other does not fill the memory; the latest are kept."""
    board = Board(lambda: datetime(2026, 11, 21, tzinfo=UTC))
    read: list[int] = []

    def samples(poll: int) -> list[Sample]:
        read.append(poll)
        return SAMPLES

    timelines = Timelines(board, samples, clock=lambda: 0.0)
    for number in [*range(1, 502), 501, 1]:
        timelines.of(a_poll(number), voted=False)
    assert read == [*range(1, 502), 1]


# --- over HTTP ------------------------------------------------------------------------------------


def test_it_has_an_address() -> None:
    """JSON, for the page and for programs."""
    answer = site([2, 1, 0]).get("/result/cats-or-dogs/timeline.json")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    found = json.loads(answer.text)
    assert (found["poll"], found["ballots"]) == ("cats-or-dogs", [1, 3])
    assert site([2, 1, 0]).get("/result/birds/timeline.json").status_code == 404


def test_it_is_shown_for_a_receipt_where_voters_may_see_it() -> None:
    """As every other door of an after_vote poll."""
    client = site([2, 1, 0], visibility=Visibility.AFTER_VOTE)
    shown = [
        json.loads(client.get(f"/result/cats-or-dogs/timeline.json{query}").text)
        for query in ("", f"?receipt={RECEIPT}", "?receipt=another")
    ]
    assert [each["hidden"] for each in shown] == [True, False, True]
    assert [each["ballots"] for each in shown] == [[], [1, 3], []]
