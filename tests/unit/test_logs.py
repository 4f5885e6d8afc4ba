"""Log lines for machines and for people."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator

import pytest

from ballotbox import logs
from ballotbox.settings import Settings


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def test_it_writes_a_line_of_json_with_the_extra_fields(capsys: pytest.CaptureFixture[str]) -> None:
    """What is given as `extra` can be searched for by its name."""
    logs.configure(Settings())
    logging.getLogger("votify.test").warning("said %s", "twice", extra={"poll": 7})
    line = json.loads(capsys.readouterr().err)
    assert line["message"] == "said twice"
    assert (line["level"], line["logger"], line["poll"]) == ("warning", "votify.test", 7)
    assert line["time"].endswith("+00:00")


def test_it_keeps_a_traceback_on_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    """One event is one line, its traceback included."""
    logs.configure(Settings())
    try:
        int("broken")
    except ValueError:
        logging.getLogger("votify.test").exception("failed")
    output = capsys.readouterr().err
    assert output.count("\n") == 1
    assert "ValueError: invalid literal" in json.loads(output)["exception"]


def test_it_writes_text_for_people_and_leaves_out_what_is_less_important(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """LOG_FORMAT and LOG_LEVEL do what they say."""
    logs.configure(Settings(log_format="text", log_level="error"))
    logging.getLogger("votify.test").warning("not this")
    logging.getLogger("votify.test").error("but this")
    captured = capsys.readouterr()
    assert captured.err.endswith("ERROR votify.test: but this\n")
    assert "not this" not in captured.err
    assert captured.out == ""


def test_it_writes_what_it_is_given_even_if_json_does_not_know_it() -> None:
    """A log line is never lost to the type of one of its fields."""
    record = logging.makeLogRecord({"msg": "x", "thing": object(), "levelname": "INFO"})
    assert "object object" in json.loads(logs.JsonFormatter().format(record))["thing"]
    assert sys.getdefaultencoding() == "utf-8"
