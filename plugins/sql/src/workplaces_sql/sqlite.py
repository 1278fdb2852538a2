"""A SQLite file: how it is connected to, and a session on one connection."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from workplaces_sql.migrating import refuse_other
from workplaces_sql.session import Row
from workplaces_sql.statements import Statements

_STATEMENTS_KEPT = 512


def connect(path: Path, *, create: bool = False, patience: float = 0) -> sqlite3.Connection:
    """Open a file as we need it: write-ahead log, every commit flushed, transactions begun by hand.

    Only opening a store may create it: a file that has vanished must not come back empty. SQLite's own waiting, of
    `patience` seconds, is for readers, whom others only hinder while they open or close the file; it sleeps longer and
    longer, so that writers would starve (see `writer.py`).
    """
    mode = "rwc" if create else "rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=patience,
        cached_statements=_STATEMENTS_KEPT,
    )
    try:
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "cache_size=-65536"):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def refuse_without_tables(connection: sqlite3.Connection) -> None:
    """Raise StoreUnavailable for a file that is none of ours: it was put in the place of one."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'wp_version'").fetchone() is None:
        refuse_other(None)


class SqliteSession:
    """One write transaction; its counters are read when it begins and written before it is committed."""

    def __init__(self, connection: sqlite3.Connection, statements: Statements) -> None:
        """Read the counters; the connection has begun a transaction."""
        self.statements = statements
        self._execute = connection.execute
        self._executemany = connection.executemany
        self._counters: dict[str, int] = dict(self._execute("SELECT name, value FROM wp_counter").fetchall())
        self._counted: set[str] = set()
        self.feed_grew = False

    def rows(self, statement: str, **values: Any) -> list[Row]:
        """Give the rows of a statement."""
        return self._execute(statement, values).fetchall()

    def row(self, statement: str, **values: Any) -> Row | None:
        """Give one row."""
        row: Row | None = self._execute(statement, values).fetchone()
        return row

    def do(self, statement: str, **values: Any) -> int:
        """Run a statement."""
        return self._execute(statement, values).rowcount

    def do_many(self, statement: str, values: list[dict[str, Any]]) -> None:
        """Run a statement many times."""
        self._executemany(statement, values)

    def write_entities(self, values: list[dict[str, Any]]) -> None:
        """Keep entities."""
        self._executemany(self.statements.put_entity, values)
        self._executemany(self.statements.put_journal, values)
        self._executemany(self.statements.put_past, values)

    def count(self, counter: str) -> int:
        """Count on. What a failed command counted is left out, as nobody has seen it."""
        number = self._counters[counter] + 1
        self._counters[counter] = number
        self._counted.add(counter)
        return number

    def count_many(self, counter: str, many: int) -> list[int]:
        """Count on many times."""
        number = self._counters[counter]
        self._counters[counter] = number + many
        self._counted.add(counter)
        return list(range(number + 1, number + many + 1))

    def counter(self, counter: str) -> int | None:
        """Give where a counter stands, None when it was never set."""
        return self._counters.get(counter)

    def set_counter(self, counter: str, value: int) -> None:
        """Let a counter stand elsewhere."""
        self._counters[counter] = value
        self._counted.add(counter)

    def hold(self, *_: str) -> None:
        """Do nothing: whoever has begun to write is alone."""

    def touched(self) -> None:
        """Remember that the feed grew."""
        self.feed_grew = True

    def keep_counters(self) -> None:
        """Write the counters."""
        values = [{"name": name, "value": self._counters[name]} for name in self._counted]
        self._executemany(self.statements.put_counter, values)
        self._counted.clear()
