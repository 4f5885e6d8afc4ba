"""The voter's cookie: who is known by it, and who is not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vote.identity import Voter, Voters

SECRET = "a secret of the tests"
VOTERS = Voters(SECRET)


def environ(cookie: str | None = None, *, scheme: str = "http", **more: str) -> dict[str, Any]:
    """Make the part of a WSGI environment that says who comes."""
    cookies = {} if cookie is None else {"HTTP_COOKIE": cookie}
    return {"wsgi.url_scheme": scheme, **cookies, **more}


def sent_back(voter: Voter) -> str:
    """Tell the Cookie header of a browser that was given a cookie."""
    assert voter.cookie is not None
    return voter.cookie.split(";")[0]


def test_it_knows_a_browser_again() -> None:
    """Who brings the cookie back is the same voter, and is given no new cookie."""
    new = VOTERS.recognise(environ())
    assert VOTERS.recognise(environ(f"theme=dark; {sent_back(new)}")) == Voter(new.id)


def test_it_gives_every_new_browser_an_id_of_its_own() -> None:
    """Ids are random, 128 bits long, so that none is guessed and none comes twice."""
    ids = {VOTERS.recognise(environ()).id for _ in range(100)}
    assert len(ids) == 100
    assert {len(each) for each in ids} == {22}


def test_it_derives_a_new_id_from_the_idempotency_key() -> None:
    """When the answer with the cookie is lost, the repeated request is the same voter."""
    first = VOTERS.recognise(environ(), "a key of a request", 1)
    assert VOTERS.recognise(environ(), "a key of a request", 1).id == first.id
    assert VOTERS.recognise(environ(), "a key of another", 1).id != first.id
    assert Voters("another secret").recognise(environ(), "a key of a request", 1).id != first.id


def test_it_derives_another_id_for_each_poll() -> None:
    """Who learns or guesses a key is not the voter of every other poll by it."""
    ids = {VOTERS.recognise(environ(), "a key of a request", poll).id for poll in (1, 2, 11)}
    assert len(ids) == 3


def test_it_tells_which_voter_the_first_version_had_made_of_a_key() -> None:
    """Whoever has sent a request before an upgrade, and repeats it afterwards, is found."""
    was = Voters("secret-secret-secret").recognise(environ(), "order-12345", 7)
    assert was.former == "9tfy7LQaYOpucmYQkBI_fw"


def test_it_goes_by_the_cookie_where_there_is_one() -> None:
    """A key makes nobody a new voter who is known already."""
    known = VOTERS.recognise(environ())
    assert VOTERS.recognise(environ(sent_back(known)), "a key of a request").id == known.id


def other_signature(cookie: str) -> str:
    """Change the first letter of the signature: the last one has bits that nobody reads."""
    signed, _, signature = cookie.rpartition(".")
    return f"{signed}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


@pytest.mark.parametrize(
    "change",
    [other_signature, lambda cookie: cookie[:-44]],
    ids=["another signature", "no signature"],
)
def test_it_does_not_know_a_forged_cookie(change: Any) -> None:
    """Who changes the cookie is a new voter, not the one whose id it says."""
    known = VOTERS.recognise(environ())
    forged = VOTERS.recognise(environ(change(sent_back(known))))
    assert forged.id != known.id
    assert forged.cookie is not None


def test_it_does_not_know_the_cookie_of_another_secret() -> None:
    """Only who has the secret can make voters."""
    assert VOTERS.known(environ(sent_back(Voters("another secret").recognise(environ())))) is None


@given(st.text(st.characters(max_codepoint=255)))
def test_it_survives_any_cookie(cookie: str) -> None:
    """Whatever comes as a cookie is at worst nobody's."""
    assert VOTERS.known(environ(cookie)) is None
    assert VOTERS.known(environ(f"voter={cookie}")) is None
    known = VOTERS.recognise(environ())
    assert VOTERS.known(environ(f"{cookie}; {sent_back(known)}")) in (known.id, None)


def test_it_knows_a_voter_whatever_other_cookies_there_are() -> None:
    """A cookie that is no text, of another program on the same host, does no harm."""
    known = VOTERS.recognise(environ())
    assert VOTERS.known(environ(f"other=\xff\x80; {sent_back(known)}")) == known.id


def test_it_keeps_the_cookie_from_scripts_and_other_sites() -> None:
    """The cookie is HttpOnly and SameSite=Lax, for the whole site, and lasts."""
    cookie = VOTERS.recognise(environ()).cookie
    assert cookie is not None
    attributes = cookie.split("; ")[1:]
    assert attributes == ["Max-Age=34560000", "Path=/", "HttpOnly", "SameSite=Lax"]


@pytest.mark.parametrize(
    ("voters", "environment", "strict"),
    [
        (Voters(SECRET, secure=True), environ(), True),
        (VOTERS, environ(scheme="https"), False),
        (VOTERS, environ(HTTP_X_FORWARDED_PROTO="https"), False),
    ],
    ids=["by setting", "by the scheme", "by the router's word"],
)
def test_it_names_the_cookie_for_this_host_over_https(
    voters: Voters, environment: dict[str, Any], *, strict: bool
) -> None:
    """
    Over HTTPS the cookie is Secure and __Host-, so that no other host can plant one.

    Where HTTPS may have come since, one from before is known, unless there is one of this host.
    """
    voter = voters.recognise(environment)
    assert voter.cookie is not None
    assert voter.cookie.startswith("__Host-voter=")
    assert voter.cookie.endswith("; Secure")
    assert voters.known({**environment, "HTTP_COOKIE": sent_back(voter)}) == voter.id
    before = VOTERS.recognise(environ())
    known = voters.known({**environment, "HTTP_COOKIE": sent_back(before)})
    assert known == (None if strict else before.id)
    both = f"{sent_back(before)}; {sent_back(voter)}"
    assert voters.known({**environment, "HTTP_COOKIE": both}) == voter.id
