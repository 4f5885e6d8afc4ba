"""Templates that are compiled once for all services that a test process makes."""

from __future__ import annotations

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


def compile_once() -> None:
    """Let every Flask application of this process share what it has compiled."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Shared()}


class _Shared(BytecodeCache):
    """Keeps compiled templates in memory: by content, and by what else decides how they compile."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[object, ...], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """See Jinja."""
        if compiled := self._compiled.get(_key(bucket)):
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """See Jinja."""
        self._compiled[_key(bucket)] = bucket.bytecode_to_string()


def _key(bucket: Bucket) -> tuple[object, ...]:
    made = bucket.environment
    blocks = (made.trim_blocks, made.lstrip_blocks, *sorted(made.extensions))
    return bucket.key, bucket.checksum, blocks
