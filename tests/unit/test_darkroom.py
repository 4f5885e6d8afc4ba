"""Images are worked on apart: whatever a file does there, the desk goes on."""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from admin import darkroom
from admin.darkroom import develop
from admin.pictures import encode
from ballotbox.errors import ImagesUnavailable, InvalidImage

BUSY = "The image takes too much memory or time to be opened. Save it smaller."


def a_picture(*size: int, mode: str = "RGB", kind: str = "PNG", **options: object) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size or (640, 480), 7).save(written, kind, **options)
    return written.getvalue()


def program(text: str) -> list[str]:
    """Give a command that runs a text in place of what works on images."""
    return [sys.executable, "-c", text]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_it_makes_what_is_made_in_one_process(kind: str) -> None:
    """Bit for bit: an image has the name of its content."""
    data = a_picture(1600, 900, kind=kind)
    assert develop(data) == encode(data)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"x" * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
        (b"no image", "This is no image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "An SVG can hold a program"),
        (a_picture()[:-200], "damaged or not complete"),
    ],
    ids=["empty", "large", "text", "svg", "cut"],
)
def test_it_says_what_is_wrong(data: bytes, sentence: str) -> None:
    """In the words that pages have translations of."""
    with pytest.raises(InvalidImage, match=sentence):
        develop(data)


def test_it_takes_a_photograph_of_a_telephone() -> None:
    """A JPEG of 40 megapixels is never unpacked whole."""
    made = develop(a_picture(7296, 5472, kind="JPEG", quality=20))
    assert (made.width, made.height) == (1280, 960)


@pytest.mark.skipif(sys.platform != "linux", reason="no such limit there")
@pytest.mark.parametrize(
    "bomb",
    [
        {"mode": "RGBA", "kind": "WEBP", "lossless": True},
        {"mode": "RGBA", "kind": "PNG"},
        {"mode": "I;16", "kind": "PNG"},
    ],
    ids=["webp", "png", "grey"],
)
def test_it_lets_no_small_file_fill_the_memory(bomb: dict[str, object]) -> None:
    """It is refused, or takes no more than its limit; what was taken is given back."""
    data = a_picture(6000, 6000, **bomb)  # type: ignore[arg-type]
    assert len(data) < 400_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        develop(data)
    except InvalidImage as error:
        assert str(error) == BUSY  # noqa: PT017 - it may be small enough elsewhere
    # In kilobytes; the largest child so far is the one above, or another program.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000
    assert develop(a_picture()).width == 640


@pytest.mark.parametrize(
    "end", ["import os; os.abort()", "raise SystemExit(1)", "import time; time.sleep(60)"]
)
def test_it_goes_on_when_the_process_ends_or_hangs(
    monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """The person is told in a sentence, and the next image is worked on."""
    with monkeypatch.context() as patched:
        patched.setattr(darkroom, "_COMMAND", program(end))
        patched.setattr(darkroom, "_LONGEST", 1)
        with pytest.raises(InvalidImage, match=BUSY):
            develop(a_picture())
    assert develop(a_picture()).width == 640


def test_it_hands_no_secret_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """What decodes a stranger's file can tell it nothing."""
    monkeypatch.setenv("SECRET_KEY", "a secret of the desk")
    said = 'import json, os; print(json.dumps({"problem": " ".join(os.environ)}))'
    monkeypatch.setattr(darkroom, "_COMMAND", program(said))
    with pytest.raises(InvalidImage) as error:
        develop(a_picture())
    assert "SECRET_KEY" in os.environ
    assert "SECRET_KEY" not in str(error.value)


def test_it_works_on_one_at_a_time_and_lets_nobody_wait_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Several at once would take several times the memory."""
    alone = json.dumps({"problem": "done"})
    text = f"import time; time.sleep(1); print({alone!r})"
    monkeypatch.setattr(darkroom, "_COMMAND", program(text))
    monkeypatch.setattr(darkroom, "_PATIENCE", 0.1)

    def told(_: int) -> type[Exception]:
        with pytest.raises((InvalidImage, ImagesUnavailable)) as error:
            develop(a_picture())
        return error.type

    with ThreadPoolExecutor(2) as threads:
        assert set(threads.map(told, range(2))) == {InvalidImage, ImagesUnavailable}
