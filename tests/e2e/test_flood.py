"""One address that floods the ballot box is slowed down, whoever it says it is."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from deploy.local.stack import Stack
from tests.e2e.faults import kill
from tests.e2e.site import HTML, POLL
from tests.e2e.test_contract import assert_problem

pytestmark = pytest.mark.service

BURST = 2000  # votes that a hall behind one address may send at once


@pytest.fixture
def flooded(other: Stack) -> Iterator[httpx.Client]:
    """Give a client that may flood the router, which has forgotten it afterwards."""
    with httpx.Client(base_url=other.url) as client:
        yield client
    kill(other, "nginx")
    other.wait_ready()


def test_it_believes_no_claimed_address(flooded: httpx.Client) -> None:
    """Another X-Forwarded-For with every request does not help: the rate is by the real address."""
    sent = [
        # Not JSON, which costs nobody anything.
        flooded.post("/vote", headers={"X-Forwarded-For": f"10.0.{number // 250}.{number % 250}"})
        for number in range(BURST + 1)
    ]
    ballot = {"pollId": POLL, "optionId": 1}
    refused = flooded.post("/vote", json=ballot, headers={"X-Forwarded-For": "10.9.9.9"})

    assert {answer.status_code for answer in sent} == {415}
    assert_problem(refused, 429, "slow_down")
    assert refused.headers["retry-after"] == "1"
    page = flooded.post(f"/vote/{POLL}", data={"option": "1"}, headers=HTML)
    assert (page.status_code, page.headers["content-type"][:9]) == (429, "text/html")
    assert flooded.get(f"/vote/{POLL}").status_code == 200
