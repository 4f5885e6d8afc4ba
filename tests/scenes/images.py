"""
Images to upload: small landscapes, drawn by rule.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from PIL import Image, ImageDraw

_WIDTH, _HEIGHT = 960, 720

# Sky, far hills, near hills.
_COLOURS = (
    ("#f6c58f", "#c9735b", "#7a3b4f"),
    ("#a9d6e8", "#4f93ad", "#1f4e6b"),
    ("#cfe3b4", "#7fa65a", "#3d6638"),
    ("#d9d3ea", "#8d7fb8", "#4c3f77"),
)


def landscapes() -> Iterator[bytes]:
    """Give each as a PNG."""
    for number, colours in enumerate(_COLOURS):
        file = io.BytesIO()
        _landscape(number, *colours).save(file, "PNG")
        yield file.getvalue()


def _landscape(number: int, sky: str, far: str, near: str) -> Image.Image:
    drawn = Image.new("RGB", (_WIDTH, _HEIGHT), sky)
    draw = ImageDraw.Draw(drawn)
    sun = 180 + 160 * number
    draw.ellipse((sun, 110, sun + 150, 260), fill="#fff6df")
    draw.polygon(
        [(0, 520), (260, 300), (520, 540), (760, 340), (960, 500), (960, 720), (0, 720)], far
    )
    draw.ellipse((-300, 480, 620, 1100), fill=near)
    draw.ellipse((380, 540, 1300, 1200), fill=near)
    return drawn
