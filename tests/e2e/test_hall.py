"""A hall: many phones behind one address are no attacker."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from benchmarks.load import Answer, Load, post
from tests.e2e.site import Site

FEW, MANY = 400, 2000
PHONES = 100  # that wait for an answer at the same moment


def _requests(slug: str, phones: int) -> Iterator[bytes]:
    """Give what each phone asks for: the paper, a vote, the results, and to hear of them."""
    for phone in range(phones):
        ballot = json.dumps({"pollId": slug, "optionId": 1 + phone % 2}).encode()
        yield _get(f"/vote/{slug}")
        yield post("/vote", ballot, key=f"phone {phone:05} of {phones:05}")
        yield _get(f"/result/{slug}")
        yield _get("/result/socket.io/?EIO=4&transport=polling")


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n".encode()


@pytest.mark.parametrize("phones", [FEW, pytest.param(MANY, marks=pytest.mark.night)])
def test_it_refuses_no_phone_of_a_hall(site: Site, phones: int) -> None:
    """They come through one address, as fast as they are answered, and all vote and watch."""
    slug = site.standing()["poll"]["slug"]
    before = site.standing()["ballots"]
    asked, answers = _requests(slug, phones), Counter[int]()

    def make() -> tuple[bytes, int] | None:
        request = next(asked, None)
        return (request, 1) if request else None

    def take(_: int, answer: Answer) -> None:
        answers[answer.status] += 1

    port = urlsplit(site.url).port
    assert port is not None
    while answers.total() < 4 * phones:
        Load(port, connections=PHONES, make_request=make, take_answer=take, timeout=60).run(0.5)
    assert answers == {200: 3 * phones, 202: phones}
    site.wait_ballots(before + phones)
