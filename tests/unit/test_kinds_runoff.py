"""Instant-runoff: the rounds of a ranked poll."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrankvote import Ballot, Candidate, instant_runoff_voting

from ballotbox.ballot import Marks
from ballotbox.kinds import KINDS, ranking_rounds
from ballotbox.poll import Kind

Rankings = Counter[tuple[int, ...]]

OPTIONS = (1, 2, 3, 4, 5)
a_ranking = st.lists(st.sampled_from(OPTIONS), min_size=1, max_size=5, unique=True).map(tuple)
any_rankings = st.dictionaries(a_ranking, st.integers(1, 4), max_size=12).map(Counter)


def rounds(rankings: Rankings, options: tuple[int, ...] = OPTIONS) -> list[dict[str, Any]]:
    """Count rankings that are given as options in order of preference."""
    return ranking_rounds(options, [(marked(each), n) for each, n in rankings.items()])


def marked(ranking: tuple[int, ...]) -> Marks:
    return KINDS[Kind.RANKED].marks(ranking)


def votes(each: dict[str, Any]) -> dict[int, int]:
    return {option["id"]: option["votes"] for option in each["votes"]}


def first_choices(rankings: Rankings, standing: set[int]) -> Counter[int]:
    """Count the highest choice that stands on each ballot; 0 for ballots without one."""
    counts: Counter[int] = Counter()
    for ranking, number in rankings.items():
        counts[next((option for option in ranking if option in standing), 0)] += number
    return counts


def possible_winners(rankings: Rankings, standing: frozenset[int]) -> set[int]:
    """Tell who wins if ties are broken in every way there is: instant-runoff by its definition."""
    counts = first_choices(rankings, set(standing))
    total = sum(counts[option] for option in standing)
    for option in standing:
        if counts[option] * 2 > total:
            return {option}
    fewest = min(counts[option] for option in standing)
    last = [option for option in standing if counts[option] == fewest]
    return set().union(*(possible_winners(rankings, standing - {option}) for option in last))


def test_it_elects_at_once_who_has_more_than_half() -> None:
    """One round is enough where there is a majority, and nobody is taken out."""
    (only,) = rounds(Counter({(1, 2): 3, (2,): 2}), (1, 2, 3))
    assert only == {
        "votes": [{"id": 1, "votes": 3}, {"id": 2, "votes": 2}, {"id": 3, "votes": 0}],
        "exhausted": 0,
        "out": [],
        "elected": 1,
    }


def test_it_moves_the_ballots_of_the_last_one_on() -> None:
    """Whoever leads at first may be overtaken by the second choices of those who are out."""
    first, second = rounds(Counter({(1,): 4, (2,): 3, (3, 2): 2}), (1, 2, 3))
    assert (votes(first), first["out"], first["elected"]) == ({1: 4, 2: 3, 3: 2}, [3], None)
    assert (votes(second), second["out"], second["elected"]) == ({1: 4, 2: 5}, [], 2)


def test_it_counts_half_of_the_ballots_that_still_stand_for_somebody() -> None:
    """A ballot with none of its options left is exhausted, and no part of the majority."""
    first, second = rounds(Counter({(1,): 4, (2,): 3, (3,): 2}), (1, 2, 3))
    assert (first["exhausted"], second["exhausted"]) == (0, 2)
    assert second["elected"] == 1


def test_it_takes_out_together_those_without_a_single_vote() -> None:
    """They have nothing to move on, so their order cannot matter."""
    first, *_ = rounds(Counter({(1, 3): 2, (2, 4): 2}), (1, 2, 3, 4))
    assert first["out"] == [3, 4]


def test_it_looks_back_where_two_are_last() -> None:
    """Of equals goes the one that had less in the latest round in which they differed."""
    found = rounds(Counter({(1,): 6, (2,): 5, (3,): 4, (4, 3): 1, (5, 4): 1}))
    assert [each["out"] for each in found[:3]] == [[5], [4], [3]]
    assert votes(found[2]) == {1: 6, 2: 5, 3: 5}


def test_it_looks_back_no_further_than_it_must() -> None:
    """The latest round in which they differed says more than the ones before it."""
    found = rounds(Counter({(1,): 8, (2,): 5, (3,): 6, (4, 3): 1, (4,): 2, (5, 2): 2}))
    assert [votes(each)[2] - votes(each)[3] for each in found[:3]] == [-1, 1, 0]
    assert [each["out"] for each in found[:3]] == [[5], [4], [3]]


def test_it_takes_out_the_one_that_stands_last_where_nothing_tells_them_apart() -> None:
    """Anybody who counts again gets the same: nothing is left to chance."""
    first, second = rounds(Counter({(1,): 2, (2,): 2}), (2, 1))
    assert (first["out"], second["elected"]) == ([1], 2)


def test_it_has_no_rounds_without_ballots() -> None:
    """Nobody is elected by nobody."""
    assert rounds(Counter()) == []


@given(any_rankings, st.randoms(use_true_random=False))
def test_it_does_not_depend_on_the_order_of_the_ballots(
    rankings: Rankings, shuffle: random.Random
) -> None:
    """The database may give the rankings in any order, whole or in parts."""
    parts = [(marked(ranking), 1) for ranking in rankings.elements()]
    shuffle.shuffle(parts)
    assert ranking_rounds(OPTIONS, parts) == rounds(rankings)


@given(any_rankings)
def test_it_accounts_for_every_ballot_in_every_round(rankings: Rankings) -> None:
    """Each round is what looking at every ballot gives, and takes out none but the last."""
    standing = set(OPTIONS)
    found = rounds(rankings)
    for each in found:
        counts = first_choices(rankings, standing)
        assert votes(each) == {option: counts[option] for option in OPTIONS if option in standing}
        assert each["exhausted"] == counts[0]
        fewest = min(counts[option] for option in standing)
        assert all(counts[option] == fewest for option in each["out"])
        assert (each["elected"] is None) == bool(each["out"])
        standing -= set(each["out"])
    assert bool(found) == bool(rankings)
    assert [each["elected"] for each in found if each["elected"]] == [
        each["elected"] for each in found[-1:]
    ]


@given(any_rankings.filter(bool))
def test_it_elects_who_could_win(rankings: Rankings) -> None:
    """However ties are broken, the one who is elected is one of those who can win at all."""
    assert rounds(rankings)[-1]["elected"] in possible_winners(rankings, frozenset(OPTIONS))


@pytest.mark.parametrize("seed", range(10))
def test_it_elects_whom_pyrankvote_elects(seed: int) -> None:
    """
    A well-known implementation agrees on 1,000 random elections.

    It breaks ties by other rules, and by chance in the end, so those elections are left out in
    which it matters how a tie is broken.
    """
    dice = random.Random(seed)
    compared = 0
    while compared < 100:
        options = OPTIONS[: dice.randint(2, 5)]
        rankings = an_election(dice, options)
        possible = possible_winners(rankings, frozenset(options))
        if len(possible) == 1:
            assert {rounds(rankings, options)[-1]["elected"]} == possible
            assert {elected_by_pyrankvote(rankings, options)} == possible
            compared += 1


def an_election(dice: random.Random, options: tuple[int, ...]) -> Rankings:
    """Draw up to 60 rankings, many of which leave options out."""
    return Counter(
        tuple(dice.sample(options, dice.randint(1, len(options))))
        for _ in range(dice.randint(1, 60))
    )


def elected_by_pyrankvote(rankings: Rankings, options: tuple[int, ...]) -> int:
    people = {option: Candidate(str(option)) for option in options}
    cast = [Ballot([people[option] for option in ranking]) for ranking in rankings.elements()]
    (winner,) = instant_runoff_voting(list(people.values()), cast).get_winners()
    return int(winner.name)


def test_it_lets_others_go_on_while_it_counts() -> None:
    """However many ballots there are, it pauses at least every 200, in every round."""
    pauses: list[int] = []
    patterns = [(marked(ranking), 1) for ranking in [(1,)] * 1000 + [(2, 1)] * 900 + [(3, 2)] * 800]
    counted = ranking_rounds((1, 2, 3), patterns, pause=lambda: pauses.append(1))
    assert len(counted) == 2
    assert len(pauses) == (2700 + 200 - 1) // 200 + 800 // 200
