"""
Refuse requests that a page of another site has sent in a visitor's name.

A browser says where a request comes from, and a page cannot forge what it says. Programs say
nothing, and carry no cookie by accident either. So no token is needed in the forms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ballotbox.errors import Refused

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class CrossSite(Refused):
    """This was sent from another site, so it was not accepted."""

    code = "cross_site"


def check(environ: WSGIEnvironment) -> None:
    """
    Check the headers Sec-Fetch-Site and Origin, as far as there are any.

    Browsers send Sec-Fetch-Site over HTTPS and to localhost only, but Origin with every POST.

    :raise CrossSite: if one of them names another site.
    """
    if environ.get("HTTP_SEC_FETCH_SITE", "none") not in ("same-origin", "none"):
        raise CrossSite
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and origin.partition("://")[2] != environ.get("HTTP_HOST"):
        raise CrossSite
