"""
The past of a Votify: polls of every kind in every state, people who voted, and organisers.

It is made through the doors that everybody uses, and writes down what each was given.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from ballotbox.queue import RedisQueue
from tests.e2e.organiser import Organiser, owner_password
from tests.scenes.images import landscapes
from tests.upgrade.browser import Browser
from tests.upgrade.people import People
from tests.waiting import eventually

ADA = "ada has a password of her own"
NEVER = "2200-01-01T00:00:00Z"

POLLS: dict[str, dict[str, Any]] = {
    "busy": {"question": "Where shall we meet?", "options": ["Park", "Pool", "Pub", "Patio"]},
    "firm": {"question": "Shall we move?", "change": False, "visibility": "after_vote"},
    "several": {
        "question": "Which days suit you?",
        "options": ["Monday", "Wednesday", "Friday"],
        "kind": "multiple",
        "max_choices": 2,
        "visibility": "after_close",
        "closes_at": NEVER,
    },
    "rated": {
        "question": "How was the week?",
        "kind": "rating",
        "identity": "declared",
        "visibility": "organiser",
    },
    "ranked": {
        "question": "Which name shall it have?",
        "options": ["Ada", "Blaise", "Charles", "Dorothy"],
        "kind": "ranked",
        "identity": "declared",
    },
    "coded": {"question": "Who shall speak for us?", "identity": "code", "change": False},
    "reopened": {"question": "Shall we paint the hall?"},
    "resealed": {"question": "Tea or coffee?", "identity": "declared"},
    "archived": {"question": "Did it rain?", "identity": "declared"},
    "reset": {"question": "Was that a trial?", "identity": "declared"},
    "marked": {"question": "Is it over?", "identity": "declared"},
    "due": {"question": "And this one?", "kind": "ranked", "identity": "declared"},
    "draft": {"question": "What shall we ask next?"},
    "coming": {"question": "What comes in the far future?"},
}


class Past(People):
    """What has happened in a Votify, from its first day to the moment when it stopped."""

    def happen(self) -> None:
        """Let it all happen, up to the moment when nobody counts any more."""
        self._organise()
        self._make()
        self.vote_on_paper()
        self.vote_with_codes()
        self.vote_by_program()
        self.be_forgotten()
        self._settle()
        self._end()
        self._settle()

    def go_on_uncounted(self) -> None:
        """Vote on while nobody counts: the ballots, and a close marker behind some, wait."""
        for name in ("Fay", "Gus"):
            self.declare("rated", name, ratings={"1": 2, "2": 3})
            self.declare("due", name, optionIds=[2, 1])
            self.declare("marked", name)
        self.declare("rated", "ann", ratings={"1": 1})
        with Browser(self.url, self.left["browsers"]["changes"]) as browser:
            self.on_paper(browser, "busy", option=4)
        with Browser(self.url, self.left["browsers"]["leaves"]) as browser:
            self.on_paper(browser, "busy", withdraw=1)
        for option in (1, 2, 2):
            with Browser(self.url) as browser:
                self.on_paper(browser, "busy", option=option)
                self.on_paper(browser, "several", option=[option, 3])
        self.send_twice()
        self.be_forgotten()
        self.vote_by_code("waits", 2)
        self._end_uncounted()

    def settled(self) -> None:
        """Wait until every ballot is counted, and what is over is final and sealed."""
        self._settle()
        for name in ("marked", "due"):
            self.owner.wait_final(self.id_of(name))
            self.owner.seal(self.id_of(name))
        eventually(self._has_rounds, seconds=60)
        self.site.settled(self.polls["busy"]["slug"])

    def _has_rounds(self) -> bool:
        slugs = (self.polls[name]["slug"] for name in ("ranked", "due"))
        return all(self.site.standing(slug)["rounds"] for slug in slugs)

    def _organise(self) -> None:
        with Browser(self.url) as desk:
            desk.sign_in("admin", owner_password(self.stack))
            form = {"name": "ada", "password": ADA, "role": "organiser"}
            assert desk.http.post("/admin/organisers", data=form).status_code == 303
            self.left["session"] = desk.cookies
        revoked = self.owner.make_token("revoked", ["polls"])
        listed = self.owner.call("GET", "/tokens")["tokens"]
        (number,) = (each["id"] for each in listed if each["name"] == "revoked")
        self.owner.call("DELETE", f"/tokens/{number}", status=204)
        tokens = {"polls": self.owner.token, "vote-for": self.owner.voucher, "revoked": revoked}
        self.left["tokens"] = tokens
        ada = Organiser(self.url, ADA, name="ada")
        tokens["ada"] = ada.token
        self.polls["ada"] = ada.poll(question="Whose is it?", identity="declared")
        ada.close()

    def _make(self) -> None:
        header = {"Content-Type": "image/png"}
        above, beside = (
            self.owner.call("POST", "/images", status=201, content=each, headers=header)["name"]
            for each in islice(landscapes(), 2)
        )
        self.left["images"] = [above, beside]
        for name, fields in POLLS.items():
            pictures = {"image": above} if name in ("ranked", "draft") else {}
            self.polls[name] = self.owner.draft(**{"options": ["Yes", "No"], **fields, **pictures})
        illustrated = [{"text": "Yes", "image": beside}, {"text": "No"}]
        self.owner.edit(self.id_of("draft"), options=illustrated)
        self._make_codes()
        for name in POLLS.keys() - {"draft", "coming"}:
            self.polls[name] = self.owner.do(self.id_of(name), "open")
        self.polls["coming"] = self.owner.do(self.id_of("coming"), "schedule", opens_at=NEVER)
        self._make_twice()
        eventually(lambda: all(self._is_known(name) for name in self.polls), seconds=60)

    def _make_codes(self) -> None:
        names = ["Ann", "Ben", "Cleo", "Dan"]
        path = f"/polls/{self.id_of('coded')}/codes"
        made = self.owner.call("POST", path, status=201, json={"count": 6, "names": names})
        texts = [each["code"] for each in made["codes"]]
        uses = ("used", "kept", "revoked", "used-and-revoked", "waits", "unused")
        self.left["codes"] = dict(zip(uses, texts, strict=True))
        self.owner.call("DELETE", f"{path}/3", status=204)

    def _make_twice(self) -> None:
        body = {"question": "Was this asked before?", "options": ["Yes", "No"]}
        key = {"Idempotency-Key": "the same draft, asked for twice"}
        for _ in range(2):
            made = self.owner.call("POST", "/polls", status=201, json=body, headers=key)
        self.left["made"] = {"json": body, "headers": key, "id": made["id"]}
        self.polls["made"] = made

    def _is_known(self, name: str) -> bool:
        if name in ("draft", "made"):
            return True
        slug = self.polls[name]["slug"]
        return all(self.site.ask(path).is_success for path in (f"/vote/{slug}", f"/result/{slug}"))

    def _end(self) -> None:
        for name in ("ranked", "resealed", "archived", "reopened", "reset"):
            self.owner.do(self.id_of(name), "close")
            self.left["seals"][name] = self.owner.seal(self.id_of(name)).decode()
        self.owner.do(self.id_of("archived"), "archive")
        slug = self.polls["reset"]["slug"]
        self.owner.do(self.id_of("reset"), "reset", confirm=slug)
        self.owner.do(self.id_of("reset"), "open")
        for name in ("resealed", "reopened"):
            self.owner.do(self.id_of(name), "reopen")
            self.left["broken"][name] = self.left["seals"].pop(name)
        self.declare("resealed", "dan", optionId=2)
        self.owner.do(self.id_of("resealed"), "close")
        self.left["seals"]["resealed"] = self.owner.seal(self.id_of("resealed")).decode()
        del self.left["seals"]["reset"]
        self.declare("reset", "ann", optionId=2)
        with Browser(self.url) as browser:
            self.on_paper(browser, "reopened", option=2)

    def _end_uncounted(self) -> None:
        for name in ("marked", "due"):
            self.owner.do(self.id_of(name), "close")
        # As the worker does when the time has come; the other poll waits for its marker.
        assert RedisQueue(self.stack.redis()).close(self.id_of("marked"))

    def _settle(self) -> None:
        eventually(lambda: not RedisQueue(self.stack.redis()).waiting(), seconds=60)
