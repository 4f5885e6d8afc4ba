"""The vote service as it is run: gunicorn, with more than one process."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from redis import Redis

from ballotbox.published import publish
from ballotbox.queue import RedisQueue
from tests.polls import a_poll
from tests.servers import RedisServer
from tests.voting import SECRET, waiting_ballots
from tests.waiting import eventually

CATS = json.dumps({"pollId": 1, "optionId": 1})


class Gunicorn:
    """The service under gunicorn with two processes, on a Unix socket."""

    def __init__(self, directory: Path, redis_url: str) -> None:
        self._socket = directory / "vote.sock"
        settings = {
            "BIND": f"unix:{self._socket}",
            "REDIS_URL": redis_url,
            "SECRET_KEY": SECRET,
            "VOTE_PROCESSES": "2",
            "VOTE_THREADS": "4",
            "TMPDIR": str(directory),
        }
        command = [sys.executable, "-m", "gunicorn", "-c", "vote/gunicorn.conf.py"]
        self.process = subprocess.Popen(
            [*command, "vote.app:create_app()"],
            env={**os.environ, **settings},
            stderr=subprocess.DEVNULL,
        )
        eventually(lambda: len(self.workers()) == 2 and self.answers(), seconds=30)

    def workers(self) -> list[psutil.Process]:
        """List the processes that take votes."""
        children: list[psutil.Process] = psutil.Process(self.process.pid).children()
        return children

    def answers(self) -> bool:
        """Tell whether it answers."""
        try:
            return self.ask("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def ask(
        self, method: str, path: str, body: str | None = None, **headers: str
    ) -> tuple[int, str]:
        """Send a request on a connection of its own; give the status and the body."""
        connection = http.client.HTTPConnection("localhost", timeout=10)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(10)
        try:
            connection.sock.connect(str(self._socket))
            connection.request(method, path, body, {**headers, "Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def vote(self) -> int:
        """Send a ballot; give the status, 0 where there was no answer."""
        try:
            return self.ask("POST", "/vote", CATS, **{"Content-Type": "application/json"})[0]
        except (OSError, http.client.HTTPException):
            return 0

    def counts(self) -> Path:
        """Tell where the processes keep their counts."""
        maps = (each.path for worker in self.workers() for each in worker.memory_maps())
        return next(Path(path).parent for path in maps if "votify-counts-" in path)


@pytest.fixture
def gunicorn(tmp_path: Path, redis: Redis, redis_server: RedisServer) -> Iterator[Gunicorn]:
    """Give the running service, with one poll."""
    publish(redis, a_poll(slug="cats-or-dogs"))
    gunicorn = Gunicorn(tmp_path, redis_server.url("vote"))
    yield gunicorn
    gunicorn.process.terminate()
    gunicorn.process.wait(20)


def test_it_counts_over_all_its_processes(gunicorn: Gunicorn, redis: Redis) -> None:
    """Whichever process is asked, the metrics are those of all together."""
    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda _: gunicorn.vote(), range(60)))
    assert statuses == [202] * 60
    assert len(waiting_ballots(RedisQueue(redis))) == 60
    for _ in range(6):
        metrics = gunicorn.ask("GET", "/metrics")[1]
        found = re.search(r'votify_casts_total\{outcome="accepted"\} ([\d.]+)', metrics)
        assert found is not None
        assert float(found[1]) == 60


def test_it_takes_chunked_ballots_and_no_long_ones(gunicorn: Gunicorn) -> None:
    """A body without a length is read as well; one far too long is cut off, and is no JSON then."""
    headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    for body, status in ((CATS, 202), (" " * 100_000 + CATS, 400)):
        chunk = f"{len(body):x}\r\n{body}\r\n0\r\n\r\n"
        assert gunicorn.ask("POST", "/vote", chunk, **headers)[0] == status


def test_it_is_up_again_after_a_process_was_killed(gunicorn: Gunicorn, redis: Redis) -> None:
    """Whatever was accepted is on the queue, and a new process takes the killed one's place."""
    victim = gunicorn.workers()[0]
    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(gunicorn.vote) for _ in range(100)]
        eventually(lambda: sum(answer.done() for answer in answers) > 20)
        victim.kill()
    accepted = [answer.result() for answer in answers].count(202)
    eventually(lambda: victim not in gunicorn.workers() and len(gunicorn.workers()) == 2)
    assert accepted > 20
    assert len(waiting_ballots(RedisQueue(redis))) >= accepted
    assert gunicorn.vote() == 202


def test_it_clears_away_what_a_killed_master_left(
    gunicorn: Gunicorn, tmp_path: Path, redis_server: RedisServer
) -> None:
    """The counts of a master that could not say good-bye are gone with the next start."""
    assert gunicorn.vote() == 202
    left, workers = gunicorn.counts(), gunicorn.workers()
    gunicorn.process.kill()
    gunicorn.process.wait()
    psutil.wait_procs(workers, timeout=20)  # they find out by themselves
    again = Gunicorn(tmp_path, redis_server.url("vote"))
    try:
        assert not left.exists()
        assert again.vote() == 202
        assert again.counts().is_dir()
    finally:
        again.process.terminate()
        again.process.wait(20)


def test_it_finishes_what_it_has_begun_and_leaves_nothing(gunicorn: Gunicorn) -> None:
    """SIGTERM lets no request without its answer, and takes the counts' files away."""
    assert gunicorn.vote() == 202
    counts = gunicorn.counts()
    assert counts.is_dir()
    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(gunicorn.vote) for _ in range(200)]
        eventually(lambda: sum(answer.done() for answer in answers) > 20)
        gunicorn.process.send_signal(signal.SIGTERM)
        assert gunicorn.process.wait(15) == 0
    statuses = [answer.result() for answer in answers]
    assert set(statuses) <= {202, 0}
    assert statuses.count(202) > 20
    assert not counts.exists()
