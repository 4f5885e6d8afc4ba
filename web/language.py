"""
The languages of the pages: chosen for each request, and how numbers and times are written in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode, urlsplit

from babel import Locale, dates, numbers
from babel.support import NullTranslations
from flask import Blueprint, Flask, Response, request
from flask_babel import Babel, Domain, get_locale
from flask_babel import gettext as _

from ballotbox.sentence import Sentence
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
ENGLISH_LOCALE = Locale("en", "GB")
COOKIE = "language"
_MAX_AGE = 365 * 24 * 3600  # seconds
# Each is the only one of its family: who asks for German of Austria is given German, and who asks
# for the Chinese of Taiwan, Chinese.
_FAMILIES = {language.partition("-")[0]: language for language in LANGUAGES}


def install(app: Flask, part: str) -> None:
    """
    Teach an application the languages, and give its templates the shared ones.

    :param part: the service's name, whose scripts are translated on its pages.
    """
    _Babel(app, default_locale="en_GB", locale_selector=lambda: _locale(chosen()))
    app.register_blueprint(Blueprint("web", __name__, template_folder="templates"))
    filters = {"decimal": decimal, "percent": percent, "moment": moment, "said": said}
    app.jinja_env.filters |= filters
    app.context_processor(lambda: _frame(part))
    app.after_request(_keep)


def chosen() -> str:
    """Choose a language for the request at hand: as asked by `?lang=`, as kept, or as accepted."""
    for asked in (request.args.get("lang", ""), request.cookies.get(COOKIE, "")):
        if asked in LANGUAGES:
            return asked
    return accepted()


def accepted() -> str:
    """Give the language that the browser likes best of those that there are."""
    for language, quality in request.accept_languages:
        family = language.partition("-")[0].lower()
        if quality and family in _FAMILIES:
            return _FAMILIES[family]
    return ENGLISH


def mark(text: str) -> str:
    """Mark a text for translation where it is not shown yet."""
    return text


def said(text: str) -> str:
    """Say what another part has put into English: a marked text, or a `Sentence`."""
    if not isinstance(text, Sentence):
        return str(_(text)) if text else ""
    return str(_(text.text, **{name: _said(value) for name, value in text.values.items()}))


def decimal(number: float) -> str:
    """Write a number with its thousands set apart: 1,204."""
    return numbers.format_decimal(number, locale=get_locale() or ENGLISH_LOCALE)


def percent(share: float) -> str:
    """Write a share of 1 in whole percent: 43%."""
    return numbers.format_percent(share, locale=get_locale() or ENGLISH_LOCALE)


def moment(time: datetime | str, *, seconds: bool = False) -> str:
    """Write a time for who runs no script, in UTC; scripts write it in the reader's own zone."""
    time = datetime.fromisoformat(time) if isinstance(time, str) else time
    time, locale = time.astimezone(UTC), get_locale() or ENGLISH_LOCALE
    date = dates.format_date(time, "medium" if seconds else "long", locale=locale)
    hour = dates.format_time(time, "medium" if seconds else "short", locale=locale)
    return str(_("%(date)s, %(hour)s UTC", date=date, hour=hour))


def _said(value: object) -> object:
    if isinstance(value, Sentence):
        return said(value)
    return decimal(value) if isinstance(value, int) else value


class _Babel(Babel):  # type: ignore[misc]
    """Flask-Babel with our catalogs."""

    @property
    def domain_instance(self) -> _Domain:
        return _Domain()


class _Domain(Domain):  # type: ignore[misc]
    def get_translations(self) -> NullTranslations:
        locale = get_locale()  # none outside of a request
        return catalog.translations(str(locale or ENGLISH).replace("_", "-"))


def _frame(part: str) -> dict[str, object]:
    """Give what the frame of a page shows of the languages."""
    language = chosen()
    return {
        "language": language,
        "direction": _locale(language).text_direction,
        "languages": LANGUAGES,
        "language_links": _links(),
        "script_words": catalog.words(language, part),
    }


def _links() -> dict[str, str]:
    """Give the addresses of the page at hand in each language."""
    path, arguments = "", list(request.args.items(multi=True))
    if request.method not in {"GET", "HEAD"}:
        # The answer to a form has no address of its own; the page with the form has.
        path, arguments = _form()
    kept = [(name, value) for name, value in arguments if name != "lang"]
    return {each: f"{path}?{urlencode([*kept, ('lang', each)])}" for each in LANGUAGES}


def _form() -> tuple[str, list[tuple[str, str]]]:
    """Tell the path and the arguments of the page that a form was sent from, if it is ours."""
    try:
        page = urlsplit(request.referrer or "")
    except ValueError:  # anything may stand there
        return "/", []
    if page.netloc != request.host:
        return "/", []
    return "/" + page.path.lstrip("/"), parse_qsl(page.query)


def _keep(answer: Response) -> Response:
    if answer.mimetype == "text/html":
        answer.headers["Content-Language"] = chosen()
        answer.vary.update(("Accept-Language", "Cookie"))
    # What stands on pages of other sites keeps nothing there.
    elsewhere = answer.headers.get("Cross-Origin-Resource-Policy") == "cross-origin"
    if request.args.get("lang") in LANGUAGES and not elsewhere:
        answer.set_cookie(COOKIE, chosen(), max_age=_MAX_AGE, path="/", samesite="Lax")
    return answer


def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")
