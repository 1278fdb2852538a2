"""Connections to PostgreSQL that are kept for one statement: prepared once, run without a cursor, one flight a call.

What a cursor, the pool's bookkeeping and a look at the socket cost is as much as the statement itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue

import psycopg
from psycopg import errors
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus

from workplaces_sql.session import Row

Connection = psycopg.Connection[Row]

_NAME = b"wp_one"
_AT_ONCE = 8
# What is planned once serves always: rows are looked up by their keys, however many there are.
_SETTING = b"SET plan_cache_mode = force_generic_plan"


class Prepared:
    """A statement that gives one text. More than a few at once would only wait for each other in the server."""

    def __init__(self, connect: Callable[[], Connection], statement: str) -> None:
        """Connect to nothing yet."""
        self._connect = connect
        self._statement = statement.encode()
        self._idle: deque[Connection] = deque()
        self._turns: SimpleQueue[None] = SimpleQueue()  # a semaphore is much slower
        for _ in range(_AT_ONCE):
            self._turns.put(None)
        self._closed = False

    def run(self, values: Sequence[bytes | None]) -> str:
        """Run it in a transaction of its own. Raises psycopg.Error; a connection that broke is given up."""
        self._turns.get()
        try:
            connection = self._lent()
            try:
                result = connection.pgconn.exec_prepared(_NAME, values)  # type: ignore[arg-type]  # None is NULL there
            except BaseException:
                connection.close()
                raise
            self._give_back(connection)
        finally:
            self._turns.put(None)
        if result.status == ExecStatus.TUPLES_OK:
            return (result.get_value(0, 0) or b"").decode()
        state = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
        raise _error_of(state)(result.error_message.decode(errors="replace"))

    def _lent(self) -> Connection:
        with suppress(IndexError):
            return self._idle.pop()
        connection = self._connect()
        connection.execute(_SETTING)
        connection.pgconn.prepare(_NAME, self._statement)
        return connection

    def _give_back(self, connection: Connection) -> None:
        if connection.pgconn.status == ConnStatus.OK:
            self._idle.append(connection)
        else:
            connection.close()
        if self._closed:
            self.close()

    def close(self) -> None:
        """Close those that are idle, and each of the others when its statement is over."""
        self._closed = True
        with suppress(IndexError):
            while True:
                self._idle.pop().close()


def _error_of(state: str) -> type[psycopg.Error]:
    try:
        return errors.lookup(state)
    except KeyError:
        return psycopg.OperationalError
