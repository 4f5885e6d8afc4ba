"""
Everything that Votify may refuse or fail to do, as one tree of errors.

Each has a stable `code` for programs; its docstring is the message for people. Which HTTP status an
error becomes is decided in each service's own `errors.py`, and nowhere else.

What an error says is for everybody. What a driver says of it names hosts, users and statements: it
is never made part of the sentence, but stays behind as its cause, which `in_full` tells a log.
"""

from __future__ import annotations

from typing import ClassVar


class VotifyError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str | None = None) -> None:
        self.sentence = message or " ".join((type(self).__doc__ or "").split())
        super().__init__(self.sentence)


def in_full(error: BaseException) -> str:
    """Give what an error says, and in brackets what caused it: for logs, and for no answer."""
    said = [str(error)]
    cause = error.__cause__
    while cause is not None:
        if str(cause) not in said:
            said.append(str(cause) or type(cause).__name__)
        cause = cause.__cause__
    return said[0] if len(said) == 1 else f"{said[0]} ({': '.join(said[1:])})"


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


class TooFewChoices(Refused):
    """Fewer options were chosen than the poll asks for."""

    code = "too_few_choices"


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


class CodeRequired(IdentityRequired):
    """This poll takes a vote with a code from its organiser."""

    code = "code_required"


class UnknownCode(IdentityRequired):
    """This code is not valid for this poll."""

    code = "unknown_code"


class NothingToWithdraw(Refused):
    """There is no vote of yours to withdraw."""

    code = "nothing_to_withdraw"


class NotShown(Refused):
    """To withdraw a vote with a code, send the receipt of that vote along."""

    code = "receipt_required"


class PollChanged(Refused):
    """The poll was changed while the ballot was on its way. Look at it again."""

    code = "poll_changed"


class SlowDown(Refused):
    """Too many ballots in a short time. Wait a moment, then try again."""

    code = "slow_down"


class InvalidPoll(VotifyError):
    """No poll can be like this."""

    code = "invalid_poll"

    def __init__(self, message: str | None = None, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field  # of `Poll`, that has to be mended


class Conflict(VotifyError):
    """This does not go together with how things stand by now."""

    code = "conflict"


class NotEditable(Conflict):
    """This part of the poll cannot be changed any more."""

    code = "not_editable"

    def __init__(self, message: str | None = None, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field  # of `Poll`, that is fixed


class WrongState(Conflict):
    """The poll is not in a state in which this can be done."""

    code = "wrong_state"


class RevisionMismatch(Conflict):
    """Somebody has changed the poll meanwhile. Look at it again, then repeat your change."""

    code = "revision_mismatch"


class Unavailable(VotifyError):
    """A part that is needed does not answer. Nothing was lost; try again in a moment."""

    code = "unavailable"


class BallotBoxUnavailable(Unavailable):
    """The ballot box cannot take ballots right now. Sending the same again is safe."""

    code = "ballot_box_unavailable"


class LedgerUnavailable(Unavailable):
    """The ledger does not answer right now."""

    code = "ledger_unavailable"


class PollReset(Refused):
    """The organiser has thrown away what was voted so far."""

    code = "poll_reset"


class InvalidImage(VotifyError):
    """This is not an image that can be used."""

    code = "invalid_image"


class TooManyImages(InvalidImage):
    """You have as many images as one organiser may have. Delete polls with images that are over."""

    code = "too_many_images"


class UnknownImage(VotifyError):
    """There is no such image."""

    code = "unknown_image"


class ImagesUnavailable(Unavailable):
    """The store of images does not answer right now."""

    code = "images_unavailable"


class NotSignedIn(VotifyError):
    """Sign in first."""

    code = "not_signed_in"


class WrongPassword(VotifyError):
    """This name and this password do not belong together."""

    code = "wrong_password"


class WrongCode(VotifyError):
    """This code is not the right one, or it was used already."""

    code = "wrong_code"


class FactorNeeded(VotifyError):
    """Everybody here signs in with a second factor. Set one up first, at the desk."""

    code = "second_factor_needed"


class PasswordNeeded(VotifyError):
    """This needs the password again, which was given a while ago. Sign in anew."""

    code = "password_needed"

    def __init__(self, message: str | None = None, *, failed: VotifyError | None = None) -> None:
        super().__init__(message)
        self.failed = failed  # what is wrong with the one that was given now


class TooManyTries(VotifyError):
    """There were too many tries to sign in. Wait some minutes."""

    code = "too_many_tries"

    def __init__(self, message: str | None = None, *, seconds: int = 60) -> None:
        super().__init__(message)
        self.seconds = seconds  # to wait


class Forbidden(VotifyError):
    """This is not yours to do."""

    code = "forbidden"


class InvalidAccount(VotifyError):
    """No account can be like this."""

    code = "invalid_account"

    def __init__(self, message: str | None = None, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field  # that has to be mended, where it is said


class LastOwner(Conflict):
    """This is the last owner: without one, nobody could look after the accounts."""

    code = "last_owner"


class UnknownOrganiser(VotifyError):
    """There is no such organiser."""

    code = "unknown_organiser"


class UnknownToken(VotifyError):
    """There is no such token."""

    code = "unknown_token"


class UnknownCodeNumber(VotifyError):
    """The poll has no code of this number."""

    code = "unknown_code_number"


class BallotsNotFinal(Conflict):
    """The file of ballots is there once the result is final and sealed."""

    code = "ballots_not_final"


class NotSealed(VotifyError):
    """The result of this poll is not sealed, or not shown."""

    code = "not_sealed"
