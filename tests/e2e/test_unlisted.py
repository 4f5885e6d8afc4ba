"""
Polls that a stranger may not find, or not yet: every door of `vote` and `result`, by every name.

What a poll asks, its options and its images are words and names that stand nowhere by chance. Its
slug is made of its question, so it tells the same; who has asked by it knows it already.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import httpx2 as httpx
import pytest
from PIL import Image
from werkzeug.routing import Rule

from ballotbox.poll import Identity, Poll
from deploy.local.stack import Stack
from tests.e2e.doors import Door, doors, routes
from tests.e2e.organiser import Organiser
from tests.e2e.site import HTML, JSON, Site
from tests.viewing import Viewer
from tests.waiting import eventually

pytestmark = pytest.mark.service

NEVER = "2090-01-01T00:00:00Z"
LISTS = ("/", "/vote", "/result")
HIDDEN = ("unlisted", "coded", "unlisted-coming", "unlisted-closed", "unlisted-archived")
COMING = ("coming", "unlisted-coming")
NOBODY = "471108152"  # no poll's number
VARYING = ("date", "content-length", "set-cookie", "etag")


@dataclass(frozen=True)
class Asked:
    """A poll, and what tells that an answer is about it: words of it, its image, its slug."""

    poll: Poll
    word: str
    image: str

    def told(self, answer: httpx.Response, *, known: str = "") -> str:
        """
        Give the place where an answer tells something of the poll; empty if it does not.

        :param known: what was asked by, and stands in the answer for that alone.
        """
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        # A picture made of dots is its SVG, painted.
        is_text = not answer.headers.get("content-type", "").startswith("image/png")
        text = f"{headers}\n{answer.text if is_text else ''}"
        text = text.replace(known, "") if known else text
        found = re.search(f"{self.word}|{self.image}", text)
        return text[max(0, found.start() - 80) : found.end() + 40] if found else ""


@dataclass(frozen=True)
class Town:
    """A site with polls of all sorts, by what they are, and the routes that lead to them."""

    site: Site
    polls: Mapping[str, Asked]
    rules: list[Rule]

    def doors(self, poll: Poll, name: str) -> Iterator[Door]:
        """Give every door of `vote` and `result` at which a poll can be named, by one name."""
        named = [rule for rule in self.rules if "name" in rule.arguments]
        return doors(named, poll, names=[name])

    def answers(self, door: Door) -> Iterator[httpx.Response]:
        """Knock at a door, as programs and people do."""
        for headers in (JSON, HTML):
            query = {"timeline": "1", "show": "a,b"} if headers is HTML else {}
            yield self.site.ask(door.path, method=door.method, headers=headers, params=query)


@pytest.fixture(scope="module")
def town(stack: Stack, site: Site, organiser: Organiser) -> Town:
    """Make a poll of each sort."""
    made = {
        "open": an(organiser, "open"),
        "coming": an(organiser, "schedule", opens_at=NEVER),
        "draft": an(organiser),
        "unlisted": an(organiser, "open", listed=False),
        "coded": an(organiser, "open", identity="code"),
        "unlisted-coming": an(organiser, "schedule", opens_at=NEVER, listed=False),
        "unlisted-closed": an(organiser, "open", "close", listed=False),
        "unlisted-archived": an(organiser, "open", "close", "archive", listed=False),
    }
    for name, asked in made.items():
        if name != "draft":
            site.wait_known(asked.poll.slug)
            eventually(lambda slug=asked.poll.slug: site.ask(f"/vote/{slug}").is_success)  # type: ignore[misc]
    rules = [rule for rule in routes(stack) if not rule.rule.startswith(("/admin", "/api"))]
    return Town(site, made, rules)


def an(organiser: Organiser, *acts: str, opens_at: str | None = None, **fields: Any) -> Asked:
    """Make a poll whose words are found nowhere else, and do these things with it."""
    word = f"zq{secrets.token_hex(5)}"
    image = picture(organiser)
    options = [{"text": f"{word} one", "image": image}, {"text": f"{word} two"}]
    made = organiser.draft(*options, question=f"What is {word}?", image=image, **fields)  # type: ignore[arg-type]
    for act in acts:
        if act == "archive":
            organiser.wait_final(made["id"])
        times = {"opens_at": opens_at} if act == "schedule" else {}
        organiser.do(made["id"], act, **times)
    names = {name: made[name] for name in ("id", "slug", "code", "listed")}
    identity = Identity(made["identity"])
    return Asked(Poll(**names, question="", options=(), identity=identity), word, image)


def picture(organiser: Organiser) -> str:
    """Upload an image that is like no other; give its name."""
    dots, file = Image.frombytes("RGB", (8, 8), secrets.token_bytes(192)), BytesIO()
    dots.save(file, "PNG")
    headers = {"Content-Type": "image/png"}
    made = organiser.call("POST", "/images", status=201, content=file.getvalue(), headers=headers)
    return str(made["name"])


def leaks(town: Town, sort: str, name: str, *, known: str = "") -> dict[str, str]:
    """Ask every door for a poll by one of its names; give those that tell of it, and where."""
    asked, found = town.polls[sort], {}
    for door in town.doors(asked.poll, name):
        for answer in town.answers(door):
            if place := asked.told(answer, known=known):
                found.setdefault(f"{door.method} {door.rule}", place)
    return found


# ---- what is not open yet ------------------------------------------------------------------------


@pytest.mark.parametrize("sort", [*COMING, "draft"])
def test_it_tells_nothing_before_the_opening(town: Town, sort: str) -> None:
    """By slug, by code and by number: no word of it in any answer, nor its slug to who lacks it."""
    poll = town.polls[sort].poll
    for name in (poll.slug, poll.code, poll.code.lower(), str(poll.id)):
        assert leaks(town, sort, name, known=poll.slug if name == poll.slug else "") == {}


@pytest.mark.parametrize("sort", COMING)
def test_it_says_when_a_poll_opens(town: Town, sort: str) -> None:
    """Who has its address waits for it: on the paper, on the result, on a stage and in a frame."""
    slug = town.polls[sort].poll.slug
    for path in (f"/vote/{slug}", f"/result/{slug}", f"/result/{slug}/present", f"/embed/{slug}"):
        answer = town.site.ask(path, headers=HTML)
        assert (answer.status_code, NEVER in answer.text) == (200, True), path
    for path in (f"/vote/{slug}.json", f"/result/{slug}.json"):
        told = town.site.ask(path).json()
        poll = {name: value for name, value in told["poll"].items() if value is not None}
        assert poll == {"id": town.polls[sort].poll.id, "state": "coming", "opens_at": NEVER}
        assert told["options"] == []
    for end in (".csv", ".svg", ".png", "/timeline.json", "/part/rounds"):
        answer = town.site.ask(f"/result/{slug}{end}", headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (404, "poll_not_open"), end


@pytest.mark.parametrize("sort", COMING)
@pytest.mark.parametrize(
    "ballot",
    [
        *({"optionId": 1}, {"optionId": 3}, {"optionIds": [1, 2]}, {"ratings": {"1": 6}}, {}),
        *({"optionId": 1, "userId": "ann"}, {"optionId": 1, "code": "x"}, {"withdraw": True}),
    ],
)
def test_it_refuses_every_ballot_before_the_opening_alike(
    town: Town, sort: str, ballot: dict[str, Any]
) -> None:
    """What is wrong with a ballot would say how many options there are, and of what kind it is."""
    answer = town.site.cast({"pollId": town.polls[sort].poll.slug, **ballot})
    assert (answer.status_code, answer.json()["code"]) == (400, "poll_not_open")
    assert not town.polls[sort].told(answer)


# ---- what is on no list --------------------------------------------------------------------------


@pytest.mark.parametrize("sort", HIDDEN)
def test_it_lists_no_poll_that_is_to_be_found_by_its_address(town: Town, sort: str) -> None:
    """On the front door, among open polls and results, in each state, and to who searches."""
    asked = town.polls[sort]
    searches = [{"q": word} for word in (asked.word, asked.poll.code, asked.poll.slug)]
    parts = [{"state": state} for state in ("open", "closed", "coming", "draft", "archived")]
    for path in LISTS:
        for query in ({}, *searches, *parts):
            if not any(asked.word in value for value in query.values()):
                assert asked.told(town.site.ask(path, params=query)) == "", (path, query)
            else:
                assert f"/{asked.poll.slug}" not in town.site.ask(path, params=query).text


@pytest.mark.parametrize("sort", HIDDEN)
def test_it_finds_no_poll_by_counting(town: Town, sort: str) -> None:
    """By its number it is what a number is that no poll has: the same status, headers and body."""
    poll = town.polls[sort].poll
    mine, others = (list(town.doors(poll, name)) for name in (str(poll.id), NOBODY))
    assert len(mine) == len(others) > 10
    for door, other in zip(mine, others, strict=True):
        for answer, unknown in zip(town.answers(door), town.answers(other), strict=True):
            assert plain(answer, poll) == plain(unknown, poll), door
            assert answer.status_code in (404, 405), door
    ballots = ({"optionId": 1}, {"optionId": 1, "code": "AAAAA-AAAAA"}, {"withdraw": True})
    for ballot in ballots:
        for number in (poll.id, str(poll.id)):
            refused = town.site.cast({"pollId": number, **ballot})
            unknown = town.site.cast({"pollId": int(NOBODY), **ballot})
            assert plain(refused, poll) == plain(unknown, poll)
            assert refused.json()["code"] == "unknown_poll"


def plain(answer: httpx.Response, poll: Poll) -> tuple[int, dict[str, str], str]:
    """Give an answer without what is another one each time, and as if asked for this poll."""
    kept = {name: value for name, value in answer.headers.items() if name not in VARYING}
    return answer.status_code, kept, answer.text.replace(NOBODY, str(poll.id))


@pytest.mark.parametrize("sort", ["unlisted", "coded", "unlisted-closed", "unlisted-archived"])
def test_it_shows_an_unlisted_poll_to_who_has_its_address(town: Town, sort: str) -> None:
    """The same search finds its words at the same doors, by its slug, and the paper by its code."""
    poll = town.polls[sort].poll
    by_slug = leaks(town, sort, poll.slug, known=poll.slug)
    known = {"/vote/<name>", "/vote/<name>.json", "/result/<name>", "/result/<name>.json"}
    known |= {"/result/<name>.csv", "/result/<name>.svg", "/result/<name>/present", "/embed/<name>"}
    assert by_slug.keys() >= {f"GET {rule}" for rule in known}
    assert "GET /vote/<name>" in leaks(town, sort, poll.code)
    door = town.site.ask("/", params={"code": poll.code.lower()})
    assert (door.status_code, door.headers["location"]) == (303, f"/vote/{poll.slug}")


def test_it_finds_a_listed_poll_by_its_number_as_before(town: Town) -> None:
    """Clients of 0.1.0 know polls by their numbers."""
    poll = town.polls["open"].poll
    assert leaks(town, "open", str(poll.id)).keys() >= {
        *("GET /vote/<name>", "GET /result/<name>", "GET /result/<name>.json"),
        *("GET /embed/<name>", "GET /result/<name>/present", "GET /result/<name>.csv"),
    }
    assert town.site.cast({"pollId": poll.id, "optionId": 1}).status_code == 202


def test_it_takes_a_ballot_by_number_from_who_has_a_code(town: Town, organiser: Organiser) -> None:
    """Clients of 0.1.0 vote so in polls with codes; who has a code of the poll is no stranger."""
    poll = town.polls["coded"].poll
    code, another = organiser.codes(poll.id, 2)
    ballot = {"pollId": poll.id, "optionId": 1, "code": code}
    eventually(lambda: town.site.cast(ballot).status_code == 202)
    vouched = {"pollId": poll.id, "optionId": 1, "userId": "ann"}
    bearer = {"Authorization": f"Bearer {organiser.voucher}"}
    assert town.site.cast(vouched, headers=bearer).status_code == 202
    elsewhere = {"pollId": town.polls["unlisted"].poll.id, "optionId": 1, "code": another}
    assert town.site.cast(elsewhere).json()["code"] == "unknown_poll"


def test_it_gives_an_unlisted_poll_an_address_that_nobody_guesses(town: Town) -> None:
    """Who knows the question does not know the address."""
    for sort in HIDDEN:
        asked = town.polls[sort]
        assert re.fullmatch(rf"what-is-{asked.word}-[a-z0-9]{{10}}", asked.poll.slug)
    assert town.polls["open"].poll.slug == f"what-is-{town.polls['open'].word}"


# ---- the sockets ---------------------------------------------------------------------------------


def test_it_pushes_a_stranger_nothing_of_polls_that_are_not_for_them(town: Town) -> None:
    """Whoever watches by number, or watches nothing; and who waits for the opening of one."""
    watcher, stranger = (Viewer(town.site.url, transport="websocket") for _ in range(2))
    polls = {sort: asked.poll for sort, asked in town.polls.items()}
    try:
        for sort in (*HIDDEN, "draft"):
            for name in (polls[sort].id, str(polls[sort].id), polls[sort].code):
                answers = [watcher.ask(act, {"poll": name}) for act in ("watch", "unwatch")]
                assert [each["error"]["code"] for each in answers] == ["unknown_poll"] * 2
        heard = [watcher.ask("watch", {"poll": polls[sort].slug}) for sort in COMING]
        town.site.accept({"pollId": polls["unlisted"].slug, "optionId": 1})
        town.site.accept({"pollId": polls["open"].id, "optionId": 2})
        eventually(
            lambda: any(each["pollId"] == polls["open"].id for each in stranger.of("poll-stats"))
        )
        said = repr([*heard, *watcher.heard, *stranger.heard])
    finally:
        watcher.close()
        stranger.close()
    assert not any(town.polls[sort].word in said for sort in (*HIDDEN, *COMING, "draft"))
    hidden = {polls[sort].id for sort in HIDDEN}
    assert not [each for each in stranger.of("poll-stats") if each["pollId"] in hidden]


def test_it_shows_an_unlisted_poll_to_who_watches_it_by_its_slug(town: Town) -> None:
    """It is live for those who have its address."""
    poll = town.polls["unlisted"].poll
    viewer = Viewer(town.site.url, transport="websocket")
    try:
        before = viewer.ask("watch", {"poll": poll.slug})["ballots"]
        town.site.accept({"pollId": poll.slug, "optionId": 1})
        eventually(lambda: viewer.saw(poll.id, before + 1))
    finally:
        viewer.close()
