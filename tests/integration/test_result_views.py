"""What the sockets show to voters and to strangers, of rankings, of seals, of polls that vanish."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx
import pytest

from ballotbox.kinds import ranking_rounds
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Kind, Option, Poll, Visibility
from ballotbox.postgres import postgres_from
from ballotbox.seal import verify
from tests.viewing import Site, Viewer
from tests.waiting import eventually

pytestmark = pytest.mark.service


def test_it_pushes_numbers_to_voters_alone(site: Site) -> None:
    """One poll, one change: who shows a receipt gets the numbers, and nobody else does."""
    poll = site.poll(visibility=Visibility.AFTER_VOTE)
    with site.viewer() as voter, site.viewer() as watcher, site.viewer() as stranger:
        watcher.ask("watch", {"poll": poll.id})
        watcher.ask("watch", {"poll": poll.id, "receipt": "nonsense"})
        site.vote(poll, 1)
        receipt = site.receipt(poll)
        voter.ask("watch", {"poll": poll.slug, "receipt": receipt})
        eventually(lambda: voter.saw(poll.id, 1) or _asked(voter, poll, receipt)["ballots"] == 1)
        site.vote(poll, 2, 2)
        eventually(lambda: voter.saw(poll.id, 3))
        assert all(push["ballots"] is None for push in watcher.of("results"))
        assert [each for each in stranger.of("poll-stats") if each["pollId"] == poll.id] == []
        site.close(poll)
        eventually(lambda: watcher.saw(poll.id, 3))


def _asked(viewer: Viewer, poll: Poll, receipt: str) -> Any:
    return viewer.ask("watch", {"poll": poll.id, "receipt": receipt})


def test_it_lets_a_watcher_become_a_voter(site: Site) -> None:
    """Watching again with a receipt shows the numbers from then on, and without it no more."""
    poll = site.poll(visibility=Visibility.AFTER_VOTE)
    with site.viewer() as viewer:
        assert viewer.ask("watch", {"poll": poll.id})["hidden"]
        site.vote(poll, 1)
        assert not _asked(viewer, poll, site.receipt(poll))["hidden"]
        site.vote(poll, 1)
        eventually(lambda: viewer.saw(poll.id, 2))
        assert viewer.ask("watch", {"poll": poll.id})["hidden"]
        assert viewer.ask("unwatch") == {"watching": []}


@pytest.mark.parametrize("receipt", [1, True, [], {}, ["x"]])
def test_it_takes_only_a_text_for_a_receipt(site: Site, receipt: object) -> None:
    """Anything else is a mistake of the program that sends it."""
    with site.viewer() as viewer:
        answer = viewer.ask("watch", {"poll": 1, "receipt": receipt})
        assert answer["error"]["code"] == "invalid_request"


def test_it_says_that_a_poll_is_gone_and_shows_it_when_it_comes_back(site: Site) -> None:
    """A draft again: the watcher is told, cannot watch it anew, and sees it once it is open."""
    poll = site.poll()
    with site.viewer() as viewer:
        viewer.ask("watch", {"poll": poll.id})
        eventually(lambda: viewer.of("results"))
        site.change("UPDATE polls SET draft = true WHERE id = %(poll)s", poll)
        eventually(lambda: {"poll": poll.id} in viewer.of("gone"))
        assert viewer.ask("watch", {"poll": poll.id})["error"]["code"] == "unknown_poll"
        site.change("UPDATE polls SET draft = false WHERE id = %(poll)s", poll)
        site.vote(poll, 1)
        eventually(lambda: viewer.saw(poll.id, 1))


def test_it_counts_the_rounds_of_a_ranking(site: Site) -> None:
    """Soon after the ballots the rounds are there, on every process, as the ledger gives them."""
    options = tuple(Option(id=n, text=text) for n, text in enumerate("ABC", 1))
    poll = site.poll(kind=Kind.RANKED, options=options, max_choices=3)
    with site.viewer() as viewer:
        viewer.ask("watch", {"poll": poll.id})
        site.mark(poll, *[[1, 2]] * 3, *[[2]] * 2, *[[3, 2]] * 2)
        with postgres_from(site.settings) as connection:
            expected = ranking_rounds([1, 2, 3], PostgresLedger(connection).patterns(poll.id))
        assert expected[-1]["elected"] == 2  # and not the one with most first places
        eventually(lambda: viewer.last("rounds") == expected)
        for process in site.processes():
            eventually(lambda name=process: (site.read(poll, name) or {})["rounds"] == expected)  # type: ignore[misc]


def test_it_hands_out_the_seal_until_it_is_broken(site: Site) -> None:
    """A final result is sealed by the worker, holds, and is not handed out once it is reopened."""
    poll = site.poll()
    url = f"{site.stack.url}/result/{poll.slug}"
    site.vote(poll, 1, 1, 2)
    assert httpx.get(f"{url}/seal.json").status_code == 404
    with site.viewer() as viewer:
        viewer.ask("watch", {"poll": poll.id})
        site.close(poll)
        eventually(lambda: viewer.last("sealed"), seconds=10)
        seal = verify(httpx.get(f"{url}/seal.json").content)
        assert seal.document["result"]["ballots"] == 3
        site.change("SELECT reopen_poll(%(poll)s)", poll)
        eventually(lambda: not viewer.last("sealed"))
        eventually(lambda: httpx.get(f"{url}/seal.json").status_code == 404)
        eventually(lambda: "is broken" in httpx.get(url).text)
