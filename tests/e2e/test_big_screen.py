"""A result page while votes pour in: how often it paints, and the last number."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, WebSocketRoute, expect

from tests.e2e.site import POLL, Site
from tests.e2e.windows import Windows

pytestmark = [pytest.mark.service, pytest.mark.browser, pytest.mark.night]

RESULT = f"/result/{POLL}"
HALL: Any = {"width": 1920, "height": 1080}
RATE = 200  # updates a second
SECONDS = 5.0
MOST_FRAMES = 20.0  # a second
MOST_FRAMES_AT_REST = 6.0  # the dot and the seconds; anything that moves takes 60
# One may have been on its way to the screen before, and the beat of the dot falls in between.
SLACK = 2
_HANDS = 8


class Meter:
    """Counts the frames of a page that reach the screen."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._tracing: CDPSession = page.context.new_cdp_session(page)
        self._frames = 0
        self._is_over = False
        self._tracing.on("Tracing.dataCollected", self._count)
        self._tracing.on("Tracing.tracingComplete", self._end)

    def measure(self, work: Callable[[], None]) -> float:
        """Give the frames a second while something is done."""
        self._frames, self._is_over = 0, False
        options = {"categories": "viz", "transferMode": "ReportEvents"}
        self._tracing.send("Tracing.start", options)
        began = time.monotonic()
        work()
        took = time.monotonic() - began
        self._tracing.send("Tracing.end")
        while not self._is_over:
            self._page.wait_for_timeout(10)  # as long as Playwright runs, its events come
        assert self._frames > SLACK, "nothing was painted, or Chromium calls it otherwise"
        return (self._frames - SLACK) / took

    def _count(self, event: dict[str, Any]) -> None:
        names = [each["name"] for each in event["value"]]
        self._frames += names.count("Display::DrawAndSwap")

    def _end(self, _: object) -> None:
        self._is_over = True


class Voters:
    """People who hand in votes at the rate, each as somebody new, with some threads."""

    def __init__(self, url: str, votes: int) -> None:
        shares = [range(first, votes, _HANDS) for first in range(_HANDS)]
        self._hands = [threading.Thread(target=self._vote, args=(url, share)) for share in shares]

    def start(self) -> None:
        """Begin."""
        self._began = time.monotonic()
        for hand in self._hands:
            hand.start()

    @property
    def busy(self) -> bool:
        """Tell whether there are votes left."""
        return any(hand.is_alive() for hand in self._hands)

    def _vote(self, url: str, numbers: range) -> None:
        site = Site(url)
        for number in numbers:
            time.sleep(max(0.0, self._began + number / RATE - time.monotonic()))
            site.accept({"pollId": POLL, "optionId": 1 + number % 2})
        site.close()


def test_it_stays_calm_while_votes_pour_in(people: Windows, site: Site) -> None:
    """200 votes a second: at most 20 frames, and exact in the end."""
    before = site.settled()["ballots"]
    audience = people.open(RESULT, viewport=HALL)
    expect(audience.locator("[data-live]")).to_have_text("Live")
    votes = int(RATE * SECONDS)
    voters = Voters(site.url, votes)

    def watch() -> None:
        voters.start()
        while voters.busy:
            audience.wait_for_timeout(100)

    frames = Meter(audience).measure(watch)

    assert frames <= MOST_FRAMES
    counted = audience.locator("[data-counted]")
    expect(counted).to_have_text(f"{before + votes:,} counted")
    assert site.settled()["ballots"] == before + votes


def test_it_stays_calm_if_the_server_does_not(people: Windows, site: Site) -> None:
    """The page itself keeps to its pace: 200 pushes a second are as few frames."""
    standing = site.settled()
    audience, sockets = people.open("/result/", viewport=HALL), list[WebSocketRoute]()
    audience.route_web_socket("**/socket.io/**", lambda socket: _join(socket, sockets))
    audience.goto(RESULT)
    expect(audience.locator("[data-live]")).to_have_text("Live")
    pushes = 0

    def push() -> None:
        nonlocal pushes
        began = time.monotonic()
        while (passed := time.monotonic() - began) < SECONDS:
            while pushes < passed * RATE:
                pushes += 1
                sockets[-1].send(_message(standing, pushes))
            audience.wait_for_timeout(5)

    frames = Meter(audience).measure(push)

    assert frames <= MOST_FRAMES
    counted = f"{standing['ballots'] + pushes:,} counted"
    expect(audience.locator("[data-counted]")).to_have_text(counted)


def _join(socket: WebSocketRoute, sockets: list[WebSocketRoute]) -> None:
    socket.connect_to_server()
    sockets.append(socket)


def _message(standing: dict[str, Any], more: int) -> str:
    """Write what the server would push after so many more votes for the first option."""
    ballots = standing["ballots"] + more
    cats, *others = standing["options"]
    options = [{**cats, "votes": cats["votes"] + more}, *others]
    for option in options:
        option["share"] = option["votes"] / ballots
    grown = {"ballots": ballots, "cast": standing["cast"] + more, "options": options}
    version = standing["version"] + more
    return "42" + json.dumps(["results", {**standing, **grown, "version": version}])


def test_it_is_still_while_nothing_happens(people: Windows, site: Site) -> None:
    """A page that is live all day paints no more than its dot."""
    site.settled()
    audience = people.open(RESULT, viewport=HALL)
    expect(audience.locator("[data-live]")).to_have_text("Live")

    frames = Meter(audience).measure(lambda: audience.wait_for_timeout(SECONDS * 1000))

    assert frames <= MOST_FRAMES_AT_REST
