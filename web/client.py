"""Who is on the other side of the router."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def address(environ: Mapping[str, Any]) -> str:
    """Give the address a request comes from: NGINX says it, and nobody else reaches a service."""
    return str(environ.get("HTTP_X_FORWARDED_FOR") or environ.get("REMOTE_ADDR", ""))
