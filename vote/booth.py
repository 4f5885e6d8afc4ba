"""
The polling booth: what happens to a ballot, whichever door it came in by.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from ballotbox.ballot import Marks
from ballotbox.errors import (
    AlreadyVoted,
    CodeRequired,
    IdentityRequired,
    InvalidBallot,
    PollChanged,
    SlowDown,
    Unavailable,
    UnknownPoll,
    UnknownReceipt,
    VotifyError,
)
from ballotbox.kinds import Choice
from ballotbox.poll import Poll, State
from ballotbox.queue import BallotQueue, Cast, Code
from ballotbox.receipt import Receipts
from ballotbox.rules import changes_meaning
from vote.fields import MAX_DIGITS, plain_code
from vote.guesses import Guesses, WrongCodes
from vote.identity import Voter, Voters
from vote.metrics import Metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_TRIES = 3
_RETRIES = 300_000_000  # µs for which a request whose answer was lost may be sent again
_HARD_TO_GUESS = 16  # characters


@dataclass(frozen=True, slots=True)
class Accepted:
    """
    A ballot that was handed in.

    `is_voters` says that the sender may be known as the voter from now on: a repeat that comes
    late, or by a short key, may be a stranger's who has guessed the key.
    """

    receipt: str
    seq: int
    is_voters: bool


class Polls(Protocol):
    """Where the published polls are looked up."""

    def find(self, name: str, *, fresh: bool = False) -> Poll:
        """Find a poll by its slug, code or id; raises UnknownPoll or BallotBoxUnavailable."""
        ...

    def numbered(self, poll: int, *, fresh: bool = False) -> Poll:
        """Give a poll by its id to who has something of it, listed or not; raises as `find`."""
        ...

    def all(self) -> list[Poll]:
        """List the polls for everybody; raises BallotBoxUnavailable."""
        ...


class Box(BallotQueue, Protocol):
    """A queue that can also say whether it is there."""

    def ping(self) -> None:
        """Do nothing but raise BallotBoxUnavailable where no ballot could be accepted."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Booth:
    """
    The parts that both doors need, put together in `vote.app`.

    :ivar bearer: tells, for the SHA-256 of a token, for whose polls its bearer may vouch: the id of
        an organiser, `*` for everybody's, None for nobody's.
    """

    polls: Polls
    queue: Box
    voters: Voters
    receipts: Receipts
    metrics: Metrics
    bearer: Callable[[str], str | None]
    guesses: Guesses = field(default_factory=Guesses)
    wrong_codes: WrongCodes = field(default_factory=WrongCodes)

    def find(self, name: str, environ: WSGIEnvironment) -> Poll:
        """
        Find a poll by what a stranger calls it: its slug or its code, or its id where it is listed.

        :raise UnknownPoll, BallotBoxUnavailable: as `Polls.find` does.
        :raise SlowDown: if too many codes were tried from where the request comes from.
        """
        try:
            poll = self.polls.find(name)
        except UnknownPoll:
            self.guesses.wrong(name, environ)
            raise
        if not poll.listed and name.upper() == poll.code:
            self.guesses.check(environ)
        return poll

    def numbered(self, name: str, environ: WSGIEnvironment, *, code: str, token: str = "") -> Poll:
        """
        Give a poll that is on no list by its id, to who shows that it is meant for them.

        To anybody else it is as if there were none, in the same time.

        :param name: which may be no id at all.
        :param code: a single-use code, as it was typed in; empty where there is none.
        :param token: one that may vouch for voters; empty where there is none.
        :raise UnknownPoll: if neither of them belongs to the poll.
        :raise SlowDown: if too many wrong codes came from where the request comes from.
        """
        if not name.isdecimal() or len(name) > MAX_DIGITS:
            raise UnknownPoll
        poll, plain = int(name), plain_code(code)
        if plain.isascii() and plain and self.queue.code(poll, plain):
            return self.polls.numbered(poll)
        whose = self.bearer(sha256(token.encode()).hexdigest()) if token else None
        if whose is not None and whose in ("*", str((found := self.polls.numbered(poll)).owner)):
            return found
        refused = self.wrong_codes.refusal(poll, environ) if plain else None
        raise refused if isinstance(refused, SlowDown) else UnknownPoll

    def cast(
        self, poll: Poll, choice: Choice, voter: Voter, key: str | None, code: Code | None = None
    ) -> Accepted:
        """
        Hand in a ballot. Once this returns, it is safe on disk.

        :param key: the request's idempotency key; the same request gets the same receipt again.
        :raise Refused, BallotBoxUnavailable: as `Poll.marks` and the queue's `cast` do.
        """
        try:
            return self._hand_in(poll, lambda poll: poll.marks(choice), voter, key, code)
        except AlreadyVoted as error:
            raise AlreadyVoted("This code has been used." if code else None) from error

    def withdraw(
        self, poll: Poll, voter: Voter, key: str | None, code: Code | None = None
    ) -> Accepted:
        """
        Take a voter's vote back, with a ballot without marks.

        :param key: as for `cast`.
        :raise AlreadyVoted: if votes are not taken back in this poll.
        :raise NothingToWithdraw: if no vote of this voter is remembered.
        :raise NotShown: if it was cast with a code, and the sender has not shown its receipt.
        :raise Refused, BallotBoxUnavailable: as the queue's `cast` does.
        """
        return self._hand_in(poll, _nothing, voter, key, code)

    def _hand_in(
        self,
        poll: Poll,
        marks: Callable[[Poll], Marks],
        voter: Voter,
        key: str | None,
        code: Code | None,
    ) -> Accepted:
        for _ in range(_TRIES):
            try:
                cast = self.queue.cast(
                    poll,
                    voter.id,
                    marks(poll),
                    key=key,
                    code=code,
                    invited=voter.invited,
                    former=voter.former,
                )
            except PollChanged:
                poll = self._again(poll)
            else:
                receipt = self.receipts.issue(poll.id, cast.seq)
                return Accepted(receipt, cast.seq, not cast.repeated or _is_retry(cast, key))
        raise PollChanged

    def _again(self, poll: Poll) -> Poll:
        """Read a poll anew; raises PollChanged if a vote would mean something else in it."""
        now = self.polls.numbered(poll.id, fresh=True)
        if changes_meaning(poll, now):
            raise PollChanged
        return now

    def code(self, poll: Poll, text: str, environ: WSGIEnvironment, receipt: str = "") -> Code:
        """
        Find the code that a voter has typed in, in any case, with gaps or without.

        :param environ: the request; the wrong codes of each address are counted.
        :param receipt: that of the vote which was cast with it, where the voter has shown one.
        :raise CodeRequired: if nothing was typed in.
        :raise UnknownCode: if it is not valid for this poll.
        :raise SlowDown: if too many wrong ones have come from this address.
        """
        plain = plain_code(text)
        if not plain:
            raise CodeRequired
        code = self.queue.code(poll.id, plain) if plain.isascii() else None
        if code is None:
            raise self.wrong_codes.refusal(poll.id, environ)
        if not receipt:
            return code
        try:
            of, seq = self.receipts.read(receipt)
        except UnknownReceipt as error:
            raise InvalidBallot("The receipt was not issued here.") from error
        return code._replace(shown=seq if of == poll.id else 0)

    def vouched(self, poll: Poll, user: str, token: str) -> Voter:
        """
        Give a voter whom the bearer of a token vouches for.

        :raise IdentityRequired: if this token is not good for that in this poll.
        """
        whose = self.bearer(sha256(token.encode()).hexdigest())
        if whose is None or whose not in ("*", str(poll.owner)):
            raise IdentityRequired("This token may not vouch for the voters of this poll.")
        return Voter(f"user:{user}", invited=True)


def _nothing(poll: Poll) -> Marks:
    if not poll.lets_withdraw:
        raise AlreadyVoted("In this poll a vote cannot be withdrawn.")
    return ()


def _is_retry(cast: Cast, key: str | None) -> bool:
    """Tell whether a repeated request is its sender's, who has not had the answer."""
    age = time.time_ns() // 1000 - cast.seq
    return age < _RETRIES and len(key or "") >= _HARD_TO_GUESS and not cast.former


def is_coming(poll: Poll) -> bool:
    """Tell whether nothing is to be known of a poll but when it opens."""
    return poll.state(datetime.now(UTC)) is State.COMING


def hides(poll: Poll, error: VotifyError) -> bool:
    """Tell whether an error would say more than that; what is not there is no word on the poll."""
    return is_coming(poll) and not isinstance(error, Unavailable)
