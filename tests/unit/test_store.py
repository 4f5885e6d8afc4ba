"""Images on a disk, where something is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from admin.store import DiskStore
from ballotbox.errors import ImagesUnavailable


def test_it_leaves_nothing_but_the_files(tmp_path: Path) -> None:
    """What is written beside is renamed, not copied."""
    DiskStore(tmp_path).put("one.webp", b"content")

    assert [path.name for path in tmp_path.iterdir()] == ["one.webp"]


def test_it_says_that_the_disk_does_not_work(tmp_path: Path) -> None:
    """A directory that cannot be one is the operator's business; its words are for logs."""
    (tmp_path / "file").write_text("in the way")
    store = DiskStore(tmp_path / "file" / "images")

    with pytest.raises(ImagesUnavailable, match="cannot be written right now"):
        store.put("one.webp", b"content")
    with pytest.raises(ImagesUnavailable, match="cannot be read right now"):
        store.get("one.webp")
