"""
Makes a PNG of a picture: `python png.py < picture.svg > picture.png`.

A program of its own, at low priority. Drawing letters takes tens of milliseconds that nothing can
interrupt, and every socket of the service would wait for as long; and what draws them is not
Python: if it ends, it ends alone.
"""

from __future__ import annotations

import os
import sys
from importlib.resources import files

import resvg_py

_FONT = "Noto Sans"
_NICE = 10


def main() -> None:
    """Draw what comes in."""
    os.nice(_NICE)
    # Its own letters first, then those of the machine; what neither has is an empty box.
    fonts = str(files("fontpkg_noto_sans") / "files")
    drawn = resvg_py.svg_to_bytes(
        svg_string=sys.stdin.buffer.read().decode(),
        font_dirs=[fonts],
        font_family=_FONT,
        sans_serif_family=_FONT,
    )
    sys.stdout.buffer.write(bytes(drawn))


if __name__ == "__main__":
    main()
