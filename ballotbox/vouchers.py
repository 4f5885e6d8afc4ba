"""
Tokens that vouch for voters: kept in PostgreSQL, published to Redis, where `vote` looks for them.
"""

from __future__ import annotations

from typing import Any

import psycopg
from redis import Redis

from ballotbox import published
from ballotbox.sql import QUERIES

_LOCK = 0x766F746576


def publish_vouchers(redis: Redis, connection: psycopg.Connection[Any]) -> None:
    """
    Tell Redis which tokens are good by now; one at a time does so, whoever it is.

    So who has just revoked a token publishes last: nobody who read before that writes it back.

    :raise BallotBoxUnavailable: if Redis does not answer.
    """
    with connection.transaction():
        connection.execute(QUERIES["lock_vouchers"], {"key": _LOCK})
        vouchers = dict(connection.execute(QUERIES["vouchers"]).fetchall())
        published.publish_tokens(redis, vouchers)
