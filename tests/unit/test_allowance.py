"""How often a client may ask: at once, in the long run, and after a rest."""

from __future__ import annotations

import pytest

from ballotbox.allowance import Allowance, Allowances, Rate, network


class Clock:
    """A clock that stands until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_it_takes_a_burst_at_once_and_then_so_many_a_second() -> None:
    """Whoever is too early is told by how much, and was counted all the same."""
    allowance = Allowance(Rate(per_second=2, burst=3), Clock())
    assert [allowance.take() for _ in range(5)] == [0, 0, 0, 0.5, 1.0]


def test_it_is_whole_again_after_a_rest() -> None:
    """As long as it took to use it up; a longer rest gives no more."""
    clock = Clock()
    allowance = Allowance(Rate(per_second=2, burst=3), clock)
    for _ in range(3):
        allowance.take()
    assert not allowance.is_whole
    clock.now += 1.5
    assert allowance.is_whole
    clock.now += 3600
    assert [allowance.take() for _ in range(4)] == [0, 0, 0, 0.5]


def test_who_keeps_to_the_rate_never_waits() -> None:
    """However long that goes on."""
    clock = Clock()
    allowance = Allowance(Rate(per_second=4, burst=1), clock)
    for _ in range(1000):
        assert allowance.take() == pytest.approx(0, abs=1e-9)
        clock.now += 0.25


def test_it_forgets_addresses_that_rest() -> None:
    """Strangers leave nothing behind in memory; who is at it is remembered."""
    clock = Clock()
    allowances = Allowances(Rate(per_second=1, burst=5000), clock)
    for number in range(1000):
        allowances.of(f"192.0.{number // 250}.{number % 250}").take()
    flood = allowances.of("198.51.100.1")
    for _ in range(4000):
        flood.take()
    clock.now += 61
    assert allowances.of("198.51.100.1") is flood
    assert len(allowances._known) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:DB8:1:2:0::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", "nonsense", True),
    ],
)
def test_it_counts_a_customer_of_a_provider_as_one(one: str, other: str, *, same: bool) -> None:
    """Of the newer addresses each has 2^64, and may take another one for each request."""
    assert (network(one) == network(other)) is same
