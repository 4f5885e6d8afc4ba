"""
The translations: read from `translations/*.po` as they stand, so that nothing has to be compiled.

Each is read when it is first asked for, which takes some 30 ms: few starts meet all languages.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

FOLDER = Path(__file__).parent / "translations"

Words = dict[str, str | dict[str, str]]
"""English texts and what they are called; those with a number by its plural category (CLDR)."""

_SAMPLES = (0, 1, 2, 3, 11, 100, 1_000_000)  # a whole number of each plural category that there is


@cache
def catalog(language: str) -> Catalog:
    """Read the catalog of a language, named as in `web.language`; one of nothing for English."""
    path = FOLDER / f"{language}.po"
    locale = Locale.parse(language, sep="-")
    if not path.exists():
        return Catalog(locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale, abort_invalid=True)


@cache
def translations(language: str) -> NullTranslations:
    """Give a catalog in the form that gettext asks."""
    mo = BytesIO()
    write_mo(mo, catalog(language))
    mo.seek(0)
    return Translations(mo) if len(catalog(language)) else NullTranslations()


@cache
def words(language: str, part: str) -> Words:
    """
    Give the translations of the texts that stand in scripts.

    :param part: the service whose scripts they are; those that all pages share are always given.
    """
    places = (f"{part}/static/", "nginx/static/")
    return {
        _texts(message)[0]: _translated(message, Locale.parse(language, sep="-"))
        for message in catalog(language)
        if message.id and any(place.startswith(places) for place, _ in message.locations)
    }


def forms(message: Message) -> tuple[str, ...]:
    """Give what a message is called: one text, or one for each plural."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _translated(message: Message, locale: Locale) -> str | dict[str, str]:
    if not message.pluralizable:
        return str(message.string)
    found = translations(str(locale).replace("_", "-"))
    return {
        category: found.ngettext(*_texts(message), sample)
        for category, sample in _categories(locale)
    }


def _categories(locale: Locale) -> Iterator[tuple[str, int]]:
    seen: set[str] = set()
    for sample in _SAMPLES:
        category = locale.plural_form(sample)
        if category not in seen:
            seen.add(category)
            yield category, sample


def _texts(message: Message) -> tuple[str, str]:
    one, *many = [message.id] if isinstance(message.id, str) else message.id
    return one, many[0] if many else one
