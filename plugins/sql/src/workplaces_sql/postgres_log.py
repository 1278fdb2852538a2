"""Up to which number the log is complete on PostgreSQL.

Numbers are counted before they are committed, so they become visible out of order. Every transaction that may count one
holds the name of everything, shared, from its beginning until its commit can be seen. So once those are over that held
it when the counter was read, nothing will appear any more up to what the counter said.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Lock
from typing import cast

from workplaces_sql.postgres import EVERYTHING
from workplaces_sql.postgres_pool import Connection
from workplaces_sql.reading import NO_LIMIT
from workplaces_sql.session import Row

_PATIENCE = 1.0
_POLL = 0.005
_HALF = 2**32

_COUNTED = b"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM wp_record_seq"
_WRITERS = f"""SELECT virtualtransaction FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND classid = {EVERYTHING // _HALF} AND objid = {EVERYTHING % _HALF}
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())""".encode()  # noqa: S608


class LogEnd:
    """Knows up to which number the log is complete, and waits a little for those who are writing."""

    def __init__(self, connection: Callable[[], AbstractContextManager[Connection]]) -> None:
        """Know nothing yet."""
        self._connection = connection
        self._lock = Lock()
        self._known = 0

    def number(self, *, is_followed: bool) -> int:
        """Give the number up to which the log is complete.

        Where somebody writes for longer than we wait, it is the one that was found last; who does not follow the log
        is given all that there is.
        """
        deadline = time.monotonic() + _PATIENCE
        with self._connection() as connection:
            (counted,) = cast("Row", connection.execute(_COUNTED).fetchone())
            before = writing = _writers(connection)
            while before & writing and time.monotonic() < deadline:
                time.sleep(_POLL)
                writing = _writers(connection)
        if before & writing:
            return self._known if is_followed else NO_LIMIT
        with self._lock:
            self._known = max(self._known, counted)
        return int(counted)


def _writers(connection: Connection) -> set[str]:
    """Name the transactions that may count; each has a name of its own, also on the same connection."""
    return {name for (name,) in connection.execute(_WRITERS).fetchall()}
