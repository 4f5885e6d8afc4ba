"""Ballots that a page of another site sends are not accepted."""

import pytest

from ballotbox import origin

HOST = {"HTTP_HOST": "votify.example:8081"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HTTP_SEC_FETCH_SITE": "same-origin"},
        {"HTTP_SEC_FETCH_SITE": "none"},
        {"HTTP_ORIGIN": "http://votify.example:8081"},
        {"HTTP_ORIGIN": "https://votify.example:8081", "HTTP_SEC_FETCH_SITE": "same-origin"},
    ],
    ids=["a program", "our page", "typed in", "an older browser", "a newer browser"],
)
def test_it_lets_our_own_pages_and_programs_pass(headers: dict[str, str]) -> None:
    """Programs send no such headers; browsers say that it is our own page."""
    origin.check({**HOST, **headers})


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_SEC_FETCH_SITE": "same-site"},
        {"HTTP_ORIGIN": "http://evil.example"},
        {"HTTP_ORIGIN": "http://votify.example"},
        {"HTTP_ORIGIN": "null"},
        {"HTTP_ORIGIN": ""},
        {"HTTP_ORIGIN": "http://evil.example", "HTTP_SEC_FETCH_SITE": "none"},
    ],
)
def test_it_refuses_other_sites(headers: dict[str, str]) -> None:
    """Another site, another port and a page without an origin are not us."""
    with pytest.raises(origin.CrossSite):
        origin.check({**HOST, **headers})
