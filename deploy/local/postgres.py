"""PostgreSQL, prepared: the account it runs under, its data directory, the database."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from deploy.local import binaries
from deploy.local.errors import StackError
from deploy.local.layout import ROOT, Layout

OWNER = "votify"
DATABASE = "votify"

_ACCOUNT = "nobody"
# In the order of preference: the right to enter and read any directory, and the greater one that
# containers are given by default.
_RIGHTS = {"dac_read_search": 2, "dac_override": 1}


def url(layout: Layout, role: str, database: str = DATABASE) -> str:
    """Give the address of the database for a role; over the socket nobody is asked a password."""
    return f"postgresql://{role}@/{database}?host={quote(str(layout.postgres_sockets))}"


def command(layout: Layout) -> list[str]:
    """Give the command that runs the server."""
    return [
        *as_account(),
        str(binaries.postgres("postgres")),
        *("-D", str(layout.postgres)),
        *("-k", str(layout.postgres_sockets)),
        *("-c", f"config_file={ROOT / 'deploy' / 'local' / 'postgresql.conf'}"),
        # Otherwise looked for beside the configuration file.
        *("-c", f"hba_file={layout.postgres / 'pg_hba.conf'}"),
        *("-c", f"ident_file={layout.postgres / 'pg_ident.conf'}"),
    ]


def as_account() -> list[str]:
    """
    Give what goes before a PostgreSQL command: nothing, or for root the change to another account.

    PostgreSQL refuses to run as root. The other account keeps one right of root's, to pass through
    directories that are closed to it: the clone may well lie in /root.
    """
    if os.getuid() != 0:
        return []
    account = pwd.getpwnam(_ACCOUNT)
    right = next((f"+{name}" for name, bit in _RIGHTS.items() if _may_keep(bit)), "")
    rights = f"-all,{right}" if right else "-all"
    return [
        *(binaries.setpriv(), "--no-new-privs", "--clear-groups"),
        *("--reuid", str(account.pw_uid), "--regid", str(account.pw_gid)),
        *("--inh-caps", rights, "--ambient-caps", rights, "--bounding-set", rights),
        # Without this bit access(2), which initdb asks about its programs, forgets that right.
        *("--securebits", "+no_setuid_fixup"),
    ]


def prepare(layout: Layout) -> bool:
    """Make the data directory unless it is there; returns whether it was made."""
    _own(layout.postgres_sockets)
    if layout.postgres.exists():
        _forget_stale_pidfile(layout.postgres)
        return False
    # Made beside and renamed when complete: a start that is cut short leaves nothing half done.
    draft = layout.data / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    _own(draft)
    _initdb(draft)
    draft.rename(layout.postgres)
    return True


def answers(layout: Layout) -> bool:
    """Say whether the server takes connections."""
    try:
        psycopg.connect(url(layout, OWNER, "postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def ensure_database(layout: Layout) -> None:
    """Make the database unless it is there."""
    with psycopg.connect(url(layout, OWNER, "postgres"), autocommit=True) as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if not connection.execute(query, [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def has_organisers(layout: Layout) -> bool:
    """Say whether there is an account at the organisers' desk."""
    with psycopg.connect(url(layout, OWNER)) as connection:
        return connection.execute("SELECT 1 FROM organisers LIMIT 1").fetchone() is not None


def _initdb(directory: Path) -> None:
    made = subprocess.run(  # noqa: S603 - our own command
        [
            *as_account(),
            *(str(binaries.postgres("initdb")), "-D", str(directory), "-U", OWNER),
            *("--auth=trust", "--data-checksums", "--encoding=UTF8", "--no-locale"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise StackError(f"PostgreSQL's data directory could not be made: {made.stderr.strip()}")


def _own(directory: Path) -> None:
    if os.getuid() == 0:
        account = pwd.getpwnam(_ACCOUNT)
        os.chown(directory, account.pw_uid, account.pw_gid)
    directory.chmod(0o700)


def _may_keep(bit: int) -> bool:
    status = Path("/proc/self/status").read_text("ascii")
    bounding = next(line for line in status.splitlines() if line.startswith("CapBnd:"))
    return bool(int(bounding.split()[1], 16) >> bit & 1)


def _forget_stale_pidfile(directory: Path) -> None:
    """
    Remove postmaster.pid where its number is not that of a server on this directory any more.

    PostgreSQL does so itself where no process has the number. But numbers are given out again,
    above all in a restarted container, and then it would refuse to start for ever.
    """
    path = directory / "postmaster.pid"
    try:
        pid = int(path.read_text("utf-8").split()[0])
        alive = str(directory) in psutil.Process(pid).cmdline()
    except (FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess):
        alive = False
    if not alive:
        path.unlink(missing_ok=True)
