"""
Has an uploaded image worked on by a process of its own: `python -m admin.darkroom < file`.

A file of a kilobyte may unpack to gigabytes, and what unpacks it is not Python: where that ends, it
ends alone. The process is limited in memory and time, and has none of the desk's secrets.
"""

from __future__ import annotations

import json
import logging
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock

from admin.pictures import Encoded, check_size, encode
from ballotbox.errors import ImagesUnavailable, InvalidImage
from ballotbox.sentence import Sentence

_COMMAND = [sys.executable, "-m", "admin.darkroom"]
_ROOT = Path(__file__).parents[1]
_MEMORY = 512 * 1024 * 1024  # bytes
_LONGEST = 20  # seconds
_TOO_MUCH = Sentence("The image takes too much memory or time to be opened. Save it smaller.")
# Several at once would take several times the memory; who waits for long is told to try again.
_ONE_AT_A_TIME = Lock()
_PATIENCE = 15  # seconds

_log = logging.getLogger(__name__)


def develop(data: bytes) -> Encoded:
    """
    Make the two sizes of an image, as `admin.pictures.encode` does.

    :raise InvalidImage: with a sentence for the person who sent it.
    :raise ImagesUnavailable: if others are worked on for too long, or no process can be started.
    """
    check_size(data)
    if not _ONE_AT_A_TIME.acquire(timeout=_PATIENCE):
        raise ImagesUnavailable("Other images are being worked on.")
    try:
        done = subprocess.run(  # noqa: S603 - a program of ours, and nothing of the request in it
            _COMMAND,
            input=data,
            capture_output=True,
            check=True,
            timeout=_LONGEST,
            cwd=_ROOT,
            env={},
        )
    except subprocess.SubprocessError as error:
        _log.warning("an image of %d bytes cannot be worked on: %s", len(data), error)
        raise InvalidImage(_TOO_MUCH) from error
    except OSError as error:
        _log.exception("no process for images can be started")
        raise ImagesUnavailable from error
    finally:
        _ONE_AT_A_TIME.release()
    return _read(done.stdout)


def _read(written: bytes) -> Encoded:
    head, _, files = written.partition(b"\n")
    said = json.loads(head)
    if "problem" in said:
        raise InvalidImage(Sentence(said["problem"]))
    cut = said.pop("cut")
    return Encoded(large=files[:cut], small=files[cut:], **said)


def main() -> None:
    """Work on the image that comes in; write a line of JSON, and the two sizes behind it."""
    for limit, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, _LONGEST)):
        with suppress(ValueError, OSError):  # where the system knows no such limit
            resource.setrlimit(limit, (most, most))
    files = b""
    try:
        made = encode(sys.stdin.buffer.read())
    except InvalidImage as error:
        said: dict[str, object] = {"problem": str(error)}
    except MemoryError:
        said = {"problem": _TOO_MUCH}
    else:
        said = {"name": made.name, "width": made.width, "height": made.height}
        said["cut"] = len(made.large)
        files = made.large + made.small
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + files)


if __name__ == "__main__":
    main()
