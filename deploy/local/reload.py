"""RELOAD=1: a service starts again when its code changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

from watchfiles import Change, DefaultFilter, watch

from deploy.local.layout import ROOT

_SERVICES = ("vote", "worker", "result", "admin")
_SHARED = {"ballotbox": set(_SERVICES), "web": {"vote", "result", "admin"}}
_READ = (".py", ".lua", ".sql", ".html", ".po")
_LOOK_AGAIN = 500  # milliseconds


class _Code(DefaultFilter):
    """What a running service has read. Static files are read by NGINX each time."""

    def __call__(self, change: Change, path: str) -> bool:
        return path.endswith(_READ) and super().__call__(change, path)


def changed_services(stopping: Event) -> Iterator[set[str]]:
    """Give the services whose code has changed, at least twice a second; none: an empty set."""
    folders = [ROOT / name for name in (*_SHARED, *_SERVICES)]
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
    """Tell which services have read these files: several, where what they share has changed."""
    parts = {path.relative_to(ROOT).parts[0] for path in paths}
    return set().union(*(_SHARED.get(part, {part}) for part in parts)) & set(_SERVICES)
