"""
Polls, for programs: made, found, changed, opened, closed and deleted.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, request

from admin import note
from admin.access import POLL, SIGNED_IN, access, organiser
from admin.api.operation import Header, operation
from admin.api.poll_models import (
    Confirmation,
    PollDefinition,
    PollEdit,
    PollOut,
    PollPage,
    PollSearch,
    Reopening,
    Schedule,
)
from admin.api.problems import IfMatchRequired, KeyReused
from admin.api.repeats import KEY, Keep, Repeats
from admin.polls import Office
from admin.tokens import POLLS
from ballotbox.errors import (
    InvalidPoll,
    NotEditable,
    PasswordNeeded,
    RevisionMismatch,
    WrongState,
)

_SEEN = "The ETag of the poll as you have seen it. If it was changed meanwhile, nothing is done."
IF_MATCH = Header(name="If-Match", description=_SEEN, example='"3"')
MUST_MATCH = replace(IF_MATCH, required=True)


def blueprint(office: Office, repeats: Repeats) -> Blueprint:
    """Make the routes."""
    polls = Blueprint("polls", __name__)
    _add_collection(polls, office, repeats)
    _add_poll(polls, office)
    _add_life(polls, office)
    _add_ends(polls, office)
    return polls


def _add_collection(polls: Blueprint, office: Office, repeats: Repeats) -> None:
    @polls.get("/polls")
    @access(SIGNED_IN, token=POLLS)
    @operation()
    def list_polls(query: PollSearch) -> PollPage:
        """List polls, the newest first: one's own, and for an owner all."""
        page = office.list(
            organiser(),
            q=query.q,
            state=query.state,
            archived=query.archived,
            cursor=query.cursor,
            limit=query.limit,
        )
        return PollPage(polls=[PollOut.of(each) for each in page.entries], next=page.next)

    @polls.post("/polls")
    @access(SIGNED_IN, token=POLLS)
    @operation(status=HTTPStatus.CREATED, takes=(KEY,), raises=(InvalidPoll, KeyReused))
    def create_poll(body: PollDefinition) -> PollOut:
        """Make a poll. It is a draft, which nobody else sees until it is opened or scheduled."""
        who = organiser()

        def act(keep: Keep[PollOut]) -> PollOut:
            entry = office.create(
                who, body.fields(), also=lambda lent, made: keep(lent, PollOut.of(made))
            )
            return PollOut.of(entry)

        made = repeats.once(who.id, PollOut, act)
        note.about(poll=made.id, name=made.slug)  # also where it was made before
        return made


def _add_poll(polls: Blueprint, office: Office) -> None:
    @polls.get("/polls/<int:poll>")
    @access(POLL, token=POLLS)
    @operation()
    def read_poll(poll: int) -> PollOut:
        """Give a poll."""
        return PollOut.of(office.get(organiser(), poll))

    @polls.patch("/polls/<int:poll>")
    @access(POLL, token=POLLS)
    @operation(
        takes=(MUST_MATCH,), raises=(InvalidPoll, NotEditable, RevisionMismatch, IfMatchRequired)
    )
    def edit_poll(poll: int, body: PollEdit) -> PollOut:
        """
        Change a poll, at once and everywhere.

        Once there are ballots, what they mean is fixed, and the numbers can be hidden from more
        people but not shown to more. A closed poll has to be reopened first.
        """
        if not request.if_match:
            raise IfMatchRequired
        seen = _seen(office, poll)
        return PollOut.of(office.edit(organiser(), poll, body.fields(), expected=seen))

    @polls.delete("/polls/<int:poll>")
    @access(POLL, token=POLLS, again=True)
    @operation(takes=(IF_MATCH,), raises=(WrongState, RevisionMismatch, PasswordNeeded))
    def delete_poll(poll: int) -> None:
        """Delete a draft without ballots or a final poll, with its ballots, codes and images."""
        office.delete(organiser(), poll, expected=_seen(office, poll))

    @polls.get("/polls/<int:poll>/definition")
    @access(POLL, token=POLLS)
    @operation()
    def read_definition(poll: int) -> PollDefinition:
        """Give what makes the same poll anew, here or in another Votify."""
        return PollDefinition.of(office.get(organiser(), poll).poll)


def _add_life(polls: Blueprint, office: Office) -> None:
    @polls.post("/polls/<int:poll>/open")
    @access(POLL, token=POLLS)
    @operation(takes=(IF_MATCH,), raises=(WrongState, InvalidPoll, RevisionMismatch))
    def open_poll(poll: int) -> PollOut:
        """Open a draft or a coming poll now."""
        return PollOut.of(office.open(organiser(), poll, expected=_seen(office, poll)))

    @polls.post("/polls/<int:poll>/schedule")
    @access(POLL, token=POLLS)
    @operation(takes=(IF_MATCH,), raises=(WrongState, InvalidPoll, RevisionMismatch))
    def schedule_poll(poll: int, body: Schedule) -> PollOut:
        """Let a draft or a coming poll open by itself."""
        seen = _seen(office, poll)
        entry = office.schedule(organiser(), poll, opens_at=body.opens_at, expected=seen)
        return PollOut.of(entry)

    @polls.post("/polls/<int:poll>/close")
    @access(POLL, token=POLLS)
    @operation(takes=(IF_MATCH,), raises=(WrongState, RevisionMismatch))
    def close_poll(poll: int) -> PollOut:
        """Close an open poll now. Its result is final when the last ballots are counted."""
        return PollOut.of(office.close(organiser(), poll, expected=_seen(office, poll)))

    @polls.post("/polls/<int:poll>/reopen")
    @access(POLL, token=POLLS)
    @operation(takes=(IF_MATCH,), raises=(WrongState, InvalidPoll, RevisionMismatch))
    def reopen_poll(poll: int, body: Reopening | None) -> PollOut:
        """Take ballots again in a final poll. That breaks its seal, for all to see."""
        closes_at = body.closes_at if body else None
        seen = _seen(office, poll)
        return PollOut.of(office.reopen(organiser(), poll, closes_at=closes_at, expected=seen))


def _add_ends(polls: Blueprint, office: Office) -> None:
    @polls.post("/polls/<int:poll>/duplicate")
    @access(POLL, token=POLLS)
    @operation(status=HTTPStatus.CREATED)
    def duplicate_poll(poll: int) -> PollOut:
        """Make a draft that asks the same, without a window, ballots or codes."""
        return PollOut.of(office.duplicate(organiser(), poll))

    @polls.post("/polls/<int:poll>/conclude")
    @access(POLL, token=POLLS)
    @operation(takes=(IF_MATCH,), raises=(WrongState, RevisionMismatch))
    def conclude_poll(poll: int) -> PollOut:
        """Be told both of a final poll with codes: numbers and used codes. It stays closed."""
        return PollOut.of(office.conclude(organiser(), poll, expected=_seen(office, poll)))

    @polls.post("/polls/<int:poll>/reset")
    @access(POLL, token=POLLS, again=True)
    @operation(
        takes=(IF_MATCH,), raises=(WrongState, InvalidPoll, RevisionMismatch, PasswordNeeded)
    )
    def reset_poll(poll: int, body: Confirmation) -> PollOut:
        """Throw away the ballots of a final poll, for good. It is a draft then."""
        seen = _seen(office, poll)
        entry = office.reset(organiser(), poll, confirm=body.confirm, expected=seen)
        return PollOut.of(entry)

    @polls.post("/polls/<int:poll>/archive")
    @access(POLL, token=POLLS)
    @operation(takes=(IF_MATCH,), raises=(WrongState, RevisionMismatch))
    def archive_poll(poll: int) -> PollOut:
        """Take a final poll out of the public lists. Its addresses go on working."""
        return PollOut.of(office.archive(organiser(), poll, expected=_seen(office, poll)))

    @polls.post("/polls/<int:poll>/unarchive")
    @access(POLL, token=POLLS)
    @operation(takes=(IF_MATCH,), raises=(WrongState, RevisionMismatch))
    def unarchive_poll(poll: int) -> PollOut:
        """Put an archived poll back into the lists."""
        seen = _seen(office, poll)
        return PollOut.of(office.archive(organiser(), poll, archived=False, expected=seen))


def _seen(office: Office, poll: int) -> int | None:
    """
    Tell which revision the request means, by If-Match; None if it does not say.

    :raise RevisionMismatch: if that is not the one that is there.
    """
    if not request.if_match:
        return None
    revision = office.get(organiser(), poll).poll.revision
    # Weak ones too: a router that compresses the answer makes a tag weak.
    if not request.if_match.contains_weak(str(revision)):
        raise RevisionMismatch
    return revision
