"""No text of a page stays in English: what is shown goes by the catalogs, and those are whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.jslexer import tokenize
from jinja2 import Environment, nodes

from deploy.local.layout import ROOT
from web import catalog, extraction
from web.language import ENGLISH, LANGUAGES

TRANSLATED = [language for language in LANGUAGES if language != ENGLISH]
PLACES = re.compile(r"%\((\w+)\)s|%%")
# Names, which are the same in every language.
NAMES = {"Votify", "UTC", "CSV", "JSON", "SVG", "PNG"}
# As browsers call what is pressed.
KEYS = {"Arrow", "Backspace", "Delete", "End", "Enter", "Escape", "Home", "Space", "Tab"}
# Blocks that stand inside of a tag.
IN_TAGS = {"root", "body", "width"}
SHOWN_ATTRIBUTES = {"alt", "aria-label", "aria-description", "label", "placeholder", "title"}
TEMPLATES = [
    path
    for folder in ("web", "vote", "result", "admin")
    for path in sorted((ROOT / folder / "templates").rglob("*.html"))
]
SCRIPTS = [
    path
    for folder in ("nginx", "vote", "result", "admin")
    for path in sorted((ROOT / folder / "static").glob("*.js"))
]


def place(path: Path) -> str:
    """Name a file for who reads which test has failed."""
    return path.relative_to(ROOT).as_posix()


# --- the catalogs ------------------------------------------------------------------------------


@cache
def found() -> Catalog:
    """Give the texts that stand in the code."""
    return extraction.texts()


@pytest.mark.parametrize("language", TRANSLATED)
def test_its_catalogs_are_in_step_with_the_code(language: str) -> None:
    """`make languages` would change nothing: no text is new, gone, or in another place."""
    kept = (catalog.FOLDER / f"{language}.po").read_bytes()

    assert kept == extraction.updated(language, found())


@pytest.mark.parametrize("language", TRANSLATED)
def test_its_catalogs_hold_every_text(language: str) -> None:
    """Each text has a translation, in as many forms as the language needs, that nobody doubts."""
    known = catalog.catalog(language)

    wanting = [each.id for each in known if not all(catalog.forms(each)) or each.fuzzy]
    assert wanting == []
    plurals = [each for each in known if each.pluralizable]
    assert {len(catalog.forms(each)) for each in plurals} <= {known.num_plurals}


@pytest.mark.parametrize("language", TRANSLATED)
def test_its_translations_keep_the_places_of_values(language: str) -> None:
    """What is filled in is filled in everywhere, and nothing else is taken for a place."""
    for message in catalog.catalog(language):
        if message.id:
            _check_places(message)


def _check_places(message: Message) -> None:
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    wanted = {name for text in ids for name in PLACES.findall(text)}
    for text in (*ids, *catalog.forms(message)):
        assert "%" not in PLACES.sub("", text), text
        assert set(PLACES.findall(text)) <= wanted, text
    for text in catalog.forms(message):
        # One, two or none may be said in a word.
        assert wanted - set(PLACES.findall(text)) <= ({"n"} if message.pluralizable else set())


@pytest.mark.parametrize("language", TRANSLATED)
def test_its_translations_end_as_the_english_ends(language: str) -> None:
    """A sentence stays a sentence, and what is no sentence gets no full stop."""
    stops = {".": ".。", "…": "…", ":": ":\uff1a", "?": "?\uff1f؟"}
    for message in catalog.catalog(language):
        english = message.id if isinstance(message.id, str) else message.id[0]
        for text in catalog.forms(message):
            ends = stops.get(english[-1:], "")
            assert (text[-1:] in ends) if ends else (text[-1:] not in ".。"), text


def test_it_knows_the_forms_of_arabic() -> None:
    """None, one, two, a few, many and the rest: each number gets its own form, in this order."""
    known = catalog.catalog("ar")
    named = ("zero", "one", "two", "few", "many", "other")
    number = Locale("ar").plural_form

    for sample in (*range(120), 1000, 1003, 1_000_000):
        form = eval(_python(known.plural_expr), {"n": sample})  # noqa: S307 - our own file
        assert named[form] == number(sample), sample


def _python(expression: str) -> str:
    """Turn the nested conditions of a plural's formula into Python's."""
    *conditions, last = expression.rstrip(";").split(" : ")
    pairs = [condition.split(" ? ") for condition in conditions]
    chain = "".join(f"{then} if ({test}) else " for test, then in pairs)
    return (chain + last).replace("&&", " and ")


@pytest.mark.parametrize("language", TRANSLATED)
def test_it_gives_scripts_the_words_that_they_say(language: str) -> None:
    """Every text of a service's scripts is on its pages, with a form for each kind of number."""
    categories = set(Locale.parse(language, sep="-").plural_form.tags) | {"other"}
    for part in ("vote", "result", "admin"):
        words = catalog.words(language, part)
        for message in found():
            if any(file.startswith(f"{part}/static/") for file, _ in message.locations):
                one = message.id if isinstance(message.id, str) else message.id[0]
                assert words[one]
                if message.pluralizable:
                    assert set(words[one]) == categories


# --- templates ---------------------------------------------------------------------------------


_SILENT = (
    *(nodes.Compare, nodes.Getattr, nodes.Test),
    *(nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include),
)


class _Reader(HTMLParser):
    """Collects what a person reads of a page: its text, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"script", "style"}
        self.read += [value for name, value in attrs if name in SHOWN_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.read.append(data)


@pytest.mark.parametrize("path", TEMPLATES, ids=place)
def test_its_templates_say_nothing_by_themselves(path: Path) -> None:
    """Text, names for screen readers, hints in fields: everything comes from the catalogs."""
    tree = Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).parse(path.read_text())
    reader = _Reader()
    reader.feed("".join(_skeleton(tree)))

    assert [text for text in reader.read if _is_english(text)] == []


def _skeleton(node: nodes.Node) -> Iterator[str]:
    """Give a template's markup with the texts that its expressions hold, in order."""
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Const):
        yield node.value if isinstance(node.value, str) else ""
    elif isinstance(node, nodes.Call | nodes.Assign):
        yield from _given(node)
    elif isinstance(node, nodes.Filter):
        yield from _skeleton(node.node) if node.node else ()
    elif isinstance(node, nodes.Getitem):
        yield from _skeleton(node.node) if isinstance(node.node, nodes.Dict) else ()
    elif isinstance(node, nodes.Block) and node.name in IN_TAGS:
        return
    elif not isinstance(node, _SILENT):
        for child in node.iter_child_nodes(exclude=("test", "key", "args", "defaults")):
            yield from _skeleton(child)


def _given(node: nodes.Call | nodes.Assign) -> Iterator[str]:
    """Of what a macro or a variable is given, the words for people begin with a capital letter."""
    called = getattr(node, "node", None)
    if isinstance(called, nodes.Name) and called.name in {"_", "ngettext"}:
        return
    for child in node.iter_child_nodes():
        yield from (text for text in _skeleton(child) if re.match("[A-Z][a-z]", text))


def _is_english(text: str) -> bool:
    # A macro may write attributes, and an address is no text.
    text = re.sub(r"""[\w-]+="[^"]*"|/[\w./-]*""", "", text)
    return any(word not in NAMES for word in re.findall("[A-Za-z]{2,}", text))


# --- scripts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SCRIPTS, ids=place)
def test_its_scripts_say_nothing_by_themselves(path: Path) -> None:
    """A text that looks like words for people stands in `_(…)` or `ngettext(…)`."""
    assert [text for text in _unmarked(path.read_text("utf-8")) if _is_said(text)] == []


def _unmarked(script: str) -> Iterator[str]:
    """Give the texts of a script that are not handed to the catalogs."""
    marked = 0
    before: list[str] = []
    for token in tokenize(script, template_string=True):
        if token.type in {"string", "template_string"} and not marked:
            yield token.value[1:-1]
        if token.value == "(" and before[-1:] in (["_"], ["ngettext"]):
            marked = 1
        elif marked and token.value in {"(", ")"}:
            marked += 1 if token.value == "(" else -1
        if token.type not in {"whitespace", "linecomment", "multilinecomment"}:
            before.append(token.value)


def _is_said(text: str) -> bool:
    words = re.sub(r"\$\{[^}]*\}", "", text)
    if re.fullmatch(r"[A-Z][a-z]+[.…!?]?", words):
        return words not in KEYS
    return re.search(r"\b[A-Z]?[a-z]+ [a-z]+\b.*[.…!?]$|^[A-Z][a-z]+ [a-z]", words) is not None
