"""What every store of images must do: the directory and the bucket."""

from __future__ import annotations

from pathlib import Path

import pytest

from admin.store import Store, store_from
from ballotbox.settings import Settings


@pytest.fixture(params=["disk", pytest.param("s3", marks=pytest.mark.service)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "disk":
        return store_from(Settings(image_store=str(tmp_path / "deep" / "images")))
    server = request.getfixturevalue("objects_server")
    # A bucket for each test; the first file that is put makes it.
    return store_from(
        server.settings(f"s3://{tmp_path.name.strip('_').replace('_', '-')[:40]}/kept")
    )


def test_it_gives_what_was_put(store: Store) -> None:
    """Every byte of a file comes back."""
    content = bytes(range(256)) * 1000
    store.put("one.webp", content)

    assert store.get("one.webp") == content


def test_it_tells_what_is_not_there(store: Store) -> None:
    """Before the first file as after it, an unknown name is no error."""
    assert store.get("one.webp") is None
    store.put("one.webp", b"content")
    assert store.get("two.webp") is None


def test_it_puts_the_same_file_again(store: Store) -> None:
    """Whoever sends an image twice does no harm."""
    store.put("one.webp", b"content")
    store.put("one.webp", b"content")

    assert store.get("one.webp") == b"content"


def test_it_forgets_what_is_deleted(store: Store) -> None:
    """A deleted file is gone; deleting it again, or one that never was, is no error."""
    store.put("one.webp", b"content")
    store.put("two.webp", b"other")

    for _ in range(2):
        store.delete("one.webp")

    assert store.get("one.webp") is None
    assert store.get("two.webp") == b"other"
