"""What a sync has read so far, kept out of memory and safe from a crash, until it is written as a snapshot."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from workplaces_core.adapters.protocols import DIRECTORY
from workplaces_core.changes import COLLECTIONS, Kind, Set, key_of
from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.wire import dumps

_TABLES = (
    """CREATE TABLE IF NOT EXISTS entity (
        kind TEXT, first TEXT, second TEXT, value TEXT NOT NULL, PRIMARY KEY (kind, first, second)
    ) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)
_SECONDS_BETWEEN_SAVES = 2.0


class WorkingFile:
    """Entities by kind and id as canonical JSON, with the checkpoint from which reading goes on.

    What is put stands in the file for good together with the next checkpoint, or not at all.
    """

    def __init__(self, connection: sqlite3.Connection, *, kept: bool) -> None:
        self._connection, self._kept = connection, kept
        self._saved_at = time.monotonic()
        self._begin()

    @classmethod
    @contextmanager
    def open(cls, path: Path | None) -> Iterator[WorkingFile]:
        """Open a file, or make it; None is one that nobody goes on with. Raises InvalidInput when it is another's."""
        name = "" if path is None else str(path)  # SQLite's name for a file that goes when it is closed
        try:
            with closing(sqlite3.connect(name, isolation_level=None)) as connection:
                for statement in _TABLES:
                    connection.execute(statement)
                yield cls(connection, kept=path is not None)
        except sqlite3.DatabaseError as error:
            message = f"cannot be used for what was read so far: {error}"
            raise InvalidInput([Problem(name or "temporary file", None, message)]) from error

    def checkpoint(self) -> str | None:
        """Give the checkpoint of an unfinished reading, None when there is none."""
        return self._state("checkpoint")

    def set_aside(self) -> list[str]:
        """Give what earlier runs set aside."""
        found: list[str] = json.loads(self._state("set_aside") or "[]")
        return found

    def put(self, sets: Iterable[Set]) -> None:
        """Take entities; one that came before is replaced."""
        rows = ((each.kind, *_key(each), dumps(each.value)) for each in sets)
        self._connection.executemany("INSERT OR REPLACE INTO entity VALUES (?, ?, ?, ?)", rows)

    def put_directory(self, sets: Iterable[Set]) -> None:
        """Take a whole directory: what an earlier one had besides is gone."""
        marks = ", ".join("?" * len(DIRECTORY))
        self._connection.execute(f"DELETE FROM entity WHERE kind IN ({marks})", DIRECTORY)  # noqa: S608  only marks
        self.put(sets)

    def is_save_due(self) -> bool:
        """Whether it is time for the next checkpoint: making one costs too much to do it for every page."""
        return self._kept and time.monotonic() - self._saved_at >= _SECONDS_BETWEEN_SAVES

    def save(self, checkpoint: str, set_aside: Sequence[str]) -> None:
        """Note how far the reading is."""
        if not self._kept:
            return
        for name, value in (("checkpoint", checkpoint), ("set_aside", json.dumps(set_aside))):
            self._connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))
        self._connection.execute("COMMIT")
        self._saved_at = time.monotonic()
        self._begin()

    def counts(self) -> dict[str, int]:
        """Count the entities of each kind."""
        return dict(self._connection.execute("SELECT kind, count(*) FROM entity GROUP BY kind"))

    def write_snapshot(self, stream: IO[bytes]) -> None:
        """Write everything as a snapshot in canonical JSON, one entity at a time."""
        parts: dict[str, Kind | None] = {name: kind for kind, name in COLLECTIONS.items()}
        parts |= {"account": "account", "format": None}
        for number, (name, kind) in enumerate(sorted(parts.items())):
            stream.write(b"," if number else b"{")
            stream.write(f'"{name}":'.encode())
            if kind is None:
                stream.write(b'"workplaces/snapshot/1"')
            else:
                self._write_kind(stream, kind)
        stream.write(b"}\n")

    def _write_kind(self, stream: IO[bytes], kind: Kind) -> None:
        single = kind == "account"
        stream.write(b"" if single else b"[")
        # The bytes of UTF-8 sort as code points do, which is how a snapshot is sorted.
        rows = self._connection.execute("SELECT value FROM entity WHERE kind = ? ORDER BY first, second", (kind,))
        for number, (value,) in enumerate(rows):
            stream.write((f",{value}" if number else value).encode())
        stream.write(b"" if single else b"]")

    def _state(self, name: str) -> str | None:
        row = self._connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def _begin(self) -> None:
        self._connection.execute("BEGIN")


def _key(change: Set) -> tuple[str, str]:
    key = key_of(change.value)
    return key if isinstance(key, tuple) else (key, "")
