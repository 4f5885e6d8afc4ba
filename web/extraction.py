"""
Finding the texts that pages show, and keeping the catalogs in step with them: `make languages`.

English stands in the code, and is what the catalogs know a text by: in Python, templates and
scripts as `_("…")`, and in errors as what they are raised with, or as the docstring of their class.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import write_po
from jinja2.ext import babel_extract

from ballotbox import errors
from web import catalog
from web.language import ENGLISH, LANGUAGES

ROOT = Path(__file__).parent.parent
_FOLDERS = ("ballotbox", "web", "vote", "result", "admin", "nginx/static")
# What programs read stays English.
_LEFT_OUT = ("admin/api/", "result/sockets.py", "result/static/vendor/")
# What is refused of a ballot, the page of the ballot says in words of its own.
_NOT_SHOWN = (errors.Refused, errors.SettingsError)
_ERRORS = {
    name: each
    for name, each in vars(errors).items()
    if isinstance(each, type) and not issubclass(each, _NOT_SHOWN)
}
_KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "_l", "mark", "Sentence", *_ERRORS)),
    "ngettext": (1, 2),
}
_HEADER = """\
# What the pages say in {language}, by their English. `make languages` keeps the list in step with
# the code; README.md here says how the words are chosen.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def texts() -> Catalog:
    """Find all texts, each with the files that it stands in."""
    found = Catalog()
    for path in _sources():
        place = path.relative_to(ROOT).as_posix()
        for text in _in(path):
            found.add(text, locations=[(place, 0)])
    for error in _ERRORS.values():
        found.add(" ".join((error.__doc__ or "").split()), locations=[("ballotbox/errors.py", 0)])
    return found


def updated(language: str, found: Catalog) -> bytes:
    """
    Write the catalog of a language, in step with the texts that were found.

    What is translated stays so, what is new is empty, and what is gone is left out.
    """
    known = catalog.catalog(language)
    made = Catalog(known.locale)
    for message in found:
        if message.id:
            made.add(message.id, _translation(known, message), message.locations)
    file = BytesIO()
    write_po(file, made, width=100, omit_header=True, sort_output=True, include_lineno=False)
    header = _HEADER.format(language=language, plurals=known.plural_forms)
    return header.encode() + file.getvalue()


def _translation(known: Catalog, message: Message) -> Any:  # noqa: ANN401 - Babel's own
    before = known.get(message.id)
    if before is not None and before.pluralizable == message.pluralizable:
        return before.string
    return ("",) * known.num_plurals if message.pluralizable else ""


def _sources() -> Iterator[Path]:
    for folder in _FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            place = path.relative_to(ROOT).as_posix()
            if path.suffix in _METHODS and not place.startswith(_LEFT_OUT):
                yield path


def _in(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        options = {"parse_template_string": True}  # of scripts
        for _, text, _, _ in extract(_METHODS[path.suffix], file, _KEYWORDS, options=options):
            yield text


def _python(file: IO[bytes], keywords: Collection[str], *_: object, **__: object) -> Iterator[Any]:
    """Find calls in Python; in f-strings, Babel itself finds them from Python 3.12 on only."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            given = [each.value if isinstance(each, ast.Constant) else None for each in node.args]
            if node.func.id in keywords and given:
                yield node.lineno, node.func.id, given, []


_METHODS: dict[str, Any] = {".py": _python, ".html": babel_extract, ".js": "javascript"}


def main() -> int:
    """Bring all catalogs in step; fails if any text has no translation yet."""
    found, empty = texts(), 0
    for language in LANGUAGES:
        if language == ENGLISH:
            continue
        (catalog.FOLDER / f"{language}.po").write_bytes(updated(language, found))
        catalog.catalog.cache_clear()
        left = [each for each in catalog.catalog(language) if not all(catalog.forms(each))]
        empty += len(left)
        sys.stdout.write(f"{language}: {len(found)} texts, {len(left)} not translated yet\n")
    return 1 if empty else 0


if __name__ == "__main__":
    sys.exit(main())
