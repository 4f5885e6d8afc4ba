"""
What a browser calls itself, in words that people know.
"""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

# The first that is found counts: most browsers claim to be some of the later ones too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrom", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", _l("an iPhone")),
    ("iPad", _l("an iPad")),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", _l("a Mac")),
    ("Linux", "Linux"),
)


def browser_name(device: str) -> str:
    """Say which browser on what it seems to be; what is not known is shown as it is."""
    browser = next((name for sign, name in _BROWSERS if sign in device), None)
    system = next((name for sign, name in _SYSTEMS if sign in device), None)
    if browser is None:
        return device or str(_("A browser"))
    return (
        str(_("%(browser)s on %(system)s", browser=browser, system=system)) if system else browser
    )
