"""Where the files of images are kept: in a directory, or in a bucket of an S3-compatible store."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from ballotbox.errors import ImagesUnavailable
from ballotbox.settings import Settings


class Store(Protocol):
    """Files by name; each method raises ImagesUnavailable where the store does not answer."""

    def put(self, file: str, data: bytes) -> None:
        """Keep a file; one of this name is replaced."""

    def get(self, file: str) -> bytes | None:
        """Give a file, or None where there is none of this name."""

    def delete(self, file: str) -> None:
        """Forget a file; harmless where there is none."""


class DiskStore:
    """A directory, made when the first file is put into it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, file: str, data: bytes) -> None:
        """Write beside and rename: nobody ever reads half a file."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._directory, delete=False) as draft:
                draft.write(data)
                draft.flush()
                os.fsync(draft.fileno())
            Path(draft.name).replace(self._directory / file)
        except OSError as error:
            raise ImagesUnavailable("The images cannot be written right now.") from error

    def get(self, file: str) -> bytes | None:
        """Read a file."""
        try:
            return (self._directory / file).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ImagesUnavailable("The images cannot be read right now.") from error

    def delete(self, file: str) -> None:
        """Remove a file."""
        with suppress(OSError):
            (self._directory / file).unlink()


def store_from(settings: Settings) -> Store:
    """Make the store that IMAGE_STORE names; nothing connects before it is used."""
    if settings.image_store.startswith("s3://"):
        # It takes half a second and 40 MB, which nobody needs who has a disk.
        from admin.bucket import bucket_from  # noqa: PLC0415

        return bucket_from(settings)
    return DiskStore(Path(settings.image_store))
