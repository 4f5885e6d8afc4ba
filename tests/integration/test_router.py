"""The router: NGINX with the real template, before services that repeat what they were sent."""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from typing import Any, NamedTuple

import pytest

from ballotbox.errors import BallotBoxUnavailable, SlowDown, VotifyError
from deploy.local import router
from deploy.local.layout import ROOT, Layout
from tests.waiting import eventually

pytestmark = pytest.mark.service

KNOWN = {"Cookie": "desk=0123456789-known", "Authorization": "Bearer votify_0123456789-known"}
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
JSON = "application/json"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Router:
    """NGINX on a port, and how to talk to it."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self.log = log

    def ask(
        self, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            return self.ask_on(connection, path, method=method, body=body, **headers)
        finally:
            connection.close()

    def ask_on(
        self,
        connection: http.client.HTTPConnection,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        **headers: str,
    ) -> Answer:
        connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, named, answer.read().decode("utf-8", "replace"))


_numbers = itertools.count(1)


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if seconds := {"hang": 20, "slow": 6}.get(self.path.rpartition("/")[2]):
            time.sleep(seconds)
        said = {
            "number": next(_numbers),
            "service": Path(str(self.server.server_address)).stem,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
        }
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", JSON)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the names are http.server's

    def do_HEAD(self) -> None:
        """Answer the router, which asks whether the desk knows somebody."""
        shown = [self.headers.get("Cookie"), self.headers.get("Authorization")]
        known = self.path == "/api/tokens" and set(KNOWN.values()) & set(shown)
        self.send_response(200 if known else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        # BaseHTTPRequestHandler wants an address, which nobody has on a Unix socket.
        return super().get_request()[0], ("", 0)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Router]]:
    """Start NGINX with the services that are named; the others are away."""
    ends: list[Callable[[], object]] = []

    def run(*services: str, **environ: str) -> Router:
        layout = Layout.of(tmp_path_factory.mktemp("router"))
        layout.make_run()
        ends.append(layout.remove_run)
        for name in services:
            server = _Server(str(layout.socket(name)), _Echo)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            ends.extend((server.server_close, server.shutdown))
        port = _free_port()
        router.prepare(layout, port=port, results=["result-1"], environ=environ)
        log = layout.data / "nginx.log"
        with log.open("wb") as output:
            nginx = subprocess.Popen(router.command(layout), stderr=output)
        ends.extend((lambda: nginx.wait(10), nginx.terminate))
        return _ready(Router(port, log))

    yield run
    for end in reversed(ends):
        end()


def _ready(running: Router) -> Router:
    deadline = time.monotonic() + 20
    while True:
        try:
            assert running.ask("/healthz").body == "ok\n"
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            return running


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def both(start: Callable[..., Router]) -> Router:
    return start("vote", "result-1", "admin")


@pytest.fixture(scope="module")
def alone(start: Callable[..., Router]) -> Router:
    return start()


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/", "vote"),
        ("/?code=ABC234", "vote"),
        ("/vote", "vote"),
        ("/vote/", "vote"),
        ("/vote/cats-or-dogs", "vote"),
        ("/vote/receipt/abc", "vote"),
        ("/result", "result-1"),
        ("/result/", "result-1"),
        ("/result/cats-or-dogs.json", "result-1"),
        ("/result/cats-or-dogs/present?show=1,2", "result-1"),
        ("/embed/cats-or-dogs?theme=dark", "result-1"),
        ("/result/socket.io/?EIO=4&transport=polling", "result-1"),
        ("/socket.io/?EIO=4&transport=polling", "result-1"),
        ("/admin", "admin"),
        ("/admin/polls/1", "admin"),
        ("/api/polls?state=open", "admin"),
        ("/images/0123456789abcdef-small.webp", "admin"),
    ],
)
def test_it_sends_each_path_to_its_service(both: Router, path: str, service: str) -> None:
    """The service gets the path as the client wrote it."""
    said = both.ask(path).json

    assert (said["service"], said["path"]) == (service, path)


@pytest.mark.parametrize(
    "path",
    ["/readyz", "/metrics", "/voters", "/results", "/_pages/not-found.html", "/static/", "/x.php"],
)
def test_it_hides_everything_else(both: Router, path: str) -> None:
    """Nothing inside is reachable: not the services' own doors, not the router's own files."""
    page, problem = both.ask(path, Accept=HTML), both.ask(path, Accept=JSON)

    assert page.status == problem.status == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "There is no such page" in page.body
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json["code"] == "not_found"


def test_it_tells_the_services_the_real_client(both: Router) -> None:
    """What a client claims about its address is overwritten; that it came by HTTPS is believed."""
    claims = {"X_Forwarded_For": "6.6.6.6", "X_Forwarded_Host": "evil.example"}
    host = {"Host": "votify.example:8081"}
    said = both.ask("/vote", Forwarded="for=6.6.6.6", **claims, **host).json["headers"]

    assert said["x-forwarded-for"] == "127.0.0.1"
    assert said["x-forwarded-proto"] == "http"
    assert said["host"] == "votify.example:8081"
    assert not {"x-forwarded-host", "forwarded"} & said.keys()


@pytest.mark.parametrize(
    ("claimed", "scheme"),
    [
        *(("https", "https"), ("HTTPS", "https"), ("https, http", "https")),
        *(("http", "http"), ("http, https", "http"), ("httpsx", "http"), ("", "http")),
    ],
)
def test_it_takes_the_word_of_a_router_in_front_for_https(
    both: Router, claimed: str, scheme: str
) -> None:
    """Then services make links and cookies for HTTPS, and browsers are told to stay there."""
    answer = both.ask("/vote", X_Forwarded_Proto=claimed)
    assert answer.json["headers"]["x-forwarded-proto"] == scheme
    stay = "max-age=31536000" if scheme == "https" else None
    assert answer.headers.get("strict-transport-security") == stay


def test_it_takes_the_word_of_a_trusted_router_for_the_client(
    start: Callable[..., Router],
) -> None:
    """And of no other: what a client has put in front of that word is passed over."""
    fronted = start("vote", TRUSTED_PROXIES="127.0.0.0/8 192.0.2.7")
    for claimed, client in (
        ("203.0.113.9", "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 192.0.2.7", "203.0.113.9"),  # through two of them
        ("2001:db8::9", "2001:db8::9"),
        ("nobody", "127.0.0.1"),
    ):
        said = fronted.ask("/vote", X_Forwarded_For=claimed).json["headers"]
        assert said["x-forwarded-for"] == client


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/vote/x.json", "/result", "/socket.io/?EIO=4", "/admin", "/api/openapi.json"),
        *("/images/0123456789abcdef.webp", "/healthz", "/nothing", "/static/votify.css"),
    ],
)
def test_it_puts_safe_headers_on_every_answer(both: Router, alone: Router, path: str) -> None:
    """Once each; on answers of services, on files, on pages of its own, also while all is away."""
    for running in (both, alone):
        answer = running.ask(path, X_Forwarded_Proto="https")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        if "static" not in path and answer.status < 400:
            assert "camera=()" in answer.headers["permissions-policy"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("votify.example", 200),
        (".".join(["a" * 49] * 5), 200),
        (".".join(["a" * 63] * 4), 400),
        (".".join(["a" * 60] * 40), 400),
    ],
    ids=["short", "longest", "too long", "absurd"],
)
@pytest.mark.parametrize("path", ["/vote", "/result", "/admin"])
def test_it_refuses_hosts_that_have_no_such_name(
    both: Router, path: str, host: str, status: int
) -> None:
    """Pages repeat the host: in links, in codes to scan, twice in a policy."""
    assert both.ask(path, Host=host).status == status
    assert both.ask(path, Host=f"{host}:8081").status == status


@pytest.mark.parametrize("path", ["/socket.io/?EIO=4", "/result/socket.io/?EIO=4"])
def test_it_lets_sockets_become_websockets(both: Router, path: str) -> None:
    """The upgrade goes through, without the compression that would triple a socket's memory."""
    said = both.ask(
        path,
        Connection="Upgrade",
        Upgrade="websocket",
        Sec_WebSocket_Extensions="permessage-deflate",
    ).json["headers"]

    assert (said["upgrade"], said["connection"].lower()) == ("websocket", "upgrade")
    assert "sec-websocket-extensions" not in said


@pytest.mark.parametrize(("path", "protocol"), [("/vote", "websocket"), ("/socket.io/", "h2c")])
def test_it_upgrades_nothing_else(both: Router, path: str, protocol: str) -> None:
    """Any other change of protocol could carry requests past the router's rules."""
    said = both.ask(path, Connection="Upgrade", Upgrade=protocol).json["headers"]

    assert not {"upgrade", "connection"} & said.keys()


@pytest.mark.parametrize(
    "headers", [{"Content_Type": JSON}, {"Accept": JSON}, {"Accept": "application/problem+json"}]
)
def test_it_tells_programs_that_the_ballot_box_is_away(
    alone: Router, headers: dict[str, str]
) -> None:
    """A program gets the same problem as from `vote` itself, and when to try again."""
    answer = alone.ask("/vote/x", method="POST", body=b"{}", **headers)

    assert answer.status == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json == problem(BallotBoxUnavailable, 503, "Service Unavailable")


def test_it_answers_json_at_the_programs_address(alone: Router) -> None:
    """POST /vote is for programs, whatever they say they accept."""
    assert alone.ask("/vote", method="POST", body=b"{}", Accept="*/*").json["status"] == 503


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/vote/cats-or-dogs", "Votify does not answer right now"),
        ("/result/", "The results do not"),
        ("/embed/cats-or-dogs", "The results do not"),
        ("/admin/", "The desk does not answer"),
        ("/api/docs", "The desk does not answer"),
    ],
)
def test_it_shows_people_a_page_when_a_service_is_away(
    alone: Router, method: str, path: str, sentence: str
) -> None:
    """A person gets a page that says what to do; it needs no service for its looks."""
    answer = alone.ask(path, method=method, body=b"a=1", Accept=HTML)

    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert sentence in answer.body
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert alone.ask("/static/votify.css").status == 200


@pytest.mark.parametrize("path", ["/result/1.json", "/socket.io/?EIO=4&transport=polling"])
def test_it_tells_programs_that_the_results_are_away(alone: Router, path: str) -> None:
    """The numbers' address for programs answers programs."""
    answer = alone.ask(path)

    assert (answer.status, answer.json["code"]) == (503, "unavailable")


@pytest.mark.parametrize("path", ["/api/polls", "/api/openapi.json"])
def test_it_tells_programs_that_the_desk_is_away(alone: Router, path: str) -> None:
    """The interface for programs answers programs, whatever they say they accept."""
    answer = alone.ask(path, Accept="*/*")

    assert (answer.status, answer.json["code"]) == (503, "unavailable")
    assert "Idempotency-Key" in answer.json["detail"]


@pytest.mark.parametrize(
    ("path", "headers", "language"),
    [
        ("/vote/tea", {}, "en-GB"),
        ("/vote/tea", {"Accept_Language": "en-US,en;q=0.9,de;q=0.8"}, "en-GB"),
        ("/vote/tea", {"Accept_Language": "nl, DE-at;q=0.9"}, "de"),
        ("/result/", {"Accept_Language": "zh-TW,zh;q=0.9"}, "zh-Hans"),
        ("/result/", {"Accept_Language": "den,arn,*"}, "en-GB"),
        ("/admin/", {"Accept_Language": "de", "Cookie": "a=1; language=ar"}, "ar"),
        ("/admin/", {"Accept_Language": "es", "Cookie": "language=../de"}, "es"),
        ("/nowhere?lang=fr", {"Accept_Language": "de", "Cookie": "language=ar"}, "fr"),
    ],
)
def test_it_says_what_is_amiss_in_the_readers_language(
    alone: Router, path: str, headers: dict[str, str], language: str
) -> None:
    """The router's own pages are in the language that the services would choose."""
    answer = alone.ask(path, Accept=HTML, **headers)

    assert f'<html lang="{language}"' in answer.body
    assert answer.headers["content-language"] == language
    assert "content-language" not in alone.ask(path, Accept=JSON, **headers).headers


def test_it_does_not_wait_long_for_a_service_that_hangs(both: Router) -> None:
    """A stopped process takes connections and never answers: after seconds that is a 503."""
    began = time.monotonic()
    answer = both.ask("/vote/hang", Accept=JSON)

    assert (answer.status, answer.json["code"]) == (503, "ballot_box_unavailable")
    assert time.monotonic() - began < 10


def test_it_refuses_what_is_too_large(both: Router) -> None:
    """Nobody sends more than 16 KB, and whoever does hears so."""
    answer = both.ask("/vote", method="POST", body=b"x" * 20_000)

    assert (answer.status, answer.json["code"]) == (413, "content_too_large")
    assert both.ask("/vote", method="POST", body=b"x" * 16_000).status == 200


@pytest.mark.parametrize(
    ("path", "most"),
    [
        *(("/api/images", 5 << 20), ("/admin/polls/1/edit", 5 << 20)),
        ("/admin/polls/new", 5 << 20),
        *(("/api/polls", 1 << 20), ("/api/polls/1", 1 << 20), ("/api/polls/1/codes", 1 << 20)),
        *(("/admin/polls/1/codes", 1 << 20), ("/admin/polls/import", 1 << 20)),
        *(("/admin/sign-in", 16_000), ("/admin/account/password", 16_000), ("/api/tokens", 16_000)),
        *(("/admin/polls/1/open", 16_000), ("/api/polls/1/open", 16_000), ("/vote/x", 16_000)),
    ],
)
@pytest.mark.parametrize("shown", KNOWN)
def test_it_takes_as_much_as_a_door_needs(both: Router, path: str, most: int, shown: str) -> None:
    """An image of 5 MB fits where images go, names where codes are made, and little elsewhere."""
    known = {shown: KNOWN[shown]}
    assert both.ask(path, method="POST", body=b"x" * most, **known).status in {200, 429}
    more = b"x" * (most + (most if most < 1 << 20 else 2 << 20))
    answer = both.ask(path, method="POST", body=more, Accept=JSON, **known)
    page = both.ask(path, method="POST", body=more, Accept=HTML, **known)

    assert (answer.status, answer.json["code"]) == (413, "content_too_large")
    assert page.status == 413
    assert ("That file is too large" in page.body) == path.startswith("/admin")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Length": str(5 << 20)},
        {"Transfer-Encoding": "chunked"},
        {"Content-Length": str(5 << 20), "Cookie": "desk=somebody-elses-session"},
        {"Content-Length": str(5 << 20), "Authorization": "Bearer votify_0123456789-guessed"},
    ],
    ids=["nobody", "chunks", "forged session", "forged token"],
)
@pytest.mark.parametrize("path", ["/api/images", "/admin/polls/new"])
@pytest.mark.parametrize("kind", [HTML, JSON])
def test_it_reads_nothing_large_of_strangers(
    both: Router, path: str, headers: dict[str, str], kind: str
) -> None:
    """They are answered before they have sent any of it: they could fill the disk."""
    with closing(http.client.HTTPConnection("127.0.0.1", both.port, timeout=20)) as one:
        one.putrequest("POST", path)
        for name, value in {"Accept": kind, **headers}.items():
            one.putheader(name, value)
        one.endheaders()
        answer = one.getresponse()
        said = answer.read()

    if path.startswith("/api") or kind == JSON:
        assert (answer.status, json.loads(said)["code"]) == (401, "not_signed_in")
    else:
        assert (answer.status, answer.getheader("Location")) == (303, "/admin/sign-in")


def test_it_says_so_when_nobody_can_tell_who_sends_something_large(alone: Router) -> None:
    """While the desk is away, that is all that there is to say."""
    answer = alone.ask("/api/images", method="POST", body=b"x" * 100_000, **KNOWN)
    assert (answer.status, answer.json["code"]) == (503, "unavailable")


@pytest.mark.parametrize(
    ("path", "most", "shown"),
    [
        ("/api/images", 8, {"Cookie": KNOWN["Cookie"]}),
        pytest.param("/vote", 3000, {}, marks=pytest.mark.night),
        pytest.param("/socket.io/?EIO=4&sid=known", 3000, {}, marks=pytest.mark.night),
    ],
    ids=["large ones of one session", "ballots of one address", "packets of one address"],
)
def test_it_waits_for_so_many_bodies_at_once_and_no_more(
    start: Callable[..., Router], path: str, most: int, shown: dict[str, str]
) -> None:
    """A body may take its time, so those of one sender are counted: a hall sends far fewer."""
    # How often ballots come is counted, too: here only how many at once.
    known = {"TRUSTED_PROXIES": "127.0.0.1", "VOTE_RATE": "1000000r/s"}
    slow = start("vote", "result-1", "admin", **known)
    length = 100_000 if shown else 100
    with ExitStack() as open_ones:

        def begin() -> None:
            one = http.client.HTTPConnection("127.0.0.1", slow.port, timeout=20)
            open_ones.callback(one.close)
            one.request("POST", path, body=[b"x"], headers={**shown, "Content-Length": str(length)})

        def refused() -> bool:
            begin()  # on a busy machine one of the others may have been given up
            return slow.ask(path, method="POST", body=b"x" * length, **shown).status == 429

        for _ in range(most - 1):
            begin()
        assert slow.ask(path, method="POST", body=b"x" * length, **shown).status == 200
        eventually(refused)
        assert slow.ask("/vote").status == 200
        other = {"X_Forwarded_For": "192.0.2.2"}
        if shown:
            other["Authorization"] = KNOWN["Authorization"]
        assert slow.ask(path, method="POST", body=b"x" * length, **other).status == 200


def test_it_slows_down_who_floods_the_desk_with_passwords(both: Router) -> None:
    """
    An address that sends them without end waits, and may still look and work at the desk.

    A hall's worth of them is let through: who tries too often there is for the desk to say. A
    browser that has signed in before is slowed down by nobody but itself.
    """
    known = {"Cookie": f"voter=x; __Host-device={'d' * 43}; language=de"}

    def knock(**headers: str) -> Answer:
        return both.ask("/admin/sign-in", method="POST", body=b"", Accept=HTML, **headers)

    def refused(**headers: str) -> Answer:
        answers = (knock(**headers) for _ in range(2000))
        return next(answer for answer in answers if answer.status != 200)

    assert [knock().status for _ in range(200)] == [200] * 200
    last = refused()
    assert (last.status, last.headers["retry-after"]) == (429, "60")
    assert "Too many attempts" in last.body
    assert [knock(**known).status for _ in range(200)] == [200] * 200
    assert refused(**known).status == 429
    assert refused(Cookie="device=short").status == 429
    assert both.ask("/admin/sign-in").status == 200
    assert both.ask("/admin/polls/1", method="POST", body=b"").status == 200


IMAGE = "/images/" + "ab" * 16 + ".webp"


def test_it_waits_longer_for_the_desk(both: Router) -> None:
    """An export of a large poll may take more than the seconds that a vote may."""
    assert both.ask("/api/polls/1/slow").status == 200


def test_it_hands_out_copies_of_images(both: Router) -> None:
    """A hall that loads an image at once costs the desk one request."""
    asked = [both.ask(IMAGE).json["number"] for _ in range(5)]

    assert len(set(asked)) == 1
    assert both.ask(IMAGE.replace(".webp", "-small.webp")).json["number"] != asked[0]


@pytest.mark.parametrize("path", ["/images/", "/images/x.webp", "/images/../x", "/images/a.svg"])
def test_it_asks_for_no_other_image(both: Router, path: str) -> None:
    """What cannot be the name of an image is not asked for, nor kept."""
    assert both.ask(path, Accept=JSON).status == 404


def test_it_slows_down_one_address_that_floods_the_ballot_box(start: Callable[..., Router]) -> None:
    """
    Beyond the burst a vote is refused, and reading goes on.

    Another X-Forwarded-For with every request does not help: the rate is by the real address.
    """
    slow = start("vote", VOTE_RATE="1r/m")
    with closing(http.client.HTTPConnection("127.0.0.1", slow.port, timeout=20)) as one:

        def post(path: str, **headers: str) -> Answer:
            return slow.ask_on(one, path, method="POST", body=b"", **headers)

        votes = [
            post("/vote", X_Forwarded_For=f"10.0.{number // 250}.{number % 250}").status
            for number in range(2001)
        ]
        answer = post("/vote", X_Forwarded_For="10.9.9.9")
        page = post("/vote/cats-or-dogs", Accept=HTML)

        assert set(votes) == {200}
        for refused in (answer, page):
            assert (refused.status, refused.headers["retry-after"]) == (429, "1")
        assert answer.json == problem(SlowDown, 429, "Too Many Requests")
        assert page.headers["content-type"].startswith("text/html")
        assert slow.ask_on(one, "/vote").status == 200


@pytest.mark.parametrize(
    ("path", "hall", "free"),
    [
        ("/result/cats-or-dogs.png", 200, "/result/cats-or-dogs.svg"),
        pytest.param(
            *("/socket.io/?EIO=4&transport=websocket", 5000, "/socket.io/?EIO=4&sid=known"),
            marks=pytest.mark.night,
        ),
        pytest.param("/result/cats-or-dogs", 5000, "/vote/cats-or-dogs", marks=pytest.mark.night),
    ],
    ids=["pictures", "sessions", "pages"],
)
def test_it_slows_down_one_address_that_asks_without_end(
    start: Callable[..., Router], path: str, hall: int, free: str
) -> None:
    """A hall behind one address comes in at once; then there are so many a second."""
    slow = start("vote", "result-1")
    with closing(http.client.HTTPConnection("127.0.0.1", slow.port, timeout=20)) as one:
        came = [slow.ask_on(one, path).status for _ in range(hall)]
        assert set(came) == {200}
        more = (slow.ask_on(one, path, Accept=JSON) for _ in range(hall))
        refused = next(answer for answer in more if answer.status != 200)
        assert (refused.status, refused.headers["retry-after"]) == (429, "1")
        assert slow.ask_on(one, free).status == 200


@pytest.mark.parametrize("mine", ["2001:db8:1:2:", "2001:db8:1:", "2001:db8:", "2001:"])
def test_it_counts_a_network_of_ipv6_as_one(start: Callable[..., Router], mine: str) -> None:
    """One customer of a provider has 2^64 addresses; whoever has others is somebody else."""
    slow, path = start("result-1", TRUSTED_PROXIES="127.0.0.1"), "/result/cats-or-dogs.png"

    def ask(address: str) -> int:
        return slow.ask(path, Accept=JSON, X_Forwarded_For=address).status

    assert {ask(f"{mine}:{number:x}") for number in range(1, 201)} == {200}
    assert 429 in {ask(f"{mine}:{number:x}:{number:x}") for number in range(1, 201)}
    assert ask("2001:db8:1:3::1") == ask("2001:db9::1") == ask("192.0.2.1") == 200


def problem(error: type[VotifyError], status: int, title: str) -> dict[str, Any]:
    """Say what the services' own answer to this error is."""
    said = {"type": "about:blank", "title": title, "status": status}
    return {**said, "code": error.code, "detail": str(error())}


@pytest.mark.parametrize(
    ("path", "file", "kind"),
    [
        ("/static/votify.css", "nginx/static/votify.css", "text/css; charset=utf-8"),
        ("/vote/static/vote.css", "vote/static/vote.css", "text/css; charset=utf-8"),
        ("/result/static/result.css", "result/static/result.css", "text/css; charset=utf-8"),
        ("/vote/static/paper.js", "vote/static/paper.js", "text/javascript; charset=utf-8"),
        ("/static/favicon.svg", "nginx/static/favicon.svg", "image/svg+xml"),
    ],
)
def test_it_serves_files_itself(alone: Router, path: str, file: str, kind: str) -> None:
    """Files come from the router, typed, guarded, and asked for again only by their mark."""
    answer = alone.ask(path)

    assert answer.status == 200
    assert answer.body == (ROOT / file).read_text("utf-8")
    assert answer.headers["content-type"] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"
    assert alone.ask(path, If_None_Match=answer.headers["etag"]).status == 304
    assert "immutable" in alone.ask(f"{path}?v=1").headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["/static/../pages/not-found.html", "/static/..%2fpages%2fx", "/vote/static/..;/"]
)
def test_it_serves_no_file_beside_them(alone: Router, path: str) -> None:
    """No way of writing a path leads out of the folders of files."""
    assert alone.ask(path, Accept=JSON).status in {400, 404}


def test_it_compresses_text(alone: Router) -> None:
    """A hall of phones on one access point loads the pages' files compressed."""
    answer = alone.ask("/static/votify.css", Accept_Encoding="gzip")

    assert answer.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("services", [(), ("vote", "result-1", "admin")], ids=["away", "there"])
def test_it_writes_no_address_beside_a_code_or_a_receipt(
    start: Callable[..., Router], services: tuple[str, ...]
) -> None:
    """Not when all is well, not when a service is away or hangs, not when too much is sent."""
    running = start(*services)
    for path in ("/vote/receipt/SECRET", "/vote/x?code=SECRET", "/result/x?receipt=SECRET"):
        running.ask(path, X_Forwarded_For="203.0.113.9")
        running.ask(path, method="POST", body=b"x" * 20_000)
    if services:
        running.ask("/vote/hang?code=SECRET")
    said = running.log.read_text("utf-8")
    assert "SECRET" not in said
    assert "127.0.0.1" not in said


def test_it_tells_nobody_its_version(alone: Router) -> None:
    """The header names the program alone."""
    assert alone.ask("/healthz").headers["server"] == "nginx"
