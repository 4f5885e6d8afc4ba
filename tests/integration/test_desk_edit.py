"""Making a poll and changing it, in forms, as a browser without JavaScript does."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from admin.access import COOKIE
from admin.organiser import Organiser
from ballotbox.poll import Identity, Kind, Poll, State, Visibility
from tests.desk import Desk
from tests.integration.browsing import Browser, Page
from tests.polls import FUTURE

NEW = "/admin/polls/new"


@pytest.fixture
def ada(desk: Desk) -> Organiser:
    """Give an organiser."""
    return desk.organiser("ada")


@pytest.fixture
def browser(desk: Desk, ada: Organiser) -> Browser:
    """Give the browser in which she has signed in."""
    client = desk.app.test_client()
    client.set_cookie(COOKIE, desk.parts.sessions.begin(ada))
    return Browser(client)


def made(desk: Desk, ada: Organiser) -> Poll:
    """Give the only poll there is."""
    (entry,) = desk.parts.office.list(ada).entries
    return entry.poll


def an_image(colour: str = "teal") -> bytes:
    """Make a file that is an image."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "PNG")
    return out.getvalue()


def fill(browser: Browser, **changes: Any) -> Page:
    """Fill in a new poll about cats and dogs, and more, and send it."""
    plain = {"question": "Cats or Dogs?", "text__1": "Cats", "text__2": "Dogs"}
    return browser.send(browser.get(NEW), NEW, **{**plain, **changes})


def test_it_makes_a_draft(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """What is not filled in is as usual; empty rows are left out."""
    page = fill(browser)
    poll = made(desk, ada)
    assert page.path == f"/admin/polls/{poll.id}"
    assert "It is a draft" in page.text
    assert [option.text for option in poll.options] == ["Cats", "Dogs"]
    assert poll.draft


def test_it_takes_every_rule(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """Each field of the form is a field of the poll."""
    fill(
        browser,
        text__3="Birds",
        kind="multiple",
        min_choices="2",
        max_choices="2",
        change="no",
        identity="code",
        visibility="after_close",
        closes_at="2099-05-01T18:00:00.000Z",
        slug="pets",
    )
    poll = made(desk, ada)
    assert (poll.kind, poll.min_choices, poll.max_choices) == (Kind.MULTIPLE, 2, 2)
    assert (poll.identity, poll.visibility) == (Identity.CODE, Visibility.AFTER_CLOSE)
    assert (poll.change, poll.slug) == (False, "pets")
    assert poll.closes_at
    assert poll.closes_at.isoformat() == "2099-05-01T18:00:00+00:00"


def test_it_shows_a_form_that_fails_as_it_was_filled_in(browser: Browser) -> None:
    """With the sentence at the field that has to be mended, and nothing lost."""
    page = fill(
        browser, question="", kind="rating", identity="declared", text__4="Birds", slug="pets"
    )
    form = page.form(NEW)
    assert page.status == 400
    assert form.invalid == {"question"}
    assert "The question has 1 to 300" in page.text
    assert (form["kind"], form["identity"], form["slug"]) == ("rating", "declared", "pets")
    assert (form["text-1"], form["text-4"]) == ("Cats", "Birds")


def test_it_says_at_once_what_is_no_time_and_no_number(browser: Browser) -> None:
    """Before the office is asked."""
    page = fill(browser, kind="multiple", max_choices="many", closes_at="tomorrow")
    assert page.form(NEW).invalid == {"max_choices", "closes_at"}
    assert page.form(NEW)["closes_at"] == "tomorrow"


def test_it_adds_moves_and_removes_options(browser: Browser) -> None:
    """By buttons of the form, which save nothing."""
    page = fill(browser, do="add")
    assert page.form(NEW).fields["row"] == ["1", "2", "3", "4", "5"]
    page = browser.send(page, NEW, do="down-1")
    assert page.form(NEW).fields["row"][:2] == ["2", "1"]
    page = browser.send(page, NEW, do="remove-2")
    assert page.form(NEW).fields["row"] == ["1", "3", "4", "5"]
    assert page.form(NEW)["text-1"] == "Cats"
    assert browser.get("/admin/").text.count("Cats or Dogs?") == 0


def test_it_presses_save_on_enter(browser: Browser) -> None:
    """The Enter key presses the first button of a form: not one that moves an option."""
    source = browser.get(NEW).source
    first = source[source.index("data-poll-form") :].index('name="do" value="')
    assert source[source.index("data-poll-form") + first :].startswith('name="do" value="save"')


def test_it_keeps_images_while_a_form_is_mended(
    browser: Browser, desk: Desk, ada: Organiser
) -> None:
    """A file is sent once; a browser would not send it with the form that is shown again."""
    files = {"image__file": an_image(), "image__file__2": an_image("orange")}
    page = fill(browser, question="", **files)
    assert f"/images/{page.form(NEW)['image-2']}-small.webp" in page.source
    browser.send(page, NEW, question="Cats or Dogs?")
    poll = made(desk, ada)
    assert poll.image
    assert [bool(option.image) for option in poll.options] == [False, True]
    shown = desk.app.test_client().get(f"/images/{poll.image}.webp")
    assert shown.mimetype == "image/webp"


def test_it_takes_an_image_away(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """By a box beside it."""
    fill(browser, image__file=an_image(), image__file__1=an_image())
    path = f"/admin/polls/{made(desk, ada).id}/edit"
    browser.send(browser.get(path), path, image__off="on", image__off__1="on")
    poll = made(desk, ada)
    assert poll.image is None
    assert poll.options[0].image is None


def test_it_says_what_is_wrong_with_an_image(browser: Browser) -> None:
    """At the option that it was for."""
    page = fill(browser, image__file__2=b"<svg/>")
    assert page.status == 400
    assert 'id="row-2-problem"' in page.source
    assert page.form(NEW)["text-2"] == "Dogs"


def opened(desk: Desk, ada: Organiser, **fields: Any) -> int:
    """Make a poll in which somebody has voted."""
    poll = desk.parts.office.open(ada, desk.poll(ada, **fields).poll.id).poll.id
    desk.vote(poll)
    desk.work()
    return poll


def test_it_fixes_what_people_have_voted_on(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """Fields that cannot be changed any more are disabled, and say why."""
    path = f"/admin/polls/{opened(desk, ada)}/edit"
    page = browser.get(path)
    assert page.form(path).disabled >= {"question", "text-1", "row", "kind", "identity", "change"}
    assert "Ballots are in" in page.text
    assert "Add an option" not in page.text
    browser.send(page, path, visibility="organiser", closes_at=FUTURE.isoformat())
    poll = made(desk, ada)
    assert poll.visibility is Visibility.ORGANISER
    assert poll.closes_at == FUTURE
    assert [option.text for option in poll.options] == ["Cats", "Dogs"]


def test_it_offers_no_visibility_that_was_not_promised(
    browser: Browser, desk: Desk, ada: Organiser
) -> None:
    """Once there are ballots, the numbers can be hidden and not shown."""
    path = f"/admin/polls/{opened(desk, ada, visibility='after_close')}/edit"
    page = browser.get(path)
    assert 'name="visibility" value="always" disabled' in page.source
    assert "not shown to more" in page.text


def test_it_hides_the_numbers_of_a_closed_poll(
    browser: Browser, desk: Desk, ada: Organiser
) -> None:
    """It can go off the lists, and nothing else of it can be changed: the form asks for no more."""
    poll = opened(desk, ada)
    desk.parts.office.close(ada, poll)
    desk.work()
    path = f"/admin/polls/{poll}/edit"
    page = browser.get(path)
    assert page.form(path).fields.keys() == {"revision", "visibility", "listed"}
    browser.send(page, path, visibility="organiser", listed="no")
    assert made(desk, ada).visibility is Visibility.ORGANISER
    assert not made(desk, ada).listed


def test_it_says_what_came_in_between(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """A ballot that was cast while the form was filled in fixes the question."""
    poll = desk.parts.office.open(ada, desk.poll(ada).poll.id).poll.id
    path = f"/admin/polls/{poll}/edit"
    page = browser.get(path)
    desk.vote(poll)
    answer = browser.send(page, path, question="Which dogs?")
    assert answer.status == 409
    assert "Nothing was saved" in answer.text
    assert made(desk, ada).question == "Cats or Dogs?"


def test_it_loses_no_change_of_somebody_else(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """Whose form is old is told, keeps what was filled in, and may put it in place of the other."""
    poll = desk.poll(ada).poll.id
    path = f"/admin/polls/{poll}/edit"
    page = browser.get(path)
    desk.parts.office.edit(ada, poll, {"question": "Tea or coffee?"})
    answer = browser.send(page, path, question="Rain or snow?")
    assert answer.status == 412
    assert "Somebody has changed the poll meanwhile" in answer.text
    assert answer.form(path)["question"] == "Rain or snow?"
    assert made(desk, ada).question == "Tea or coffee?"
    assert browser.send(answer, path).status == 200
    assert made(desk, ada).question == "Rain or snow?"


def test_it_fills_in_a_poll_from_a_file(browser: Browser, desk: Desk, ada: Organiser) -> None:
    """What was downloaded from here makes the same poll, once it was looked through."""
    poll = desk.poll(ada, kind="ranked", visibility="after_vote").poll
    file = desk_file(browser, poll.id)
    page = browser.send(browser.get(NEW), "/admin/polls/import", file=file)
    assert page.form(NEW)["question"] == "Cats or Dogs?"
    saved = browser.send(page, NEW)
    copy = desk.parts.office.get(ada, int(saved.path.rpartition("/")[2])).poll
    own = ("id", "slug", "code", "preview")
    assert replace(copy, **{name: getattr(poll, name) for name in own}) == poll


def desk_file(browser: Browser, poll: int) -> bytes:
    """Download a poll."""
    return browser.client.get(f"/admin/polls/{poll}/definition").data


@pytest.mark.parametrize(
    "file", [b"", b"\xff", b"[]", b'{"question": "?"}', json.dumps({"polls": []}).encode()]
)
def test_it_takes_no_file_that_is_no_poll(browser: Browser, file: bytes) -> None:
    """It says so, and goes on with an empty form."""
    page = browser.send(browser.get(NEW), "/admin/polls/import", file=file)
    assert page.status == 400
    assert "not a poll" in page.text
    assert page.offers(NEW)


def test_it_keeps_a_draft_from_opening_by_itself(
    browser: Browser, desk: Desk, ada: Organiser
) -> None:
    """A time to open is a plan until it is confirmed on the page of the poll."""
    page = fill(browser, opens_at=FUTURE.isoformat())
    poll = made(desk, ada)
    assert poll.draft
    after = browser.send(page, f"/admin/polls/{poll.id}/schedule")
    assert "opens by itself" in after.text
    entry = desk.parts.office.get(ada, poll.id)
    assert (entry.state, entry.poll.opens_at) == (State.COMING, poll.opens_at)
