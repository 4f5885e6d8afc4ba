"""How PostgreSQL goes about the ledger's queries, whatever it has seen so far."""

from __future__ import annotations

import re
from typing import Any

import psycopg

from ballotbox.postgres import postgres_from
from ballotbox.settings import Settings
from ballotbox.sql import QUERIES
from tests.servers import Database

_A_BATCH = {"polls": "1", "voters": "somebody", "seqs": "1", "options": "{1}", "values": "{1}"}


def test_it_looks_voters_up_by_the_index_even_while_the_ledger_is_empty(
    connection: psycopg.Connection[Any], settings: Settings
) -> None:
    """
    A plan that is made on the first evening is kept when the ledger is full.

    One that reads the whole ledger for each ballot made five times the ballots take eight times as
    long.
    """
    connection.execute("VACUUM ANALYZE ballots")
    with postgres_from(settings) as worker:
        rows = worker.execute("EXPLAIN " + QUERIES["record_ballots"], _A_BATCH)  # type: ignore[arg-type]
        plan = "\n".join(line for (line,) in rows)

    assert "Seq Scan on ballots" not in plan


def test_it_counts_one_poll_without_reading_the_others(
    connection: psycopg.Connection[Any], database: Database
) -> None:
    """The patterns are a view on all ballots; which poll is meant comes before the sorting."""
    connection.execute("VACUUM ANALYZE ballots")
    with database.connect("votify_result") as result:
        rows = result.execute("EXPLAIN " + QUERIES["patterns"], {"poll": 1})  # type: ignore[arg-type]
        plan = "\n".join(line for (line,) in rows)

    below = plan[plan.index("Unique") :]
    assert re.search(r"(Index Cond|Filter): \(poll_id = ('1'|1|\$1)", below), plan
