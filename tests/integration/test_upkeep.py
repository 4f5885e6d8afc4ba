"""What the worker does about once a second, step by step."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from redis import Redis

from ballotbox import published
from ballotbox.ballot import Close, decode
from ballotbox.catalog import add_poll, read_polls
from ballotbox.errors import BallotBoxUnavailable, LedgerUnavailable
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Identity, Poll
from ballotbox.postgres import postgres_from
from ballotbox.published import PublishedPolls
from ballotbox.queue import RedisQueue
from ballotbox.redis_client import redis_from
from ballotbox.settings import Settings
from tests.desk import Desk
from tests.polls import CATS, FUTURE, PAST, a_poll
from tests.servers import Database
from worker import jobs
from worker import upkeep as module
from worker.jobs import Drainer
from worker.upkeep import make_room, publish_held, thin, upkeep

Connection = psycopg.Connection[Any]


@pytest.fixture
def drainer(settings: Settings) -> Iterator[Drainer]:
    """Give what a slice of the drain works with."""
    drainer = Drainer(settings)
    yield drainer
    drainer.forget_connection()


def test_it_publishes_and_closes(redis: Redis, queue: RedisQueue, connection: Connection) -> None:
    """Once or twice, the result is the same: each poll published, each that is over closed."""
    polls = [
        add_poll(connection, a_poll(1)),
        add_poll(connection, a_poll(2, closes_at=PAST)),
        add_poll(connection, a_poll(3, closes_at=FUTURE)),
    ]
    for _ in range(2):
        upkeep(queue, redis, connection)
        assert [poll.id for poll in PublishedPolls(redis).all()] == [poll.id for poll in polls]
        (item,) = queue.peek(10)
        marker = decode(item)
        assert marker == Close(2, marker.seq)


def test_it_gives_a_sign_of_life_where_there_is_no_poll(
    queue: RedisQueue, drainer: Drainer
) -> None:
    """Nothing to do is no trouble."""
    drainer.work()
    assert not queue.worker_silent()


def test_it_gives_no_sign_of_life_where_ballots_cannot_be_recorded(
    queue: RedisQueue, drainer: Drainer, connection: Connection, make_poll: Callable[..., Poll]
) -> None:
    """Who reads polls and cannot write ballots does not drain, as with a disk that is full."""
    queue.cast(make_poll(), "ada", CATS)
    connection.execute("REVOKE INSERT ON ballots FROM votify_worker")
    with pytest.raises(LedgerUnavailable):
        drainer.work()
    assert queue.worker_silent()
    assert queue.waiting() == 1


def test_it_gives_no_sign_of_life_where_postgresql_does_not_answer(
    queue: RedisQueue, drainer: Drainer, connection: Connection
) -> None:
    """Who cannot record does not drain, however alive the process is."""
    connection.execute("ALTER TABLE polls RENAME TO gone")
    with pytest.raises(LedgerUnavailable):
        drainer.work()
    assert queue.worker_silent()


def test_it_says_which_part_does_not_answer(queue: RedisQueue, connection: Connection) -> None:
    """An absent Redis is the ballot box, not the ledger."""
    add_poll(connection, a_poll(1))
    away = redis_from(Settings(redis_url="unix:///nowhere/redis.sock"))
    with pytest.raises(BallotBoxUnavailable):
        upkeep(queue, away, connection)


def test_it_closes_no_poll_again_that_is_final(
    redis: Redis, queue: RedisQueue, connection: Connection
) -> None:
    """Even a Redis that has forgotten the close gets no second marker."""
    add_poll(connection, a_poll(1, closes_at=PAST))
    connection.execute("UPDATE polls SET closed = true")
    upkeep(queue, redis, connection)
    assert queue.waiting() == 0


def test_it_leaves_drafts_alone(redis: Redis, queue: RedisQueue, connection: Connection) -> None:
    """A draft takes no ballots, and has no end that could come."""
    add_poll(connection, a_poll(1, closes_at=PAST, draft=True))
    upkeep(queue, redis, connection)
    assert queue.waiting() == 0
    assert PublishedPolls(redis).all() == []


def test_it_writes_nothing_where_redis_knows_it_all(
    redis: Redis, queue: RedisQueue, connection: Connection
) -> None:
    """Each write waits for the disk: once a second, for nothing, is too often."""
    add_poll(connection, a_poll(1, identity=Identity.CODE, draft=True))
    add_poll(connection, a_poll(2, closes_at=FUTURE))
    add_organiser(connection)
    add_token(connection, "one")
    upkeep(queue, redis, connection)
    before = redis.info("persistence")["rdb_changes_since_last_save"]
    upkeep(queue, redis, connection)
    assert redis.info("persistence")["rdb_changes_since_last_save"] == before


# --- edits ----------------------------------------------------------------------------------------


def edit(connection: Connection, question: str) -> None:
    """Change the first poll as the desk does, without publishing it."""
    connection.execute(
        "UPDATE polls SET question = %s, revision = revision + 1 WHERE id = 1", [question]
    )


def published_question(redis: Redis) -> str:
    """Give what `vote` would ask."""
    return PublishedPolls(redis).find("1").question


def test_it_publishes_an_edit_that_redis_has_missed(
    redis: Redis, queue: RedisQueue, connection: Connection
) -> None:
    """A desk that died between its commit and Redis is made good."""
    add_poll(connection, a_poll(1))
    upkeep(queue, redis, connection)
    edit(connection, "Really?")
    upkeep(queue, redis, connection)
    assert published_question(redis) == "Really?"


def test_it_does_not_touch_a_poll_that_is_being_edited(
    redis: Redis, queue: RedisQueue, connection: Connection, database: Database, settings: Settings
) -> None:
    """The desk publishes before it commits: the worker neither waits nor takes that back."""
    add_poll(connection, a_poll(1))
    upkeep(queue, redis, connection)
    with (
        database.connect("votify_admin") as desk,
        postgres_from(settings) as worker,
        desk.transaction(),
    ):
        desk.execute("SELECT FROM polls WHERE id = 1 FOR UPDATE")
        edit(desk, "Really?")
        published.publish(redis, read_polls(desk)[0], codes=None)
        upkeep(queue, redis, worker)
        assert published_question(redis) == "Really?"
    upkeep(queue, redis, connection)
    assert published_question(redis) == "Really?"


def test_it_takes_back_an_edit_that_was_rolled_back(
    redis: Redis, queue: RedisQueue, connection: Connection
) -> None:
    """PostgreSQL is where polls live, whatever Redis was told."""
    poll = add_poll(connection, a_poll(1))
    upkeep(queue, redis, connection)
    published.publish(redis, replace(poll, question="Really?", revision=2), codes=None)
    upkeep(queue, redis, connection)
    assert published_question(redis) == poll.question


def test_it_publishes_what_a_poll_is_now_and_not_what_it_was(
    redis: Redis, queue: RedisQueue, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at all polls and the publishing of one, the desk may have edited it."""
    add_poll(connection, a_poll(1))
    look = published.stale

    def stale_and_edited(redis: Redis, polls: Sequence[Poll]) -> list[Poll]:
        edit(connection, "Really?")
        return look(redis, polls)

    monkeypatch.setattr(published, "stale", stale_and_edited)
    upkeep(queue, redis, connection)
    assert published_question(redis) == "Really?"


def test_it_holds_a_poll_with_the_rights_of_the_worker(
    redis: Redis, connection: Connection, settings: Settings
) -> None:
    """A row can only be held by who may change something in it."""
    add_poll(connection, a_poll(1))
    with postgres_from(settings) as worker:
        assert publish_held(redis, worker, 1) is True
        assert publish_held(redis, worker, 2) is False


def test_it_forgets_the_voters_of_old_polls_to_make_room(
    redis: Redis, queue: RedisQueue, connection: Connection
) -> None:
    """The poll that was sealed first, and none that may take votes or was sealed in this hour."""
    hours = {1: 2, 2: 3, 3: 0.9, 4: None}
    for number, age in hours.items():
        add_poll(connection, a_poll(number))
        upkeep(queue, redis, connection)
        queue.cast(a_poll(number), "ann", CATS)
        if age is not None:
            connection.execute(
                "INSERT INTO seals (poll_id, final_seq, document, sealed_at)"
                " VALUES (%s, 1, '', now() - make_interval(secs => %s))",
                [number, age * 3600],
            )

    def known() -> list[int]:
        return [number for number in hours if redis.exists(f"poll:{number}:voters")]

    found = []
    for _ in range(3):
        make_room(redis, connection)
        found.append(known())
    assert found == [[1, 3, 4], [3, 4], [3, 4]]
    assert published.has_ballots(redis, 1)


def test_it_withdraws_polls_that_were_deleted(
    redis: Redis, queue: RedisQueue, connection: Connection
) -> None:
    """Nothing of them stays in Redis; the others do."""
    for number in (1, 2):
        add_poll(connection, a_poll(number, identity=Identity.DECLARED))
    upkeep(queue, redis, connection)
    queue.cast(read_polls(connection)[0], "ann", CATS)
    connection.execute("DELETE FROM polls WHERE id = 1")
    upkeep(queue, redis, connection)
    assert [poll.id for poll in PublishedPolls(redis).all()] == [2]
    assert redis.keys("poll:1*") == []


def test_it_does_not_withdraw_a_poll_that_is_made_while_it_looks(
    redis: Redis, queue: RedisQueue, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis is read first: what is made and published in between is not taken for deleted."""
    look = read_polls

    def made_after_it_looked(*arguments: Any) -> list[Poll]:
        polls = look(*arguments)
        if not polls:
            published.publish(redis, add_poll(connection, a_poll(1)), codes=None)
        return polls

    monkeypatch.setattr(module, "read_polls", made_after_it_looked)
    upkeep(queue, redis, connection)
    assert [poll.id for poll in PublishedPolls(redis).all()] == [1]


# --- codes and tokens -----------------------------------------------------------------------------


def test_it_publishes_the_codes_that_are_valid(
    redis: Redis, queue: RedisQueue, connection: Connection
) -> None:
    """Also to a Redis that has lost its data; of one that was revoked it is said that it was."""
    add_poll(connection, a_poll(1, identity=Identity.CODE))
    connection.execute("INSERT INTO codes VALUES (1, 1, 'AAAAABBBBB'), (1, 2, 'CCCCCDDDDD')")
    codes = {b"AAAAABBBBB": b"1", b"CCCCCDDDDD": b"2"}
    upkeep(queue, redis, connection)
    assert redis.hgetall("poll:1:codes") == codes
    redis.flushall()
    upkeep(queue, redis, connection)
    assert redis.hgetall("poll:1:codes") == codes
    connection.execute("UPDATE codes SET revoked_at = now() WHERE number = 1")
    connection.execute("UPDATE polls SET codes_version = 1, revision = 2")
    upkeep(queue, redis, connection)
    assert redis.hgetall("poll:1:codes") == {b"AAAAABBBBB": b"-1", b"CCCCCDDDDD": b"2"}


def add_organiser(connection: Connection, *, role: str = "organiser") -> None:
    """Add an organiser, who gets the next number."""
    connection.execute(
        "INSERT INTO organisers (name, password, role)"
        " SELECT 'o' || count(*), 'x', %s FROM organisers",
        [role],
    )


def add_token(
    connection: Connection, name: str, *, organiser: int = 1, scope: str = "vote-for"
) -> bytes:
    """Add a token; gives what is published of it."""
    digest = hashlib.sha256(name.encode())
    connection.execute(
        "INSERT INTO tokens (organiser_id, name, scopes, hash) VALUES (%s, %s, %s, %s)",
        [organiser, name, [scope], digest.digest()],
    )
    return digest.hexdigest().encode()


def test_it_publishes_who_may_vouch_for_voters(
    redis: Redis, queue: RedisQueue, connection: Connection, settings: Settings
) -> None:
    """An owner for every poll, an organiser for own ones; nobody whose token or account is off."""
    add_organiser(connection)
    add_organiser(connection, role="owner")
    mine, everybodys = add_token(connection, "a"), add_token(connection, "b", organiser=2)
    add_token(connection, "c", scope="polls")
    with postgres_from(settings) as worker:
        upkeep(queue, redis, worker)
        assert redis.hgetall("tokens") == {mine: b"1", everybodys: b"*"}
        connection.execute("UPDATE tokens SET revoked_at = now() WHERE name = 'a'")
        upkeep(queue, redis, worker)
        assert redis.hgetall("tokens") == {everybodys: b"*"}
        connection.execute("UPDATE organisers SET disabled = true")
        upkeep(queue, redis, worker)
        assert redis.hgetall("tokens") == {}


def test_it_writes_no_token_back_that_is_revoked_meanwhile(
    desk: Desk, queue: RedisQueue, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its look at the tokens and its word to Redis, the desk may say another."""
    ada, write = desk.organiser("ada"), published.publish_tokens
    token, _ = desk.parts.tokens.create(ada, "kiosk", ["vote-for"])
    revoking = threading.Thread(target=desk.parts.tokens.revoke, args=(ada, token.id))

    def write_later(redis: Redis, tokens: Mapping[str, str]) -> None:
        monkeypatch.setattr(published, "publish_tokens", write)
        revoking.start()
        revoking.join(timeout=0.5)  # the desk has time enough, if nothing keeps it waiting
        write(redis, tokens)

    monkeypatch.setattr(published, "publish_tokens", write_later)
    upkeep(queue, desk.redis, connection)
    revoking.join()
    assert desk.redis.hgetall("tokens") == {}


# --- timelines ------------------------------------------------------------------------------------


def samples(connection: Connection, poll: int, number: int, *, apart: int = 1) -> None:
    """Put so many samples into a poll's timeline, so many seconds apart."""
    connection.execute(
        "INSERT INTO samples SELECT %s, n * %s, n * %s * 1000000, n, n, '[]'"
        " FROM generate_series(1::bigint, %s) AS n",
        [poll, apart, apart, number],
    )


@pytest.mark.parametrize("apart", [1, 14_000])
def test_it_thins_timelines_that_have_grown_long(
    connection: Connection, ledger: PostgresLedger, settings: Settings, apart: int
) -> None:
    """To 360 at most, over 12 minutes or ten million seconds; shorter ones are left as they are."""
    for poll, number in ((1, 721), (2, 720), (3, 5000)):
        add_poll(connection, a_poll(poll))
        samples(connection, poll, number, apart=apart)
    before = ledger.timeline(1, most=360)
    with postgres_from(settings) as worker:
        thin(worker, {1, 2})
        once = ledger.timeline(1)
        thin(worker, {1, 2})
    assert ledger.timeline(1) == once == before
    assert 180 <= len(once) <= 360
    assert [len(ledger.timeline(poll)) for poll in (2, 3)] == [720, 5000]


def test_it_thins_as_it_records(  # noqa: PLR0917 - fixtures
    queue: RedisQueue,
    settings: Settings,
    connection: Connection,
    ledger: PostgresLedger,
    make_poll: Callable[..., Poll],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only timelines of polls with new ballots get longer; the others are not looked at."""
    polls = [make_poll(), make_poll()]
    for poll in polls:
        samples(connection, poll.id, 1000)
    queue.cast(polls[0], "ann", CATS)
    monkeypatch.setattr(jobs, "THIN", 0.0)
    drainer = Drainer(settings)
    for _ in range(2):
        drainer.work()
    drainer.forget_connection()
    first, second = (ledger.timeline(poll.id) for poll in polls)
    assert len(first) <= 360
    assert first[-1].seq == ledger.tally(1).last_seq
    assert len(second) == 1000
