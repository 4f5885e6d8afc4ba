"""
Images for polls, for programs.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, request
from werkzeug.exceptions import UnsupportedMediaType

from admin import note
from admin.access import SIGNED_IN, access, organiser
from admin.api.code_models import ImageOut
from admin.api.operation import operation
from admin.images import Images
from admin.tokens import POLLS
from ballotbox.errors import ImagesUnavailable, InvalidImage, TooManyImages

_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "application/octet-stream")


def blueprint(images: Images) -> Blueprint:
    """Make the routes."""
    part = Blueprint("uploads", __name__)

    @part.post("/images")
    @access(SIGNED_IN, token=POLLS)
    @operation(
        status=HTTPStatus.CREATED,
        uploads=_TYPES,
        raises=(InvalidImage, TooManyImages, ImagesUnavailable),
    )
    def add_image() -> ImageOut:
        """
        Store an image: JPEG, PNG, WebP or GIF, up to 5 MB, as the body of the request.

        It is kept as WebP in two sizes. One that no poll uses is forgotten after a day.
        """
        if request.mimetype not in _TYPES:
            raise UnsupportedMediaType("Send the image itself, and its type as Content-Type.")
        added = images.add(organiser().id, request.get_data(cache=False))
        note.about(rest=f"image:{added.name}")
        return ImageOut(
            name=added.name,
            url=f"/images/{added.name}.webp",
            small=f"/images/{added.name}-small.webp",
            width=added.width,
            height=added.height,
        )

    return part
