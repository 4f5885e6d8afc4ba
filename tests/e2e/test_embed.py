"""A result in a frame on a page of another origin, in a browser."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2 as httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Page, expect

from deploy.local.stack import Stack
from tests.e2e.site import POLL, Site
from tests.e2e.stage import Make, vote
from tests.e2e.windows import Windows
from tests.viewing import another_result
from tests.waiting import eventually

pytestmark = [pytest.mark.service, pytest.mark.browser]


@pytest.fixture
def elsewhere() -> Iterator[Callable[[str], str]]:
    """Put a frame on a page of another origin; gives the address of that page."""
    pages: dict[str, bytes] = {}

    class Host(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(pages.get(self.path, b""))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def put(address: str) -> str:
        path = f"/{len(pages)}"
        frame = f'<iframe src="{address}" title="Result" width="640" height="420"></iframe>'
        html = f'<!doctype html><html lang="en"><title>Blog</title><h1>Blog</h1>{frame}</html>'
        pages[path] = html.encode()
        return f"http://127.0.0.1:{server.server_port}{path}"

    yield put
    server.shutdown()
    server.server_close()


def framed(browser: Browser, ends: ExitStack, address: str) -> tuple[Page, FrameLocator]:
    """Open a page with a frame on it, as somebody who was never here before."""
    context = browser.new_context()
    ends.callback(context.close)
    page = context.new_page()
    page.goto(address)
    return page, page.frame_locator("iframe")


def test_it_is_live_on_a_page_of_another_origin(
    browser: Browser,
    ends: ExitStack,
    make: Make,
    site: Site,
    elsewhere: Callable[[str], str],
) -> None:
    """Votes appear in the frame by themselves; no cookie is set; links open a page of their own."""
    poll = make("Cats", "Dogs", question="Framed?")
    page, frame = framed(browser, ends, elsewhere(f"{site.url}/embed/{poll['slug']}"))
    expect(frame.locator("[data-live]")).to_have_text("Live")
    vote(site, poll, 1, 1, 2)
    expect(frame.locator("[data-counted]")).to_have_text("3 counted")
    expect(frame.locator('[data-option="1"] [data-share]')).to_have_text("67%")
    assert page.context.cookies() == []

    with page.context.expect_page() as opened:
        frame.get_by_role("link", name="Vote").click()
    expect(opened.value).to_have_url(re.compile(f"/vote/{poll['slug']}$"))
    assert opened.value.evaluate("opener") is None


def test_it_shows_no_hidden_number_in_a_frame(
    browser: Browser, ends: ExitStack, make: Make, site: Site, elsewhere: Callable[[str], str]
) -> None:
    """Neither the page nor what its socket brings has one, before and after a vote."""
    poll = make("Cats", "Dogs", visibility="after_close")
    page, frame = framed(browser, ends, "about:blank")
    heard: list[str] = []
    page.on(
        "websocket", lambda line: line.on("framereceived", lambda sent: heard.append(str(sent)))
    )
    page.goto(elsewhere(f"{site.url}/embed/{poll['slug']}"))
    expect(frame.locator("[data-live]")).to_have_text("Live")
    for number in range(7):
        site.accept({"pollId": poll["id"], "optionId": 1, "userId": f"voter {number}"})
    site.settled(str(poll["id"]))
    expect(frame.get_by_text("The numbers are hidden")).to_be_visible()
    eventually(lambda: any('"watch' in each or '"ballots"' in each for each in heard))
    assert not any('"votes":7' in each or '"ballots":7' in each for each in heard)
    expect(frame.locator("[data-votes]")).to_have_text(["", ""])


@pytest.mark.parametrize(
    "origins", ["none", pytest.param("https://www.example.org", marks=pytest.mark.night)]
)
def test_it_is_framed_by_nobody_whom_the_setting_forbids(
    request: pytest.FixtureRequest,
    browser: Browser,
    ends: ExitStack,
    elsewhere: Callable[[str], str],
    origins: str,
) -> None:
    """Switched off, or for other sites: the browser shows nothing of it there."""
    if os.environ.get("VOTIFY_URL"):
        pytest.skip("needs a service with another setting, and VOTIFY_URL names one elsewhere")
    stack: Stack = request.getfixturevalue("stack")
    url = ends.enter_context(another_result(stack, EMBED_ORIGINS=origins))
    path, status = f"{url}/embed/{POLL}", 404 if origins == "none" else 200
    eventually(lambda: httpx.get(path).status_code == status)
    said: list[str] = []
    page, frame = framed(browser, ends, "about:blank")
    page.on("console", lambda message: said.append(message.text))
    page.goto(elsewhere(path))
    eventually(lambda: any("frame-ancestors" in each for each in said))
    expect(frame.locator("#main")).to_have_count(0)


def test_it_keeps_every_other_page_out_of_frames(
    browser: Browser, ends: ExitStack, make: Make, site: Site, elsewhere: Callable[[str], str]
) -> None:
    """Where something can be clicked, or is said to voters alone, no frame shows it."""
    poll = make("Cats", "Dogs")
    for path in ("/vote/{}", "/result/{}", "/result/{}/present", "/admin/sign-in"):
        said: list[str] = []
        page, frame = framed(browser, ends, "about:blank")
        page.on("console", lambda message, said=said: said.append(message.text))
        page.goto(elsewhere(site.url + path.format(poll["slug"])))
        eventually(lambda said=said: any("frame-ancestors" in each for each in said))
        expect(frame.locator("#main")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_the_theme_that_is_asked_for(people: Windows, make: Make, theme: str) -> None:
    """A dark page gets a dark frame from a viewer who prefers light, and axe finds no fault."""
    other: dict[str, str] = {"light": "dark", "dark": "light"}
    poll = make("Cats", "Dogs")
    page = people.open(f"/embed/{poll['slug']}?theme={theme}", color_scheme=other[theme])
    expect(page.locator("[data-live]")).to_have_text("Live")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (int(re.findall(r"\d+", ground)[0]) < 128) is (theme == "dark")
    found = Axe().run(page).response["violations"]
    assert [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]] == []
