"""HTTPS by a router in front, as the documents have it: everything works as without."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import requests
import socketio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.local import binaries, router
from deploy.local.stack import Stack
from tests.viewing import Site
from tests.waiting import eventually

pytestmark = pytest.mark.service

_PROXY = """
daemon off; pid nginx.pid; worker_processes 1; error_log stderr crit;
events {{}}
http {{
    access_log off;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        location / {{
            proxy_pass {behind};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $http_connection;
        }}
    }}
}}
"""


@dataclass(frozen=True)
class Front:
    """A router that speaks HTTPS, in front of a stack."""

    url: str
    certificate: Path

    def client(self) -> httpx.Client:
        """Give a browser that trusts it."""
        trusting = ssl.create_default_context(cafile=str(self.certificate))
        return httpx.Client(base_url=self.url, verify=trusting)


@pytest.fixture(scope="module")
def front(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Put a router in front of a stack."""
    folder = tmp_path_factory.mktemp("https")
    port = router.claim(0)
    certify(folder)
    text = _PROXY.format(port=port, folder=folder, behind=stack.url)
    (folder / "nginx.conf").write_text(text, "utf-8")
    command = [str(binaries.nginx()), "-e", "stderr", "-p", f"{folder}/", "-c", "nginx.conf"]
    nginx = subprocess.Popen(command)
    try:
        front = Front(f"https://localhost:{port}", folder / "certificate.pem")
        eventually(lambda: answers(front))
        yield front
    finally:
        nginx.terminate()
        nginx.wait(10)


def certify(folder: Path) -> None:
    """Make a certificate that nobody knows, for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    plain = serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(private)


def answers(front: Front) -> bool:
    try:
        with front.client() as client:
            return client.get("/healthz").is_success
    except httpx.HTTPError:
        return False


@pytest.fixture
def client(front: Front) -> Iterator[httpx.Client]:
    """Give a browser that has come by HTTPS."""
    with front.client() as client:
        yield client


@pytest.mark.parametrize("transport", ["websocket", "polling"])
@pytest.mark.parametrize("path", ["/result/socket.io", "/socket.io"])
def test_it_is_live(site: Site, front: Front, path: str, transport: str) -> None:
    """A page's script sends its origin along, which is that of HTTPS."""
    poll = site.poll()
    heard: list[Any] = []
    session = requests.Session()
    session.verify = str(front.certificate)
    # The client would add an origin of its own.
    viewer = socketio.Client(
        http_session=session, websocket_extra_options={"suppress_origin": True}
    )
    viewer.on("results", heard.append)
    viewer.connect(front.url, {"Origin": front.url}, transports=[transport], socketio_path=path)
    try:
        assert viewer.call("watch", {"poll": poll.id}, timeout=5)["ballots"] == 0
        site.vote(poll, 1)
        eventually(lambda: heard and heard[-1]["ballots"] == 1)
    finally:
        viewer.disconnect()


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost", "null"])
def test_it_lets_no_page_from_elsewhere_watch(client: httpx.Client, origin: str) -> None:
    """Nor one of the same host by plain HTTP, which anybody on the way may have written."""
    asked = {"EIO": "4", "transport": "polling"}
    answer = client.get("/socket.io/", params=asked, headers={"Origin": origin})
    assert answer.status_code == 400


def test_it_gives_cookies_for_https_alone(client: httpx.Client, front: Front) -> None:
    """The voter's and the organiser's: by their name, no other host can set them."""
    paper = client.get("/vote/cats-or-dogs")
    assert paper.headers["Strict-Transport-Security"].startswith("max-age=")
    client.cookies.clear()
    voted = client.post("/vote", json={"pollId": 1, "optionId": 1}, headers={"Origin": front.url})
    assert voted.status_code == 202
    cookie = voted.headers["Set-Cookie"]
    assert cookie.startswith("__Host-voter=")
    assert "; Secure" in cookie
    again = client.post("/vote", json={"pollId": 1, "optionId": 2}, headers={"Origin": front.url})
    assert "Set-Cookie" not in again.headers


def test_it_takes_an_organiser_in(client: httpx.Client, front: Front, stack: Stack) -> None:
    """The form is of the same site, the session's cookie is for HTTPS."""
    password = (stack.data / "secrets" / "admin_password").read_text("utf-8").strip()
    form = {"name": "admin", "password": password}
    answer = client.post("/admin/sign-in", data=form, headers={"Origin": front.url})
    assert answer.status_code == 303
    assert answer.headers["Set-Cookie"].startswith("__Host-")
    assert client.get("/admin/").status_code == 200


def test_it_knows_who_has_voted_before_https_came(client: httpx.Client, stack: Stack) -> None:
    """Their vote is changed, not cast once more."""
    before = httpx.post(f"{stack.url}/vote", json={"pollId": 1, "optionId": 1})
    kept = before.headers["Set-Cookie"].split(";")[0]
    answer = client.post("/vote", json={"pollId": 1, "optionId": 2}, headers={"Cookie": kept})
    assert answer.status_code == 202
    receipt = before.json()["receipt"]
    state = client.get(f"/vote/receipt/{receipt}", headers={"Accept": "application/json"})
    assert state.json()["state"] == "replaced"


def test_it_leads_to_addresses_of_https(client: httpx.Client, front: Front) -> None:
    """Links that are shared, and what stands in the codes that phones read."""
    for path in ("/result/cats-or-dogs", "/result/cats-or-dogs/present", "/vote/cats-or-dogs"):
        page = client.get(path)
        assert page.status_code == 200
        assert "http://localhost" not in page.text
    page = client.get("/result/cats-or-dogs")
    assert f'<meta property="og:url" content="{front.url}/result/cats-or-dogs"' in page.text
