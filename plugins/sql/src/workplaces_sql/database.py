"""What a store asks of its database: to run commands, to let it read, to follow the feed, to tell the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from attrs import frozen

from workplaces_core.adapters.stores import Given, Transaction, Wish
from workplaces_sql.session import Row


class Reader(Protocol):
    """A consistent look at the tables: all that is read through it is of one moment."""

    def rows(self, statement: str, **values: Any) -> list[Row]:
        """Give the rows of a statement."""
        ...

    def stream(self, statement: str, **values: Any) -> Iterator[Sequence[Row]]:
        """Give the rows of a statement in batches, without holding all of them."""
        ...


@frozen
class Page:
    """A page of the feed: what was touched (kind, id, value, and user, since, expires of a lease), and the way on."""

    rows: Sequence[Row]
    position: str
    more: bool
    policy_version: int


class Database(Protocol):
    """One database. Every method may raise StoreUnavailable."""

    name: str

    def run(self, act: Callable[[Transaction], Any], at: int | None) -> Any:
        """Run a command in a transaction that writes."""
        ...

    def take(self, wish: Wish, at: int | None) -> Given:
        """Take as `workplaces_core.work.leases.take` does."""
        ...

    def reading(self) -> AbstractContextManager[Reader]:
        """Open a look at the tables."""
        ...

    def position(self) -> str:
        """Give the position of now."""
        ...

    def number(self) -> int:
        """Give the number of the last write."""
        ...

    def log_end(self, *, is_followed: bool) -> int:
        """Give the number up to which the log is complete: nothing of a smaller one will still appear.

        Who does not follow the log, but reads it as it is, is kept waiting for it only a little.
        """
        ...

    def feed(self, position: str, limit: int) -> Page:
        """Give what was touched since a position. Raises CursorLost."""
        ...

    def wait(self, position: str, seconds: float) -> None:
        """Wait until the feed has more than a position."""
        ...

    def now(self) -> int:
        """Give the time in microseconds."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...
