"""
The code of today on what earlier versions have left: nothing of it is lost.

Each folder beside this file was made by the version that it is named after. It is laid into a stack
that is started under load, with ballots of then still waiting.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ballotbox.migrate import migrate
from ballotbox.postgres import postgres_from
from ballotbox.settings import Settings
from ballotbox.sql import migrations
from ballotbox.verify import main as verify
from deploy.local import postgres
from deploy.local.layout import ROOT, Layout
from tests.e2e.organiser import Organiser
from tests.upgrade.browser import Browser, receipt
from tests.upgrade.conftest import Upgraded
from tests.upgrade.ending import missing
from tests.upgrade.leave import dump
from tests.waiting import eventually

pytestmark = pytest.mark.service

_TO_STRANGERS = {"paper", "shown", "timeline"}


def others(ended: dict[str, Any], *parts: str) -> dict[str, Any]:
    """Give some parts of what was said of every poll but the one that is voted in meanwhile."""
    polls = {name: said for name, said in ended["polls"].items() if name != "busy"}
    found = {name: {part: said.get(part) for part in parts} for name, said in polls.items()}
    # What a poll asks was told to strangers before it opened, and is no more.
    return found | {"coming": {part: found["coming"][part] for part in set(parts) - _TO_STRANGERS}}


# --- ballots ------------------------------------------------------------------------------------


def test_it_leaves_ballots_that_wait(upgraded: Upgraded) -> None:
    """Otherwise nothing was left for the code of today to count."""
    assert upgraded.left["waiting"] > 10
    states = {fate["state"] for fate in upgraded.old["fates"].values()}
    assert states == {"counted", "replaced", "withdrawn", "rejected"}


def test_it_comes_to_the_same_numbers(upgraded: Upgraded) -> None:
    """Each poll ends as it did where the earlier version counted what waited."""
    parts = ("results", "table", "shown")
    assert list(missing(others(upgraded.old, *parts), others(upgraded.new, *parts))) == []


def test_it_counts_what_came_during_the_start_on_top(upgraded: Upgraded) -> None:
    """The poll that people voted in without a break has their ballots and those of then, once."""
    assert upgraded.crowd.complaints == []
    old, new = (each["polls"]["busy"]["results"] for each in (upgraded.old, upgraded.new))
    came = upgraded.crowd.votes
    for before, after in zip(old["options"], new["options"], strict=True):
        assert after["votes"] == before["votes"] + came[before["id"]]
    for number in ("ballots", "cast"):
        assert new[number] == old[number] + came.total()


def test_it_tells_no_version_below_one_that_was_told(upgraded: Upgraded) -> None:
    """A page that was left open drops what is older; and polls that rest keep theirs."""
    text = (upgraded.folder / "database.sql").read_text("utf-8")
    _, head, rows = re.split(r"^COPY public\.standings \((.*)\).*\n", text, flags=re.MULTILINE)
    names = head.split(", ")
    told = [
        dict(zip(names, row.split("\t"), strict=True))
        for row in rows[: rows.index("\\.")].splitlines()
    ]
    with psycopg.connect(upgraded.stack.environment()["DATABASE_URL"]) as owner:
        found = owner.execute("SELECT poll_id, version FROM standings").fetchall()
    now = dict(found)
    then = {int(each["poll_id"]): int(each["version"]) for each in told}
    assert {poll for poll in then if now[poll] < then[poll]} == set()
    polls = upgraded.left["polls"]
    assert now[polls["busy"]] > then[polls["busy"]]
    assert all(now[polls[name]] == then[polls[name]] for name in ("archived", "resealed", "coming"))


def test_it_keeps_every_ballot_of_the_ledger(upgraded: Upgraded) -> None:
    """Each has its number, its pseudonym and its choice, whether or not its poll is sealed."""
    for name, said in upgraded.old["polls"].items():
        now = ledger_of(upgraded, upgraded.left["polls"][name])
        if name == "busy":
            assert set(said["ballots"].splitlines()) < set(now.splitlines())
        else:
            assert now == said["ballots"]


def test_it_hands_out_the_file_that_an_earlier_seal_was_made_of(upgraded: Upgraded) -> None:
    """To the byte, for its hash stands there; of other polls it hands out none of that form."""
    for name, said in upgraded.new["polls"].items():
        if name in upgraded.left["seals"]:
            assert said["ballots"] == upgraded.old["polls"][name]["ballots"]
        else:
            assert not said["ballots"].startswith("seq,")


def ledger_of(upgraded: Upgraded, poll: int) -> str:
    """Read the ballots of a poll as 0.1.0 has handed them out."""
    choice = (
        "(SELECT string_agg(m.option_id || ':' || m.value, ' ' ORDER BY m.option_id)"
        " FROM unnest(option_ids, mark_values) AS m (option_id, value))"
    )
    with postgres_from(Settings.read(upgraded.stack.environment())) as connection:
        rows = connection.execute(
            f"SELECT concat_ws(',', seq, pseudonym, coalesce({choice}, ''))"  # noqa: S608
            " FROM pseudonymous_ballots WHERE poll_id = %s ORDER BY seq".encode(),
            [poll],
        ).fetchall()
    return "\n".join(["seq,voter,choice", *(row for (row,) in rows), ""])


def test_it_knows_every_receipt(upgraded: Upgraded) -> None:
    """Counted, replaced, withdrawn or rejected, and why: each as the earlier version said."""
    assert list(missing(upgraded.old["fates"], upgraded.new["fates"])) == []
    assert {upgraded.site.fate(each) for each in upgraded.crowd.receipts} == {"counted"}


def test_it_tells_how_the_numbers_came_to_be(upgraded: Upgraded) -> None:
    """The timelines of polls that were over are the same, and all others end at the numbers."""
    for name in ("ranked", "resealed", "archived"):
        old, new = (each["polls"][name]["timeline"] for each in (upgraded.old, upgraded.new))
        assert list(missing(old, new)) == []
    for name in ("marked", "due", "busy"):
        said = upgraded.new["polls"][name]
        assert said["timeline"]["ballots"][-1] == said["results"]["ballots"]


def test_it_agrees_with_a_recount(upgraded: Upgraded) -> None:
    """Tallies, samples and the ledger say the same of every poll."""
    done = subprocess.run(
        [sys.executable, "-m", "ballotbox.recount"],
        cwd=ROOT,
        env=upgraded.stack.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# --- seals --------------------------------------------------------------------------------------


def test_it_hands_out_every_seal_as_it_was(upgraded: Upgraded, tmp_path: Path) -> None:
    """Byte for byte; it holds, it was signed with the same key, and the ballots fit it."""
    for name, text in upgraded.left["seals"].items():
        poll = upgraded.left["polls"][name]
        assert upgraded.api("GET", f"/polls/{poll}/seal").text == text
        assert verify([*files(upgraded, name, text, tmp_path)]) == 0


def test_it_seals_what_was_closed_and_not_counted(upgraded: Upgraded, tmp_path: Path) -> None:
    """One poll had its close marker behind its last ballots, the other one had none yet."""
    for name in ("marked", "due"):
        seal = upgraded.api("GET", f"/polls/{upgraded.left['polls'][name]}/seal").text
        assert verify([*files(upgraded, name, seal, tmp_path)]) == 0


def files(upgraded: Upgraded, name: str, seal: str, folder: Path) -> list[str]:
    """Write a seal and its ballots, for the check; it must be signed with the key of then."""
    file, ballots = folder / "seal.json", folder / "ballots.csv"
    file.write_text(seal, "utf-8")
    ballots.write_bytes(upgraded.new["polls"][name]["ballots"].encode())
    key = json.loads(upgraded.left["seals"]["ranked"])["public_key"]
    return [str(file), "--key", key, "--ballots", str(ballots)]


def test_it_does_not_mend_a_broken_seal(upgraded: Upgraded) -> None:
    """Of a poll that was opened again no seal is handed out, and its page says why."""
    poll = upgraded.left["polls"]["reopened"]
    answer = upgraded.api("GET", f"/polls/{poll}/seal")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_sealed")
    assert "the seal of" in upgraded.site.ask(f"/result/{poll}").text


def test_it_names_in_a_new_seal_the_one_that_was_broken_before(upgraded: Upgraded) -> None:
    """Whoever closes such a poll today cannot hide that it had been sealed."""
    poll = upgraded.left["polls"]["reopened"]
    assert upgraded.api("POST", f"/polls/{poll}/close").is_success
    path = f"/polls/{poll}/seal"
    eventually(lambda: upgraded.api("GET", path).is_success, seconds=30)
    (previous,) = upgraded.api("GET", path).json()["previous"]
    broken = upgraded.left["broken"]["reopened"]
    assert previous["sha256"] == hashlib.sha256(broken.encode()).hexdigest()


# --- voters -------------------------------------------------------------------------------------


def test_it_knows_a_voter_by_the_cookie(upgraded: Upgraded) -> None:
    """Who has voted once has voted: a second ballot is refused where votes are not changed."""
    poll = upgraded.left["polls"]["firm"]
    with upgraded.browser("firm") as browser:
        answer = browser.http.post("/vote", json={"pollId": poll, "optionId": 1})
    assert (answer.status_code, answer.json()["code"]) == (400, "already_voted")


def test_it_lets_a_voter_change_a_vote_of_then(upgraded: Upgraded) -> None:
    """The paper leads to the receipt of then, and a new ballot takes the old one's place."""
    with upgraded.browser("changes") as browser:
        (before,) = set(receipts(browser.http.get(f"/vote/{slug(upgraded, 'busy')}").text))
        after = browser.vote(slug(upgraded, "busy"), option=2)
    assert fate_of_then(upgraded, before) == "counted"
    assert upgraded.site.fate(before) == "replaced"
    upgraded.site.wait_counted(after)


def receipts(page: str) -> list[str]:
    """List the receipts that a page leads to."""
    return re.findall(r"/vote/receipt/([\w-]{32,})", page)


def fate_of_then(upgraded: Upgraded, receipt: str) -> str:
    """Tell what the earlier version said of the ballot of a receipt of today."""
    ballot = upgraded.ballot(receipt)
    (fate,) = (
        fate["state"]
        for code, fate in upgraded.old["fates"].items()
        if upgraded.ballot(code) == ballot
    )
    return str(fate)


def slug(upgraded: Upgraded, name: str) -> str:
    """Name a poll as in addresses."""
    return str(upgraded.old["polls"][name]["itself"]["slug"])


def test_it_answers_a_repeated_request_as_before(upgraded: Upgraded) -> None:
    """Who never heard that a ballot arrived sends it again, after the upgrade: there is one."""
    sent, paper = upgraded.left["sent"], upgraded.left["paper"]
    again = upgraded.site.accept(sent["ballot"], key=sent["key"])
    assert upgraded.ballot(again) == upgraded.ballot(sent["receipt"])
    with Browser(upgraded.stack.url, paper["cookies"]) as browser:
        answer = browser.send(slug(upgraded, "busy"), paper["fields"])
    assert upgraded.ballot(receipt(answer)) == upgraded.ballot(paper["receipt"])


def test_it_takes_each_code_once(upgraded: Upgraded) -> None:
    """A code that was used, before or while nobody counted, or revoked, is none any more."""
    codes, poll = upgraded.left["codes"], upgraded.left["polls"]["coded"]
    answers = {
        use: upgraded.site.cast({"pollId": poll, "optionId": 1, "code": code}).json().get("code")
        for use, code in codes.items()
    }
    assert answers == {
        **dict.fromkeys(("used", "kept", "waits"), "already_voted"),
        **dict.fromkeys(("revoked", "used-and-revoked"), "unknown_code"),
        "unused": None,
    }


def test_it_lists_the_codes_with_their_names(upgraded: Upgraded) -> None:
    """For whom they were made, and which are revoked; which were used is told no more as it was."""
    old, new = (others(each, "codes") for each in (upgraded.old, upgraded.new))
    for said in (*old.values(), *new.values()):
        for code in said["codes"]["codes"]:
            del code["used"]
    assert new == old


def test_it_shows_a_vote_with_a_code_to_the_browser_that_cast_it(upgraded: Upgraded) -> None:
    """The browser has kept which ballot was its own."""
    with upgraded.browser("coded") as browser:
        (own,) = set(receipts(browser.http.get(f"/vote/{slug(upgraded, 'coded')}").text))
    assert fate_of_then(upgraded, own) == "counted"
    assert receipts(upgraded.site.ask(f"/vote/{slug(upgraded, 'coded')}").text) == []


def test_it_shows_numbers_to_who_has_a_receipt(upgraded: Upgraded) -> None:
    """A receipt of then opens what only voters see."""
    poll, shown = upgraded.left["polls"]["firm"], upgraded.left["sent"]["receipt"]
    assert upgraded.site.ask(f"/result/{poll}.json").json()["hidden"] is True
    passed = upgraded.site.ask(f"/result/{poll}.json?receipt={shown}").json()
    assert passed["hidden"] is False


# --- organisers ---------------------------------------------------------------------------------


def test_it_keeps_organisers_signed_in(upgraded: Upgraded) -> None:
    """A session of then goes on, and leads to the polls."""
    with Browser(upgraded.stack.url, upgraded.left["session"]) as browser:
        page = browser.http.get("/admin/")
    assert page.status_code == 200
    assert "Where shall we meet?" in page.text


def test_it_lets_organisers_sign_in(upgraded: Upgraded) -> None:
    """Their passwords are the same, and each finds their own polls."""
    client = Organiser(upgraded.stack.url, upgraded.left["passwords"]["ada"], name="ada")
    found = client.call("GET", "/polls")["polls"]
    client.close()
    assert [each["id"] for each in found] == [upgraded.left["polls"]["ada"]]


def test_it_takes_the_tokens_of_then(upgraded: Upgraded) -> None:
    """Each for what it was made for; one that was revoked for nothing."""
    found = upgraded.api("GET", "/polls", of="ada").json()["polls"]
    assert [each["id"] for each in found] == [upgraded.left["polls"]["ada"]]
    assert upgraded.api("GET", "/polls", of="vote-for").status_code == 403
    assert upgraded.api("GET", "/polls", of="revoked").status_code == 401
    again = {"pollId": upgraded.left["polls"]["firm"], "optionId": 1, "userId": "a member"}
    header = {"Authorization": f"Bearer {upgraded.left['tokens']['vote-for']}"}
    assert upgraded.site.cast(again, headers=header).json()["code"] == "already_voted"


def test_it_answers_a_repeated_draft_as_before(upgraded: Upgraded) -> None:
    """The same request with the same key makes no second poll."""
    made = upgraded.left["made"]
    answer = upgraded.api("POST", "/polls", json=made["json"], headers=made["headers"])
    assert (answer.status_code, answer.json()["id"]) == (201, made["id"])


def test_it_keeps_every_poll_in_its_state(upgraded: Upgraded) -> None:
    """Drafts, coming, open, closed and archived ones, with all that was decided for them."""
    states = {said["itself"]["state"] for said in upgraded.old["polls"].values()}
    assert states == {"draft", "coming", "open", "closed"}
    parts = ("itself", "definition", "paper")
    assert list(missing(others(upgraded.old, *parts), others(upgraded.new, *parts))) == []


def test_it_says_nothing_any_more_before_the_opening(upgraded: Upgraded) -> None:
    """Its organiser has all of it; strangers hear when it opens."""
    old, new = (each["polls"]["coming"] for each in (upgraded.old, upgraded.new))
    for part in ("paper", "shown"):
        told = {name: value for name, value in new[part]["poll"].items() if value is not None}
        assert told.keys() == {"id", "state", "opens_at"}
        assert list(missing(told, old[part]["poll"])) == []
        assert new[part]["options"] == []


def test_it_takes_polls_with_codes_off_the_lists_and_no_other(upgraded: Upgraded) -> None:
    """They are found by their address; all others by their number, too, as clients know them."""
    for said in upgraded.new["polls"].values():
        poll = said["itself"]
        assert poll["listed"] is (poll["identity"] != "code")
        if poll["state"] != "draft":
            by_slug, by_number = (
                upgraded.site.ask(f"/result/{name}.json") for name in (poll["slug"], poll["id"])
            )
            assert by_slug.status_code == 200
            assert by_number.status_code == (200 if poll["listed"] else 404)


def test_it_makes_a_poll_out_of_each_that_was_exported(upgraded: Upgraded) -> None:
    """What another Votify has handed out as a poll's definition is one here."""
    for said in upgraded.old["polls"].values():
        definition = said["definition"]
        made = upgraded.api("POST", "/polls", json=definition)
        assert made.status_code == 201, made.text
        path = f"/polls/{made.json()['id']}/definition"
        assert list(missing(definition, upgraded.api("GET", path).json())) == []


def test_it_shows_drafts_to_who_has_the_address(upgraded: Upgraded) -> None:
    """The secret address of a draft leads to it, and to nobody else's."""
    page = upgraded.site.ask(f"/vote/preview/{upgraded.left['preview']}")
    assert page.status_code == 200
    assert "What shall we ask next?" in page.text


def test_it_shows_every_image(upgraded: Upgraded) -> None:
    """The pictures of polls are the same files."""
    for name in upgraded.left["images"]:
        for file in (f"{name}.webp", f"{name}-small.webp"):
            kept = (upgraded.folder / "images" / file).read_bytes()
            assert upgraded.site.ask(f"/images/{file}").content == kept


# --- the database -------------------------------------------------------------------------------


def test_it_has_applied_every_migration_and_no_other(upgraded: Upgraded) -> None:
    """The database is where the code of today is: one that is ahead of it was not made by it."""
    with psycopg.connect(upgraded.stack.environment()["DATABASE_URL"]) as connection:
        query = "SELECT number, name FROM migrations ORDER BY number"
        applied = connection.execute(query).fetchall()
    assert applied == [(number, name) for number, name, _ in migrations()]


def test_it_has_the_tables_of_a_new_database(upgraded: Upgraded) -> None:
    """Tables, columns, rights, functions and views are those that a fresh start makes."""
    layout = Layout.of(upgraded.stack.data)
    address = postgres.url(layout, postgres.OWNER, "fresh")
    with psycopg.connect(upgraded.stack.environment()["DATABASE_URL"]) as connection:
        connection.autocommit = True
        connection.execute("CREATE DATABASE fresh")
    with psycopg.connect(address) as connection:
        migrate(connection)
    upgraded_address = upgraded.stack.environment()["DATABASE_URL"]
    assert schema(upgraded_address) == schema(address)


def schema(address: str) -> list[str]:
    """Write all of a database but its rows; a line with a random word in each dump is left out."""
    lines = dump(address, "--schema-only").splitlines()
    return [line for line in lines if not line.startswith(("\\restrict", "\\unrestrict"))]
