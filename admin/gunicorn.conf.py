# ruff: noqa: N999 - this is gunicorn's own name for such a file
"""
How gunicorn serves the desk: one process with threads, because organisers are few.

With several processes each has metrics of its own, and /metrics shows those of one of them.
"""

import gc
import logging
import tempfile
from pathlib import Path

from gunicorn.glogging import Logger

from ballotbox import logs
from ballotbox.settings import Settings

_settings = Settings.read()
# Files that are written all the time belong in memory: on a busy disk that may block for seconds.
_shared_memory = Path("/dev/shm")  # noqa: S108 - only files of our own are made there


def _lines() -> logging.Handler:
    logs.configure(_settings)
    return logging.getLogger().handlers[0]


class _NoAccessLog(Logger):  # type: ignore[misc]  # it has no types
    """With a `logconfig_dict` gunicorn makes a line for each request, only to drop it."""

    access_log_enabled = False


bind = _settings.bind
worker_class = "gthread"
workers = _settings.admin_processes
threads = _settings.admin_threads
# Longer than NGINX keeps its side open: it never sends an edit down a connection about to close.
keepalive = 75
timeout = 60
# As much as NGINX lets through: the longest search that the API's document allows is no short line.
limit_request_line = 8190
graceful_timeout = 8  # below the ten seconds after which containers are killed
worker_tmp_dir = str(_shared_memory) if _shared_memory.is_dir() else tempfile.gettempdir()
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


def post_worker_init(_worker: object) -> None:
    """Spare the garbage collector what is loaded by now: it stays, and need not be looked at."""
    gc.freeze()
