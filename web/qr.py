"""
QR codes, as SVG: to stand in a page, where no style may be written, or to be kept as a file.
"""

from __future__ import annotations

import segno

_QUIET = 3  # modules around it; phones want some
_DARK, _LIGHT = "#000", "#fff"  # also where the page is dark: many phones read nothing else


def inline(text: str) -> str:
    """Draw a text as an SVG element that is as large as its place."""
    drawn: str = _make(text).svg_inline(
        omitsize=True, border=_QUIET, dark=_DARK, light=_LIGHT, svgclass="qr", lineclass=None
    )
    return drawn


def file(text: str) -> bytes:
    """Draw a text as an SVG file, for slides and posters."""
    drawn: str = _make(text).svg_inline(scale=16, border=_QUIET, dark=_DARK, light=_LIGHT)
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).encode()


def _make(text: str) -> segno.QRCode:
    # "M" survives a fold or a stain; a Micro QR code is read by few phones.
    return segno.make(text, error="m", micro=False)
