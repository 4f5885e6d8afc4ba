"""
A Votify with polls of every kind in every state, each made when a scene asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import httpx2 as httpx

from ballotbox.ledger import PostgresLedger
from ballotbox.postgres import postgres_from
from ballotbox.settings import Settings
from deploy.local.stack import Stack
from tests.e2e.organiser import Organiser, owner_password
from tests.e2e.site import JSON, Site
from tests.scenes import crowd, images
from tests.scenes.polls import POLLS, SPARES, Recipe
from tests.waiting import eventually

# The first poll is closed from the beginning, so that there is a Votify without open polls; and the
# router takes as many votes as the scenes need, and then no more. What a page says in an outage
# hangs on what its process has seen: there is one.
ENVIRONMENT = {
    "POLL_CLOSES_AT": "2020-01-01T00:00:00Z",
    "VOTE_RATE": "1r/m",
    "VOTE_PROCESSES": "1",
    "PUBLIC_URL": "https://votify.example",
}

_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"

Cookies = list[Any]


@dataclass(frozen=True, slots=True)
class Known:
    """A poll that is there."""

    id: int
    slug: str
    code: str
    options: tuple[str, ...]


class World:
    """
    The polls and people of the scenes.

    :ivar stack: what runs it all.
    """

    def __init__(self, stack: Stack, *, most: int | None = None) -> None:
        """
        Know of a stack that has just been started.

        :param most: how many polls there are where all of them are looked at; by default each of
            the list.
        """
        self.stack = stack
        self._most = most
        self.url = stack.url
        self.site = Site(stack.url)
        self.organiser = Organiser(stack.url, owner_password(stack))
        self._polls: dict[str, Known] = {}
        self._sessions: dict[str, Cookies] = {}
        self._clear()

    def poll(self, name: str) -> Known:
        """Give a poll of the list by its name there; it is made if it is not there yet."""
        if name not in self._polls:
            self._polls[name] = self._make(POLLS[name])
        return self._polls[name]

    def fill(self) -> None:
        """Make all polls that are not there yet: drafts in their order, their lives at once."""
        wanted = [name for name in list(POLLS)[: self._most] if name not in self._polls]
        drafts = {name: self._draft(POLLS[name]) for name in wanted}
        with ThreadPoolExecutor(8) as pool:
            known = pool.map(lambda name: self._live(drafts[name], POLLS[name]), drafts)
            self._polls |= dict(zip(drafts, known, strict=True))

    def spare(self, name: str) -> Known:
        """Make another poll of that name."""
        return self._make({**POLLS, **SPARES}[name])

    def retire(self, poll: Known) -> None:
        """Delete a poll that is open or closed."""
        if self.organiser.call("GET", f"/polls/{poll.id}")["state"] == "open":
            self.organiser.do(poll.id, "close")
        self.organiser.wait_final(poll.id)
        self.organiser.call("DELETE", f"/polls/{poll.id}", status=204)

    @cached_property
    def doubtful(self) -> Known:
        """Give a sealed poll whose numbers somebody has changed in the database by hand."""
        poll = self.spare("final")
        with postgres_from(Settings.read(self.stack.environment())) as connection:
            statement = "UPDATE tallies SET count = count + 1 WHERE poll_id = %s AND option_id = 1"
            connection.execute(statement, [poll.id])
        eventually(lambda: self.site.standing(poll.slug)["differs"], seconds=60)
        return poll

    def codes(self, name: str, count: int) -> list[str]:
        """Make codes for a poll."""
        return self.organiser.codes(self.poll(name).id, count)

    def receipt(self, name: str, ballot: Mapping[str, Any] | None = None) -> str:
        """Cast a vote in a poll, and give its receipt."""
        return self.site.accept({"pollId": self.poll(name).id, "optionId": 1, **(ballot or {})})

    def session(self, name: str) -> Cookies:
        """Give the cookies of an organiser who is signed in; "grace" has just begun here."""
        if name not in self._sessions:
            password = owner_password(self.stack) if name == "admin" else self._newcomer(name)
            self._sessions[name] = self._sign_in(name, password)
        return self._sessions[name]

    def new_session(self, *, old: bool = False) -> Cookies:
        """Give the cookies of a session of the owner's; of an old one, begun a while ago."""
        cookies = self._sign_in("admin", owner_password(self.stack))
        if old:
            settings = Settings.read(self.stack.environment("admin"))
            with postgres_from(settings) as connection:
                connection.execute(
                    "UPDATE sessions SET confirmed_at = now() - interval '1 hour'"
                    " WHERE created_at = (SELECT max(created_at) FROM sessions)"
                )
        return cookies

    def ask_factor(self, *, wanted: bool) -> None:
        """Ask everybody for a second factor, or nobody, as owners do."""
        with postgres_from(Settings.read(self.stack.environment("admin"))) as connection:
            connection.execute("UPDATE house SET factor_for_all = %s", [wanted])

    def close(self) -> None:
        """Close the connections."""
        self.site.close()
        self.organiser.close()

    @cached_property
    def pictures(self) -> list[str]:
        """Give the names of some uploaded images."""
        header = {"Content-Type": "image/png"}
        return [
            self.organiser.call("POST", "/images", status=201, content=each, headers=header)["name"]
            for each in images.landscapes()
        ]

    def _clear(self) -> None:
        """Take the first poll of a fresh database away: a scene begins with nothing."""
        first = self.organiser.call("GET", "/polls")["polls"][0]["id"]
        self.organiser.wait_final(first)
        self.organiser.call("DELETE", f"/polls/{first}", status=204)

    def _make(self, recipe: Recipe) -> Known:
        return self._live(self._draft(recipe), recipe)

    def _draft(self, recipe: Recipe) -> dict[str, Any]:
        fields = {**recipe.fields, **_window(recipe)}
        if recipe.images:
            above, *beside = self.pictures
            pairs = zip(recipe.options, beside, strict=False)
            fields["image"] = above
            fields["options"] = [{"text": text, "image": image} for text, image in pairs]
        made = self.organiser.draft(*recipe.options, question=recipe.question, **fields)
        if recipe.codes:
            self.organiser.codes(made["id"], recipe.codes)
        return made

    def _live(self, made: dict[str, Any], recipe: Recipe) -> Known:
        """Take a draft through its life, as far as wanted."""
        poll = made["id"]
        if recipe.opens_in:
            opens_at = (datetime.now(UTC) + timedelta(minutes=recipe.opens_in)).isoformat()
            self.organiser.do(poll, "schedule", opens_at=opens_at)
        elif recipe.acts:
            self.organiser.do(poll, "open")
            self._vote(made, recipe)
        for act in recipe.acts[1:]:
            self.organiser.do(poll, act)
            if act == "close":
                self.organiser.seal(poll)
        if recipe.opens_in or recipe.acts:
            eventually(lambda: self._is_known(made["slug"]), seconds=30)
        return Known(made["id"], made["slug"], made["code"], recipe.options)

    def _vote(self, made: dict[str, Any], recipe: Recipe) -> None:
        if not recipe.voters:
            return
        with postgres_from(Settings.read(self.stack.environment())) as connection:
            ledger = PostgresLedger(connection)
            for batch in crowd.batches(made, recipe.voters, minutes=recipe.minutes):
                assert not ledger.record(batch).refused
        path = f"/polls/{made['id']}/results"
        eventually(lambda: self.organiser.call("GET", path)["ballots"] == recipe.voters)

    def _is_known(self, slug: str) -> bool:
        paths = (f"/vote/{slug}", f"/result/{slug}.json")
        return all(self.site.ask(path, headers=JSON).is_success for path in paths)

    def _newcomer(self, name: str) -> str:
        password = password_of(name)
        jar = {each["name"]: each["value"] for each in self.session("admin")}
        # The owner may have signed in a while ago.
        again = owner_password(self.stack)
        form = {"name": name, "password": password, "role": "organiser", "again": again}
        with httpx.Client(base_url=self.url, cookies=jar) as desk:
            assert desk.post("/admin/organisers", data=form).status_code == 303
        return password

    def _sign_in(self, name: str, password: str) -> Cookies:
        with httpx.Client(base_url=self.url, headers={"User-Agent": _BROWSER}) as desk:
            answer = desk.post("/admin/sign-in", data={"name": name, "password": password})
            assert answer.status_code == 303, answer.text
            return [
                {"name": key, "value": value, "url": self.url}
                for key, value in desk.cookies.items()
            ]


def password_of(name: str) -> str:
    """Give the password of somebody who has just begun."""
    return f"{name} has just begun"


def _window(recipe: Recipe) -> dict[str, str]:
    if not recipe.closes_in:
        return {}
    return {"closes_at": (datetime.now(UTC) + timedelta(minutes=recipe.closes_in)).isoformat()}
