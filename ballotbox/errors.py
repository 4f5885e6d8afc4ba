"""
Everything that Votify may refuse or fail to do, as one tree of errors.

Each has a stable `code` for programs; its docstring is the message for people. Which HTTP status an
error becomes is decided in each service's own `errors.py`, and nowhere else.
"""

from __future__ import annotations

from typing import ClassVar


class VotifyError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or " ".join((type(self).__doc__ or "").split()))


class SettingsError(VotifyError):
    """A setting has a value that cannot be used."""

    code = "bad_setting"


class UnknownPoll(VotifyError):
    """There is no such poll."""

    code = "unknown_poll"


class UnknownReceipt(VotifyError):
    """There is no such receipt."""

    code = "unknown_receipt"


class Refused(VotifyError):
    """The ballot was not accepted."""

    code = "refused"


class InvalidBallot(Refused):
    """The ballot cannot be understood."""

    code = "invalid_ballot"


class UnknownOption(Refused):
    """The poll has no such option."""

    code = "unknown_option"


class TooManyChoices(Refused):
    """More options were chosen than the poll allows."""

    code = "too_many_choices"


class PollNotOpen(Refused):
    """The poll is not open yet."""

    code = "poll_not_open"


class PollClosed(Refused):
    """The poll is closed."""

    code = "poll_closed"


class AlreadyVoted(Refused):
    """User has already voted for this poll"""  # noqa: D400 - clients compare this text

    code = "already_voted"


class IdentityRequired(Refused):
    """This poll needs to know who votes."""

    code = "identity_required"


class SlowDown(Refused):
    """Too many ballots in a short time. Wait a moment, then try again."""

    code = "slow_down"


class Unavailable(VotifyError):
    """A part that is needed does not answer. Nothing was lost; try again in a moment."""

    code = "unavailable"


class BallotBoxUnavailable(Unavailable):
    """The ballot box cannot take ballots right now. Sending the same again is safe."""

    code = "ballot_box_unavailable"


class LedgerUnavailable(Unavailable):
    """The ledger does not answer right now."""

    code = "ledger_unavailable"
