"""What polls are called: slugs for addresses, codes to join by."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotbox.catalog import hard_to_guess, new_code, slug_of


@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("Cats or Dogs?", "cats-or-dogs"),
        ("  What's YOUR favourite café?! ", "what-s-your-favourite-cafe"),
        ("Tea & coffee -- or both", "tea-coffee-or-both"),
        ("猫か犬か", "poll-abc234"),
        ("2026", "poll-2026-abc234"),
        ("²", "poll-2-abc234"),
        ("Receipt?", "poll-receipt-abc234"),
        ("static", "poll-static-abc234"),
        ("Preview", "poll-preview-abc234"),
        ("x" * 100, "x" * 60),
    ],
)
def test_it_names_a_poll_after_its_question(question: str, slug: str) -> None:
    """A slug can be read aloud; one that would mean something else gets the code as well."""
    assert slug_of(question, code="ABC234") == slug


@given(st.text(max_size=300))
def test_it_makes_a_valid_slug_of_any_question(question: str) -> None:
    """A slug is never empty, never a number, which would be an id, and safe in an address."""
    slug = slug_of(question, code="ABC234")
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert not slug.isdigit()
    assert slug not in ("present", "preview", "receipt", "static")
    assert len(slug) <= 80


def test_it_makes_codes_that_can_be_read_from_a_screen() -> None:
    """Six characters, none of which is mistaken for another."""
    codes = {new_code() for _ in range(1000)}
    assert len(codes) > 990
    assert all(re.fullmatch(r"[2-9A-HJKMNP-Z]{6}", code) for code in codes)


@given(st.text(max_size=300))
def test_it_gives_a_name_an_end_that_nobody_guesses(question: str) -> None:
    """Whoever knows what is asked does not know the address; it can still be one."""
    plain = slug_of(question, code="ABC234")
    slugs = {hard_to_guess(plain) for _ in range(3)}
    assert len(slugs) == 3
    for slug in slugs:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*-[2-9a-hjkmnp-z]{10}", slug)
        assert slug.startswith(plain[:60].strip("-"))
        assert len(slug) <= 80
