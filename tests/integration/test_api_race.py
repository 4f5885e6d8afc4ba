"""Edits at the same moment: nobody's change is lost without their being told."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from admin.organiser import Role
from ballotbox.published import PublishedPolls
from ballotbox.redis_client import redis_from
from ballotbox.settings import Settings
from tests.integration.api import Api

_EDITORS = 50


@pytest.fixture
def api(admin_settings: Settings) -> Iterator[Api]:
    """Run the desk with as many threads as there are editors."""
    api = Api(replace(admin_settings, admin_threads=_EDITORS))
    yield api
    api.close()


def test_it_loses_no_edit_of_many_at_once(api: Api, admin_settings: Settings) -> None:
    """
    Fifty organisers edit one poll, again and again, each from what they have seen.

    Each edit that was taken has a revision of its own and was made from the one before; who was too
    late is told so. What stands there at the end, for voters too, is the last one that was taken.
    """
    poll = api.program(api.organiser("ada")).make_poll()
    programs = [api.program(api.organiser(f"o{n}", Role.OWNER)) for n in range(_EDITORS)]

    def edit(number: int) -> list[tuple[int, int, str]]:
        taken = []
        for attempt in range(4):
            seen = programs[number].get(f"/polls/{poll}")
            question = f"{seen.get_json()['question'][:200]} {number}.{attempt}"
            answer = programs[number].patch(
                f"/polls/{poll}", {"question": question}, If_Match=seen.headers["ETag"]
            )
            if answer.status_code == 200:
                before, after = seen.get_json()["revision"], answer.get_json()["revision"]
                taken.append((before, after, question))
            else:
                assert answer.get_json()["code"] == "revision_mismatch", answer.text
        return taken

    with ThreadPoolExecutor(_EDITORS) as threads:
        taken = sorted(each for edits in threads.map(edit, range(_EDITORS)) for each in edits)
    first = taken[0][0]
    assert [(before, after) for before, after, _ in taken] == [
        (first + number, first + number + 1) for number in range(len(taken))
    ]
    assert len(taken) >= 4
    found = api.program(api.organiser("eve", Role.OWNER)).get(f"/polls/{poll}").get_json()
    assert (found["revision"], found["question"]) == taken[-1][1:]


def test_it_publishes_the_last_edit(api: Api, admin_settings: Settings) -> None:
    """What voters see is what the last of many editors was told."""
    ada = api.organiser("ada")
    program = api.program(ada)
    poll = program.make_poll(visibility="always")
    assert program.post(f"/polls/{poll}/open").status_code == 200

    def edit(number: int) -> None:
        api.program(ada).patch(
            f"/polls/{poll}", {"closes_at": f"21{number:02d}-01-01T00:00:00Z"}, If_Match="*"
        )

    with ThreadPoolExecutor(_EDITORS) as threads:
        list(threads.map(edit, range(_EDITORS)))
    shown = PublishedPolls(redis_from(admin_settings)).find(str(poll))
    kept = api.parts.office.get(ada, poll).poll
    assert (shown.revision, shown.closes_at) == (kept.revision, kept.closes_at)
