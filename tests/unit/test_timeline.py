"""Thinning: how a timeline is kept small, however long it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotbox.timeline import thinned

timelines = st.lists(st.integers(0, 2**33), unique=True, max_size=60).map(sorted)


@given(timelines, st.integers(2, 30))
def test_it_leaves_as_few_as_it_is_told(timeline: list[int], most: int) -> None:
    """Of what was there, in its order, with the first and the last; where they fit, all."""
    kept = thinned(timeline, most)
    assert len(kept) <= most
    assert [each for each in timeline if each in kept] == kept
    assert kept[:1] + kept[-1:] == timeline[:1] + timeline[-1:]
    if len(timeline) <= most:
        assert kept == timeline


@given(timelines, st.integers(2, 30))
def test_it_changes_nothing_the_second_time(timeline: list[int], most: int) -> None:
    """A worker may do it again at any moment."""
    kept = thinned(timeline, most)
    assert thinned(kept, most) == kept


def test_it_keeps_the_last_of_each_stretch_of_time() -> None:
    """A stretch is the shortest power of two, in seconds, that leaves few enough."""
    timeline = range(100, 120)
    kept = [100, *range(103, 120, 4)]
    assert thinned(timeline, 6) == thinned(timeline, 10) == kept
    assert len(thinned(timeline, 11)) == 11


def test_it_keeps_the_quiet_times_apart_from_the_busy_ones() -> None:
    """Stretches are of time, not of samples: one rush does not push the rest out."""
    rush, later = range(1_000, 1_500), [5_000, 90_000, 700_000]
    kept = thinned([*rush, *later], 50)
    assert kept[-3:] == later
    assert len(kept) > 25


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_it_leaves_half_and_more_of_what_is_allowed(step: int) -> None:
    """A chart of ballots that came evenly has points enough, whatever the time they took."""
    timeline = range(0, 5_000 * step, step)
    assert 150 <= len(thinned(timeline, 360)) <= 360
