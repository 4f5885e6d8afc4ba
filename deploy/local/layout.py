"""Where everything is: what stays in DATA, and a directory that lives as long as the stack."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ballotbox.receipt_key import receipt_key
from deploy.local.errors import StackError

ROOT = Path(__file__).resolve().parents[2]

# How many random bytes each has. The organiser's password is typed by hand, once.
_SECRETS = {
    "secret_key": 32,
    "seal_key": 32,
    "vote_redis_password": 32,
    "worker_redis_password": 32,
    "result_redis_password": 32,
    "admin_redis_password": 32,
    "admin_password": 12,
}
# A Unix socket's address holds 104 bytes on macOS and 108 on Linux, and PostgreSQL adds its own
# `/postgres/.s.PGSQL.5432`.
_LONGEST_RUN = 75


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """
    The paths of one stack.

    :param data: holds what must survive: databases, secrets, logs, pid files.
    :param run: holds sockets and rendered configuration; made at the start, gone after the stop.
    """

    data: Path
    run: Path

    @classmethod
    def of(cls, data: Path) -> Layout:
        """Derive all paths from DATA, so that the same DATA always finds its own stack again."""
        data = data.resolve()
        digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:10]
        name = f"votify-{os.getuid()}-{digest}"
        run = Path(tempfile.gettempdir()) / name
        if len(os.fsencode(run)) > _LONGEST_RUN:
            run = Path("/tmp") / name  # noqa: S108 - made with mode 0700 and checked below
        return cls(data=data, run=run)

    @property
    def postgres(self) -> Path:
        return self.data / "postgres"

    @property
    def redis(self) -> Path:
        return self.data / "redis"

    @property
    def postgres_sockets(self) -> Path:
        return self.run / "postgres"

    @property
    def redis_socket(self) -> Path:
        return self.run / "redis.sock"

    @property
    def supervisor_socket(self) -> Path:
        return self.run / "supervisor.sock"

    @property
    def pids(self) -> Path:
        return self.data / "pids"

    @property
    def images(self) -> Path:
        return self.data / "images"

    @property
    def untold(self) -> Path:
        """Name the file that is there until the made password has been told."""
        return self.secret("admin_password.untold")

    def socket(self, program: str) -> Path:
        """Name the socket on which a web service (`vote`, `result-1`) answers."""
        return self.run / f"{program}.sock"

    def pidfile(self, program: str) -> Path:
        return self.pids / f"{program}.pid"

    def log(self, program: str) -> Path:
        return self.data / "logs" / f"{program}.log"

    def spec(self, program: str) -> Path:
        """Name the file from which `guard` takes the command and environment of a program."""
        return self.run / "programs" / f"{program}.json"

    def secret(self, name: str) -> Path:
        return self.data / "secrets" / name

    def make_data(self) -> None:
        """Make what is missing in DATA, secrets included; raises StackError if it is not ours."""
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            if self.data.stat().st_uid != os.getuid():
                raise StackError(f"{self.data} belongs to another user. Choose another DATA.")
            for name, mode in (
                ("redis", 0o700),
                ("images", 0o700),
                ("logs", 0o755),
                ("pids", 0o755),
                ("secrets", 0o700),
            ):
                (self.data / name).mkdir(mode=mode, exist_ok=True)
            for name, length in _SECRETS.items():
                _make_secret(self.secret(name), length)
            self._derive()
        except OSError as error:
            raise StackError(f"DATA cannot be used: {error}.") from error

    def _derive(self) -> None:
        # At each start: the secret may have been replaced.
        secret = self.secret("secret_key").read_text("ascii").strip()
        _write_secret(self.secret("receipt_key"), receipt_key(secret))

    def make_run(self) -> None:
        """Make an empty run directory that nobody else can enter."""
        self.remove_run()
        try:
            self.run.mkdir(mode=0o700)
        except FileExistsError:
            raise StackError(f"{self.run} is in the way and not ours. Please remove it.") from None
        for name in ("postgres", "programs", "nginx", "static"):
            (self.run / name).mkdir()

    def remove_run(self) -> None:
        """Remove the run directory of this or an earlier run, if it is really ours."""
        try:
            found = self.run.lstat()
        except FileNotFoundError:
            return
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid():
            shutil.rmtree(self.run, ignore_errors=True)

    def lock(self) -> IO[str]:
        """
        Claim DATA for this process; closing the file, or the end of the process, gives it back.

        :raise StackError: if another process has it.
        """
        path = self.data / "lock"
        file = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            file.close()
            raise StackError(
                f"Votify already runs on {self.data} (process {owner}). "
                "Stop that one, or choose another DATA."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        return file


def _make_secret(path: Path, length: int) -> None:
    if path.exists() and path.stat().st_size:
        return
    _write_secret(path, secrets.token_urlsafe(length))


def _write_secret(path: Path, text: str) -> None:
    # Written beside and renamed: a crash leaves no half secret behind.
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text, "ascii")
    draft.rename(path)
