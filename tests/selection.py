"""
Which tests a saved file touches.

A module touches the tests that import it, directly or through others, the nearest first. Any other
file touches what the modules touch that name it in their code, or the folder it is in; in a package
whose modules do neither, what all of them touch. The documents touch `tests/docs`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import grimp

from deploy.local.layout import ROOT

PACKAGES = (
    *("ballotbox", "web", "vote", "worker", "result", "admin"),
    *("deploy", "benchmarks", "chaos", "tests"),
)
# What `make test-fast` runs.
QUICK = ("tests/unit/", "tests/contracts/", "tests/docs/")
# These do nothing outside of a server, so the contracts are run with servers too.
_RUN_BY_SERVERS = (".lua", ".sql")


@dataclass(frozen=True, slots=True)
class Code:
    """
    The code as far as a selection needs it: by module, who imports it directly, and its text.

    A test imports the `conftest` of its folder too, as far as this is concerned.
    """

    importers: Mapping[str, frozenset[str]]
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Selection:
    """
    Files of tests, each once, the nearest first.

    :param whole: to be run with the servers they need.
    :param quick: to be run without what needs a server.
    :param left: what is touched and left out, because all of it needs servers.
    """

    whole: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def read_code() -> Code:
    """Read all modules; imports nothing."""
    # It warns of gunicorn.conf.py, which nobody can import.
    logging.getLogger("grimp").setLevel(logging.ERROR)
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    for module in graph.modules:
        conftest = f"{module.rpartition('.')[0]}.conftest"
        if _is_test(module) and conftest in graph.modules:
            graph.add_import(importer=module, imported=conftest)
    return Code(
        {name: frozenset(graph.find_modules_that_directly_import(name)) for name in graph.modules},
        {name: _text(name) for name in graph.modules},
    )


def select(paths: Iterable[str], code: Code) -> Selection:
    """
    Choose the tests for saved files.

    :param paths: of the files, within the repository. They need not be there any more.
    """
    saved = sorted(set(paths))
    whole = [path for path in saved if _is_test(_module(path)) and _module(path) in code.importers]
    others = [path for path in saved if path not in whole]
    found = _nearest_first({name for path in others for name in _meant(path, code)}, code)
    if any(path.endswith(_RUN_BY_SERVERS) for path in others):
        whole += [path for path in found if path.startswith("tests/contracts/")]
    rest = [path for path in found if path not in whole]
    quick = tuple(path for path in rest if path.startswith(QUICK))
    return Selection(tuple(whole), quick, tuple(path for path in rest if path not in quick))


def _meant(path: str, code: Code) -> set[str]:
    """Name the modules that change with a file."""
    module = _module(path)
    if path.endswith("/__init__.py"):
        return _within(module, code)
    if path.endswith(".py") and module in code.importers:
        return {module}
    if path.endswith(".md") or path.startswith("docs/"):
        return _within("tests.docs", code)
    folders = [str(each) for each in PurePosixPath(path).parents][:-1]
    package = next((name for each in folders if (name := _module(each)) in code.importers), "")
    around = _within(package, code) if package else set(code.importers)
    return _naming(path, around, code) or (around if package else set())


def _naming(path: str, modules: set[str], code: Code) -> set[str]:
    """Choose the modules that have a file's name, or else that of a folder it is in, as a text."""
    for name in reversed(PurePosixPath(path).parts):
        quoted = re.compile(rf"""["'/]{re.escape(name)}["'/]""")
        if found := {module for module in modules if quoted.search(code.texts[module])}:
            return found
    return set()


def _nearest_first(modules: set[str], code: Code) -> list[str]:
    """List the files of tests among modules, then among those that import them, and so on."""
    found: list[str] = []
    seen: set[str] = set()
    stems = {name.rpartition(".")[2] for name in modules}

    def order(path: str) -> tuple[bool, bool, str]:
        return not any(stem in path for stem in stems), not path.startswith(QUICK[0]), path

    while modules:
        found += sorted((_path(name) for name in modules if _is_test(name)), key=order)
        seen |= modules
        modules = {user for name in modules for user in code.importers[name]} - seen
    return found


def _within(package: str, code: Code) -> set[str]:
    return {name for name in code.importers if f"{name}.".startswith(f"{package}.")}


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _path(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def _is_test(module: str) -> bool:
    return module.startswith("tests.") and module.rpartition(".")[2].startswith("test_")


def _text(module: str) -> str:
    place = ROOT.joinpath(*module.split("."))
    path = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    return path.read_text("utf-8") if path.exists() else ""
