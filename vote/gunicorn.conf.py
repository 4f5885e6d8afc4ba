# ruff: noqa: N999 - this is gunicorn's own name for such a file
"""
How gunicorn serves the vote service: processes with threads, because a vote mostly waits for Redis.
"""

import gc
import logging
import os
import shutil
import tempfile
from pathlib import Path

from gunicorn.glogging import Logger

from ballotbox import logs
from ballotbox.settings import Settings
from vote import counts

_settings = Settings.read()
# Files that are written all the time belong in memory: on a busy disk that may block for seconds.
_shared_memory = Path("/dev/shm")  # noqa: S108 - only files of our own are made there
_memory = _shared_memory if _shared_memory.is_dir() else Path(tempfile.gettempdir())


def _lines() -> logging.Handler:
    logs.configure(_settings)
    return logging.getLogger().handlers[0]


class _NoAccessLog(Logger):  # type: ignore[misc]  # it has no types
    """With a `logconfig_dict` gunicorn makes a line for each request, only to drop it."""

    access_log_enabled = False


bind = _settings.bind
worker_class = "gthread"
workers = _settings.vote_processes
threads = _settings.vote_threads
# Longer than NGINX keeps its side open: it never sends a ballot down a connection about to close.
keepalive = 75
timeout = 30
graceful_timeout = 8  # below the ten seconds after which containers are killed
worker_tmp_dir = str(_memory)
logger_class = _NoAccessLog
# The master's lines look like those of the application, which is made in the workers.
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"lines": {"()": _lines}},
    "root": {"handlers": ["lines"], "level": _settings.log_level.upper()},
    "loggers": {"gunicorn.error": {"handlers": [], "propagate": True}},
}
control_socket_disable = True

_counts = counts.make_directory(_memory)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_counts)


def post_worker_init(_worker: object) -> None:
    """Spare the garbage collector what is loaded by now: it stays, and need not be looked at."""
    gc.freeze()


def on_exit(_server: object) -> None:
    """Take the counts away with the master that made their place."""
    shutil.rmtree(_counts, ignore_errors=True)
