"""What may happen to a process of the stack, and a way to make it happen for a while."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import psutil

from deploy.local.stack import Stack

Fault = Callable[..., AbstractContextManager[None]]


@contextmanager
def frozen(stack: Stack, *names: str) -> Iterator[None]:
    """Stop processes where they are: they keep their connections and answer nothing."""
    found = _families(stack, names)
    _send(found, signal.SIGSTOP)
    try:
        yield
    finally:
        _send(found, signal.SIGCONT)
        stack.wait_ready()


@contextmanager
def killed(stack: Stack, *names: str) -> Iterator[None]:
    """Kill processes as a power cut would; nothing is started again before the end."""
    found = _families(stack, names)
    os.kill(stack.supervisor_pid, signal.SIGSTOP)
    try:
        _send(found, signal.SIGKILL)
        yield
    finally:
        os.kill(stack.supervisor_pid, signal.SIGCONT)
        stack.wait_ready()


def kill(stack: Stack, *names: str) -> None:
    """Kill processes; the supervisor starts them again at once."""
    _send(_families(stack, names), signal.SIGKILL)


def _families(stack: Stack, names: tuple[str, ...]) -> list[psutil.Process]:
    pids = stack.pids()
    heads = [psutil.Process(pids[name]) for name in names]
    # The parents first, so that none starts another child in between.
    return [*heads, *(child for head in heads for child in head.children(recursive=True))]


def _send(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
