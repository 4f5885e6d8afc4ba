"""
Making a poll, and changing it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from admin import note, pages
from admin.access import POLL, SIGNED_IN, access, organiser
from admin.api.poll_models import PollDefinition
from admin.definition import changed
from admin.desk.form import Form
from admin.errors import told
from admin.parts import Parts
from admin.pictures import MAX_BYTES
from admin.register import Entry
from ballotbox.errors import Conflict, InvalidImage, InvalidPoll, RevisionMismatch, VotifyError
from ballotbox.poll import Poll, Visibility
from ballotbox.rules import frozen, visibilities
from ballotbox.sentence import Sentence

_EMPTY = Poll(id=0, slug="", code="", question="", options=(), draft=True)
_NO_DEFINITION = Sentence("This file is not a poll that was downloaded from here.")
_LONGEST = 200_000  # bytes of a poll as a file
_MENDABLE = (InvalidPoll, Conflict)


def blueprint(parts: Parts) -> Blueprint:
    """Make the routes."""
    edit = Blueprint("edit", __name__)
    sheets = _Sheets(parts)

    @edit.get("/polls/new")
    @access(SIGNED_IN)
    def new() -> Response:
        return sheets.show(Form())

    @edit.post("/polls/new")
    @access(SIGNED_IN)
    def create() -> Response:
        return sheets.create()

    @edit.post("/polls/import")
    @access(SIGNED_IN)
    def take_file() -> Response:
        sent = request.files.get("file")
        try:
            text = sent.read(_LONGEST) if sent else b""
            poll = changed(_EMPTY, PollDefinition.model_validate_json(text).fields())
        except (ValidationError, InvalidPoll):
            return sheets.show(Form(), problems={"file": _NO_DEFINITION})
        note.unchanged()
        return sheets.show(Form.of(poll), imported=True)

    @edit.get("/polls/<int:poll>/edit")
    @access(POLL)
    def edit_poll(poll: int) -> Response:
        entry = parts.office.get(organiser(), poll)
        return sheets.show(Form.of(entry.poll), entry)

    @edit.post("/polls/<int:poll>/edit")
    @access(POLL)
    def save(poll: int) -> Response:
        return sheets.save(poll)

    return edit


class _Sheets:
    """Forms: shown, taken in, and given back with a word on what is wrong."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def create(self) -> Response:
        """Make a poll of what was sent, or do what one of the small buttons asks for."""
        form, problems = self._read(Form())
        if wish := _wish():
            note.unchanged()
            return self.show(form.rearranged(wish), problems=problems)
        fields, wrong = form.fields()
        if problems := {**wrong, **problems}:
            return self.show(form, problems=problems)
        try:
            made = self._parts.office.create(organiser(), fields)
        except InvalidPoll as error:
            return self.show(form, error=error)
        return _to(made.poll.id, "created")

    def save(self, poll: int) -> Response:
        """Change a poll to what was sent, or do what one of the small buttons asks for."""
        entry = self._parts.office.get(organiser(), poll)
        form, problems = self._read(Form.of(entry.poll))
        if wish := _wish():
            note.unchanged()
            return self.show(form.rearranged(wish), entry, problems=problems)
        fields, wrong = form.fields(entry.poll)
        if problems := {**wrong, **problems}:
            return self.show(form, entry, problems=problems)
        try:
            self._parts.office.edit(organiser(), poll, fields, expected=_seen())
        except _MENDABLE as error:
            # It may be another poll by now.
            return self.show(form, self._parts.office.get(organiser(), poll), error=error)
        return _to(poll, "saved")

    def show(
        self,
        form: Form,
        entry: Entry | None = None,
        *,
        error: VotifyError | None = None,
        problems: Mapping[str, str] | None = None,
        imported: bool = False,
    ) -> Response:
        """Show a form as it is filled in, with what is wrong, and with why what is fixed."""
        status = told(InvalidPoll()).status if problems else HTTPStatus.OK
        problems = dict(problems or {})
        if error is not None:
            status = told(error).status
            problems |= dict(told(error).fields)
        rules = self._rules(entry)
        if entry is not None:
            form = _with_fixed(form, Form.of(entry.poll), rules["fixed"])
        shown: dict[str, Any] = {"form": form, "entry": entry, "problems": problems, **rules}
        stale = isinstance(error, RevisionMismatch)
        return pages.render(
            "desk/edit.html", status, **shown, error=error, stale=stale, imported=imported
        )

    def _rules(self, entry: Entry | None) -> dict[str, Any]:
        if entry is None:
            return {"fixed": {}, "visibilities": list(Visibility)}
        poll, voted, now = entry.poll, entry.has_ballots, self._parts.office.now()
        return {
            "fixed": frozen(poll, has_ballots=voted, now=now),
            "visibilities": visibilities(poll, has_ballots=voted, now=now),
        }

    def _read(self, known: Form) -> tuple[Form, dict[str, str]]:
        """Take in what was sent, and keep the images that came with it."""
        form = known.filled(request.form)
        problems: dict[str, str] = {}
        image = self._kept("image-file", form.image, problems, "image")
        rows = tuple(
            replace(
                row,
                image=self._kept(
                    f"image-file-{row.number}", row.image, problems, f"row-{row.number}"
                ),
            )
            for row in form.rows
        )
        return replace(form, image=image, rows=rows), problems

    def _kept(
        self, name: str, known: str | None, problems: dict[str, str], field: str
    ) -> str | None:
        """Keep an image that was sent under a name and give its own, or else the known one."""
        sent = request.files.get(name)
        if sent is None or not sent.filename:
            return known
        try:
            return self._parts.images.add(organiser().id, sent.read(MAX_BYTES + 1)).name
        except InvalidImage as error:
            problems[field] = error.sentence
            return known


def _with_fixed(form: Form, now: Form, fixed: Mapping[str, str]) -> Form:
    """Put what cannot be changed any more as it is, whatever was filled in."""
    names = ({"rows" if name == "options" else name for name in fixed}) & set(Form.__slots__)
    return replace(form, **{name: getattr(now, name) for name in names})


def _wish() -> str:
    """Tell which small button was pressed, if not the one that saves."""
    wish = request.form.get("do", "save")
    return "" if wish == "save" else wish


def _seen() -> int | None:
    """Tell which revision the form was made for."""
    text = request.form.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004


def _to(poll: int, done: str) -> Response:
    return redirect(url_for("desk.polls.show", poll=poll, done=done), HTTPStatus.SEE_OTHER)
