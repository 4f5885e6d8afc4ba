"""The picture of a result: what is on it, that it holds together, and how often it is drawn."""
# ruff: noqa: S314 - what is parsed is ours

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from ballotbox.poll import Kind, Option, Visibility
from deploy.local.layout import ROOT
from result.gallery import PictureUnavailable, Prints, draw_png
from result.lettering import lines, shortened, width
from result.picture import HEIGHT, THEMES, WIDTH
from tests.showing import NOON, RANKED, RATED, RECEIPT, site
from tests.waiting import eventually

HALL, ELSEWHERE = "192.0.2.1", "198.51.100.7"
SVG = "{http://www.w3.org/2000/svg}"
WORDS = (
    "Cats",
    "A boat on the Danube, slowly, with everybody aboard and no agenda at all",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2,
    "猫还是狗我们今天下午应该先决定会议的地点然后再讨论预算最后选出委员会的主席。" * 2,
    "هل نبدأ الاجتماع الآن أم ننتظر حتى يصل الجميع إلى القاعة الكبيرة في الطابق الثاني؟",
    "<script>alert('&')</script>",
    "🎉 ⴰⵣⵓⵍ ไทย",
)


def picture(votes: Any, *, query: str = "", **fields: Any) -> str:
    """Get the SVG of a poll."""
    answer = site(votes, **fields).get(f"/result/1.svg{query}")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml"), answer.text
    return answer.text


def options(number: int) -> tuple[Option, ...]:
    return tuple(Option(id=i, text=f"Option {i}") for i in range(1, number + 1))


def texts(svg: str) -> Iterator[tuple[str, float, float, float]]:
    """Give the texts of a picture: where each begins and ends, and on which line it stands."""
    for each in ET.fromstring(svg).iter(f"{SVG}text"):
        text, x, size = each.text or "", float(each.get("x", 0)), float(each.get("font-size", 0))
        long = width(text, size)
        begin = x - long if each.get("text-anchor") == "end" else x
        yield text.strip("\u2068\u2069"), begin, begin + long, float(each.get("y", 0))


def said(svg: str) -> list[str]:
    return [text for text, *_ in texts(svg)]


def test_it_says_how_the_poll_stands() -> None:
    """Question, options, counts, shares, how many are counted, when that was, and how to join."""
    words = said(picture([3, 1, 0]))
    assert words[:3] == ["Votify", "Open", "Cats & Dogs?"]
    assert {"Cats", "3 votes", "75%", "1 vote", "25%", "4 counted"} <= set(words)
    assert "Numbers as of 21 November 2026, 12:00 UTC" in words
    assert "Vote at localhost with code ABC234" in words


def test_it_draws_bars_as_long_as_the_shares() -> None:
    """A track and, where there are votes, a bar in it; only the one that is ahead is dark."""
    root = ET.fromstring(picture([3, 1, 0]))
    bars = [each for each in root.findall(f"{SVG}rect") if each.get("fill") != "#f8f6f1"]
    colours = [each.get("fill") for each in bars]
    light = THEMES["light"]
    track, lead, other = light["track"], light["bar"], light["bar-other"]
    assert colours == [track, lead, track, other, track]
    long = [float(each.get("width", 0)) for each in bars]
    assert long[1] / long[0] == pytest.approx(0.75, abs=0.001)
    assert long[3] / long[2] == pytest.approx(0.25, abs=0.001)


@pytest.mark.parametrize(
    ("fields", "state", "end"),
    [
        ({"final": True, "closed": True}, "Closed · final", "Final result"),
        ({"closed": True}, "Closed · the last votes are being counted", "Numbers as of"),
        ({"closes_at": NOON + timedelta(1)}, "Open until 22 November 2026", "Numbers as of"),
    ],
)
def test_it_says_how_final_it_is(fields: dict[str, Any], state: str, end: str) -> None:
    """A picture outlives the moment: it tells whether these numbers are the last word."""
    words = "\n".join(said(picture([3, 1, 0], **fields)))
    assert state in words
    assert end in words
    assert ("with code" in words) is ("Open until" in state)


def test_it_says_what_the_numbers_of_other_kinds_are() -> None:
    """Means of ratings, first places of rankings, shares that add up to more."""
    assert {"4.00", "Mean of the ratings, from 1 to 5"} <= set(
        said(picture(RATED, kind=Kind.RATING, max_choices=3))
    )
    assert {"3 first places", "First places"} <= set(
        said(picture(RANKED, kind=Kind.RANKED, max_choices=3))
    )
    several = said(picture([3, 1, 0], kind=Kind.MULTIPLE, max_choices=2))
    assert "Share of voters; several choices each" in several


@pytest.mark.parametrize("visibility", [*Visibility][1:])
def test_it_keeps_hidden_numbers(visibility: Visibility) -> None:
    """It shows what can be chosen, and neither a number nor a bar; not even when it was asked."""
    svg = picture([301, 17, 42], visibility=visibility)
    assert "The numbers are hidden" in said(svg)
    assert "Cats" in said(svg)
    assert not re.search(r"301|\b17\b|360|83%|12:00", svg)
    assert svg == picture([0, 0, 0], visibility=visibility)


def test_it_sums_up_the_options_that_have_no_room() -> None:
    """Eight stand there, those that are ahead; nothing is left out without a word."""
    votes = [5, 50, 40, 30, 20, 10, 9, 8, 7, 6, 4, 3]
    words = said(picture(votes, options=options(12)))
    assert [word for word in words if word.startswith("Option")] == [
        f"Option {i}" for i in range(2, 10)
    ]
    assert "and 4 more options with 18 votes" in words
    hidden = said(picture(votes, options=options(12), visibility=Visibility.ORGANISER))
    assert "and 4 more options" in hidden
    rated = said(picture(RATED, kind=Kind.RATING, max_choices=9, options=options(9)))
    assert "and 1 more option, not above –" in rated


@pytest.mark.parametrize("number", [2, 4, 5, 8, 100])
@pytest.mark.parametrize("query", ["", "?lang=ar"])
def test_it_holds_together_whatever_it_says(number: int, query: str) -> None:
    """No text leaves the picture, and none runs into another one on the same line."""
    for question in WORDS:
        made = tuple(
            Option(id=i, text=f"{WORDS[i % len(WORDS)]} {i}"[:200]) for i in range(1, number + 1)
        )
        svg = picture([9_999_999] * number, question=question[:300], options=made, query=query)
        placed = sorted(texts(svg), key=lambda each: (each[3], each[1]))
        for text, begin, end, line in placed:
            assert -1 < begin <= end < WIDTH + 1, text
            assert 0 < line < HEIGHT
        for (one, _, end, line), (two, begin, _, next_line) in pairwise(placed):
            assert line != next_line or end <= begin + 1, (one, two)


def test_it_is_plain_and_whole_svg() -> None:
    """Well-formed, escaped, without scripts, styles or anything from elsewhere."""
    svg = picture([1, 1, 1], question="<b>&amp;\"'</b>")
    assert svg.startswith("<svg ")
    names = {each.tag.removeprefix(SVG) for each in ET.fromstring(svg).iter()}
    assert names == {"svg", "title", "g", "rect", "path", "text"}
    assert not re.search(r"style=|href|url\(|<!|<\?", svg)
    assert "&lt;script&gt;" in svg


def test_it_is_read_from_right_to_left_in_arabic() -> None:
    """Everything stands where somebody who reads so looks for it; the texts stay what they are."""
    mirrored = picture([3, 1, 0], query="?lang=ar")
    question = {text: (begin, end) for text, begin, end, _ in texts(mirrored)}["Cats & Dogs?"]
    assert question[1] == WIDTH - 72
    arabic = picture([3, 1, 0], question=WORDS[4])
    assert "\u2068" in arabic
    assert "\u2069" in arabic


@pytest.mark.parametrize("theme", THEMES)
def test_it_has_the_colours_of_the_pages(theme: str) -> None:
    """The tokens stand in two places, and say the same."""
    sheet = (ROOT / "nginx" / "static" / "votify.css").read_text("utf-8")
    light, dark = sheet.split("(prefers-color-scheme: dark)", 1)
    part = light if theme == "light" else dark.partition("@media")[0]
    tokens = dict(re.findall(r"--([\w-]+):\s*(#\w+);", part))
    assert THEMES[theme].items() <= tokens.items()
    assert THEMES[theme]["paper"] in picture([1, 0, 0], query=f"?theme={theme}")


def test_it_may_stand_on_other_sites_and_in_caches() -> None:
    """For a few seconds, by language; what only voters see is kept by nobody."""
    client = site([3, 1, 0], visibility=Visibility.AFTER_VOTE)
    for kind in ("svg", "png"):
        answer = client.get(f"/result/1.{kind}?lang=de")
        assert answer.headers["Cache-Control"] == "public, max-age=5"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert {"Accept-Language", "Cookie"} <= set(answer.vary)
        assert "Set-Cookie" not in answer.headers
        own = client.get(f"/result/1.{kind}?receipt={RECEIPT}")
        assert own.headers["Cache-Control"] == "no-store"
        assert own.data != answer.data


# ---- as dots -------------------------------------------------------------------------------------


def test_it_is_drawn_as_dots_too() -> None:
    """A PNG of the same size, on whose upper half there are letters."""
    answer = site([3, 1, 0]).get("/result/1.png")
    assert answer.mimetype == "image/png"
    image = Image.open(io.BytesIO(answer.data)).convert("RGB")
    assert image.size == (WIDTH, HEIGHT)
    question = image.crop((72, 100, 500, 190)).convert("L")
    dark = sum(question.histogram()[:100])
    assert 1000 < dark < 20_000  # letters, and not a black box


@pytest.mark.parametrize("question", WORDS)
def test_it_draws_whatever_is_asked(question: str) -> None:
    """A letter that no font of the machine has is left as a box."""
    svg = picture([1, 1, 1], question=question)
    assert draw_png(svg).startswith(b"\x89PNG")


def test_it_says_when_it_cannot_draw() -> None:
    """What ends the program that draws ends nothing else."""
    with pytest.raises(PictureUnavailable):
        draw_png("no picture")


class Drawer:
    """Draws nothing, and counts how often."""

    def __init__(self) -> None:
        self.drawn: list[str] = []
        self.now = 0.0

    def draw(self, svg: str) -> bytes:
        self.drawn.append(svg)
        return svg.encode()


def test_it_draws_a_picture_again_only_when_it_has_changed() -> None:
    """However many ask for it; and other pictures are other pictures."""
    drawer = Drawer()
    prints = Prints(drawer.draw, clock=lambda: drawer.now)
    assert [prints.of((key,), "1", asker=HALL) for key in "aab"] == [b"1"] * 3
    drawer.now = 3600
    prints.of(("a",), "1", asker=HALL)
    assert drawer.drawn == ["1", "1"]


def test_it_draws_a_picture_once_a_second_at_most() -> None:
    """A poll in which many vote costs no more pictures than that."""
    drawer = Drawer()
    prints = Prints(drawer.draw, clock=lambda: drawer.now)
    for number in range(100):
        drawer.now = number / 20
        prints.of("a", str(number), asker=HALL)
    assert drawer.drawn == ["0", "20", "40", "60", "80"]


def test_it_keeps_a_limited_number_of_pictures() -> None:
    """The one that was drawn longest ago goes first."""
    drawer = Drawer()
    prints = Prints(drawer.draw, clock=lambda: drawer.now)
    for number in range(201):
        prints.of(number, "", asker=HALL)
    drawer.drawn.clear()
    prints.of(200, "", asker=HALL)
    assert drawer.drawn == []
    prints.of(0, "", asker=HALL)
    assert drawer.drawn == [""]


def test_it_lets_nobody_wait_for_ever() -> None:
    """Whoever asks while others' pictures are drawn is told to come again."""
    drawer = Drawer()

    def draw(svg: str) -> bytes:
        with pytest.raises(PictureUnavailable):
            prints.of("b", svg, asker=HALL)
        return drawer.draw(svg)

    prints = Prints(draw, clock=lambda: drawer.now, patience=0.01)
    assert prints.of("a", "1", asker=HALL) == b"1"


def test_it_lets_one_asker_wait_for_few_pictures() -> None:
    """Whoever asks for new ones all the time is refused; others wait their turn."""
    drawn, refused, drawing = set[str](), set[str](), threading.Event()

    def draw(svg: str) -> bytes:
        assert drawing.wait(20)
        return svg.encode()

    prints = Prints(draw, clock=lambda: 0, patience=20)

    def ask(key: str, asker: str) -> None:
        try:
            prints.of((key,), key, asker=asker)
        except PictureUnavailable:
            refused.add(key)
        else:
            drawn.add(key)

    with ThreadPoolExecutor(20) as phones:
        for number in range(5):
            phones.submit(ask, f"new {number}", HALL)
        eventually(lambda: len(refused) == 1)
        waiting = {f"new {number}" for number in range(5)} - refused
        for key in waiting:
            phones.submit(ask, key, HALL)
        phones.submit(ask, "elsewhere", ELSEWHERE)
        drawing.set()
    assert len(refused) == 1
    assert drawn == {*waiting, "elsewhere"}
    ask("later", HALL)
    assert "later" in drawn


# ---- letters -------------------------------------------------------------------------------------


def test_it_shortens_by_an_ellipsis_and_only_where_it_must() -> None:
    """What is cut says so, and fits."""
    assert shortened("short", 20, 200) == "short"
    cut = shortened("far too long for the room that there is", 20, 200)
    assert cut.endswith("…")
    assert width(cut, 20) <= 200


@pytest.mark.parametrize("text", WORDS)
def test_it_breaks_lines_between_words_where_there_are_words(text: str) -> None:
    """Each line fits; nothing is lost but what the ellipsis stands for."""
    broken = lines(text, 40, 500, 9)
    assert all(width(line, 40) <= 500 for line in broken)
    assert "".join("".join(broken).split()) == "".join(text.split())
    assert len(lines(text * 9, 40, 500, 2)) == 2
