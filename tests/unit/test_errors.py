"""The tree of errors: stable codes for programs, sentences for people."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from ballotbox.errors import AlreadyVoted, LedgerUnavailable, Refused, VotifyError, in_full
from ballotbox.postgres import database_errors


def every_error(error: type[VotifyError] = VotifyError) -> Iterator[type[VotifyError]]:
    """List an error of the library and all that derive from it."""
    if error.__module__ == "ballotbox.errors":
        yield error
        for each in error.__subclasses__():
            yield from every_error(each)


def test_it_has_a_code_of_its_own_for_every_error() -> None:
    """Programs tell errors apart by their code."""
    codes = [error.code for error in every_error()]
    assert len(codes) == len(set(codes))


def test_it_keeps_the_codes_that_programs_rely_on() -> None:
    """A code that was published never changes."""
    assert {error.code for error in every_error()} >= {
        *("already_voted", "unknown_option", "too_many_choices", "poll_closed", "poll_not_open"),
        *("invalid_ballot", "identity_required", "unknown_poll", "slow_down"),
        *("ballot_box_unavailable", "ledger_unavailable"),
    }


def test_it_speaks_by_its_docstring() -> None:
    """The message of an error is its docstring, unless a better one is given."""
    for error in every_error():
        assert str(error()) == " ".join((error.__doc__ or "").split())
    assert str(Refused("Not today.")) == "Not today."


def test_it_keeps_what_a_driver_says_apart_from_what_it_says_itself() -> None:
    """The sentence is for everybody; a log has the cause behind it, each said once."""
    try:
        with database_errors():
            raise psycopg.OperationalError('server at "10.0.3.7", user "votify_result"')
    except LedgerUnavailable as error:
        again = LedgerUnavailable()
        again.__cause__ = error
        assert str(again) == "The ledger does not answer right now."
        said = 'The ledger does not answer right now. (server at "10.0.3.7", user "votify_result")'
        assert in_full(again) == said
    assert in_full(Refused("Not today.")) == "Not today."


def test_it_keeps_the_sentence_that_clients_compare() -> None:
    """Older clients look for exactly this text."""
    assert str(AlreadyVoted()) == "User has already voted for this poll"
