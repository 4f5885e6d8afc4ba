"""The form of a poll: what is filled in, as text, whether or not it makes sense."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from admin.definition import changed
from admin.desk.form import Form, Row
from ballotbox.poll import Identity, Kind, Option, Poll, Visibility
from tests.polls import a_poll

IMAGE = "0123456789abcdef" * 2
MOMENT = datetime(2030, 12, 24, 18, 0, 30, 123456, tzinfo=UTC)


def rows(*texts: str) -> tuple[Row, ...]:
    """Make rows with these texts, numbered from 1."""
    return tuple(Row(number=number, text=text) for number, text in enumerate(texts, 1))


def texts(form: Form) -> list[str]:
    """List what the rows say."""
    return [row.text for row in form.rows]


@st.composite
def polls(draw: st.DrawFn) -> Poll:
    """Draw a poll of any kind and rules."""
    kind = draw(st.sampled_from(Kind))
    identity = draw(st.sampled_from(Identity))
    limits = [1, 1] if kind is Kind.SINGLE else sorted(draw(st.tuples(*[st.integers(1, 3)] * 2)))
    return replace(
        a_poll(kind=kind),
        options=tuple(Option(id=n, text=t, image=IMAGE) for n, t in enumerate("abc", 1)),
        min_choices=limits[0],
        max_choices=limits[1],
        identity=identity,
        listed=identity is not Identity.CODE and draw(st.booleans()),
        visibility=draw(st.sampled_from(Visibility)),
        change=draw(st.booleans()),
        closes_at=draw(st.sampled_from([None, MOMENT])),
    )


@given(polls())
def test_it_changes_nothing_that_was_not_touched(poll: Poll) -> None:
    """A form that is sent as it was shown gives the same poll again, seconds and all."""
    fields, problems = Form.of(poll).fields(poll)
    assert not problems
    assert changed(poll, fields) == poll


def test_it_takes_the_rows_in_the_order_in_which_they_were_sent() -> None:
    """The numbers of rows name their fields; which comes first is what the browser says."""
    sent = MultiDict(
        [("row", "7"), ("row", "2"), ("text-2", " Cats "), ("text-7", "Dogs"), ("row", "7")]
    )
    assert Form().filled(sent).rows == (Row(number=7, text="Dogs"), Row(number=2, text="Cats"))


def test_it_leaves_what_a_browser_did_not_send() -> None:
    """Fields that are fixed are disabled, and a disabled field is not sent."""
    form = Form.of(a_poll())
    assert form.filled(MultiDict({"closes_at": "2030-01-01T10:00"})) == replace(
        form, closes_at="2030-01-01T10:00"
    )


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("add", ["a", "b", "c", ""]),
        ("up-1", ["a", "b", "c"]),
        ("up-3", ["a", "c", "b"]),
        ("down-1", ["b", "a", "c"]),
        ("down-3", ["a", "b", "c"]),
        ("remove-2", ["a", "c"]),
        ("remove-9", ["a", "b", "c"]),
        ("nonsense", ["a", "b", "c"]),
    ],
)
def test_it_puts_options_in_order(wish: str, expected: list[str]) -> None:
    """The small buttons beside the options; those at an end stay there."""
    assert texts(Form(rows=rows("a", "b", "c")).rearranged(wish)) == expected


def test_it_gives_new_rows_a_number_of_their_own() -> None:
    """A number is not given twice, or two options would share their fields."""
    form = Form(rows=rows("a", "b", "c")).rearranged("remove-1").rearranged("add")
    assert [row.number for row in form.rows] == [2, 3, 4]


def test_it_leaves_out_empty_rows_and_keeps_images() -> None:
    """An option with an image alone is kept, to be told that it needs a text."""
    form = Form(rows=(*rows("Cats", ""), Row(number=3, image=IMAGE)))
    fields, _ = form.fields()
    assert fields["options"] == [
        Option(id=0, text="Cats"),
        Option(id=0, text="", image=IMAGE),
    ]


def test_it_takes_images_that_it_gave_names_to_alone() -> None:
    """Whatever else a browser sends as the name of an image is none."""
    sent = MultiDict({"image": "../../secret", "row": "1", "image-1": "x.webp"})
    form = Form().filled(sent)
    assert form.image is None
    assert form.rows[0].image is None


def test_it_says_what_is_no_number_and_no_time() -> None:
    """All that is wrong is said at once, each at its field."""
    form = Form(kind="multiple", min_choices="two", max_choices="-1", opens_at="noon")
    _, problems = form.fields()
    assert problems.keys() == {"min_choices", "max_choices", "opens_at"}


def test_it_asks_for_no_limits_where_one_option_is_chosen() -> None:
    """They are hidden then, so what stands in them is not meant."""
    fields, problems = Form(kind="single", min_choices="x", max_choices="3").fields()
    assert not problems
    assert (fields["min_choices"], fields["max_choices"]) == (None, None)


def test_it_takes_no_word_that_is_none_of_ours() -> None:
    """A kind that does not exist is as if nothing had been sent."""
    sent = MultiDict({"kind": "guess", "identity": "face", "visibility": "", "change": "no"})
    form = Form().filled(sent)
    assert (form.kind, form.identity, form.visibility) == ("single", "cookie", "always")
    assert form.change is False


def test_it_takes_times_with_a_zone_and_without() -> None:
    """A browser that runs JavaScript sends UTC with a Z; without, the field itself is in UTC."""
    fields, _ = Form(opens_at="2030-12-24T18:00", closes_at="2030-12-24T20:00+01:00").fields()
    assert fields["opens_at"] == datetime(2030, 12, 24, 18, tzinfo=UTC)
    assert fields["closes_at"] == datetime(2030, 12, 24, 19, tzinfo=UTC)


def test_it_refuses_times_beyond_the_calendar() -> None:
    """A year that no time zone can be applied to is a mistake, and no crash."""
    _, problems = Form(closes_at="0001-01-01T00:00+14:00").fields()
    assert problems.keys() == {"closes_at"}


def test_it_fills_in_a_poll_of_the_usual_limits_as_empty() -> None:
    """So that an option that is added later counts too."""
    poll: Poll = a_poll(options=("a", "b", "c"), kind=Kind.RANKED)
    assert (Form.of(poll).min_choices, Form.of(poll).max_choices) == ("", "")
