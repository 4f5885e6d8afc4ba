"""A crowd that votes in one poll without a break, whether Votify is there yet or not."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import httpx2 as httpx

_VOTERS = 2
_PAUSE = 0.01
_PATIENCE = 180.0
_LATER = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)


class Crowd:
    """
    The crowd, and what it was told.

    :param options: how many the poll has.
    :ivar receipts: of the ballots that were accepted, each with its option.
    :ivar complaints: what else was answered.
    """

    def __init__(self, url: str, poll: int, *, options: int) -> None:
        self._url, self._poll, self._options = url, poll, options
        self._over = threading.Event()
        self.receipts: dict[str, int] = {}
        self.complaints: list[str] = []

    @property
    def votes(self) -> Counter[int]:
        """How many ballots were accepted for each option."""
        return Counter(self.receipts.values())

    @contextmanager
    def voting(self) -> Iterator[None]:
        """Vote while this lasts; at its end every ballot that was sent has been answered."""
        threads = [threading.Thread(target=self._vote, args=(each,)) for each in range(_VOTERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _vote(self, voter: int) -> None:
        with httpx.Client(base_url=self._url, timeout=10) as client:
            for number in itertools.count():
                if self._over.wait(_PAUSE):
                    return
                option = (voter + number) % self._options + 1
                self._hand_in(client, f"voter {voter}, ballot {number}", option)

    def _hand_in(self, client: httpx.Client, key: str, option: int) -> None:
        """Send a ballot of somebody new until it is answered, each time with the same key."""
        ballot, header = {"pollId": self._poll, "optionId": option}, {"Idempotency-Key": key}
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            client.cookies.clear()
            try:
                answer = client.post("/vote", json=ballot, headers=header)
            except httpx.TransportError:
                answer = httpx.Response(HTTPStatus.BAD_GATEWAY)
            if answer.status_code == HTTPStatus.ACCEPTED:
                self.receipts[answer.json()["receipt"]] = option
                return
            if answer.status_code not in _LATER:
                break
            threading.Event().wait(_PAUSE)
        self.complaints.append(f"{answer.status_code} {answer.text}")
