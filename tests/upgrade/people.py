"""People who vote, on paper and by program, and what each of them was given."""

from __future__ import annotations

from typing import Any

from deploy.local.stack import Stack
from tests.e2e.organiser import Organiser, owner_password
from tests.e2e.site import Site
from tests.upgrade.browser import Browser, receipt


class People:
    """
    The people of a Votify that runs.

    :ivar polls: the polls, by a name for each.
    :ivar left: what was handed out, by a name for each.
    :ivar receipts: one for each ballot that was accepted.
    """

    def __init__(self, stack: Stack) -> None:
        self.stack, self.url = stack, stack.url
        self.site = Site(stack.url)
        self.owner = Organiser(stack.url, owner_password(stack))
        self.polls: dict[str, dict[str, Any]] = {}
        self.receipts: list[str] = []
        self.left: dict[str, Any] = {"seals": {}, "broken": {}, "browsers": {}}

    def close(self) -> None:
        """Close the connections."""
        self.site.close()
        self.owner.close()

    def vote_on_paper(self) -> None:
        """Vote with browsers; one changes a vote, and one takes one back."""
        for number, name in enumerate(("changes", "leaves", "stays", "firm", "forgotten")):
            with Browser(self.url) as browser:
                self.on_paper(browser, "busy", option=number % 3 + 1)
                self.on_paper(browser, "firm", option=number % 2 + 1)
                self.on_paper(browser, "several", option=[1, number % 2 + 2])
                self.on_paper(browser, "reopened", option=1)
                self.left["browsers"][name] = browser.cookies
        with Browser(self.url, self.left["browsers"]["stays"]) as browser:
            self.on_paper(browser, "several", option=[2])
            self.on_paper(browser, "reopened", withdraw=1)

    def vote_with_codes(self) -> None:
        """Vote with single-use codes, of which one is revoked afterwards."""
        self.vote_by_code("used")
        self.vote_by_code("used-and-revoked", 2)
        self.owner.call("DELETE", f"/polls/{self.id_of('coded')}/codes/4", status=204)
        with Browser(self.url) as browser:
            self.on_paper(browser, "coded", option=2, code=self.left["codes"]["kept"])
            self.left["browsers"]["coded"] = browser.cookies

    def vote_by_program(self) -> None:
        """Vote as programs do, for users whom they name."""
        self._vouch("a member")
        for name in ("ann", "ben", "cleo"):
            self.declare("rated", name, ratings={"1": len(name), "2": 5})
            for poll in ("resealed", "archived", "reset", "marked", "ada"):
                self.declare(poll, name, optionId=len(name) - 2)
        self.declare("resealed", "ann", optionId=2)
        self.declare("resealed", "ben", withdraw=True)
        orders = ([1, 2, 3], [2, 3], [3, 2, 1, 4], [3, 1], [4, 2], [1, 4], [2, 1])
        for number, order in enumerate(orders):
            self.declare("ranked", f"voter {number}", optionIds=order)
            self.declare("due", f"voter {number}", optionIds=[1])

    def send_twice(self) -> None:
        """Send a program's ballot and a paper twice: whoever is not answered does so."""
        ballot = {"pollId": self.id_of("firm"), "optionId": 1}
        key = "a ballot that is sent twice"
        first, again = (self.site.accept(ballot, key=key) for _ in range(2))
        assert first == again
        with Browser(self.url) as browser:
            fields = browser.fill(self.polls["busy"]["slug"], option=3)
            paper = {"cookies": browser.cookies, "fields": fields}
            sent = [browser.send(self.polls["busy"]["slug"], fields) for _ in range(2)]
        assert receipt(sent[0]) == receipt(sent[1])
        self.left["sent"] = {"ballot": ballot, "key": key, "receipt": first}
        self.left["paper"] = {**paper, "receipt": receipt(sent[0])}
        self.receipts += [first, receipt(sent[0])]

    def be_forgotten(self) -> None:
        """Let Redis forget a voter, as one does that lost its data: the ledger will refuse them."""
        redis = self.stack.redis()
        cookies = self.left["browsers"]["forgotten"]
        voter = cookies["voter"].rpartition(".")[0]
        assert redis.hdel(f"poll:{self.id_of('firm')}:voters", voter)
        with Browser(self.url, cookies) as browser:
            self.on_paper(browser, "firm", option=2)

    def id_of(self, poll: str) -> int:
        """Give a poll's id."""
        return int(self.polls[poll]["id"])

    def vote_by_code(self, use: str, option: int = 1) -> None:
        """Vote by program, with one of the codes."""
        code = self.left["codes"][use]
        ballot = {"pollId": self.id_of("coded"), "optionId": option, "code": code}
        self.receipts.append(self.site.accept(ballot))

    def declare(self, poll: str, user: str, **choice: Any) -> None:
        """Vote by program as somebody who is named; by default for the first option."""
        chosen = choice or {"optionId": 1}
        ballot = {"pollId": self.id_of(poll), "userId": user, **chosen}
        self.receipts.append(self.site.accept(ballot))

    def on_paper(self, browser: Browser, poll: str, **choice: Any) -> None:
        """Vote with a browser."""
        self.receipts.append(browser.vote(self.polls[poll]["slug"], **choice))

    def _vouch(self, user: str) -> None:
        ballot = {"pollId": self.id_of("firm"), "optionId": 2, "userId": user}
        header = {"Authorization": f"Bearer {self.owner.voucher}"}
        self.receipts.append(self.site.accept(ballot, headers=header))
