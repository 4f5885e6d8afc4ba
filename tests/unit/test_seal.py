"""A seal holds for what was sealed, for every byte of it, and for nothing else."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotbox.ballot import Ballot, Marks
from ballotbox.export import HEADER, HEADER_1, read_ballots
from ballotbox.outcome import FORMAT, Findings, describe, fits, numbers
from ballotbox.poll import Identity, Kind, Poll
from ballotbox.seal import BrokenSeal, fingerprint, sign, signing_key, verify
from ballotbox.tally import count
from ballotbox.verify import main
from tests.polls import BOTH, CATS, DOGS, FUTURE, NOTHING, a_poll, ballots, elections

KEY = signing_key("a secret that is long enough")
OTHER = signing_key("another secret, long enough too")
PUBLIC = KEY.public_key().public_bytes_raw().hex()
AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
CODES = {"issued": 4, "issued_after_opening": 1, "used": 3, "revoked": 1}
CAST = ballots(("ann", 1, CATS), ("bob", 2, DOGS), ("ann", 3, DOGS), ("cid", 4, NOTHING))


def file_of(cast: Iterable[Ballot]) -> bytes:
    """Write a file of ballots as the database does; a pseudonym is a hash."""
    numbers: Counter[str] = Counter()
    rows = []
    for each in sorted(cast, key=lambda each: each.seq):
        numbers[each.voter] += 1
        rows.append((_pseudonym(each), numbers[each.voter], _choice(each)))
    lines = (f"{voter},{number},{choice}\n" for voter, number, choice in sorted(rows))
    return HEADER + "".join(lines).encode()


def file_1_of(cast: Iterable[Ballot]) -> bytes:
    """Write a file of ballots as the one that a seal of version 1 was made of."""
    rows = (
        f"{each.seq},{_pseudonym(each)},{_choice(each)}\n"
        for each in sorted(cast, key=lambda each: each.seq)
    )
    return HEADER_1 + "".join(rows).encode()


def _pseudonym(ballot: Ballot) -> str:
    return hashlib.sha256(ballot.voter.encode()).hexdigest()[:24]


def _choice(ballot: Ballot) -> str:
    return " ".join(f"{mark.option}:{mark.value}" for mark in ballot.marks)


def document_of(
    poll: Poll, cast: Iterable[Ballot], *, refused: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """Describe the outcome of a poll with these ballots."""
    cast = sorted(cast, key=lambda each: each.seq, reverse=not poll.change)
    counting = {each.voter: each.marks for each in cast}
    patterns: Counter[Marks] = Counter(marks for marks in counting.values() if marks)
    findings = Findings(
        ballots=len(cast),
        voters=len(counting),
        sha256=hashlib.sha256(file_of(cast)).hexdigest(),
        refused=refused or {},
        patterns=sorted(patterns.items()),
        codes=CODES if poll.identity is Identity.CODE else None,
        vouched=1,
    )
    tally = count(poll.id, cast, change=poll.change)
    return describe(poll, tally, findings, sealed_at=AT)


def a_seal_of_version_1(poll: Poll, cast: Sequence[Ballot]) -> bytes:
    """Seal as 0.1.0 did."""
    document = document_of(poll, cast)
    for name in ("codes", "vouched"):
        del document[name]
    del document["poll"]["host_sees"]
    ledger = {**document["ledger"], "sha256": hashlib.sha256(file_1_of(cast)).hexdigest()}
    document |= {"format": "votify-seal-1", "ledger": ledger, "closed_seq": 99}
    return sign(document, KEY).encode()


def a_seal(**fields: Any) -> bytes:
    """Seal the poll about cats and dogs."""
    poll = a_poll(**{"question": "Кошки or Dögs? 🐕", "closes_at": FUTURE, **fields})
    return sign(document_of(poll, CAST), KEY).encode()


def broken(data: bytes, *, key: str | None = None, file: bytes | None = None) -> str:
    """Check a seal that must not hold; gives the sentence."""
    lines = None if file is None else file.splitlines(keepends=True)
    with pytest.raises(BrokenSeal) as caught:
        verify(data, key, lines)
    return str(caught.value)


# --- what was sealed ------------------------------------------------------------------------------


def test_it_holds_for_what_was_sealed() -> None:
    """The seal says what was asked, what came out, and when."""
    seal = verify(a_seal(), PUBLIC, file_of(CAST).splitlines(keepends=True))
    assert seal.public_key == PUBLIC
    document = seal.document
    assert document["format"] == FORMAT
    assert document["poll"]["question"] == "Кошки or Dögs? 🐕"
    assert [option["votes"] for option in document["result"]["options"]] == [0, 2]
    assert document["result"]["ballots"] == 2
    assert document["ledger"]["ballots"] == 4
    assert document["sealed_at"] == "2026-03-04T05:06:07Z"


def test_it_says_nothing_that_a_receipt_could_be_searched_by() -> None:
    """No ballot's number stands in it, nor the close marker's, which is a time like these."""
    document = json.loads(a_seal())
    assert not {"closed_seq", "final_seq", "seq"} & {*document, *document["ledger"]}


def test_it_says_what_became_of_every_accepted_ballot() -> None:
    """Accepted is what is counted, replaced, withdrawn and rejected: nothing is left over."""
    counts = document_of(a_poll(), CAST, refused={"poll_closed": 2})["counts"]
    assert counts == {
        "accepted": 6,
        "counted": 2,
        "replaced": 1,
        "withdrawn": 1,
        "rejected": {"poll_closed": 2},
    }


def test_it_calls_a_second_ballot_rejected_where_voters_may_not_change() -> None:
    """Nothing was replaced then: the first one counts."""
    document = document_of(a_poll(change=False), CAST)
    assert document["counts"]["rejected"] == {"already_voted": 1}
    assert document["counts"]["replaced"] == 0
    assert [option["votes"] for option in document["result"]["options"]] == [1, 1]


def test_it_tells_nothing_that_is_nobodys_business() -> None:
    """The file is public: the secret address of the preview and the owner stay out of it."""
    text = a_seal(preview="hush-hush", owner=4711).decode()
    assert "hush-hush" not in text
    assert "4711" not in text


def test_it_seals_the_same_in_the_same_bytes() -> None:
    """One text for one outcome, on one line, whoever seals it."""
    assert a_seal() == a_seal()
    assert a_seal().count(b"\n") == 1
    assert a_seal().endswith(b"}\n")


# --- what was altered -----------------------------------------------------------------------------


def test_it_fails_for_each_altered_byte() -> None:
    """Every byte of the file counts."""
    data = a_seal()
    for place in range(len(data)):
        for other in (data[place] ^ 1, data[place] ^ 0x20):
            broken(data[:place] + bytes([other]) + data[place + 1 :])


@given(st.data())
def test_it_fails_for_whatever_is_put_in_or_left_out(data: st.DataObject) -> None:
    """Any part replaced by anything else breaks it."""
    seal = a_seal()
    start = data.draw(st.integers(0, len(seal)))
    end = data.draw(st.integers(start, min(len(seal), start + 20)))
    put = data.draw(st.binary(max_size=10) | st.sampled_from([b" ", b"\n", b"\xef\xbb\xbf", b"0"]))
    altered = seal[:start] + put + seal[end:]
    if altered != seal:
        broken(altered)


def test_it_fails_for_the_same_meaning_in_other_bytes() -> None:
    """A reader of JSON would not see the difference."""
    data = a_seal()
    document = json.loads(data)
    signature = document["signature"]
    assert signature != signature.upper()
    for altered in (
        data.replace(signature.encode(), signature.upper().encode()),
        data.replace(PUBLIC.encode(), PUBLIC.upper().encode()),
        json.dumps(document, sort_keys=True).encode() + b"\n",
        json.dumps(document, sort_keys=True, separators=(",", ":")).encode() + b"\n",
        data.replace(b'{"codes":null,', b'{"codes":1,"codes":null,'),
        data.replace(b'"share":0.0', b'"share":0.00'),
        data.rstrip(),
        data + b"\n",
        b"\xef\xbb\xbf" + data,
    ):
        assert altered != data
        assert broken(altered).startswith(("The file was altered", "This is not a sealed result"))


@given(st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(repr))
def test_it_says_in_a_sentence_what_is_no_seal(data: bytes | str) -> None:
    """Whatever is handed in, nobody gets a traceback."""
    broken(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null\n",
        b"[" * 100_000,
        b'{"format":"votify-seal-1"}\n',
        b'{"format":"votify-seal-1","public_key":1,"signature":[]}\n',
        b'{"format":"votify-seal-1","public_key":"ab","signature":"cd"}\n',
        b'{"format":"votify-seal-2"}\n',
        b'{"format":"votify-seal-3"}\n',
        b'{"format":[]}\n',
        b'{"a":NaN}\n',
        b'{"a":"\\ud800"}\n',
        b"9" * 5000,
    ],
)
def test_it_is_not_upset_by_nonsense(data: bytes) -> None:
    """These break careless readers."""
    broken(data)


# --- keys -----------------------------------------------------------------------------------------


def test_it_fails_for_another_key_than_the_one_named() -> None:
    """Anybody can sign: only who names the key knows that it was the worker."""
    forged = sign(document_of(a_poll(), CAST[:1]), OTHER).encode()
    assert verify(forged).public_key != PUBLIC
    assert "another key" in broken(forged, key=PUBLIC)


def test_it_takes_the_key_in_full_or_in_short() -> None:
    """As people copy it: with spaces, in capitals."""
    short = fingerprint(PUBLIC)
    assert verify(a_seal()).fingerprint == short
    for named in (PUBLIC, PUBLIC.upper(), short, short.replace(" ", "").upper()):
        verify(a_seal(), named)
    for named in ("", PUBLIC[:-1], short[:-1], "x"):
        broken(a_seal(), key=named)


def test_it_makes_the_same_key_of_the_same_secret() -> None:
    """Several workers, and one that was started anew, sign with one key."""
    again = signing_key("a secret that is long enough")
    assert again.private_bytes_raw() == KEY.private_bytes_raw() != OTHER.private_bytes_raw()


# --- the ballots ----------------------------------------------------------------------------------


@given(elections())
def test_it_counts_the_ballots_of_every_kind_again(election: Any) -> None:
    """What was sealed of an election follows from its file of ballots."""
    document = document_of(election.poll, election.ballots, refused={"unrecordable": 1})
    lines = file_of(election.ballots).splitlines(keepends=True)
    verify(sign(document, KEY).encode(), PUBLIC, lines)


@given(elections())
def test_it_counts_the_ballots_of_a_seal_of_version_1_again(election: Any) -> None:
    """A seal that 0.1.0 gave holds with the file that went with it, and with that one only."""
    seal = a_seal_of_version_1(election.poll, election.ballots)
    verify(seal, PUBLIC, file_1_of(election.ballots).splitlines(keepends=True))
    broken(seal, file=file_of(election.ballots))
    new = sign(document_of(election.poll, election.ballots), KEY).encode()
    broken(new, file=file_1_of(election.ballots))


def test_it_fails_for_another_file_of_ballots() -> None:
    """One row more, less or other is another hash."""
    file = file_of(CAST)
    for altered in (file_of(CAST[:-1]), file.replace(b",2:1", b",1:1", 1), file + b"\n", b""):
        assert "file of ballots" in broken(a_seal(), file=altered)


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("result", "ballots", 3),
        ("result", "options", []),
        ("counts", "accepted", 5),
        ("counts", "counted", 3),
        ("counts", "replaced", 0),
        ("counts", "withdrawn", 0),
        ("ledger", "ballots", 5),
        ("poll", "change", False),
        ("poll", "kind", "rating"),
    ],
)
def test_it_finds_a_wrong_result_that_was_signed(part: str, name: str, value: Any) -> None:
    """Even who has the key cannot seal a result that the ballots do not give."""
    document = document_of(a_poll(), CAST)
    document[part] = {**document[part], name: value}
    sentence = broken(sign(document, KEY).encode(), file=file_of(CAST))
    assert "not" in sentence


@pytest.mark.parametrize("part", ["poll", "result", "counts", "ledger"])
@pytest.mark.parametrize("value", [None, 1, [], {}, "text"])
def test_it_is_not_upset_by_nonsense_that_was_signed(part: str, value: Any, tmp_path: Path) -> None:
    """A valid signature says nothing about what was signed."""
    data = sign({**document_of(a_poll(), CAST), part: value}, OTHER).encode()
    broken(data, file=file_of(CAST))
    (tmp_path / "seal.json").write_bytes(data)
    assert main([str(tmp_path / "seal.json")]) in (0, 1)


@pytest.mark.parametrize(
    "row",
    [
        *(b"ann,1,1:1\n", b"%s,0,\n", b"%s,1,1:1", b"%s,1,1\n", b"%s,1,1:1 \n", b"%s,1\n", b"\n"),
        b"%s,2,1:1\n",
    ],
)
def test_it_reads_no_file_that_is_not_one_of_ballots(row: bytes) -> None:
    """The line is named."""
    row = row.replace(b"%s", b"a" * 24)
    with pytest.raises(ValueError, match="line 2 is not a ballot"):
        list(read_ballots([HEADER, row], poll=1, version=2))


@pytest.mark.parametrize("row", [b"1,ann,1:1\n", b"0,%s,\n", b"1,%s,1\n", b"%s,1,1:1\n", b"\n"])
def test_it_reads_no_file_of_version_1_that_is_none(row: bytes) -> None:
    """As of the present one; and neither is taken for the other."""
    row = row.replace(b"%s", b"a" * 24)
    with pytest.raises(ValueError, match="line 2 is not a ballot"):
        list(read_ballots([HEADER_1, row], poll=1, version=1))
    with pytest.raises(ValueError, match="does not begin"):
        list(read_ballots([HEADER_1], poll=1, version=2))


@pytest.mark.parametrize("second", [b"%b,1,\n", b"%b,3,\n", b"%a,1,\n", b"%c,2,\n"])
def test_it_reads_no_file_in_another_order(second: bytes) -> None:
    """By pseudonym, and each voter's ballots 1, 2 and so on: another order might say something."""
    rows = [b"%b,1,\n", second]
    for letter in (b"a", b"b", b"c"):
        rows = [row.replace(b"%" + letter, letter * 24) for row in rows]
    with pytest.raises(ValueError, match="line 3 is not a ballot"):
        list(read_ballots([HEADER, *rows], poll=1, version=2))


@given(elections())
def test_it_reads_back_the_ballots_of_a_file(election: Any) -> None:
    """Each voter's in their order, with their marks, under another name."""
    lines = file_of(election.ballots).splitlines(keepends=True)
    read = list(read_ballots(lines, poll=election.poll.id, version=2))
    assert _by_voter(read) == _by_voter(election.ballots)
    again = file_1_of(election.ballots).splitlines(keepends=True)
    named = [replace(each, voter="") for each in read_ballots(again, poll=1, version=1)]
    assert named == [replace(each, voter="") for each in election.ballots]


def _by_voter(cast: Iterable[Ballot]) -> list[list[Marks]]:
    voters: dict[str, list[Marks]] = {}
    for each in cast:
        voters.setdefault(each.voter, []).append(each.marks)
    return sorted(voters.values())


# --- a tally beside its seal ----------------------------------------------------------------------


@given(elections())
def test_it_fits_the_tally_that_was_sealed_and_no_other(election: Any) -> None:
    """Every number that is counted: of ballots, and of each option."""
    poll = election.poll
    document = document_of(poll, election.ballots)
    sealed = numbers(sign(document, KEY))
    tally = count(poll.id, election.ballots, change=poll.change)
    assert fits(sealed, poll, tally)
    assert not fits(sealed, poll, replace(tally, ballots=tally.ballots + 1))
    assert not fits(sealed, poll, replace(tally, cast=tally.cast + 1))
    for mark in tally.counts:
        more = {**tally.counts, mark: tally.counts[mark] + 1}
        assert not fits(sealed, poll, replace(tally, counts=more))


def test_it_fits_nothing_that_is_no_seal() -> None:
    """Somebody may have written anything there."""
    for text in ("", "null", "[]", '{"result": 1}', '{"result": {"ballots": 0}}', "x"):
        assert not fits(numbers(text), a_poll(), count(1, [], change=True))


# --- the command ----------------------------------------------------------------------------------


def test_it_prints_what_is_sealed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For people: the question, the numbers, and the key to compare."""
    seal, file = tmp_path / "seal.json", tmp_path / "ballots.csv"
    seal.write_bytes(a_seal())
    file.write_bytes(file_of(CAST))
    assert main([str(seal), "--key", PUBLIC, "--ballots", str(file)]) == 0
    printed = capsys.readouterr().out
    for part in (
        "HOLDS",
        "Кошки or Dögs? 🐕",
        "Dogs: share 1.0, votes 2",
        "replaced 1",
        fingerprint(PUBLIC),
    ):
        assert part in printed


def test_it_prints_what_became_of_the_codes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who made more of them while people voted has to say why."""
    (tmp_path / "seal.json").write_bytes(a_seal(identity=Identity.CODE))
    assert main([str(tmp_path / "seal.json")]) == 0
    printed = capsys.readouterr().out
    assert "Codes: issued 4, 1 of them after the opening, used 3, revoked 1\n" in printed
    assert "Votes for whom a program has vouched: 1\n" in printed
    (tmp_path / "seal.json").write_bytes(a_seal_of_version_1(a_poll(), CAST))
    assert main([str(tmp_path / "seal.json")]) == 0
    printed = capsys.readouterr().out
    assert "Codes" not in printed
    assert "Vouched" not in printed


def test_it_says_what_was_broken_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who reads the second seal learns of the first."""
    previous = {"sealed_at": "2026-01-01T00:00:00Z", "broken_at": "2026-01-02T00:00:00Z"}
    document = {**document_of(a_poll(kind=Kind.MULTIPLE), ballots(("ann", 1, BOTH)))}
    document["previous"] = [{**previous, "sha256": "0" * 64}]
    (tmp_path / "seal.json").write_text(sign(document, KEY))
    assert main([str(tmp_path / "seal.json")]) == 0
    printed = capsys.readouterr().out
    assert "The seal of 2026-01-01T00:00:00Z was broken at 2026-01-02T00:00:00Z" in printed


def test_it_exits_with_1_for_a_broken_seal_and_2_for_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Scripts can tell "not true" from "not looked at"."""
    seal = tmp_path / "seal.json"
    assert main([str(seal)]) == 2
    seal.write_bytes(a_seal() + b" ")
    assert main([str(seal)]) == 1
    assert capsys.readouterr().out.startswith("BROKEN: The file was altered")
