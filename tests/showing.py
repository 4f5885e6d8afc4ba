"""A result service over HTTP that shows one poll, whose numbers the tests make up."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient

from ballotbox.ballot import Mark
from ballotbox.kinds import ranking_rounds
from ballotbox.poll import Kind, Option, Poll
from ballotbox.receipt import Receipts
from ballotbox.tally import Tally
from ballotbox.timeline import Sample
from result.app import create_app
from result.board import Board, Sealing
from result.feed import Feed
from result.metrics import Metrics
from result.passes import Passes
from result.timeline import Timelines

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TEXTS = ("Cats", "=cmd|' /C calc'!A0", "<script>alert(1)</script>")
SEAL = '{"format":"votify-seal-1"}\n'

SECRET = "a secret of at least thirty-two letters"
RECEIPT = Receipts.of(SECRET).issue(1, 77)

SAMPLES = [
    Sample(1_795_262_400_000_000, 1, 1, {Mark(1, 1): 1}),
    Sample(1_795_262_405_500_000, 3, 4, {Mark(1, 1): 2, Mark(2, 1): 1}),
]

Votes = list[int] | tuple[int, dict[Mark, int]]
"""Votes for each option, or how many ballots there are and how often each mark is on them."""

RATED = (4, {Mark(1, 5): 3, Mark(1, 1): 1, Mark(2, 2): 2})

# Three want the first option before the second, two the second, and two the third before it.
RANKINGS = [
    ((Mark(1, 1), Mark(2, 2)), 3),
    ((Mark(2, 1),), 2),
    ((Mark(2, 2), Mark(3, 1)), 2),
]
RANKED = (7, {Mark(1, 1): 3, Mark(2, 1): 2, Mark(2, 2): 5, Mark(3, 1): 2})


def site(votes: Votes | None, *, embed_origins: str = "*", **fields: Any) -> FlaskClient:
    """
    Make a site with one poll.

    :param votes: None where nothing was read yet.
    :param embed_origins: as the setting says.
    :param fields: of the poll, besides what `fill` takes.
    """
    board = Board(lambda: NOON)
    if votes is not None:
        fill(board, votes, **fields)
    return client(board, embed_origins=embed_origins)


def client(board: Board, *, embed_origins: str = "*") -> FlaskClient:
    """Make a site that shows what is on a board."""
    nobody: Any = None
    metrics = Metrics()
    feed = Feed(
        board, books=nobody, line=nobody, audience=nobody, clock=lambda: NOON, metrics=metrics
    )
    timelines = Timelines(board, lambda _: SAMPLES, clock=lambda: 0.0)
    app = create_app(
        board,
        feed,
        metrics,
        passes=Passes(Receipts.of(SECRET)),
        seal={1: SEAL}.get,
        timelines=timelines,
        embed_origins=embed_origins,
    )
    return app.test_client()


def fill(
    board: Board,
    votes: Votes,
    *,
    final: bool = False,
    sealing: Sealing | None = None,
    cast: int | None = None,
    last_seq: int | None = None,
    doubted: bool = False,
    **fields: Any,
) -> None:
    """Put a poll and its numbers on a board; without `cast` nobody has changed a vote."""
    options = tuple(Option(id=i, text=text) for i, text in enumerate(TEXTS, 1))
    named = {"id": 1, "slug": "cats-or-dogs", "code": "ABC234", "question": "Cats & Dogs?"}
    poll = Poll(**{**named, "options": options, **fields})
    if isinstance(votes, list):
        ballots, counts = sum(votes), {Mark(i, 1): n for i, n in enumerate(votes, 1)}
    else:
        ballots, counts = votes
    tally = Tally(
        poll=1,
        version=7,
        ballots=ballots,
        counts=counts,
        cast=ballots if cast is None else cast,
        last_seq=last_seq,
        final=final,
    )
    board.learn_polls([poll])
    board.learn_tally(tally)
    if poll.kind is Kind.RANKED:
        board.learn_rounds(poll, tally, ranking_rounds([1, 2, 3], RANKINGS))
    board.learn_doubts({1} if doubted else ())
    if sealing:
        board.learn_seals({1: sealing})
    board.learn_line(waiting={1: 5}, worker_silent=False)
    board.confirm()


def plain(page: str) -> str:
    """Leave out of a page all but its text."""
    return re.sub(r" +", " ", re.sub(r"<[^>]+>|\s+", " ", page))
