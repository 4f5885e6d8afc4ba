"""
Ballot papers: shown to a voter, handed in, and given back with a word on what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from ballotbox import origin
from ballotbox.ballot import Marks
from ballotbox.errors import (
    InvalidBallot,
    PollChanged,
    PollClosed,
    PollNotOpen,
    Unavailable,
    UnknownPoll,
    VotifyError,
)
from ballotbox.poll import Identity, Kind, Option, Poll, State, Visibility
from ballotbox.queue import Code
from vote import errors, pages, words
from vote.booth import Accepted, Booth, hides, is_coming
from vote.fields import declared_voter, plain_code, poll_name
from vote.filled import Filled, new_key, terms_of, values_of
from vote.identity import Keepsake, Voter


class SentBefore(InvalidBallot):
    """The form was sent before with another choice. Send this one with a new key."""

    code = "sent_before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """
    What the voter has voted, as far as that is known, and the receipt and code for it.

    A vote that was taken back has no values, and is `withdrawn`.
    """

    values: Mapping[int, int] = field(default_factory=dict)
    receipt: str = ""
    code: str = ""
    withdrawn: bool = False


class Sheets:
    """
    The papers of all polls.

    :ivar _seen: the polls as last found, so that a voter keeps the paper when Redis goes away.
    """

    def __init__(self, booth: Booth) -> None:
        self._booth = booth
        self._seen: dict[str, Poll] = {}

    def find(self, name: str, filled: Filled) -> Poll:
        """Find a poll for who has filled this in; raises as `Booth.find` does."""
        try:
            poll = self._booth.find(poll_name(name), request.environ)
        except UnknownPoll:
            poll = self._booth.numbered(name, request.environ, code=filled.code)
        self._seen[poll.slug] = poll
        return poll

    def hand_in(self, name: str, filled: Filled) -> tuple[str, str | None]:
        """
        Cast what is filled in, or withdraw the vote; raises what may be wrong with it.

        :return: the receipt, and the cookie by which the browser knows its vote from now on.
        """
        origin.check(request.environ)
        poll = self.find(name, filled)
        try:
            return self._hand_in(poll, filled)
        except VotifyError as error:
            if hides(poll, error):
                raise PollNotOpen from error
            raise

    def _hand_in(self, poll: Poll, filled: Filled) -> tuple[str, str | None]:
        if filled.terms and filled.terms != terms_of(poll):
            raise PollChanged
        who, code = self._voter(poll, filled)
        accepted = self._cast(poll, filled, who, code)
        if not accepted.is_voters:
            return accepted.receipt, None
        if code is None:
            return accepted.receipt, who.cookie
        keepsake = Keepsake(accepted.seq, code)
        return accepted.receipt, self._booth.voters.keep(poll.id, keepsake, request.environ)

    def again(self, name: str, filled: Filled, error: VotifyError) -> Response:
        """Give the paper back as it was filled in, with what is wrong; raises if there is none."""
        # Nobody new gets a cookie here: what was sent may have been accepted, as the voter's of its
        # key, and with another cookie it would be another voter's when it is sent again.
        known = self._booth.voters.known(request.environ)
        voter = Voter(known) if known is not None else None
        # What another site has filled in is not shown as the voter's own.
        if isinstance(error, origin.CrossSite | UnknownPoll) or errors.wants_json():
            raise error
        if isinstance(error, PollChanged | PollNotOpen):
            self._seen[name] = self._booth.polls.find(poll_name(name), fresh=True)
        if isinstance(error, PollChanged):
            filled = replace(filled, values={})
        if name in self._seen:
            poll = self._seen[name]
            # The queue has just said so, whatever is remembered of the poll.
            poll = replace(poll, closed=poll.closed or isinstance(error, PollClosed))
            return self.show(poll, filled, voter, error)
        if request.method != "POST":
            raise error
        # Nothing is known of the poll, but what was filled in can still be kept.
        return _page("resend.html", voter, error, filled=filled, poll=None)

    def show(
        self, poll: Poll, filled: Filled, voter: Voter | None, error: VotifyError | None = None
    ) -> Response:
        """
        Show a paper, filled in, and with what is wrong with it.

        Before the opening nothing is shown but when that is.
        """
        if is_coming(poll) or (isinstance(error, PollNotOpen) and poll.opens_at):
            shown = {"poll": None, "filled": filled, "opens_at": poll.opens_at}
            return _page("coming.html", voter, error, **shown)
        mine = Mine()
        if not isinstance(error, Unavailable):
            try:
                mine = self._mine(poll, filled, voter)
            except Unavailable as unavailable:
                error = error or unavailable
        # Whether it arrived is not known: only with the same key is sending it again safe.
        key = filled.key if isinstance(error, Unavailable) else new_key()
        shown = _shown(poll, replace(filled, key=key, code=filled.code or mine.code), mine)
        return _page("ballot.html", voter, error, **shown)

    def preview(self, poll: Poll) -> Response:
        """Show the paper of a poll before it is open, with nothing to send."""
        return _page("ballot.html", None, None, **_shown(poll, Filled(key=None)), preview=True)

    def _cast(self, poll: Poll, filled: Filled, who: Voter, code: Code | None) -> Accepted:
        choice = {} if filled.withdraw else filled.choice(poll)
        if not filled.withdraw:
            poll.marks(choice)  # says what is wrong with it, before the key may be blamed
        try:
            if filled.withdraw:
                return self._booth.withdraw(poll, who, filled.key, code)
            return self._booth.cast(poll, choice, who, filled.key, code)
        except InvalidBallot as error:
            # Changed while its answer was awaited, or out of the browser's history.
            raise SentBefore from error

    def _voter(self, poll: Poll, filled: Filled) -> tuple[Voter, Code | None]:
        """Tell who votes, and with which code; raises IdentityRequired."""
        match poll.identity:
            case Identity.DECLARED:
                return Voter(declared_voter(filled.user)), None
            case Identity.CODE:
                code = self._booth.code(poll, filled.code, request.environ)
                kept = self._booth.voters.kept(poll.id, request.environ)
                if kept is not None and kept.code.text == code.text:
                    code = code._replace(shown=kept.seq)
                return Voter(code.voter), code
        return self._booth.voters.recognise(request.environ, filled.key, poll.id), None

    def _mine(self, poll: Poll, filled: Filled, voter: Voter | None) -> Mine:
        """Tell what this browser has voted, as far as that is known."""
        if poll.identity is Identity.CODE:
            return self._mine_by_code(poll, filled)
        if poll.identity is Identity.DECLARED or voter is None or voter.cookie is not None:
            return Mine()
        remembered = self._booth.queue.choice(poll.id, voter.id)
        return self._made(poll, *remembered) if remembered else Mine()

    def _mine_by_code(self, poll: Poll, filled: Filled) -> Mine:
        """Tell it by what the browser has kept; to have the code alone is not enough."""
        kept = self._booth.voters.kept(poll.id, request.environ)
        if kept is None or "another" in request.args:
            return Mine()
        if filled.code and plain_code(filled.code) != kept.code.text:
            return Mine()  # somebody else votes from the same browser
        remembered = self._booth.queue.choice(poll.id, kept.code.voter)
        if remembered is None or remembered[0] != kept.seq:
            return Mine()  # changed since by who else has the code
        return replace(self._made(poll, *remembered), code=kept.code.text)

    def _made(self, poll: Poll, seq: int, marks: Marks) -> Mine:
        receipt = self._booth.receipts.issue(poll.id, seq)
        return Mine(values=values_of(marks), receipt=receipt, withdrawn=not marks)


def results_link(poll: Poll, receipt: str) -> str | None:
    """Give the address of the numbers for somebody with this receipt, if they may see them."""
    if poll.visibility is Visibility.ORGANISER:
        return None
    address = f"/result/{poll.slug}"
    if poll.visibility is Visibility.AFTER_VOTE and receipt:
        return f"{address}?receipt={receipt}"
    return address


def _shown(poll: Poll, filled: Filled, mine: Mine | None = None) -> dict[str, Any]:
    """Give what a paper shows of a poll, and of what was filled in."""
    mine = mine or Mine()
    state, chosen = pages.state(poll), filled.values or mine.values
    return {
        "poll": poll,
        "state": state,
        "mine": mine,
        "options": _in_order(poll, chosen),
        "chosen": chosen,
        "said": words.choices(poll, mine.values),
        "hints": words.hints(poll),
        "filled": filled,
        "terms": terms_of(poll),
        "fillable": state is State.OPEN and (poll.change or not mine.values),
        "can_withdraw": state is State.OPEN and poll.lets_withdraw,
        "results": results_link(poll, mine.receipt),
    }


def _in_order(poll: Poll, chosen: Mapping[int, int]) -> list[Option]:
    """List the options as the paper does: those that have a place before all others."""
    if poll.kind is not Kind.RANKED:
        return list(poll.options)
    last = len(poll.options) + 1
    return sorted(poll.options, key=lambda option: chosen.get(option.id, last))


def _page(
    template: str,
    voter: Voter | None,
    error: VotifyError | None,
    **shown: Any,  # noqa: ANN401 - a template shows anything
) -> Response:
    """Render a page for a voter, who is known by the cookie from now on."""
    headers = {"Set-Cookie": voter.cookie} if voter and voter.cookie is not None else {}
    if error is None:
        return pages.render(template, headers=headers, **shown)
    told = errors.told(error)
    message = words.refusal(error, shown["poll"], shown["filled"])
    unsure = isinstance(error, Unavailable)
    shown |= {"error": error, "message": message, "unsure": unsure}
    return pages.render(template, told.status, headers | told.headers, **shown)
