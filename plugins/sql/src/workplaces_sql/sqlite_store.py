"""A SQLite file as the database of a store: the writer beside a few readers, and a feed that is read by its numbers."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Lock
from typing import Any, cast

from attrs import frozen
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool, QueuePool

from workplaces_core.adapters.stores import Given, Transaction, Wish
from workplaces_core.errors import CursorLost, StoreUnavailable
from workplaces_sql.database import Page
from workplaces_sql.failures import told_plainly, unavailable
from workplaces_sql.file_clock import FileClock, boot
from workplaces_sql.migrating import found_version, refuse_other, upgrade
from workplaces_sql.reading import NO_LIMIT
from workplaces_sql.retention import Retention
from workplaces_sql.session import Row
from workplaces_sql.sqlite import SqliteSession, connect, refuse_without_tables
from workplaces_sql.statements import statements_for
from workplaces_sql.writer import Writer, is_busy

_BATCH = 5000
_POLL = 0.05
_READERS = 8
_A_POSITION = re.compile(r"([0-9]+)\.[0-9]+\.([0-9]+-[0-9]+)")
_PATIENCE = 10.0

_COUNTER = "SELECT value FROM wp_counter WHERE name = ?"
_POSITION = """SELECT (SELECT value FROM wp_counter WHERE name = 'write'),
    coalesce((SELECT max(version) FROM wp_policy), 0)"""
_FEED = """SELECT j.number, j.kind, j.id, e.value, l.user_id, l.since, l.expires
    FROM wp_journal j LEFT JOIN wp_entity e ON e.kind = j.kind AND e.id = j.id
    LEFT JOIN wp_lease l ON j.kind = 'lease' AND l.task_id = j.id
    WHERE j.number > ? ORDER BY j.number LIMIT ?"""


class _Reader:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, statement: str, **values: Any) -> list[Row]:
        return self._connection.execute(statement, values).fetchall()

    def stream(self, statement: str, **values: Any) -> Iterator[Sequence[Row]]:
        cursor = self._connection.execute(statement, values)
        while batch := cursor.fetchmany(_BATCH):
            yield batch


class SqliteDatabase:
    """One file, safe for many threads and processes of one machine."""

    name = "sqlite"

    def __init__(self, path: Path, *, clock: Callable[[], int] | None, retention: Retention, migrate: bool) -> None:
        """Open a file; with `migrate` it is made and brought to the newest version first."""
        self._clock = FileClock(boot=boot()) if clock is None else FileClock(clock)
        self._path = path
        self._grown = Condition()
        self._growth = 0
        with told_plainly(sqlite3.Error, OSError, doing=f"file `{path}` cannot be opened"):
            _patiently(lambda: _prepare(path, self._clock, migrate=migrate))
            self._readers = _readers_of(path, path.stat())
        self._renewing = Lock()
        self._writer = Writer(path, statements_for("sqlite"), retention, self._clock, self._committed)

    def run(self, act: Callable[[Transaction], Any], at: int | None) -> Any:
        """Run a command in the writer."""
        return self._writer.run(act, at)

    def take(self, wish: Wish, at: int | None) -> Given:
        """Take in the writer."""
        return self._writer.take(wish, at)

    @contextmanager
    def reading(self) -> Iterator[_Reader]:
        """Open a look at the tables, as they were committed last."""
        with self._connection() as (connection, _):
            connection.execute("BEGIN")
            yield _Reader(connection)

    @contextmanager
    def _connection(self) -> Iterator[tuple[sqlite3.Connection, str]]:
        """Lend a connection to the file that is there now, and give the name of that file in positions."""
        with told_plainly(sqlite3.Error, doing="cannot be read"):
            readers = self._readers_of_now()
            pooled = readers.pool.connect()
            try:
                connection = pooled.dbapi_connection
                assert isinstance(connection, sqlite3.Connection)
                yield connection, readers.file
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            except BaseException:
                pooled.invalidate()
                raise
            finally:
                pooled.close()

    def _readers_of_now(self) -> _Readers:
        """Give the readers, new ones when the file was replaced meanwhile."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            raise StoreUnavailable(f"the database file `{self._path}` is gone") from None
        with self._renewing:
            if self._readers.file != _file_of(found):
                self._readers.pool.dispose()
                self._readers = _readers_of(self._path, found)
            return self._readers

    # -- following ----------------------------------------------------------------------------------------

    def position(self) -> str:
        """Give the number of the last write, and the newest policy."""
        with self._connection() as (connection, file):
            number, version = connection.execute(_POSITION).fetchone()
        return f"{number}.{version}.{file}"

    def number(self) -> int:
        """Give the number of the last write."""
        with self._connection() as (connection, _):
            return int(connection.execute(_COUNTER, ("write",)).fetchone()[0])

    def log_end(self, *, is_followed: bool) -> int:  # noqa: ARG002 - one transaction writes at a time
        """Give the greatest number: entries appear in the order of their numbers."""
        return NO_LIMIT

    def feed(self, position: str, limit: int) -> Page:
        """Give what was touched since a position."""
        start, of_file = _parts_of(position)
        with self._connection() as (connection, file):
            connection.execute("BEGIN")  # so that all of it is of one moment
            last, version = connection.execute(_POSITION).fetchone()
            (pruned,) = connection.execute(_COUNTER, ("pruned",)).fetchone()
            if of_file != file or not pruned <= start <= last:
                raise CursorLost(f"`{position}` is not a position that this store can go on from")
            rows = connection.execute(_FEED, (start, limit + 1)).fetchall()
        more = len(rows) > limit
        end = rows[limit - 1][0] if more else last
        return Page([row[1:] for row in rows[:limit]], f"{end}.{version}.{file}", more, version)

    def wait(self, position: str, seconds: float) -> None:
        """Wait for the writer of this process, and look now and then for those of others."""
        deadline = time.monotonic() + seconds
        while True:
            with self._grown:
                growth = self._growth
            if self.position() != position:
                return
            left = deadline - time.monotonic()
            if left <= 0:
                return
            with self._grown:
                if self._growth == growth:
                    self._grown.wait(min(left, _POLL))

    def _committed(self) -> None:
        with self._grown:
            self._growth += 1
            self._grown.notify_all()

    def now(self) -> int:
        """Give the time."""
        return self._clock.now()

    def close(self) -> None:
        """Finish writing and close all connections."""
        self._writer.close()
        self._readers.pool.dispose()


@frozen
class _Readers:
    """Connections to a file, and the name of that file: another one in its place has another name."""

    file: str
    pool: QueuePool


def _readers_of(path: Path, found: os.stat_result) -> _Readers:
    def opened() -> sqlite3.Connection:
        connection = connect(path, patience=_PATIENCE)
        try:
            refuse_without_tables(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    pool = QueuePool(cast("Any", opened), pool_size=_READERS, max_overflow=56, timeout=_PATIENCE, reset_on_return=None)
    return _Readers(_file_of(found), pool)


def _file_of(found: os.stat_result) -> str:
    return f"{found.st_dev}-{found.st_ino}"


def _parts_of(position: str) -> tuple[int, str]:
    found = _A_POSITION.fullmatch(position)
    if found is None:
        raise CursorLost(f"`{position}` is not a position of this store")
    return int(found[1]), found[2]


def _prepare(path: Path, clock: FileClock, *, migrate: bool) -> None:
    """Make the file if need be, look at its version, and agree on the time; one process at a time."""
    if not migrate and not path.exists():
        raise StoreUnavailable(f"the database file `{path}` is not there")
    connection = connect(path, create=migrate)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        engine = create_engine("sqlite://", creator=lambda: connection, poolclass=NullPool)
        with engine.connect() as wrapped:
            wrapped.exec_driver_sql("BEGIN IMMEDIATE" if migrate else "BEGIN")
            if migrate:
                upgrade(wrapped)
                session = SqliteSession(connection, statements_for("sqlite"))
                clock.agree(session)
                session.keep_counters()
                connection.execute("COMMIT")
            else:
                refuse_other(found_version(wrapped))
    finally:
        connection.close()


def _patiently(act: Callable[[], Any]) -> None:
    """Do something again for as long as other processes are in its way."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            act()
        except Exception as error:
            cause = error if isinstance(error, sqlite3.OperationalError) else getattr(error, "orig", None)
            if not isinstance(cause, sqlite3.OperationalError) or not is_busy(cause):
                raise
            if time.monotonic() > deadline:
                raise unavailable(cause) from None
            time.sleep(_POLL)
        else:
            return
