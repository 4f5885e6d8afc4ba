"""
The cookie by which the session of a browser is known.
"""

from __future__ import annotations

from werkzeug.wrappers import Response

from admin.access import cookie, is_secure


def keep_session(answer: Response, text: str) -> Response:
    """Tell the browser its session. When that ends is decided here, not there."""
    answer.set_cookie(cookie(), text, path="/", httponly=True, samesite="Lax", secure=is_secure())
    return answer


def forget_session(answer: Response) -> Response:
    """Make the browser forget its session."""
    answer.delete_cookie(cookie(), path="/", httponly=True, samesite="Lax", secure=is_secure())
    return answer
