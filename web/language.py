"""
The languages of the pages: chosen for each request, and how numbers and times are written in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import urlencode

import flask_babel
from babel import Locale
from babel.support import NullTranslations
from flask import Blueprint, Flask, Response, request
from flask_babel import get_locale
from flask_babel import gettext as _

from web import catalog

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "en-GB": "English",
        "de": "Deutsch",
        "fr": "Français",
        "es": "Español",
        "zh-Hans": "简体中文",
        "ar": "العربية",
    }
)
"""The languages as HTML names them, and what each calls itself. English stands in the code."""

ENGLISH = "en-GB"
COOKIE = "language"
_MAX_AGE = 365 * 24 * 3600  # seconds


def install(app: Flask, part: str) -> None:
    """
    Teach an application the languages, and give its templates the shared ones.

    :param part: the service's name, whose scripts are translated on its pages.
    """
    _Babel(app, default_locale="en_GB", locale_selector=lambda: Locale.parse(chosen(), sep="-"))
    app.register_blueprint(Blueprint("web", __name__, template_folder="templates"))
    app.jinja_env.filters |= {"decimal": decimal, "percent": percent, "moment": moment}
    app.context_processor(lambda: _frame(part))
    app.after_request(_keep)


def chosen() -> str:
    """Choose a language for the request at hand: as asked by `?lang=`, as kept, or as accepted."""
    for asked in (request.args.get("lang", ""), request.cookies.get(COOKIE, "")):
        if asked in LANGUAGES:
            return asked
    return request.accept_languages.best_match(LANGUAGES, ENGLISH)


def mark(text: str) -> str:
    """Mark a text for translation where it is not shown yet."""
    return text


def decimal(number: float) -> str:
    """Write a number with its thousands set apart: 1,204."""
    return str(flask_babel.format_decimal(number))


def percent(share: float) -> str:
    """Write a share of 1 in whole percent: 43%."""
    return str(flask_babel.format_percent(share))


def moment(time: datetime | str, *, seconds: bool = False) -> str:
    """Write a time for who runs no script, in UTC; scripts write it in the reader's own zone."""
    time = datetime.fromisoformat(time) if isinstance(time, str) else time
    time = time.astimezone(UTC)
    date = flask_babel.format_date(time, "medium" if seconds else "long", rebase=False)
    hour = flask_babel.format_time(time, "medium" if seconds else "short", rebase=False)
    return str(_("%(date)s, %(hour)s UTC", date=date, hour=hour))


class _Babel(flask_babel.Babel):  # type: ignore[misc]
    """Flask-Babel with our catalogs."""

    @property
    def domain_instance(self) -> _Domain:
        return _Domain()


class _Domain(flask_babel.Domain):  # type: ignore[misc]
    def get_translations(self) -> NullTranslations:
        locale = get_locale()  # none outside of a request
        return catalog.translations(str(locale or ENGLISH).replace("_", "-"))


def _frame(part: str) -> dict[str, object]:
    """Give what the frame of a page shows of the languages."""
    language = chosen()
    return {
        "language": language,
        "direction": Locale.parse(language, sep="-").text_direction,
        "languages": LANGUAGES,
        "language_links": {each: _link(each) for each in LANGUAGES},
        "words": catalog.words(language, part),
    }


def _link(language: str) -> str:
    """Give the address of this page in another language."""
    arguments = [pair for pair in request.args.items(multi=True) if pair[0] != "lang"]
    return "?" + urlencode([*arguments, ("lang", language)])


def _keep(answer: Response) -> Response:
    if answer.mimetype == "text/html":
        answer.headers["Content-Language"] = chosen()
        answer.vary.update(("Accept-Language", "Cookie"))
    if request.args.get("lang") in LANGUAGES:
        answer.set_cookie(COOKIE, chosen(), max_age=_MAX_AGE, path="/", samesite="Lax")
    return answer
