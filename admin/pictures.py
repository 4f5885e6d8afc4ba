"""
An uploaded image, decoded and encoded anew: what is kept was written here, pixel by pixel.

What a file says of itself, its name and content type, counts for nothing. `admin.darkroom` does
this in a process of its own, with a limit of memory.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from ballotbox.errors import InvalidImage
from ballotbox.sentence import Sentence

MAX_BYTES = 5 * 1024 * 1024
_MOST_PIXELS = 40_000_000
_LARGE, _SMALL = 1280, 320  # the longer side, in pixels
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"GIF8")
_QUALITY = 82
_TOO_MANY_PIXELS = Sentence("The image has more than 40 megapixels. Save it smaller.")
_DAMAGED = Sentence("The file is damaged or not complete.")
_A_PROGRAM = Sentence(
    "An SVG can hold a program, so it is not taken. Send a JPEG, PNG, WebP or GIF image."
)
_NO_IMAGE = Sentence(
    "This is no image, whatever its name says. Send a JPEG, PNG, WebP or GIF image."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """
    An image in both sizes, as WebP.

    :param name: 32 hexadecimal digits that its content decides: the same image has the same name.
    :param width: of the large one, in pixels, as is `height`.
    """

    name: str
    large: bytes
    small: bytes
    width: int
    height: int

    @property
    def files(self) -> dict[str, bytes]:
        return dict(zip(files_of(self.name), (self.large, self.small), strict=True))


def files_of(name: str) -> tuple[str, str]:
    """Name the files of an image: the large one, then the small one."""
    return f"{name}.webp", f"{name}-small.webp"


def encode(data: bytes) -> Encoded:
    """
    Make the two sizes of an image: upright, without its metadata, the first frame of several.

    :raise InvalidImage: with a sentence for the person who sent it.
    :raise MemoryError: if the process may not have as much memory as it takes.
    """
    check_size(data)
    large = _pixels(data)
    small = large.copy()
    small.thumbnail((_SMALL, _SMALL))
    written = _webp(large)
    return Encoded(
        name=hashlib.sha256(written).hexdigest()[:32],
        large=written,
        small=_webp(small),
        width=large.width,
        height=large.height,
    )


def check_size(data: bytes) -> None:
    """Raise InvalidImage if a file is empty or too large to be looked at."""
    if not data:
        raise InvalidImage("The file is empty.")
    if len(data) > MAX_BYTES:
        raise InvalidImage("The file is larger than 5 MB. Save the image smaller.")


def _pixels(data: bytes) -> Image.Image:
    image = _opened(data)
    if image.width * image.height > _MOST_PIXELS:
        raise InvalidImage(_TOO_MANY_PIXELS)
    try:
        # A JPEG is decoded no larger than needed, which saves most of the memory and time.
        image.draft(None, (_LARGE, _LARGE))
        image.load()
        shown = _in_plain_colours(image)
        turned = image.getexif()
        shown.thumbnail((_LARGE, _LARGE), reducing_gap=3)
        shown.getexif().update(turned)
        ImageOps.exif_transpose(shown, in_place=True)
    except MemoryError:
        raise
    except Exception as error:
        raise InvalidImage(_DAMAGED) from error
    return shown


def _opened(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise InvalidImage(_TOO_MANY_PIXELS) from error
    except Exception as error:
        raise InvalidImage(_what_is_wrong(data)) from error


def _what_is_wrong(data: bytes) -> str:
    if data.startswith(_BEGINNINGS):
        return _DAMAGED
    if b"<svg" in data[:4096].lower():
        return _A_PROGRAM
    return _NO_IMAGE


def _in_plain_colours(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        # Sixteen bits of grey; Pillow would cut them off, not scale them.
        image = image.convert("I").point(lambda grey: grey / 256)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _webp(image: Image.Image) -> bytes:
    bare = Image.frombytes(image.mode, image.size, image.tobytes())
    written = io.BytesIO()
    bare.save(written, "WEBP", quality=_QUALITY, method=4)
    return written.getvalue()
