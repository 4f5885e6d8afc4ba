"""What `make watch` runs for which file."""

from __future__ import annotations

import pytest

from tests.selection import Code, Selection, read_code, select
from tests.watch import commands, sentence

# Who imports what, and what stands in the code.
IMPORTS = {
    "ballotbox": "",
    "ballotbox.tally": "",
    "ballotbox.queue": "ballotbox.tally",
    "vote": "",
    "vote.booth": "ballotbox.queue",
    "vote.pages": "",
    "tests.docs": "",
    "tests.docs.test_documents": "",
    "tests.contracts.conftest": "ballotbox.queue",
    "tests.contracts.test_queue": "tests.contracts.conftest",
    "tests.unit.test_booth": "vote.booth",
    "tests.unit.test_pages": "vote.pages",
    "tests.unit.test_parts": "ballotbox.tally",
    "tests.unit.test_tally": "ballotbox.tally",
    "tests.e2e.test_polls": "vote.booth",
}
TEXTS = {
    "ballotbox.queue": 'files("ballotbox").joinpath("lua", name)',
    "vote.pages": 'render_template("ballot.html")',
    "tests.unit.test_parts": 'read("nginx/templates/default.conf.template")',
    "tests.docs.test_documents": 'read("Makefile")',
}
CODE = Code(
    {
        name: frozenset(user for user, imported in IMPORTS.items() if imported == name)
        for name in IMPORTS
    },
    {name: TEXTS.get(name, "") for name in IMPORTS},
)


def unit(*names: str) -> tuple[str, ...]:
    """Name files of tests/unit."""
    return tuple(f"tests/unit/test_{name}.py" for name in names)


def test_it_runs_what_imports_a_module_the_nearest_first() -> None:
    """What was written for the module comes before what happens to use it, and that before more."""
    found = select(["ballotbox/tally.py"], CODE)

    assert found.quick == (*unit("tally", "parts", "booth"), "tests/contracts/test_queue.py")


def test_it_leaves_out_what_needs_servers() -> None:
    """A module is tested in seconds: what needs servers altogether is named, and not run."""
    found = select(["vote/booth.py"], CODE)

    assert found == Selection(quick=unit("booth"), left=("tests/e2e/test_polls.py",))


def test_it_runs_a_saved_test_whole() -> None:
    """Who writes a test wants to see it, whatever it needs, and nothing twice."""
    found = select(["tests/e2e/test_polls.py", "vote/booth.py"], CODE)

    assert found == Selection(whole=("tests/e2e/test_polls.py",), quick=unit("booth"))


def test_it_runs_what_is_given_by_a_conftest() -> None:
    """A test does not import the conftest beside it, and yet is touched by it."""
    found = select(["tests/contracts/conftest.py"], CODE)

    assert found.quick == ("tests/contracts/test_queue.py",)


@pytest.mark.parametrize(
    ("path", "quick"),
    [
        ("vote/templates/ballot.html", unit("pages")),  # named by a module of its package
        ("vote/static/paper.js", unit("booth", "pages")),  # by none: the whole package
        ("nginx/templates/default.conf.template", unit("parts")),  # by a test
        ("Makefile", ("tests/docs/test_documents.py",)),
        ("docs/api.md", ("tests/docs/test_documents.py",)),
        ("docs/pictures/desk.png", ("tests/docs/test_documents.py",)),
        ("LICENSE", ()),
    ],
)
def test_it_runs_what_reads_another_file(path: str, quick: tuple[str, ...]) -> None:
    """Templates, styles and documents touch the tests of the code that has their name."""
    assert select([path], CODE).quick == quick


def test_it_runs_the_contracts_of_a_script_with_servers() -> None:
    """Lua and SQL do nothing where there is no server."""
    found = select(["ballotbox/lua/cast.lua"], CODE)

    assert found.whole == ("tests/contracts/test_queue.py",)
    assert found.quick == unit("booth")


def test_it_takes_a_package_for_all_that_is_in_it() -> None:
    """Whoever imports a module runs the `__init__` of its package first."""
    assert select(["vote/__init__.py"], CODE).quick == unit("booth", "pages")


def test_it_bears_a_module_that_is_gone() -> None:
    """Between two saves a name may stand for nothing: its package is tested all the same."""
    assert select(["vote/gone.py"], CODE).quick == unit("booth", "pages")


def test_it_knows_the_code_of_this_repository() -> None:
    """The imports are really read, those of the tests too."""
    found = select(["ballotbox/tally.py"], read_code())

    assert found.quick[0] == "tests/unit/test_tally.py"
    assert "tests/e2e/test_polls.py" in found.left


def test_it_runs_what_needs_servers_by_itself() -> None:
    """A saved test is not robbed of its servers by what is run beside it."""
    whole, quick = commands(Selection(whole=("tests/e2e/test_polls.py",), quick=unit("booth")))

    assert whole[-1] == "tests/e2e/test_polls.py"
    assert "not service" not in whole
    assert quick[-3:] == ["-m", "not service", *unit("booth")]
    assert commands(Selection()) == []


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Selection(quick=unit("booth", "pages")), f"{unit('booth')[0]} and 1 more without servers"),
        (Selection(whole=unit("booth")), f"{unit('booth')[0]} with servers"),
        (Selection(left=unit("booth")), f"make test T={unit('booth')[0]}"),
        (Selection(), "no test imports or names it"),
    ],
)
def test_it_says_what_it_runs_and_why(found: Selection, said: str) -> None:
    """One line names the saved file, and the first of the tests."""
    line = sentence(["vote/booth.py"], found)

    assert line.startswith("vote/booth.py: ")
    assert line.endswith(said)
    assert "\n" not in line
