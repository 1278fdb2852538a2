"""PostgreSQL as the database of a store: commands that are run again, takes in one statement, and the time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any, cast

import psycopg
from psycopg import errors
from sqlalchemy import URL

from workplaces_core.adapters.stores import Given, Transaction, Wish
from workplaces_core.errors import StoreUnavailable
from workplaces_core.model import Lease
from workplaces_core.work.leases import take
from workplaces_sql import taking
from workplaces_sql.database import Page, Reader
from workplaces_sql.failures import NOT_KNOWN
from workplaces_sql.hints import Hints
from workplaces_sql.postgres import Attempt, PostgresSession, TooManyNames
from workplaces_sql.postgres_feed import GREW, POSITION, Position, page, position_of
from workplaces_sql.postgres_log import LogEnd
from workplaces_sql.postgres_pool import Connection, Pool, is_gone, take_back
from workplaces_sql.prepared import Prepared
from workplaces_sql.retention import Retention
from workplaces_sql.statements import statements_for
from workplaces_sql.transaction import SqlTransaction

_POLL = 0.2
_PATIENCE = 10.0
_LET_OTHERS = 0.3
_CLOSING = 3.0
_MEASURE_EVERY = 30.0
_AGAIN = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)


class PostgresDatabase:
    """One database, safe for many threads, processes and machines."""

    name = "postgresql"

    def __init__(self, url: URL, *, clock: Callable[[], int] | None, retention: Retention, migrate: bool) -> None:
        """Open a database; with `migrate` it is brought to the newest version first."""
        self._clock = clock
        self._retention = retention
        self._statements = statements_for("postgresql")
        self._pool = Pool(url)
        self._offers = taking.Offers()
        self._takers = Prepared(self._pool.connect, taking.STATEMENT)
        self._hints = Hints(self._pool.connect)
        self._log_end = LogEnd(self._pool.connection)
        self._measuring = Lock()
        self._offset: tuple[float, int] | None = None
        with self._pool.plainly("cannot be opened"):
            self._pool.prepare(migrate=migrate)

    # -- commands -----------------------------------------------------------------------------------------

    def run(self, act: Callable[[Transaction], Any], at: int | None) -> Any:
        """Run a command, again while others are in its way or the server comes back."""
        attempt = Attempt()
        deadline = time.monotonic() + _PATIENCE
        while True:
            attempt.number += 1
            try:
                with self._pool.connection() as connection:
                    found, error = self._run(connection, act, at, attempt)
                if error is None:
                    return found
                if not isinstance(error, TooManyNames):
                    raise error
                attempt.whole = True
            except _AGAIN as error:
                if time.monotonic() > deadline:
                    raise self._pool.unavailable(error, "is too busy") from None
                time.sleep(random.random() * _POLL / 10)  # noqa: S311
                if attempt.whole:
                    time.sleep(_LET_OTHERS)
            except psycopg.Error as error:
                # Nothing was committed: `_run` says so itself where it is not known.
                if time.monotonic() > deadline or not is_gone(error):
                    raise self._pool.unavailable(error, "cannot write") from None

    def _run(self, connection: Connection, act: Callable[[Transaction], Any], at: int | None, attempt: Attempt) -> Any:
        """Run a command once; give what it gave, and what it raised instead."""
        session = PostgresSession(connection, self._statements, attempt)
        moment = at if at is not None else self._clock or session.at
        try:
            found = act(SqlTransaction(session, moment, self._retention))
        except psycopg.Error:
            raise
        except BaseException as error:  # noqa: BLE001 - it is the caller's, no error of the database
            take_back(connection)
            return None, error
        self._commit(connection)
        if session.feed_grew:
            self._hints.committed()
        return found, None

    def _commit(self, connection: Connection) -> None:
        try:
            done = connection.execute("COMMIT").statusmessage
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if is_gone(error):
                raise StoreUnavailable(NOT_KNOWN) from None
            raise
        if done != "COMMIT":
            raise StoreUnavailable("the database took a command back, one of its statements had failed")

    def take(self, wish: Wish, at: int | None) -> Given:
        """Take in one statement, or, where there is more to do, as any command.

        What somebody else just has in hand counts as not free: to wait for him would gain nothing, he is taking it.
        """
        moment = at if at is not None or self._clock is None else self._clock()
        others: tuple[Lease, ...] = ()
        for start in range(0, len(wish.candidates), taking.FIRST_FEW):
            few = wish.candidates[start : start + taking.FIRST_FEW]
            said = self._in_one_statement(self._offers.arguments(wish, few, moment, wish.candidates[:start]))
            if said is None or said == "-1":
                break
            given = taking.given_of(wish, few, said)
            others += given.others
            if given.new:
                self._hints.committed()
            if given.new or start + taking.FIRST_FEW >= len(wish.candidates):
                return Given(given.answer, given.new, others)
        return cast("Given", self.run(lambda transaction: take(transaction, wish), at))

    def _in_one_statement(self, values: taking.Arguments | None) -> str | None:
        """Run the statement; None when it did nothing, or when it is not known what it did.

        Taking again is safe even then: whoever holds a lease is given that one.
        """
        if values is None:
            return None
        try:
            return self._takers.run(values)
        except (*_AGAIN, errors.UniqueViolation, psycopg.OperationalError, psycopg.InterfaceError):
            return None
        except psycopg.Error as error:
            raise self._pool.unavailable(error, "cannot write") from None

    # -- reading ------------------------------------------------------------------------------------------

    def reading(self) -> AbstractContextManager[Reader]:
        """Open a look at the tables, all of one moment."""
        return self._pool.reading()

    def position(self) -> str:
        """Give the newest policy, and which transactions are over."""
        snapshot, version = self._pool.asked(POSITION)
        return str(Position(version, snapshot))

    def number(self) -> int:
        """Give the number that was counted last."""
        return int(self._pool.asked("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM wp_write_seq")[0])

    def log_end(self, *, is_followed: bool) -> int:
        """Give the number up to which the log is complete."""
        with self._pool.plainly("cannot be read"):
            return self._log_end.number(is_followed=is_followed)

    def feed(self, position: str, limit: int) -> Page:
        """Give what was touched since a position."""
        with self._pool.reading() as reader:
            return page(reader, position, limit)

    def wait(self, position: str, seconds: float) -> None:
        """Wait for a hint, and look now and then without one."""
        at = position_of(position)
        deadline = time.monotonic() + seconds
        while True:
            growth = self._hints.growth()
            if at.target or self._pool.asked(GREW, {"version": at.version, "base": at.base})[0]:
                return
            left = deadline - time.monotonic()
            if left <= 0 or self._pool.closed:
                return
            self._hints.wait(growth, min(left, _POLL))

    # -- time ---------------------------------------------------------------------------------------------

    def now(self) -> int:
        """Give the database's time, measured now and then, by this machine's clock in between."""
        if self._clock is not None:
            return self._clock()
        with self._measuring:
            if self._offset is None or time.monotonic() > self._offset[0]:
                self._measure()
            assert self._offset is not None
            return self._offset[1] + time.monotonic_ns() // 1000

    def _measure(self) -> None:
        before = time.monotonic_ns() // 1000
        try:
            (there,) = self._pool.asked("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        except StoreUnavailable:
            if self._offset is None:
                raise
            return  # the last measurement still serves
        middle = (before + time.monotonic_ns() // 1000) // 2
        self._offset = time.monotonic() + _MEASURE_EVERY, there - middle

    def close(self) -> None:
        """Close all connections; what the server does not answer within a few seconds is given up."""
        deadline = time.monotonic() + _CLOSING
        self._pool.closed = True
        self._hints.close(_CLOSING / 2)
        self._takers.close()
        self._pool.close(deadline)
