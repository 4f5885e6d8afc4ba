"""Images that organisers send: what becomes of them, and what is refused in a sentence."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from admin import pictures
from admin.pictures import encode
from ballotbox.errors import InvalidImage

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
ORIENTATION = 0x0112


def a_file(
    kind: str = "PNG", *, mode: str = "RGB", size: tuple[int, int] = (64, 48), **options: Any
) -> bytes:
    """Make an image file with a gradient, so that it holds more than one colour."""
    image = Image.linear_gradient("L").resize(size).convert(mode)
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def decoded(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("kind", FORMATS)
def test_it_takes_the_four_formats_and_keeps_webp(kind: str) -> None:
    """Whatever comes in, WebP goes out, in two sizes."""
    image = encode(a_file(kind))

    assert [decoded(file).format for file in image.files.values()] == ["WEBP", "WEBP"]
    assert list(image.files) == [f"{image.name}.webp", f"{image.name}-small.webp"]
    assert (image.width, image.height) == (64, 48)


@pytest.mark.parametrize("kind", FORMATS)
def test_it_fits_the_longer_side(kind: str) -> None:
    """1280 pixels at most for the large one, 320 for the small one, and the shape stays."""
    image = encode(a_file(kind, size=(600, 2560)))

    assert (image.width, image.height) == decoded(image.large).size == (300, 1280)
    assert decoded(image.small).size == (75, 320)


def test_it_enlarges_nothing() -> None:
    """A small image stays as small as it is."""
    assert decoded(encode(a_file(size=(40, 30))).small).size == (40, 30)


def test_it_names_an_image_by_its_content() -> None:
    """The same image has the same name, another one another."""
    first, again, other = encode(a_file()), encode(a_file()), encode(a_file(size=(65, 48)))

    assert first == again
    assert first.name != other.name
    assert len(first.name) == 32


def test_it_drops_what_a_file_tells_beside_its_pixels() -> None:
    """Where a photo was taken, and with what, is nobody's business."""
    exif = Image.Exif()
    exif[0x010F] = "A camera of mine"
    exif.get_ifd(0x8825)[1] = "N"
    sent = a_file("JPEG", exif=exif, comment=b"a secret", icc_profile=b"a profile")

    for file in encode(sent).files.values():
        assert not dict(decoded(file).getexif())
        assert not {"icc_profile", "exif", "xmp", "comment"} & decoded(file).info.keys()
        assert b"camera" not in file


def test_it_turns_a_photo_upright() -> None:
    """A phone held sideways says so in the metadata that is dropped."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    image = encode(a_file("JPEG", size=(2600, 1000), exif=exif))

    assert decoded(image.large).size == (image.width, image.height) == (492, 1280)


def test_it_keeps_transparency() -> None:
    """What can be seen through stays so; a photo gets no such channel."""
    clear = encode(a_file(mode="RGBA"))
    see_through = io.BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(see_through, "PNG")

    assert decoded(encode(see_through.getvalue()).large).getchannel("A").getextrema() == (0, 0)
    assert clear.width == 64


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_it_takes_every_way_a_png_holds_colours(mode: str) -> None:
    """Grey, palettes and sixteen bits are images as well."""
    grey = Image.new("L", (8, 8), 128)
    image = grey.convert("I").point(lambda value: value * 257) if mode == "I;16" else grey
    written = io.BytesIO()
    image.convert(mode).save(written, "PNG")
    large = decoded(encode(written.getvalue()).large).convert("L")

    # One bit a pixel has nothing but black and white, in turns.
    expected = (0, 255) if mode == "1" else (128, 128)
    assert large.getextrema() == pytest.approx(expected, abs=40 if mode == "1" else 6)


def test_it_shows_the_first_frame() -> None:
    """What moves stands still here."""
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    written = io.BytesIO()
    first.save(written, "GIF", save_all=True, append_images=[second])
    large = decoded(encode(written.getvalue()).large)

    assert not getattr(large, "is_animated", False)
    red, _, blue = large.convert("RGB").getpixel((4, 4))  # type: ignore[misc]
    assert red > blue + 200


def a_zip() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("photo.jpg", "not a photo")
    return written.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"x" * (pictures.MAX_BYTES + 1), "larger than 5 MB"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<!doctype html><script>alert(1)</script>", "This is no image"),
        (a_zip(), "This is no image"),
        (a_file("BMP"), "This is no image"),
        (a_file("TIFF"), "This is no image"),
        *((a_file(kind)[: len(a_file(kind)) // 2], "not complete") for kind in FORMATS),
        (b"\x89PNG\r\n\x1a\n", "not complete"),
        (b"GIF89a", "not complete"),
    ],
)
def test_it_refuses_in_a_sentence(data: bytes, sentence: str) -> None:
    """Whoever sends something else is told what is wrong with it."""
    with pytest.raises(InvalidImage, match=sentence) as error:
        encode(data)

    assert str(error.value).endswith(".")


@pytest.mark.parametrize("side", [7000, 20_000])
def test_it_refuses_a_small_file_that_would_fill_the_memory(side: int) -> None:
    """A few KB can hold hundreds of megapixels; they are never unpacked."""
    bomb = a_file(mode="1", size=(8, 8))
    # The size stands in the head, with a checksum behind it.
    head = bomb[12:16] + side.to_bytes(4) * 2 + bomb[24:29]
    forged = bomb[:12] + head + zlib.crc32(head).to_bytes(4) + bomb[33:]

    with pytest.raises(InvalidImage, match="40 megapixels"):
        encode(forged)


@given(
    kind=st.sampled_from(FORMATS),
    place=st.integers(0, 10_000),
    damage=st.binary(min_size=1, max_size=40),
)
def test_it_survives_every_damage(kind: str, place: int, damage: bytes) -> None:
    """Whatever is broken in a file, it is an image still or refused in a sentence."""
    data = a_file(kind)
    place %= len(data)
    try:
        image = encode(data[:place] + damage + data[place + len(damage) :])
    except InvalidImage:
        return
    assert decoded(image.large).size == (image.width, image.height)
