"""How figures are rounded for people: halves up, and never some into none or most into all."""

from __future__ import annotations

import pytest

from result import figures
from tests.showing import site


@pytest.mark.parametrize(
    ("value", "written"),
    [(4.125, "4.13"), (4.375, "4.38"), (2.5, "2.50"), (4.124, "4.12"), (5, "5.00"), (None, "–")],
)
def test_it_writes_a_mean_with_halves_up(value: float | None, written: str) -> None:
    """As the page's script does; Python itself would take 4.125 to 4.12."""
    with site(None).application.test_request_context():
        assert figures.mean(value) == written


@pytest.mark.parametrize(
    ("votes", "ballots", "written"),
    [
        (1, 8, "13%"),  # 12.5
        (1, 200, "1%"),  # 0.5
        (1, 201, "<1%"),
        (0, 201, "0%"),
        (199, 200, ">99%"),  # 99.5
        (198, 200, "99%"),
        (200, 200, "100%"),
    ],
)
def test_it_writes_a_share_in_whole_percent(votes: int, ballots: int, written: str) -> None:
    """One vote of many is not nothing, and all but one are not all."""
    option = {"votes": votes, "share": votes / ballots}
    with site(None).application.test_request_context():
        assert figures.percent(option, ballots) == written
