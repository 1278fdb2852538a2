"""What a transaction needs of a database: statements run one after another, numbers counted, names held."""

from __future__ import annotations

from typing import Any, Protocol

from workplaces_sql.statements import Statements

Row = tuple[Any, ...]


class Session(Protocol):
    """One transaction of a database, seen from inside."""

    statements: Statements

    def rows(self, statement: str, **values: Any) -> list[Row]:
        """Run a statement that gives rows."""
        ...

    def row(self, statement: str, **values: Any) -> Row | None:
        """Run a statement that gives one row or none."""
        ...

    def do(self, statement: str, **values: Any) -> int:
        """Run a statement that gives no rows, and tell how many it changed."""
        ...

    def write_entities(self, values: list[dict[str, Any]]) -> None:
        """Keep entities (kind, id, value, number, at) in the mirror and in the journal; the last of a key stays."""
        ...

    def count(self, counter: str) -> int:
        """Count on, and give the number reached."""
        ...

    def count_many(self, counter: str, many: int) -> list[int]:
        """Count on many times, and give the numbers."""
        ...

    def hold(self, *names: str) -> None:
        """Let nobody else read or write what goes by these names until the end of the transaction."""
        ...

    def touched(self) -> None:
        """Remember that the feed has something new once this is committed."""
        ...
