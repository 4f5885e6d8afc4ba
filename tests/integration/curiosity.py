"""The curious host: reads every door that an organiser has, and compares what it reads."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx2 as httpx
from werkzeug.routing import Rule

from ballotbox.poll import Poll
from tests.e2e.doors import doors

ADDRESSES = ("/api/", "/admin", "/result", "/embed")
# A picture that is drawn once a second, and is the same as the SVG; a form, whose fields are fixed
# once anybody has voted, and which has no numbers; and what is no poll's.
LEFT_OUT = (
    *("/result/<name>.png", "/admin/polls/<int:poll>/edit", "/api/docs", "/api/openapi.json"),
    *("/result/present", "/admin/account", "/admin/organisers", "/admin/sign-in", "/api/tokens"),
)
# All of these is about numbers: each ballot is in it, or each count.
FILES = ("ballots.csv", "/seal", "/seal.json")
ANSWERS = {
    *(HTTPStatus.OK, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.PERMANENT_REDIRECT),
    *(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.FORBIDDEN),
}

Reading = Mapping[str, str]
"""What stood behind each address at a moment."""


def addresses(rules: Iterable[Rule], poll: Poll, *, codes: int) -> list[str]:
    """
    Give an address of every door behind which something can be read about a poll.

    :param codes: how many the poll has: a page has no room for more than some.
    """
    found = {
        door.rule: door.path
        for door in reversed([*doors([*rules], poll)])
        if door.method == "GET" and door.rule.startswith(ADDRESSES) and door.rule not in LEFT_OUT
    }
    return sorted({*found.values(), *_more(found, codes)})


def _more(found: Mapping[str, str], codes: int) -> Iterator[str]:
    for rule, path in found.items():
        if rule.endswith(("/codes", "/codes/sheet")):
            yield from (f"{path}?cursor={cursor}" for cursor in range(100, codes, 100))
    yield from (f"{path}?timeline=shown" for rule, path in found.items() if rule.endswith("<name>"))


@dataclass
class Host:
    """An organiser's program and browser in one, with a good memory."""

    api: httpx.Client  # has a token
    desk: httpx.Client  # has signed in
    addresses: list[str]

    def read(self) -> Reading:
        """Look behind every door."""
        with ThreadPoolExecutor(4) as threads:
            return dict(zip(self.addresses, threads.map(self._read, self.addresses), strict=True))

    def _read(self, address: str) -> str:
        client = self.desk if address.startswith("/admin") else self.api
        answer = client.get(address)
        if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:  # the desk is busy: once more
            answer = client.get(address)
        assert answer.status_code in ANSWERS, f"{address}: {answer.status_code} {answer.text}"
        return answer.text if answer.is_success else ""


def asked(stranger: httpx.Client, poll: str, codes: Iterable[str]) -> dict[str, str]:
    """
    Give what the voters' doors answer to who has a code and has not voted with it, for each code.

    Withdrawing, a ballot that is none, and the paper; without what is another each time.
    """
    return {code: "\n".join(_asked(stranger, poll, code)) for code in codes}


def _asked(stranger: httpx.Client, poll: str, code: str) -> Iterator[str]:
    ballots: tuple[Mapping[str, object], ...] = ({"withdraw": True}, {"optionId": 99}, {})
    for ballot in ballots:
        answer = stranger.post("/vote", json={"pollId": poll, "code": code, **ballot})
        yield f"{answer.status_code} {answer.text}"
    paper = stranger.get(f"/vote/{poll}", params={"code": code}).text
    sent = stranger.post(
        f"/vote/{poll}", data={"code": code, "withdraw": "1", "key": "k" * 22}
    ).text
    for shown in (paper, sent):
        page = re.sub(r'name="key" value="[^"]*"', "", shown)
        yield re.sub(f"{code}|{code.replace('-', '')}", "", page)


@dataclass
class Notes:
    """
    What a host has found out about a poll from one reading to the next.

    `named` are codes of which something has changed since the first reading, `moved` options, or
    files that hold the numbers; each with an address where that was to be read.
    """

    codes: Iterable[str]  # as they are printed
    options: Iterable[str]
    first: Reading
    named: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)

    def compare(self, now: Reading) -> None:
        """Hold a reading against the first one."""
        for address, text in now.items():
            before = self.first[address]
            if text == before:
                continue
            if address.endswith(FILES):
                self.moved[address] = address
            old, new = _records(before), _records(text)
            self.named |= dict.fromkeys(_changed(old, new, self.codes), address)
            self.moved |= dict.fromkeys(_changed(old, new, self.options), address)


def _changed(old: list[str], new: list[str], names: Iterable[str]) -> set[str]:
    """Find the names that stand in what has changed from one list of records to the other."""
    before, after = Counter(old), Counter(new)
    moved = "\n".join([*(before - after), *(after - before)])
    return {*re.findall("|".join(map(re.escape, names)), moved)}


def _records(text: str) -> list[str]:
    """Take a body apart into what is said of one code or one option each."""
    if text.startswith(("{", "[")):
        return [*_objects(json.loads(text))]
    if text.startswith("<"):
        return re.split(r"(?=<(?:tr|li|g|text|path)\b)|(?<=</li>)|(?<=</tr>)", text)
    return text.splitlines()


def _objects(value: Any) -> Iterator[str]:
    children = value.values() if isinstance(value, dict) else value
    inner = [each for each in children if isinstance(each, dict | list)]
    if isinstance(value, dict):
        yield json.dumps({name: each for name, each in value.items() if each not in inner})
    for each in inner:
        if isinstance(each, dict) or any(isinstance(child, dict | list) for child in each):
            yield from _objects(each)
