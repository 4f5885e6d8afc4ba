"""
The curious host: an organiser who reads every door while people vote learns nobody's choice.

Voters vote one by one, 95 in 100 for the same option. After each of them everything is read that an
organiser can read. Whatever a host learns of codes and of numbers can be put together only where
both have moved; so of each poll one of them stays as it was, through every close and reopening.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx2 as httpx
import pytest

from ballotbox.poll import Poll
from deploy.local.stack import Stack
from tests.e2e.doors import routes
from tests.e2e.organiser import Organiser, owner_password
from tests.e2e.site import Site
from tests.integration.curiosity import Host, Notes, addresses, asked
from tests.waiting import eventually

OPTIONS = ("Albatross", "Bumblebee", "Crocodile")
MODES: dict[str, dict[str, Any]] = {
    "numbers": {"visibility": "organiser"},
    "voters": {"visibility": "organiser", "host_sees": "voters"},
    "neither": {"visibility": "after_close"},
}
FEW, MANY = 12, int(os.environ.get("CURIOUS_VOTERS") or 100)
NIGHT = (pytest.mark.night, pytest.mark.timeout(300 + 3 * MANY))
voters = pytest.mark.parametrize(
    ("mode", "voters"),
    [
        *((mode, FEW) for mode in MODES),
        # Where the host is told one of the two, and could look for the other.
        *(pytest.param(mode, MANY, marks=NIGHT) for mode in ("numbers", "voters")),
    ],
    ids="{}".format,
)


class Vote:
    """A poll with codes in which people vote one by one, before the eyes of its host."""

    def __init__(
        self, stack: Stack, organiser: Organiser, site: Site, count: int, mode: str
    ) -> None:
        self.organiser, self.site = organiser, site
        self.made = organiser.draft(*OPTIONS, identity="code", **MODES[mode])
        self.id = int(self.made["id"])
        codes = organiser.codes(self.id, count)
        organiser.do(self.id, "open")
        site.wait_known(self.made["slug"])
        self.codes = [*codes]
        self.chance = random.Random(7)
        self.waiting = self.chance.sample(codes, count)
        poll = Poll(
            **{name: self.made[name] for name in ("id", "slug", "code", "question")}, options=()
        )
        self.addresses = addresses(routes(stack), poll, codes=count)

    def next(self, *, counted: bool) -> None:
        """Let one voter vote, and see to it that the vote is counted if somebody looks then."""
        option = 1 if self.chance.random() < 0.95 else self.chance.choice((2, 3))
        ballot = {"pollId": self.made["slug"], "optionId": option, "code": self.waiting.pop()}
        receipt = self.site.accept(ballot)
        if counted:
            self.site.wait_counted(receipt)

    def close(self) -> None:
        """Close the poll, and wait for all that comes with that."""
        self.organiser.do(self.id, "close")
        eventually(lambda: self._poll()["sealed_at"] is not None, seconds=30)

    def reopen(self) -> None:
        """Open it again, and wait until everybody knows."""
        self.organiser.do(self.id, "reopen")
        slug = self.made["slug"]
        eventually(lambda: self.site.standing(slug)["poll"]["state"] == "open", seconds=30)

    def conclude(self) -> None:
        """Close it for good."""
        self.organiser.do(self.id, "conclude")

    def _poll(self) -> Any:
        return self.organiser.call("GET", f"/polls/{self.id}")


@pytest.fixture
def ends() -> Iterator[ExitStack]:
    """Take what has to be closed when the test has ended."""
    with ExitStack() as stack:
        yield stack


@voters
def test_it_links_no_code_to_a_choice(
    stack: Stack, ends: ExitStack, mode: str, voters: int
) -> None:
    """Not while the poll is open, and not by closing and reopening it between votes."""
    organiser = Organiser(stack.url, owner_password(stack))
    ends.callback(organiser.close)
    site = Site(stack.url)
    ends.callback(site.close)
    vote = Vote(stack, organiser, site, count=voters, mode=mode)
    host = _host(stack, organiser, vote, ends)
    notes = Notes(vote.codes, OPTIONS, host.read())
    stranger = ends.enter_context(httpx.Client(base_url=stack.url, timeout=30))
    open_notes = Notes(vote.codes, OPTIONS, notes.first)
    closes = (1, 2, voters // 2, voters - 1)
    every = max(1, voters // max(50, voters // 5))
    for number in range(1, voters + 1):
        looks = number % every == 0 or number in closes
        vote.next(counted=looks)
        if looks:
            open_notes.compare(reading := host.read())
            notes.compare(reading)
        if number == voters // 2:
            answers = asked(stranger, vote.made["slug"], vote.codes)
            assert len({*answers.values()}) == 1, answers
        if number in closes:
            vote.close()
            notes.compare(host.read())
            vote.reopen()
            notes.compare(host.read())
        assert not (notes.named and notes.moved), (number, notes.named, notes.moved)
    assert bool(notes.named) is (mode == "voters"), notes.named
    assert bool(open_notes.moved) is (mode == "numbers"), open_notes.moved
    vote.close()
    notes.compare(host.read())
    assert bool(notes.moved) is (mode != "voters")
    # At the end, and only then, both: the final numbers, and who has voted.
    vote.conclude()
    notes.compare(host.read())
    assert notes.named.keys() == {*vote.codes}
    assert OPTIONS[0] in notes.moved


def _host(stack: Stack, organiser: Organiser, vote: Vote, ends: ExitStack) -> Host:
    token = {"Authorization": f"Bearer {organiser.token}"}
    api = ends.enter_context(httpx.Client(base_url=stack.url, timeout=30, headers=token))
    desk = ends.enter_context(httpx.Client(base_url=stack.url, timeout=30))
    desk.post("/admin/sign-in", data={"name": "admin", "password": owner_password(stack)})
    return Host(api, desk, vote.addresses)
