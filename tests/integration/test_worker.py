"""`python -m worker`, as an operating system runs it: started, stopped, killed, cut off."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from redis import Redis

from ballotbox.catalog import add_poll
from ballotbox.errors import BallotBoxUnavailable
from ballotbox.ledger import PostgresLedger
from ballotbox.poll import Poll
from ballotbox.published import PublishedPolls
from ballotbox.queue import TALLIES_CHANGED, RedisQueue
from ballotbox.seal import signing_key, verify
from ballotbox.settings import Settings
from ballotbox.version import VERSION
from tests.integration.programs import run, start
from tests.polls import CATS, DOGS, PAST, a_poll
from tests.servers import Database, PostgresServer, RedisServer
from tests.waiting import eventually

Worker = subprocess.Popen[str]
StartWorker = Callable[..., Worker]

SEAL_KEY = "nobody would guess this one"


@pytest.fixture
def start_worker(settings: Settings) -> Iterator[StartWorker]:
    """Give a function that starts a worker; all are killed in the end."""
    workers: list[Worker] = []

    def begin(settings: Settings = settings, **environ: str) -> Worker:
        environ |= {"REDIS_URL": settings.redis_url, "DATABASE_URL": settings.database_url}
        environ |= {"SEAL_KEY": SEAL_KEY}
        workers.append(start("worker", **environ))
        return workers[-1]

    yield begin
    for worker in workers:
        worker.kill()
        worker.communicate()


def vote(queue: RedisQueue, poll: Poll, number: int, *, prefix: str = "v") -> list[int]:
    """Cast one ballot each for so many voters; gives the sequence numbers."""
    return [queue.cast(poll, f"{prefix}{each}", CATS).seq for each in range(number)]


def counted(ledger: PostgresLedger, poll: Poll, number: int, *, seconds: float = 10) -> None:
    """Wait until exactly so many ballots are counted."""
    eventually(lambda: ledger.tally(poll.id).ballots >= number, seconds=seconds)
    assert ledger.tally(poll.id).ballots == number
    assert ledger.tally(poll.id).agrees_with(ledger.recount(poll.id))


def working(queue: RedisQueue) -> None:
    """Wait until a worker gives signs of life."""
    eventually(lambda: not queue.worker_silent(), seconds=20)


# --- its work -------------------------------------------------------------------------------------


def test_it_publishes_the_polls_and_counts_the_ballots(
    start_worker: StartWorker,
    redis: Redis,
    connection: psycopg.Connection[Any],
    queue: RedisQueue,
    ledger: PostgresLedger,
) -> None:
    """With the rights of its own user it does all that is needed for a vote to be counted."""
    poll = add_poll(connection, a_poll())
    with redis.pubsub(ignore_subscribe_messages=True) as hints:  # type: ignore[no-untyped-call]
        hints.subscribe(TALLIES_CHANGED)
        start_worker()
        working(queue)
        assert PublishedPolls(redis).find(poll.slug) == poll
        vote(queue, poll, 20)
        counted(ledger, poll, 20)
        message = eventually(lambda: hints.get_message(timeout=1))
        assert message["data"] == b"1"
    assert queue.waiting() == 0
    assert 0 < redis.pttl("votes:heartbeat") <= 5000


def test_it_needs_no_more_rights_than_it_has(
    start_worker: StartWorker,
    redis: Redis,
    queue: RedisQueue,
    ledger: PostgresLedger,
    poll: Poll,
) -> None:
    """Redis' log of refusals knows of no command that it misses."""
    redis.acl_log_reset()
    worker = start_worker(LOG_FORMAT="text")
    working(queue)
    vote(queue, poll, 1)
    counted(ledger, poll, 1)
    refused = {(each["username"], each["object"]) for each in redis.acl_log()}
    worker.terminate()
    output, _ = worker.communicate(timeout=20)
    # RQ asks for the list of clients to learn its own address, and goes on without.
    assert {each for each in refused if each[0] == "worker"} <= {
        ("worker", "client|list"),
        ("worker", "client"),
    }
    assert "Traceback" not in output


def test_it_closes_polls_whose_time_has_come(
    start_worker: StartWorker,
    redis: Redis,
    connection: psycopg.Connection[Any],
    ledger: PostgresLedger,
    poll: Poll,
) -> None:
    """They become final by themselves, with every ballot that was accepted, and stay so."""
    queue = RedisQueue(redis)
    over = add_poll(connection, a_poll(2, closes_at=PAST))
    vote(queue, poll, 3)
    now = redis.time()
    ending = "UPDATE polls SET closes_at = to_timestamp(%s) WHERE id = %s"
    connection.execute(ending, [now[0] + now[1] / 1_000_000 + 1.5, poll.id])
    start_worker()
    eventually(lambda: ledger.tally(over.id).final and ledger.tally(poll.id).final, seconds=15)
    counted(ledger, poll, 3)
    assert connection.execute("SELECT count(*) FROM polls WHERE closed").fetchone() == (2,)
    eventually(lambda: all(each.closed for each in PublishedPolls(redis).all()))
    assert queue.waiting() == 0


def test_it_puts_poison_aside_and_goes_on(
    start_worker: StartWorker,
    redis: Redis,
    queue: RedisQueue,
    ledger: PostgresLedger,
    poll: Poll,
) -> None:
    """A bad item is counted, logged and kept; the ballots behind it do not wait."""
    redis.rpush("votes", b"\xff", b'[1,9,"a",[[1,1]]]', b"garbage")
    vote(queue, poll, 2)
    port = free_port()
    worker = start_worker(METRICS_BIND=f"127.0.0.1:{port}")
    counted(ledger, poll, 2, seconds=20)
    eventually(lambda: queue.rejected() == 3)
    metrics = fetch(port, "/metrics")[1]
    assert 'votify_items_rejected_total{reason="unreadable"} 2.0' in metrics
    assert 'votify_items_rejected_total{reason="unknown_poll"} 1.0' in metrics
    worker.terminate()
    output, _ = worker.communicate(timeout=20)
    lines = [json.loads(line) for line in output.splitlines()]
    assert [line["reason"].partition(":")[0] for line in lines if "reason" in line] == [
        "unreadable",
        "unreadable",
        "unknown_poll",
    ]


def test_it_shares_the_list_with_another_worker(
    start_worker: StartWorker, queue: RedisQueue, ledger: PostgresLedger, poll: Poll
) -> None:
    """Any number of workers may run: nothing is lost or doubled."""
    start_worker()
    start_worker()
    working(queue)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda name: vote(queue, poll, 250, prefix=name), "abcd"))
    counted(ledger, poll, 1000)
    assert queue.rejected() == 0


# --- its end --------------------------------------------------------------------------------------


def test_it_leaves_when_it_is_asked_to(
    start_worker: StartWorker, queue: RedisQueue, ledger: PostgresLedger, poll: Poll
) -> None:
    """SIGTERM in the middle of its work: out within four seconds with code 0, and nothing lost."""
    worker = start_worker()
    working(queue)
    with ThreadPoolExecutor(2) as threads:
        voters = [threads.submit(vote, queue, poll, 400, prefix=name) for name in "ab"]
        eventually(lambda: ledger.tally(poll.id).ballots > 20)
        started = time.monotonic()
        worker.terminate()
        output, _ = worker.communicate(timeout=20)
        assert time.monotonic() - started < 4
        assert sum(len(voter.result()) for voter in voters) == 800
    assert worker.returncode == 0
    assert "Traceback" not in output
    start_worker()
    counted(ledger, poll, 800, seconds=20)


def test_it_is_followed_by_a_new_one_within_seconds_when_it_is_killed(
    start_worker: StartWorker, queue: RedisQueue, ledger: PostgresLedger, poll: Poll
) -> None:
    """SIGKILL leaves nothing that a new worker would have to wait for or clean up."""
    worker = start_worker()
    working(queue)
    vote(queue, poll, 10, prefix="a")
    worker.kill()
    vote(queue, poll, 10, prefix="b")
    start_worker()
    counted(ledger, poll, 20, seconds=10)


def test_it_is_known_to_be_silent_when_it_is_stopped(
    start_worker: StartWorker, queue: RedisQueue, ledger: PostgresLedger, poll: Poll
) -> None:
    """Six seconds after SIGSTOP nobody believes in it any more; after SIGCONT it goes on."""
    worker = start_worker()
    working(queue)
    worker.send_signal(signal.SIGSTOP)
    vote(queue, poll, 3)
    eventually(queue.worker_silent, seconds=6)
    assert queue.waiting() == 3
    worker.send_signal(signal.SIGCONT)
    working(queue)
    counted(ledger, poll, 3)


def test_it_says_which_setting_is_wrong() -> None:
    """A bad setting stops the start with one sentence."""
    code, output = run("worker", METRICS_BIND="nowhere")
    assert code != 0
    assert output == "votify: METRICS_BIND: use host:port.\n"


def test_it_does_not_start_without_a_key_to_seal_with() -> None:
    """Results would stay without a seal, and nobody would notice before the first close."""
    code, output = run("worker")
    assert code != 0
    assert output == "votify: SEAL_KEY: set it (or SEAL_KEY_FILE) to a long random text.\n"


# --- what is final --------------------------------------------------------------------------------


def test_it_closes_and_seals_a_poll_whose_time_has_come(
    start_worker: StartWorker,
    queue: RedisQueue,
    ledger: PostgresLedger,
    make_poll: Callable[..., Poll],
) -> None:
    """Nobody has to look: the marker, the final result, and its seal come by themselves."""
    poll = make_poll(closes_at=datetime.now(UTC) + timedelta(seconds=2))
    vote(queue, poll, 3)
    start_worker()
    eventually(lambda: ledger.seal(poll.id) is not None)
    seal = ledger.seal(poll.id)
    assert seal is not None
    key = signing_key(SEAL_KEY).public_key().public_bytes_raw().hex()
    assert verify(seal.document.encode(), key).document["result"]["ballots"] == 3
    assert ledger.tally(poll.id).final


# --- what is taken from it ------------------------------------------------------------------------


def test_it_publishes_the_polls_again_when_redis_has_lost_everything(
    start_worker: StartWorker,
    redis: Redis,
    queue: RedisQueue,
    ledger: PostgresLedger,
    poll: Poll,
) -> None:
    """Within seconds after FLUSHALL ballots are taken and counted again, in the same process."""
    worker = start_worker()
    working(queue)
    vote(queue, poll, 2, prefix="a")
    counted(ledger, poll, 2)
    redis.flushall()
    eventually(lambda: redis.exists("poll:1"), seconds=5)
    vote(queue, poll, 2, prefix="b")
    counted(ledger, poll, 4)
    working(queue)
    assert worker.poll() is None


def test_it_keeps_ballots_waiting_while_postgresql_is_away(
    start_worker: StartWorker,
    postgres_server: PostgresServer,
    queue: RedisQueue,
    poll: Poll,
    database: Database,
) -> None:
    """No sign of life then, for nothing is counted; when it is back all is, without a restart."""
    worker = start_worker()
    working(queue)
    with replace(database, name="postgres").connect() as admin:
        name = database.name
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND usename = 'votify_worker'",
            [name],
        )
        vote(queue, poll, 3)
        eventually(queue.worker_silent, seconds=7)
        assert (queue.waiting(), queue.rejected()) == (3, 0)
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
    working(queue)
    assert worker.poll() is None
    with database.connect() as owner:
        counted(PostgresLedger(owner), poll, 3)


def test_it_outlives_a_restart_of_redis(
    start_worker: StartWorker,
    own_redis: RedisServer,
    connection: psycopg.Connection[Any],
    database: Database,
    ledger: PostgresLedger,
) -> None:
    """It waits for Redis and goes on by itself: not every place has somebody to start it again."""
    poll = add_poll(connection, a_poll())
    settings = Settings(
        redis_url=own_redis.url("worker"), database_url=database.url("votify_worker")
    )
    queue = RedisQueue(own_redis.client())
    worker = start_worker(settings)
    working(queue)
    own_redis.kill()
    started = time.monotonic()
    eventually(lambda: time.monotonic() - started > 2.5)
    own_redis.start()
    own_redis.client().delete("votes:heartbeat")
    assert worker.poll() is None
    working(queue)
    vote(queue, poll, 5)
    counted(ledger, poll, 5)
    assert worker.poll() is None


def test_it_counts_in_a_full_redis_and_goes_on_when_there_is_room_again(
    start_worker: StartWorker,
    own_redis: RedisServer,
    connection: psycopg.Connection[Any],
    database: Database,
    ledger: PostgresLedger,
) -> None:
    """RQ finds no room for its own notes then: what waits is counted, and the poll is closed."""
    poll = add_poll(connection, a_poll())
    settings = Settings(
        redis_url=own_redis.url("worker"), database_url=database.url("votify_worker")
    )
    redis = own_redis.client()
    queue = RedisQueue(redis)
    worker = start_worker(settings)
    working(queue)
    worker.send_signal(signal.SIGSTOP)
    vote(queue, poll, 5)
    redis.delete("votes:heartbeat")
    redis.config_set("maxmemory", 1)
    worker.send_signal(signal.SIGCONT)
    counted(ledger, poll, 5)
    working(queue)
    with pytest.raises(BallotBoxUnavailable):
        queue.cast(poll, "a stranger", CATS)
    queue.close(poll.id, now=True)
    eventually(lambda: ledger.tally(poll.id).final)
    redis.config_set("maxmemory", 0)
    eventually(lambda: redis.exists("rq:workers"))
    other = add_poll(connection, a_poll(2))
    eventually(lambda: redis.exists("poll:2"))
    vote(queue, other, 5)
    counted(ledger, other, 5)
    assert worker.poll() is None


def test_it_waits_for_a_redis_that_is_not_there_yet(
    start_worker: StartWorker,
    own_redis: RedisServer,
    connection: psycopg.Connection[Any],
    database: Database,
) -> None:
    """At the start of everything no order is needed."""
    add_poll(connection, a_poll())
    own_redis.kill()
    settings = Settings(
        redis_url=own_redis.url("worker"), database_url=database.url("votify_worker")
    )
    worker = start_worker(settings)
    started = time.monotonic()
    eventually(lambda: time.monotonic() - started > 2)
    own_redis.start()
    working(RedisQueue(own_redis.client()))
    assert worker.poll() is None


# --- its own port ---------------------------------------------------------------------------------


def free_port() -> int:
    """Find a port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def fetch(port: int, path: str) -> tuple[int, str]:
    """Get a page of the worker's own port; gives its status and text, 0 where nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def test_it_tells_how_it_is(
    start_worker: StartWorker,
    own_redis: RedisServer,
    connection: psycopg.Connection[Any],
    database: Database,
    ledger: PostgresLedger,
) -> None:
    """Alive, ready, and in numbers; not ready as soon as a part is away, by its name."""
    poll = add_poll(connection, a_poll())
    port = free_port()
    settings = Settings(
        redis_url=own_redis.url("worker"), database_url=database.url("votify_worker")
    )
    start_worker(settings, METRICS_BIND=f"127.0.0.1:{port}")
    queue = RedisQueue(own_redis.client())
    working(queue)
    vote(queue, poll, 5)
    queue.cast(poll, "v0", DOGS)
    counted(ledger, poll, 5)

    assert fetch(port, "/healthz") == (200, f'{{"status": "alive", "version": "{VERSION}"}}')
    assert fetch(port, "/readyz") == (200, '{"ok": ["redis", "postgres"], "failing": {}}')
    assert fetch(port, "/nothing")[0] == 404
    eventually(lambda: "votify_items_recorded_total 6.0" in fetch(port, "/metrics")[1])
    eventually(lambda: "votify_waiting 0.0" in fetch(port, "/metrics")[1])

    own_redis.kill()
    status, text = fetch(port, "/readyz")
    assert status == 503
    assert list(json.loads(text)["failing"]) == ["redis"]
    assert fetch(port, "/healthz")[0] == 200
