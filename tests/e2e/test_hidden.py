"""
Hidden results: every door of a hidden poll is asked by a stranger, and tells no number.

Beside each hidden poll stands a twin with the same ballots that everybody may see: its numbers are
what must not be found, and that they are found there shows that the search finds them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
import pytest
from werkzeug.routing import Rule

from ballotbox.kinds import Choice
from ballotbox.poll import Identity, Kind, Poll, Visibility
from ballotbox.receipt import Receipts
from benchmarks.drain import stopped
from deploy.local.stack import Stack
from result.board import Board
from result.metrics import Metrics
from result.passes import Passes
from result.protocol import make_server
from result.sockets import Sockets
from tests.e2e.doors import Door, doors, routes
from tests.e2e.site import HTML, JSON, Site
from tests.servers import running
from tests.showing import NOON, SECRET
from tests.viewing import Site as Ledger
from tests.viewing import Viewer
from tests.waiting import eventually
from web.language import LANGUAGES

pytestmark = pytest.mark.service

# Numbers of voters that stand in no page by chance.
CATS, DOGS = 4817, 2903

# What is asked, how it is hidden, and what the two groups of voters say.
KINDS: dict[Kind, tuple[Visibility, Choice, Choice]] = {
    Kind.SINGLE: (Visibility.AFTER_CLOSE, [1], [2]),
    Kind.MULTIPLE: (Visibility.AFTER_VOTE, [1], [1, 2]),
    Kind.RATING: (Visibility.ORGANISER, {1: 5, 2: 1}, {1: 1, 2: 4}),
    Kind.RANKED: (Visibility.AFTER_VOTE, [1, 2], [2, 1]),
}
KNOWN_DOORS = {
    *("/result/<name>", "/result/<name>.json", "/result/<name>.csv", "/result/<name>.svg"),
    *("/result/<name>/timeline.json", "/result/<name>/present", "/embed/<name>", "/result"),
}
# Most doors do not hang on the kind: by day, those of two kinds are knocked at.
BY_DAY = (Kind.SINGLE, Kind.RANKED)
kinds = pytest.mark.parametrize(
    "kind",
    [pytest.param(each, marks=[] if each in BY_DAY else [pytest.mark.night]) for each in KINDS],
)
PAINTED = ("?theme=light&lang=ar", "?theme=dark&lang=de")
CLOCK = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+Z|\d?\d:\d\d(:\d\d)?")


@dataclass(frozen=True)
class Pair:
    """A hidden poll and its twin, and what each address of the first gave before any ballot."""

    hidden: Poll
    twin: Poll
    before: Mapping[str, bytes]


@dataclass(frozen=True)
class Hall:
    """A site with hidden polls, what is written in its ledger, and a stranger's pass."""

    site: Site
    ledger: Ledger
    pairs: Mapping[Kind, Pair]
    rules: list[Rule]
    receipt: str


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run a stack for this alone: it is knocked at until nobody can sign in."""
    if os.environ.get("VOTIFY_URL"):
        pytest.skip("locks the desk, and VOTIFY_URL names a stack elsewhere")
    with running(tmp_path_factory.mktemp("hidden"), env={"VOTE_PROCESSES": "1"}) as stack:
        yield stack


@pytest.fixture(scope="module")
def site(own: Stack) -> Iterator[Site]:
    """Give a way for programs to it."""
    client = Site(own.url)
    yield client
    client.close()


@pytest.fixture(scope="module")
def hall(own: Stack, site: Site, request: pytest.FixtureRequest) -> Hall:
    """Make the polls, look at their pictures, and let the same people vote in both of a pair."""
    ledger = Ledger(own)
    elsewhere = ledger.poll(question="Something else?")
    ledger.vote(elsewhere, 1)
    rules = routes(own)
    asked = KINDS if request.config.getoption("--all") else BY_DAY
    pairs = {kind: make_pair(ledger, site, rules, kind) for kind in asked}
    for kind, pair in pairs.items():
        _, one, two = KINDS[kind]
        for poll in (pair.hidden, pair.twin):
            ledger.mark(poll, *[one] * CATS, *[two] * DOGS)
    for pair in pairs.values():
        wait_shown(ledger, pair.twin, CATS + DOGS)
    return Hall(site, ledger, pairs, rules, ledger.receipt(elsewhere))


def make_pair(ledger: Ledger, site: Site, rules: list[Rule], kind: Kind) -> Pair:
    fields: dict[str, Any] = {"question": "Cats or Dogs?", "kind": kind}
    fields["max_choices"] = 1 if kind is Kind.SINGLE else 2
    hidden = ledger.poll(visibility=KINDS[kind][0], **fields)
    twin = ledger.poll(**fields)
    for poll in (hidden, twin):
        eventually(lambda slug=poll.slug: site.ask(f"/vote/{slug}").is_success)  # type: ignore[misc]
    return Pair(hidden, twin, shown(site, rules, hidden))


def shown(site: Site, rules: list[Rule], poll: Poll) -> dict[str, bytes]:
    """Give all that `result` shows of a poll, but for the time of day."""
    looks = [f"?theme={theme}&lang={each}" for theme in ("light", "dark") for each in LANGUAGES]
    paths = {door.path for door in doors(rules, poll) if is_result(door) and door.method == "GET"}
    # A PNG is its SVG, painted, which costs a hundred times as much: two of them are enough.
    pictures = [f"/result/{poll.slug}.svg{look}" for look in looks]
    pictures += [f"/result/{poll.slug}.png{look}" for look in PAINTED]
    return {path: CLOCK.sub(b"", site.ask(path).content) for path in [*paths, *pictures]}


def is_result(door: Door) -> bool:
    return door.rule.startswith(("/result/<name>", "/embed"))


def wait_shown(ledger: Ledger, poll: Poll, ballots: int) -> None:
    """Wait until every process of `result` has read so many ballots of a poll."""
    for process in ledger.processes():

        def there(process: str = process) -> bool:
            return (ledger.read(poll, process) or {}).get("ballots") == ballots

        eventually(there, seconds=20)


# ---- what to look for ----------------------------------------------------------------------------


def numbers(standing: object) -> set[float]:
    """Find the numbers in a snapshot that tell of votes, however deep they lie."""
    match standing:
        case bool():
            return set()
        case int() | float():
            return {standing} if standing >= 1000 or not float(standing).is_integer() else set()
        case dict():
            told = {"options", "ballots", "cast", "rounds", "votes", "share", "mean", "points"}
            deeper = {"distribution", "places", "exhausted"}
            return numbers([value for key, value in standing.items() if key in told | deeper])
        case list():
            return {number for each in standing for number in numbers(each)}
    return set()


def written(number: float) -> str:
    """Give a pattern for all ways in which pages and files write a number."""
    if float(number).is_integer():
        thousands, rest = divmod(int(number), 1000)
        return rf"{thousands}[.,’'\s]?{rest:03}"
    whole = int(number * 100 + 0.5)
    ways = [re.escape(str(number)).replace(r"\.", "[.,]"), rf"{whole // 100}[.,]{whole % 100:02}"]
    if number < 1:
        ways += [rf"{whole}\s?[%٪]", rf"{100 * number:.1f}".replace(".", "[.,]")]
    return "|".join(ways)


def search(twin: Mapping[str, Any]) -> re.Pattern[str]:
    """Make the search for any of the numbers that a poll's twin shows."""
    found = numbers(dict(twin))
    assert {CATS + DOGS} <= found
    ways = "|".join(written(number) for number in sorted(found))
    return re.compile(rf"(?<!\d)(?<!\d[.,])(?:{ways})(?!\d)")


def told(answer: httpx.Response, secret: re.Pattern[str]) -> str:
    """Give the place where an answer or its headers tell a number; empty if they do not."""
    kept = ((k, v) for k, v in answer.headers.items() if k not in ("content-length", "date"))
    text = "\n".join([*(f"{name}: {value}" for name, value in kept), readable(answer)])
    found = secret.search(text)
    return text[max(0, found.start() - 80) : found.end() + 40] if found else ""


def readable(answer: httpx.Response) -> str:
    return "" if answer.headers.get("content-type", "").startswith("image/png") else answer.text


# ---- the doors -----------------------------------------------------------------------------------


def asked(hall: Hall, door: Door) -> Iterator[httpx.Response]:
    """Knock at a door, as programs and people do; with another poll's pass and in another way."""
    yield hall.site.ask(door.path, method=door.method, headers=JSON)
    yield hall.site.ask(door.path, method=door.method, headers=HTML)
    if is_result(door) or door.rule.startswith("/vote"):
        for query in ({"receipt": hall.receipt, "lang": "ar"}, {"order": "votes", "timeline": "1"}):
            yield hall.site.ask(door.path, method=door.method, headers=HTML, params=query)


def leaks(hall: Hall, poll: Poll, secret: re.Pattern[str]) -> dict[str, str]:
    """Ask every door about a poll; give those that tell a number, and where they do."""
    found: dict[str, str] = {}
    for door in doors(hall.rules, poll):
        for answer in asked(hall, door):
            if place := told(answer, secret):
                found.setdefault(door.rule, place)
    return found


@kinds
def test_it_tells_a_stranger_no_number_at_any_door(hall: Hall, kind: Kind) -> None:
    """Every route of every service, by every name of the poll: pages, files, pictures in SVG."""
    pair = hall.pairs[kind]
    secret = search(hall.site.standing(pair.twin.slug))
    lists = {"/result", "/vote", "/vote/", "/"}  # there the twins stand beside the hidden ones

    found = leaks(hall, pair.hidden, secret)

    assert {rule: place for rule, place in found.items() if rule not in lists} == {}


@kinds
def test_it_would_find_the_numbers_if_they_were_told(hall: Hall, kind: Kind) -> None:
    """The same search at the same doors finds the numbers of the twin, at each that has some."""
    twin = hall.pairs[kind].twin
    found = leaks(hall, twin, search(hall.site.standing(twin.slug)))
    assert found.keys() >= KNOWN_DOORS


@kinds
def test_it_shows_the_same_with_and_without_ballots(hall: Hall, kind: Kind) -> None:
    """Pages, files and pictures, in every language and bit by bit: nothing has moved at all."""
    pair = hall.pairs[kind]
    now = shown(hall.site, hall.rules, pair.hidden)
    assert {path for path in now if now[path] != pair.before[path]} == set()
    assert now[f"/result/{pair.hidden.slug}.png?theme=dark&lang=de"].startswith(b"\x89PNG")


def test_it_lists_a_hidden_poll_without_its_numbers(hall: Hall) -> None:
    """On the dashboard, where others stand beside it, its own card has none."""
    for kind, pair in hall.pairs.items():
        secret = search(hall.site.standing(pair.twin.slug))
        for query in ({"q": pair.hidden.code}, {"q": pair.hidden.code, "lang": "ar"}):
            answer = hall.site.ask("/result/", params=query)
            assert pair.hidden.slug in answer.text
            assert pair.twin.slug not in answer.text
            assert told(answer, secret) == "", kind


# ---- the sockets ---------------------------------------------------------------------------------


def test_it_knows_every_event_that_a_client_can_send() -> None:
    """An event that is added has to be asked below, too."""
    server = make_server("threading")
    Sockets(server, Board(lambda: NOON), Passes(Receipts.of(SECRET)), Metrics())
    assert server.handlers["/"].keys() == {"connect", "disconnect", "watch", "unwatch"}


@pytest.mark.parametrize(
    "path", ["/result/socket.io", pytest.param("/socket.io", marks=pytest.mark.night)]
)
def test_it_pushes_a_stranger_no_number(hall: Hall, path: str) -> None:
    """Neither to who watches a hidden poll, by any name or pass, nor to who watches nothing."""
    secrets = [search(hall.site.standing(pair.twin.slug)) for pair in hall.pairs.values()]
    watcher, stranger = (Viewer(hall.site.url, path=path, transport="websocket") for _ in range(2))
    open_poll = hall.ledger.poll()
    try:
        heard = [watcher.ask("watch", {"poll": open_poll.id})]
        for poll in (pair.hidden for pair in hall.pairs.values()):
            for name in (poll.id, poll.slug):
                heard.append(watcher.ask("watch", {"poll": name}))
                heard.append(watcher.ask("watch", {"poll": name, "receipt": hall.receipt}))
        more(hall, open_poll)
        eventually(lambda: watcher.saw(open_poll.id, 1))
        eventually(lambda: stranger.of("poll-stats"))
        heard += [watcher.ask("unwatch", {"poll": open_poll.id}), watcher.ask("unwatch")]
        heard += [*watcher.heard, *stranger.heard]
    finally:
        watcher.close()
        stranger.close()
    hidden = {pair.hidden.id for pair in hall.pairs.values()}
    assert not [each for each in stranger.of("poll-stats") if each["pollId"] in hidden]
    for secret in secrets:
        assert not secret.search(repr(heard))


def more(hall: Hall, open_poll: Poll) -> None:
    """Let one more vote in every poll, of which the open one is looked at last."""
    for kind, pair in hall.pairs.items():
        hall.ledger.mark(pair.hidden, KINDS[kind][1])
    hall.ledger.vote(open_poll, 1)


# ---- another poll --------------------------------------------------------------------------------


def test_it_shows_nothing_of_a_hidden_poll_in_another(own: Stack, hall: Hall) -> None:
    """
    Ballots of a hidden poll, while they wait and when they are counted, move nothing anywhere else.

    What a stranger reads of a poll that everybody sees is the same bit by bit: pages, files,
    pictures and headers, and nothing is pushed. That poll's own ballots are told of, of course.
    """
    declared = {"identity": Identity.DECLARED}
    hidden = hall.ledger.poll(visibility=Visibility.AFTER_CLOSE, **declared)
    other = hall.ledger.poll(**declared)
    hall.ledger.vote(other, 1, 1, 2)
    for poll in (hidden, other):
        eventually(lambda slug=poll.slug: hall.site.ask(f"/vote/{slug}").is_success)  # type: ignore[misc]
    wait_shown(hall.ledger, other, 3)
    before, version = looks(hall, other), hall.site.standing(other.slug)["version"]
    with hall.ledger.viewer() as viewer, own.redis() as redis:
        viewer.ask("watch", {"poll": other.id})
        eventually(lambda: viewer.saw(other.id, 3))  # who begins to watch is told once more
        viewer.heard.clear()
        with stopped(own.pids()["worker-1"]):
            redis.set("votes:heartbeat", 1, ex=600)  # nobody is to see that the worker rests
            receipts = [cast(hall.site, hidden, f"voter {number}") for number in range(7)]
            assert redis.llen("votes") == 7
            wait_looked(hall.ledger, other)
            assert differing(looks(hall, other), before) == set()
        for receipt in receipts:
            hall.site.wait_counted(receipt)
        wait_looked(hall.ledger, other)
        assert differing(looks(hall, other), before) == set()
        assert [event for event, _ in viewer.heard if event != "as-of"] == []
        with stopped(own.pids()["worker-1"]):
            cast(hall.site, other, "voter")
            eventually(lambda: viewer.last("waiting") == 1)
        eventually(lambda: viewer.saw(other.id, 4) and viewer.last("waiting") == 0)
        assert viewer.last("version") == version + 1
    assert f"/result/{other.slug}.json" in differing(looks(hall, other), before)


def cast(site: Site, poll: Poll, voter: str) -> str:
    """Hand in a ballot that is accepted; returns its receipt."""
    return site.accept({"pollId": poll.id, "optionId": 1, "userId": voter})


def looks(hall: Hall, poll: Poll) -> dict[str, tuple[bytes, dict[str, str]]]:
    """Give all that a stranger reads of a poll, and the headers, but for the time of day."""
    paths = [*shown(hall.site, hall.rules, poll), "/result/", f"/vote/{poll.slug}.json"]
    answers = {path: hall.site.ask(path) for path in paths}
    return {
        path: (
            CLOCK.sub(b"", answer.content),
            {name: value for name, value in answer.headers.items() if name not in _OF_THE_MOMENT},
        )
        for path, answer in answers.items()
    }


_OF_THE_MOMENT = {"date", "content-length", "set-cookie"}


def differing(now: Mapping[str, object], before: Mapping[str, object]) -> set[str]:
    """Name the addresses that give something else now."""
    assert now.keys() == before.keys()
    return {path for path in now if now[path] != before[path]}


def wait_looked(ledger: Ledger, poll: Poll) -> None:
    """Wait until every process of `result` has looked at what there is now."""
    for process in ledger.processes():
        seen: set[str] = set()

        def looked(process: str = process, seen: set[str] = seen) -> bool:
            seen.add((ledger.read(poll, process) or {})["as_of"])
            return len(seen) > 2  # the first of them may have begun before

        eventually(looked, seconds=20)
