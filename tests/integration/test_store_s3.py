"""Images in a bucket: a real server that speaks S3, and what happens where it does not help."""

from __future__ import annotations

import socket
import time

import pytest

from admin.store import store_from
from ballotbox.errors import ImagesUnavailable
from tests.servers import ObjectsServer


def test_it_keeps_files_under_its_prefix(objects_server: ObjectsServer) -> None:
    """A bucket may hold other things beside the images of Votify."""
    store_from(objects_server.settings("s3://shared/votify/images")).put("one.webp", b"content")

    assert store_from(objects_server.settings("s3://shared")).get("one.webp") is None
    whole = store_from(objects_server.settings("s3://shared"))
    assert whole.get("votify/images/one.webp") == b"content"


@pytest.mark.parametrize("wrong", [{"s3_secret_key": "not this one"}, {"s3_access_key": "nobody"}])
def test_it_says_that_the_key_is_wrong(
    objects_server: ObjectsServer, wrong: dict[str, str]
) -> None:
    """A wrong key is not the same as a missing image."""
    store = store_from(objects_server.settings(**wrong))

    for act in (lambda: store.put("one.webp", b"content"), lambda: store.get("one.webp")):
        with pytest.raises(ImagesUnavailable, match="The store of images"):
            act()


def test_it_does_not_wait_long_for_a_store_that_is_away(objects_server: ObjectsServer) -> None:
    """Whoever sends an image hears of an outage within seconds."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
    store = store_from(objects_server.settings(s3_endpoint=f"http://127.0.0.1:{port}"))
    began = time.monotonic()

    with pytest.raises(ImagesUnavailable):
        store.get("one.webp")

    assert time.monotonic() - began < 10
