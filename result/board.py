"""
The board: the latest standing of every poll, as far as this process has read it.

Whoever asks how a poll stands is answered from here, so that a reader costs no query.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ballotbox.errors import LedgerUnavailable, UnknownPoll
from ballotbox.outcome import Numbers, fits
from ballotbox.poll import Kind, Poll, State
from ballotbox.tally import Tally, difference, snapshot, unopened

Snapshot = dict[str, Any]
"""A poll's standing in its public shape, made by `ballotbox.tally.snapshot`."""

Rounds = Sequence[Mapping[str, Any]]
"""The rounds of a ranked poll, as `ballotbox.kinds.ranking_rounds` gives them."""


class View(NamedTuple):
    """A poll as it is seen: by a stranger, or by who has shown a receipt of it."""

    poll: int
    voted: bool = False


class Sealing(NamedTuple):
    """
    When a result was sealed, and when that seal was broken, if it was.

    `numbers` is what was sealed, None where that cannot be read. `codes` and `vouched` are as in
    `ballotbox.outcome.Findings`; None where the seal does not say.
    """

    sealed_at: datetime
    broken_at: datetime | None = None
    numbers: Numbers | None = None
    codes: Mapping[str, int] | None = None
    vouched: int | None = None


@dataclass(frozen=True, slots=True)
class _Counted:
    """Rounds, and what they were counted of."""

    tally: Tally
    starts_seq: int
    rounds: Rounds


class Board:
    """
    What is known, and since when.

    :param clock: tells the time, aware.
    :param fresh_for: how long numbers count as live after they were read; pages (line.js) wait as
        long for a sign.
    """

    def __init__(
        self, clock: Callable[[], datetime], *, fresh_for: timedelta = timedelta(seconds=4.5)
    ) -> None:
        self._clock = clock
        self._fresh_for = fresh_for
        self._polls: dict[int, Poll] = {}
        self._ids: dict[str, int] = {}
        self._tallies: dict[int, Tally] = {}
        self._counted: dict[int, _Counted] = {}
        self._seals: Mapping[int, Sealing] = {}
        self._doubted: Collection[int] = ()
        self._held: dict[int, tuple[Tally, Sealing, bool]] = {}  # a tally against a seal, once
        self._waiting: Mapping[int, int] = {}
        self._worker_silent = False
        self._as_of: datetime | None = None

    @property
    def as_of(self) -> datetime | None:
        """When everything here was last known to be right; None before the first time."""
        return self._as_of

    def age(self) -> timedelta:
        """Tell how old the numbers are; before there are any, as old as can be."""
        return self._clock() - self._as_of if self._as_of else timedelta.max

    @property
    def fresh(self) -> bool:
        """Tell whether the numbers may be called live."""
        return self.age() < self._fresh_for

    def find(self, name: str | int) -> Poll:
        """
        Find a poll by its slug, one that is listed by its id too; a draft is not found.

        :raise UnknownPoll: if there is none.
        :raise LedgerUnavailable: if nothing was read yet, so that nobody can say there is none.
        """
        self._require_polls()
        poll = self._polls.get(self._ids.get(str(name), 0))
        if poll is None or poll.draft:
            raise UnknownPoll
        return poll

    def polls(self) -> list[Poll]:
        """List the polls that are for everybody to find, oldest first; raises like `find`."""
        self._require_polls()
        return [
            poll
            for poll in self._polls.values()
            if poll.listed and not poll.archived and self.state(poll) in (State.OPEN, State.CLOSED)
        ]

    def poll(self, poll: int) -> Poll:
        """Give the poll with this id, which others may know of, to who has found it before."""
        return self._polls[poll]

    def state(self, poll: Poll) -> State:
        """Tell where a poll is in its life at this moment."""
        return poll.state(self._clock())

    def knows(self, poll: int) -> bool:
        """Tell whether there is a poll with this id, a draft included."""
        return poll in self._polls

    def shows(self, poll: int) -> bool:
        """Tell whether others than its organiser may know of the poll with this id."""
        return poll in self._polls and not self._polls[poll].draft

    def lists(self, poll: int) -> bool:
        """Tell whether those who have not asked for it may hear of the poll with this id."""
        return self.shows(poll) and self._polls[poll].listed

    def is_final(self, poll: int) -> bool:
        """Tell whether the numbers of a poll are final, as far as is known here."""
        return poll in self._tallies and self._tallies[poll].final

    def tally(self, poll: Poll) -> Tally:
        """Tell how a poll stands, whoever may see it; a tally of nothing if that was not read."""
        return self._tallies.get(poll.id) or Tally(poll=poll.id)

    def has(self, tally: Tally) -> bool:
        """Tell whether this is how a poll stands here already."""
        return self._tallies.get(tally.poll) == tally

    def snapshot(self, poll: Poll, *, voted: bool = False) -> Snapshot:
        """
        Describe how a poll stands; numbers that the viewer may not see are not in it.

        Before the opening nothing is in it but when that is.

        :param voted: whether the viewer has shown a receipt of this poll.
        """
        sealing, tally = self._seals.get(poll.id), self.tally(poll)
        shown = snapshot(
            poll,
            tally,
            waiting=self._waiting.get(poll.id, 0),
            worker_silent=self._worker_silent,
            now=self._clock(),
            as_of=self._as_of or self._clock(),
            voted=voted,
            rounds=self._rounds(poll),
            sealed=sealing.sealed_at if sealing and not sealing.broken_at else None,
            voters=_voters(sealing) if tally.final else None,
            differs=self._difference(poll, tally),
        )
        return unopened(shown) if shown["poll"]["state"] == State.COMING else shown

    def differing(self) -> dict[int, str]:
        """Name the polls whose final numbers are in doubt, each with what they differ from."""
        found = {poll.id: self._difference(poll, self.tally(poll)) for poll in self._polls.values()}
        return {poll: differs for poll, differs in found.items() if differs}

    def sealing(self, poll: int) -> Sealing | None:
        """Tell when a poll's result was last sealed, and whether that seal was broken."""
        return self._seals.get(poll)

    def uncounted(self) -> list[tuple[Poll, Tally]]:
        """List the polls whose rounds somebody may see and nobody has counted, as they stand."""
        stand = [(poll, self.tally(poll)) for poll in self._polls.values() if not poll.draft]
        return [
            (poll, tally)
            for poll, tally in stand
            if poll.kind is Kind.RANKED
            and poll.shows_numbers(final=tally.final, voted=True)
            and not self._rounds_are_right(poll, tally)
        ]

    def learn_polls(self, polls: Iterable[Poll]) -> None:
        """Replace the polls by these; one that is gone takes its numbers with it."""
        self._polls = {poll.id: poll for poll in polls}
        # A slug is never made of digits alone, so an id cannot stand in for a slug.
        # And numbers can be counted up: for what is on no list they stand in for nothing.
        self._ids = {str(poll.id): poll.id for poll in self._polls.values() if poll.listed}
        self._ids.update((poll.slug, poll.id) for poll in self._polls.values())
        self._tallies = {id_: each for id_, each in self._tallies.items() if id_ in self._polls}
        self._counted = {id_: each for id_, each in self._counted.items() if id_ in self._polls}
        self._held = {id_: each for id_, each in self._held.items() if id_ in self._polls}
        self._as_of = self._as_of or self._clock()

    def learn_tally(self, tally: Tally) -> None:
        """Replace a poll's numbers."""
        self._tallies[tally.poll] = tally

    def learn_rounds(self, poll: Poll, tally: Tally, rounds: Rounds) -> None:
        """Replace a poll's rounds; `poll` and `tally` are as they were before the count."""
        self._counted[poll.id] = _Counted(tally, poll.starts_seq, rounds)

    def learn_seals(self, seals: Mapping[int, Sealing]) -> None:
        """Replace what is known of the last seal of each poll."""
        self._seals = seals

    def learn_doubts(self, doubted: Collection[int]) -> None:
        """Replace the polls whose tally the worker has found to be not what the ledger says."""
        self._doubted = doubted

    def learn_line(self, *, waiting: Mapping[int, int], worker_silent: bool) -> None:
        """Replace what is known of the ballots that wait: how many of each poll, by its id."""
        self._waiting = waiting
        self._worker_silent = worker_silent

    def confirm(self) -> None:
        """Note that everything here, the ballots that wait included, was right just now."""
        self._as_of = self._clock()

    def _require_polls(self) -> None:
        if self._as_of is None:
            raise LedgerUnavailable("The results are being set up. Try again in a moment.")

    def _difference(self, poll: Poll, tally: Tally) -> str | None:
        if not tally.final:
            return None
        doubted = poll.id in self._doubted
        return difference(final=True, doubted=doubted, fits_seal=self._fits_seal(poll, tally))

    def _fits_seal(self, poll: Poll, tally: Tally) -> bool:
        sealing = self._seals.get(poll.id)
        if sealing is None or sealing.broken_at:
            return True
        held = self._held.get(poll.id)
        if held is None or held[0] is not tally or held[1] is not sealing:
            held = self._held[poll.id] = (tally, sealing, fits(sealing.numbers, poll, tally))
        return held[2]

    def _rounds(self, poll: Poll) -> Rounds | None:
        tally, counted = self.tally(poll), self._counted.get(poll.id)
        if poll.kind is not Kind.RANKED or counted is None or counted.starts_seq != poll.starts_seq:
            return None
        # While votes come in, rounds may be a moment older than the counts. The last word is exact.
        return counted.rounds if not tally.final or counted.tally.agrees_with(tally) else None

    def _rounds_are_right(self, poll: Poll, tally: Tally) -> bool:
        counted = self._counted.get(poll.id)
        return (
            counted is not None
            and counted.starts_seq == poll.starts_seq
            and counted.tally.agrees_with(tally)
        )


def _voters(sealing: Sealing | None) -> dict[str, Any] | None:
    if sealing is None or sealing.broken_at or sealing.vouched is None:
        return None
    return {"codes": sealing.codes and dict(sealing.codes), "vouched": sealing.vouched}
