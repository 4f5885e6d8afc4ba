"""
How soon a vote is seen.

From sending `POST /vote` to the event at a Socket.IO client, through NGINX, on a stack that has
nothing else to do.
"""

from __future__ import annotations

import http.client
import json
import queue
import statistics
import tempfile
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any

import socketio

from deploy.local.stack import Stack

_VOTES = 200
_PAUSE = 0.05  # seconds between two votes, so that each meets an idle stack
_PATIENCE = 5.0


def main(votes: int = _VOTES) -> None:
    """Measure, and print the figures."""
    print(f"latency: {votes} votes, from POST to the event at a Socket.IO client, through NGINX")
    env = {"POLL_IDENTITY": "declared", "VOTER_RATE": "0"}
    with tempfile.TemporaryDirectory() as data, Stack(data=Path(data), env=env) as stack:
        for transport in ("websocket", "polling"):
            times = _measure(stack, transport, votes)
            percentiles = statistics.quantiles(times, n=100)
            print(
                f"  {transport:<10} p50 {percentiles[49]:.0f} ms, p99 {percentiles[98]:.0f} ms, "
                f"longest {max(times):.0f} ms (aim: p50 60 ms, p99 250 ms)"
            )


def _measure(stack: Stack, transport: str, votes: int) -> list[float]:
    shown: queue.Queue[int] = queue.Queue()
    client = socketio.Client(reconnection=False)
    client.on("results", lambda snapshot: shown.put(snapshot["ballots"]))
    client.connect(stack.url, transports=[transport])
    before: dict[str, Any] = client.call("watch", {"poll": 1})
    connection = http.client.HTTPConnection("127.0.0.1", stack.port)
    times = []
    for number in range(1, votes + 1):
        times.append(_vote(connection, f"{transport}-{number}", shown, before["ballots"] + number))
        time.sleep(_PAUSE)
    client.disconnect()
    return times


def _vote(
    connection: http.client.HTTPConnection, voter: str, shown: queue.Queue[int], ballots: int
) -> float:
    """Vote, and wait until that many ballots are shown; gives the time from the start, in ms."""
    body = json.dumps({"pollId": 1, "optionId": 1, "userId": voter})
    started = time.perf_counter()
    connection.request("POST", "/vote", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == HTTPStatus.ACCEPTED, answer.status
    while shown.get(timeout=_PATIENCE) < ballots:
        pass
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
