"""Images that polls use: kept, handed out, and gone when no poll uses them any more."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from PIL import Image

from admin.app import create_app, make_parts
from admin.images import Images
from admin.pictures import files_of
from admin.store import DiskStore
from ballotbox.errors import ImagesUnavailable, InvalidImage, TooManyImages, UnknownImage
from ballotbox.poll import Poll
from ballotbox.settings import Settings
from tests.servers import Database
from tests.waiting import eventually

MOST = 5


def a_picture(colour: str = "red") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(written, "PNG")
    return written.getvalue()


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / "images")


@pytest.fixture
def images(store: DiskStore, admin_connection: psycopg.Connection[Any]) -> Images:
    return Images(store, lambda: nullcontext(admin_connection), most=MOST)


def shown(images: Images, name: str) -> bool:
    """Tell whether both files of an image are handed out."""
    try:
        return all(images.read(file) for file in files_of(name))
    except UnknownImage:
        return False


def age(connection: psycopg.Connection[Any], name: str) -> None:
    """Let an image have been sent two days ago."""
    statement = "UPDATE images SET created_at = now() - interval '2 days' WHERE name = %s"
    connection.execute(statement, [name])


def test_it_keeps_an_image_in_two_sizes(images: Images) -> None:
    """What an organiser sends is there under one name, with its size."""
    kept = images.add(None, a_picture())

    assert (kept.width, kept.height) == (640, 480)
    large, small = (Image.open(io.BytesIO(images.read(file))) for file in files_of(kept.name))
    assert (large.size, small.size) == ((640, 480), (320, 240))


def test_it_keeps_the_same_image_once(images: Images, connection: psycopg.Connection[Any]) -> None:
    """However often it is sent, by whomever."""
    assert images.add(None, a_picture()) == images.add(None, a_picture())
    assert connection.execute("SELECT count(*) FROM images").fetchone() == (1,)


def test_it_keeps_nothing_that_is_no_image(
    images: Images, connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    """What is refused leaves no trace."""
    with pytest.raises(InvalidImage):
        images.add(None, b"no image")

    assert connection.execute("SELECT count(*) FROM images").fetchone() == (0,)
    assert not (tmp_path / "images").exists()


def test_it_names_no_image_that_the_store_has_not_kept(
    images: Images, connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    """A poll can only use what can be shown."""
    (tmp_path / "images").write_text("in the way")

    with pytest.raises(ImagesUnavailable):
        images.add(None, a_picture())
    assert connection.execute("SELECT count(*) FROM images").fetchone() == (0,)


@pytest.mark.parametrize(
    "file", ["", "x.webp", "../secret", "%2e%2e/x", "A" * 32 + ".webp", "0" * 32 + ".png"]
)
def test_it_hands_out_nothing_else(images: Images, tmp_path: Path, file: str) -> None:
    """What is not named like an image is not even looked for."""
    (tmp_path / "secret").write_text("secret")

    with pytest.raises(UnknownImage):
        images.read(file)


def test_it_drops_what_only_a_deleted_poll_used(
    images: Images, make_poll: Callable[..., Poll], connection: psycopg.Connection[Any]
) -> None:
    """Images go with the last poll that uses them, on its question or on an option."""
    of_options, of_question, shared = (
        images.add(None, a_picture(colour)).name for colour in ("red", "green", "blue")
    )
    poll, _ = make_poll(image=of_question), make_poll(image=shared)
    for number, name in enumerate((of_options, shared), 1):
        statement = "UPDATE options SET image = %s WHERE poll_id = %s AND id = %s"
        connection.execute(statement, [name, poll.id, number])
    names = (of_options, of_question, shared)

    images.drop_unused(names)
    assert all(shown(images, name) for name in names)

    connection.execute("DELETE FROM options WHERE poll_id = %s", [poll.id])
    connection.execute("UPDATE polls SET image = NULL WHERE id = %s", [poll.id])
    images.drop_unused(names)
    assert [shown(images, name) for name in names] == [False, False, True]


def test_it_forgets_what_was_never_used(
    images: Images, make_poll: Callable[..., Poll], connection: psycopg.Connection[Any]
) -> None:
    """An image whose poll was never saved goes after a day, when the next one is sent."""
    used, forgotten = (images.add(None, a_picture(colour)).name for colour in ("red", "green"))
    make_poll(image=used)
    age(connection, used)
    age(connection, forgotten)

    young = images.add(None, a_picture("blue")).name

    assert [shown(images, name) for name in (used, forgotten, young)] == [True, False, True]


def test_it_counts_an_image_that_is_sent_again_as_new(
    images: Images, connection: psycopg.Connection[Any]
) -> None:
    """Somebody is about to use it."""
    name = images.add(None, a_picture()).name
    age(connection, name)

    assert images.add(None, a_picture()).name == name
    assert shown(images, name)


class Halting(DiskStore):
    """A store that deletes nothing before it may."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.deletes, self.may_delete = threading.Event(), threading.Event()

    def delete(self, file: str) -> None:
        self.deletes.set()
        assert self.may_delete.wait(20)
        super().delete(file)


def test_it_loses_no_image_that_is_sent_while_it_is_dropped(
    tmp_path: Path, database: Database
) -> None:
    """Who sends an image that is being dropped at this moment waits, and then it is there."""
    store = Halting(tmp_path / "images")

    def own() -> Images:
        return Images(store, lambda: closing(database.connect("votify_admin")), most=MOST)

    def waiting() -> bool:
        question = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        with database.connect() as connection:
            return connection.execute(question).fetchone() is not None

    name = own().add(None, a_picture()).name
    with ThreadPoolExecutor() as others:
        dropped = others.submit(own().drop_unused, [name])
        assert store.deletes.wait(20)
        added = others.submit(own().add, None, a_picture())
        eventually(waiting)
        store.may_delete.set()
        dropped.result(20)
        added.result(20)

    assert shown(own(), name)


def test_it_keeps_so_many_images_of_one_organiser(
    store: DiskStore, database: Database, connection: psycopg.Connection[Any]
) -> None:
    """However many are sent at once; the same again is no more, what is forgotten makes room."""

    def add(organiser: int, number: int) -> str:
        own = Images(store, lambda: closing(database.connect("votify_admin")), most=MOST)
        return own.add(organiser, a_picture(f"hsl({30 * number}, 100%, 50%)")).name

    ada, bob = (
        connection.execute(
            "INSERT INTO organisers (name, password, role) VALUES (%s, '', 'organiser')"
            " RETURNING id",
            [name],
        ).fetchone()[0]  # type: ignore[index]
        for name in ("ada", "bob")
    )
    with ThreadPoolExecutor(4) as browsers:
        sent = [browsers.submit(add, ada, number) for number in range(MOST + 3)]
    kept = [each.result() for each in sent if each.exception() is None]
    assert len(kept) == MOST
    assert {type(each.exception()) for each in sent} == {type(None), TooManyImages}
    assert sum(path.is_file() for path in store._directory.iterdir()) == 2 * MOST
    first = next(number for number, each in enumerate(sent) if each.exception() is None)
    assert add(ada, first) == kept[0]
    assert add(bob, 9)
    age(connection, kept[1])
    assert add(ada, 10)
    assert not store.get(files_of(kept[1])[0])


@pytest.fixture
def client(admin_settings: Settings) -> FlaskClient:
    return create_app(make_parts(admin_settings)).test_client()


def test_it_hands_an_image_out_for_good(
    client: FlaskClient, admin_settings: Settings, admin_connection: psycopg.Connection[Any]
) -> None:
    """An image's name is that of its content: a browser asks for it once, and never again."""
    store = DiskStore(Path(admin_settings.image_store))
    images = Images(store, lambda: nullcontext(admin_connection), most=MOST)
    name = images.add(None, a_picture()).name

    for file in files_of(name):
        answer = client.get(f"/images/{file}")
        assert answer.status_code == 200
        assert answer.content_type == "image/webp"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        asked = {"If-None-Match": answer.headers["ETag"]}
        assert client.get(f"/images/{file}", headers=asked).status_code == 304


def test_it_says_that_there_is_no_such_image(client: FlaskClient) -> None:
    """A poll that is gone leaves addresses behind."""
    assert client.get(f"/images/{'0' * 32}.webp").status_code == 404


def test_it_keeps_an_image_although_old_ones_cannot_be_cleared_away(
    images: Images,
    store: DiskStore,
    connection: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is somebody else's rubbish is no reason to send an image again."""
    old = images.add(None, a_picture("blue"))
    age(connection, old.name)

    def fail(file: str) -> None:
        raise ImagesUnavailable(file)

    monkeypatch.setattr(store, "delete", fail)
    assert shown(images, images.add(None, a_picture()).name)
