"""Connections to PostgreSQL: a pool that notices who died while he lay idle, and the schema brought up to date."""

from __future__ import annotations

import os
import random
import select
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR, socket
from threading import Lock
from typing import Any, cast
from weakref import WeakSet

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.pool import NullPool, QueuePool

from workplaces_core.errors import StoreUnavailable
from workplaces_sql.failures import told_plainly, unavailable
from workplaces_sql.migrating import found_version, refuse_other, upgrade
from workplaces_sql.postgres import MIGRATING, given_rows, stored
from workplaces_sql.session import Row

Connection = psycopg.Connection[Row]

_BATCH = 5000
_POOL, _MORE = 8, 56
_CONNECT_SECONDS = 5
_BACK_AGAIN = 4.0
_PAUSE = 0.2
_CLOSING_PAUSE = 0.01
_SAID_NOTHING = "25P03"

# Commands look up single rows; a plan made while a table was empty would read all of it, long after it has filled.
# A process that stands still inside a command keeps its names from everybody else: the server ends its transaction.
_SETTINGS = """SET lock_timeout = {patience}; SET enable_seqscan = off; SET jit = off;
    SET default_transaction_isolation = 'read committed'; SET timezone = 'UTC';
    SET idle_in_transaction_session_timeout = '5s'"""
# Who reads keeps nothing from anybody, and may take his time between two batches.
_BEGIN_READING = """BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
    SET LOCAL idle_in_transaction_session_timeout = '10min'"""
# A journal that was restored elsewhere comes from transactions that this cluster has yet to see.
_FROM_THE_FUTURE = """UPDATE wp_journal SET xid = pg_current_xact_id()
    WHERE xid > pg_snapshot_xmax(pg_current_snapshot())"""


class PostgresReader:
    """A look at the tables within one transaction that only reads."""

    def __init__(self, connection: Connection) -> None:
        """Belong to a connection that has begun the transaction."""
        self._connection = connection

    def rows(self, statement: str, **values: Any) -> list[Row]:
        """Give the rows of a statement."""
        kept = {name: stored(value) for name, value in values.items()}
        return given_rows(self._connection.execute(cast("Any", statement), kept).fetchall())

    def stream(self, statement: str, **values: Any) -> Iterator[Sequence[Row]]:
        """Give the rows of a statement in batches; it may well read a whole table."""
        self._connection.execute("SET LOCAL enable_seqscan = on")
        with self._connection.cursor(name="wp_stream") as cursor:
            cursor.execute(cast("Any", statement), {name: stored(value) for name, value in values.items()})
            while batch := cursor.fetchmany(_BATCH):
                # Seldom has a text anything to read back.
                is_marked = any("\x1a" in value for row in batch for value in row if type(value) is str)
                yield given_rows(batch) if is_marked else batch


class Pool:
    """Lends connections."""

    def __init__(self, url: URL) -> None:
        """Connect to nothing yet."""
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._secret = None if url.password is None else str(url.password)
        creator = cast("Any", self.connect)
        self._pool = QueuePool(
            creator, pool_size=_POOL, max_overflow=_MORE, timeout=_BACK_AGAIN, reset_on_return=None, use_lifo=True
        )
        self._opened: WeakSet[Connection] = WeakSet()
        self._opening = Lock()
        self.closed = False

    def close(self, deadline: float) -> None:
        """Close those that are not lent, and each of the others when it comes back, or else at the deadline."""
        self.closed = True
        self._pool.dispose()
        while (left := self._still_open()) and time.monotonic() < deadline:
            time.sleep(_CLOSING_PAUSE)
        for connection in left:
            _hang_up(connection)

    def _still_open(self) -> list[Connection]:
        with self._opening:
            return [connection for connection in self._opened if not connection.closed]

    def plainly(self, doing: str) -> Any:
        """Let no error of the driver out."""
        return told_plainly(psycopg.Error, OSError, secret=self._secret, doing=doing)

    def unavailable(self, error: BaseException, doing: str) -> StoreUnavailable:
        """Tell of an error without the password."""
        return unavailable(error, secret=self._secret, doing=doing)

    def connect(self) -> Connection:
        """Open a connection."""
        if self.closed:
            raise psycopg.OperationalError("the store was closed")
        connection: Connection = psycopg.connect(
            self._conninfo,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            keepalives_idle=30,
            tcp_user_timeout=15000,
        )
        # Two that wait for each other must not have the same patience.
        patience = random.randint(100, 200)  # noqa: S311
        with self._opening:
            self._opened.add(connection)
        connection.execute(_SETTINGS.format(patience=patience).encode())
        return connection

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection; it is given up when an error leaves it in a state that nobody knows."""
        pooled = self._lent()
        connection = cast("Connection", pooled.dbapi_connection)
        try:
            yield connection
        except BaseException:
            take_back(connection)
            raise
        finally:
            pooled.close()

    def _lent(self) -> Any:
        deadline = time.monotonic() + _BACK_AGAIN
        while True:
            if self.closed:
                raise StoreUnavailable("the store was closed")
            try:
                pooled = self._pool.connect()
            except NoneFree:
                raise StoreUnavailable("the database is too busy: no connection became free in time") from None
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise self.unavailable(error, "does not answer") from None
                time.sleep(_PAUSE)
                continue
            if not _has_died(cast("Connection", pooled.dbapi_connection)):
                return pooled
            pooled.invalidate()
            pooled.close()

    def prepare(self, *, migrate: bool) -> None:
        """Bring the schema to the newest version, one process at a time; without `migrate` only look at it."""
        engine = create_engine("postgresql+psycopg://", creator=self._connect_plainly, poolclass=NullPool)
        with engine.begin() as connection:
            if not migrate:
                refuse_other(found_version(connection))
                return
            connection.exec_driver_sql("SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATING})")
            upgrade(connection)
            connection.exec_driver_sql(_FROM_THE_FUTURE)

    def _connect_plainly(self) -> Connection:
        """Connect for SQLAlchemy, which begins transactions itself."""
        connection = self.connect()
        connection.autocommit = False
        return connection

    @contextmanager
    def reading(self) -> Iterator[PostgresReader]:
        """Open a look at the tables, all of one moment."""
        with self.plainly("cannot be read"), self.connection() as connection:
            connection.execute(_BEGIN_READING)
            yield PostgresReader(connection)
            connection.execute("ROLLBACK")

    def asked(self, statement: str, values: dict[str, Any] | None = None) -> Row:
        """Run a statement that gives exactly one row."""
        with self.plainly("cannot be read"), self.connection() as connection:
            return cast("Row", connection.execute(cast("Any", statement), values).fetchone())


def _has_died(connection: Connection) -> bool:
    """Tell whether the server hung up while a connection lay idle: then there is something to read."""
    if connection.closed:
        return True
    ready, _, _ = select.select([connection.pgconn.socket], [], [], 0)
    return bool(ready)


def _hang_up(connection: Connection) -> None:
    """End a connection that another thread waits at: it is told there that the connection broke."""
    with suppress(OSError, psycopg.Error), socket(fileno=os.dup(connection.pgconn.socket)) as other:
        other.shutdown(SHUT_RDWR)


def take_back(connection: Connection) -> None:
    """Take back what a connection has begun; it is closed when it cannot be used any more."""
    try:
        if connection.info.transaction_status == TransactionStatus.ACTIVE:
            connection.close()
        elif not connection.closed and connection.info.transaction_status != TransactionStatus.IDLE:
            connection.execute("ROLLBACK")
    except psycopg.Error:
        connection.close()


def is_gone(error: psycopg.Error) -> bool:
    """Tell whether it was the connection that failed: no state, or that of a server that ends, begins or hangs up."""
    state = error.sqlstate
    if state is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return state.startswith(("08", "57P")) or state == _SAID_NOTHING
