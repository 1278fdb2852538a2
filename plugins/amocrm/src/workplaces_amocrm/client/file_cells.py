"""Cells in a file that the processes of one machine share, for use without a store."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from attrs import field, frozen

from workplaces_core.adapters.cells import Cell
from workplaces_core.errors import StoreUnavailable

_OWNER_ONLY = 0o600
_TABLE = "CREATE TABLE IF NOT EXISTS cells (name TEXT PRIMARY KEY, value TEXT NOT NULL, version INTEGER NOT NULL)"


@frozen
class FileCells:
    """Cells in an SQLite file, readable by its owner only as tokens stand in it. Not for network file systems.

    Every method raises StoreUnavailable when the file cannot be used.
    """

    path: Path = field(converter=Path)
    timeout_seconds: float = 10.0
    """How long to wait for other processes that write."""

    def read(self, name: str) -> Cell | None:
        """Give a cell."""
        with self._connection() as connection:
            row = connection.execute("SELECT value, version FROM cells WHERE name = ?", (name,)).fetchone()
        return Cell(*row) if row else None

    def swap(self, name: str, value: str, *, version: int) -> bool:
        """Write a cell if it still has a version."""
        write = "UPDATE cells SET value = ?, version = version + 1 WHERE name = ? AND version = ?"
        if version == 0:
            write = "INSERT INTO cells (value, name, version) VALUES (?, ?, ? + 1) ON CONFLICT DO NOTHING"
        with self._connection() as connection:
            return connection.execute(write, (value, name, version)).rowcount == 1

    def now(self) -> datetime:
        """Give the time by this machine's clock."""
        return datetime.now(UTC)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one statement, which commits by itself: threads and forks share nothing."""
        try:
            self._make_private()
            with closing(sqlite3.connect(self.path, timeout=self.timeout_seconds, isolation_level=None)) as connection:
                connection.execute(_TABLE)
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"`{self.path}` cannot be used: {error}") from error

    def _make_private(self) -> None:
        """Make the file, for its owner only, before SQLite would make it for everybody."""
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, _OWNER_ONLY))
        if self.path.stat().st_mode & 0o077:
            self.path.chmod(_OWNER_ONLY)
