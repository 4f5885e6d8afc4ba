"""
Every door of Votify: what its services answer to at all, as their own lists of routes have it.

A route that is added is here at once. One whose address has a part that is not known here stops the
test that asks, until somebody has written down what stands there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import product

from werkzeug.routing import AnyConverter, Map, Rule

from admin.app import create_app as create_admin
from admin.app import make_parts
from ballotbox.poll import Poll
from ballotbox.settings import Settings
from deploy.local.stack import Stack
from result.parts import Parts
from tests.showing import site
from vote.app import create_app as create_vote

_SAFE = {"HEAD", "OPTIONS"}
_NOTHING = "0" * 32

Values = Mapping[str, Sequence[str]]
"""What may stand in each part of an address that has a name."""


@dataclass(frozen=True, slots=True)
class Door:
    """A route, and one address of it."""

    method: str
    rule: str
    path: str


def routes(stack: Stack) -> list[Rule]:
    """List the routes of `vote`, `result` and `admin`; files for everybody are none."""
    vote = create_vote(Settings.read(stack.environment("vote")))
    with closing(make_parts(Settings.read(stack.environment("admin")))) as parts:
        admin = create_admin(parts)
    maps: list[Map] = [vote.url_map, site(None).application.url_map, admin.url_map]
    return [rule for each in maps for rule in each.iter_rules() if rule.endpoint != "static"]


def doors(rules: Sequence[Rule], poll: Poll, *, names: Sequence[str] = ()) -> Iterator[Door]:
    """Give every way to call these routes about a poll, by these names or by all that it has."""
    named = {"name": names} if names else {}
    for rule in rules:
        values = {**parts(rule, poll), **named}
        names = sorted(rule.arguments)
        for chosen in product(*(values[name] for name in names)):
            built = rule.build(dict(zip(names, chosen, strict=True)))
            assert built, rule.rule
            for method in sorted((rule.methods or set()) - _SAFE):
                yield Door(method, rule.rule, built[1])


def parts(rule: Rule, poll: Poll) -> Values:
    """Tell what may stand in the parts of a route's address."""
    values = {**_about(poll), **_acts(rule)}
    unknown = rule.arguments - values.keys()
    assert not unknown, f"say in tests/e2e/doors.py what {unknown} of {rule.rule} is"
    return {name: values[name] for name in rule.arguments}


def _about(poll: Poll) -> Values:
    """Tell what stands where in addresses about a poll."""
    return {
        "name": [poll.slug, str(poll.id), poll.code],
        "poll": [str(poll.id)],
        "part": sorted(Parts(None).by_name),  # type: ignore[arg-type] # only its names are asked
        **dict.fromkeys(("account", "number", "token", "session"), ("1",)),
        **dict.fromkeys(("code", "file", "secret"), (_NOTHING,)),
    }


def _acts(rule: Rule) -> Values:
    """Tell what stands in those parts of an address that list what may stand there."""
    parts = rule._converters.items()
    return {name: sorted(part.items) for name, part in parts if isinstance(part, AnyConverter)}
