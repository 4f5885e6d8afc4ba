"""RELOAD=1: a service starts again when its code changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

from watchfiles import DefaultFilter, watch

from deploy.local.layout import ROOT

_SERVICES = ("vote", "worker", "result", "admin")
_LOOK_AGAIN = 500  # milliseconds


class _Code(DefaultFilter):
    """What a running service has read. Static files are read by NGINX each time."""

    def __call__(self, change: object, path: str) -> bool:
        return path.endswith((".py", ".lua", ".sql", ".html")) and super().__call__(change, path)  # type: ignore[arg-type]


def changed_services(stopping: Event) -> Iterator[set[str]]:
    """Give the services whose code has changed, at least twice a second; none: an empty set."""
    folders = [ROOT / name for name in ("ballotbox", *_SERVICES)]
    changes = watch(
        *folders,
        watch_filter=_Code(),
        stop_event=stopping,
        rust_timeout=_LOOK_AGAIN,
        yield_on_timeout=True,
        raise_interrupt=False,
    )
    for batch in changes:
        yield services_of(Path(path) for _, path in batch)


def services_of(paths: Iterator[Path]) -> set[str]:
    """Tell which services have read these files: all of them, where `ballotbox` has changed."""
    parts = {path.relative_to(ROOT).parts[0] for path in paths}
    return set(_SERVICES) if "ballotbox" in parts else parts & set(_SERVICES)
