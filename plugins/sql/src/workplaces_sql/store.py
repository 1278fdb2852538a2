"""The store: opened by the URL of a database, it is what `workplaces_core.adapters.stores.Store` asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, cast

from workplaces_core.adapters.cells import Cell
from workplaces_core.adapters.stores import (
    Event,
    Feed,
    FencedLease,
    Given,
    Notice,
    PolicyVersion,
    Record,
    Saga,
    T,
    Taking,
    Transaction,
    Wish,
)
from workplaces_core.changes import Change, Kind, Remove, Set
from workplaces_core.history.events import Event as HistoryEvent
from workplaces_core.model import Lease
from workplaces_core.policy import RuleSet
from workplaces_core.work.leases import take as reference_take
from workplaces_sql import rows
from workplaces_sql.database import Database
from workplaces_sql.history import history
from workplaces_sql.opening import open_database
from workplaces_sql.reading import NO_LIMIT, log_statement, read_statements_for
from workplaces_sql.retention import Retention
from workplaces_sql.session import Row
from workplaces_sql.transaction import at_micros
from workplaces_sql.values import collector_at_rest, entity_of, micros, moment, sets_of

_PAGE = 1000


class SqlCells:
    """The cells of a store."""

    def __init__(self, store: SqlStore) -> None:
        """Belong to a store."""
        self._store = store

    def read(self, name: str) -> Cell | None:
        """Give a cell."""
        return self._store._read_cell(name)  # noqa: SLF001 - two halves of one thing

    def swap(self, name: str, value: str, *, version: int) -> bool:
        """Write a cell if it still has a version."""
        return self._store.run(lambda transaction: transaction.swap(name, value, version=version))

    def now(self) -> datetime:
        """Give the store's time."""
        return self._store.now()


class SqlStore:
    """A store in SQLite or PostgreSQL, safe for several threads and several processes."""

    def __init__(self, database: Database, rules: RuleSet | None) -> None:
        """Be a store over an open database."""
        self._database = database
        self._rules = rules
        self._read = read_statements_for(database.name)
        self._published: dict[int, PolicyVersion] = {}
        self.cells = SqlCells(self)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        clock: Callable[[], datetime] | None = None,
        migrate: bool = True,
        rules: RuleSet | None = None,
        retention: Retention | None = None,
    ) -> SqlStore:
        """Open `sqlite:///desk.db` or `postgresql://user:password@host/database`.

        The schema is made, or brought to the newest version, unless `migrate` is False. `clock` replaces the
        database's time; `rules` are the condition ops and order keys of plugins that published policies use;
        `retention` says how long the journal and answers to keys are kept. Raises ValueError for another URL,
        StoreUnavailable when the database does not answer or has a newer version.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     store = SqlStore.open(f"sqlite:///{folder}/desk.db")
        ...     fences = store.run(lambda tx: tx.next_fence()), store.run(lambda tx: tx.next_fence())
        ...     store.close()
        >>> fences
        (1, 2)
        """
        given = None if clock is None else _micros_of(clock)
        return cls(open_database(url, clock=given, migrate=migrate, retention=retention or Retention()), rules)

    def close(self) -> None:
        """Finish what is being written, and close all connections."""
        self._database.close()

    def now(self) -> datetime:
        """Give the store's time."""
        return moment(self._database.now())

    def run(self, act: Callable[[Transaction], T], *, at: datetime | None = None) -> T:
        """Run a command in one transaction."""
        return cast("T", self._database.run(act, at_micros(at)))

    def take(self, wish: Wish, act: Taking, *, at: datetime | None = None) -> Given:
        """Hand out; what does as the core's own `take` may be done in one statement."""
        if act is reference_take:
            return self._database.take(wish, at_micros(at))
        return self.run(lambda transaction: act(transaction, wish), at=at)

    # -- following ----------------------------------------------------------------------------------------

    def position(self) -> str:
        """Give the position of now."""
        return self._database.position()

    def number(self) -> int:
        """Give the number of the last write."""
        return self._database.number()

    def entities(self) -> Iterator[Set]:
        """Give the whole mirror, read in batches within one look at the tables."""
        with collector_at_rest(), self._database.reading() as reader:
            for batch in chain([reader.rows(self._read.account)], reader.stream(self._read.entities)):
                yield from sets_of(batch)
            for row in reader.rows(self._read.held):
                yield Set("lease", rows.held_of(row))

    def feed(self, position: str, *, limit: int = 1000) -> Feed:
        """Give what was touched since a position."""
        page = self._database.feed(position, limit)
        found = {(row[0], row[1]): row for row in page.rows}
        changes = tuple(_change(row) for row in found.values())
        return Feed(changes, page.position, page.policy_version, more=page.more)

    def wait(self, position: str, *, seconds: float) -> None:
        """Return when the feed has more than a position, or a policy was published, or after so many seconds."""
        self._database.wait(position, seconds)

    # -- reading ------------------------------------------------------------------------------------------

    def _rows(self, statement: str, **values: Any) -> list[Row]:
        with self._database.reading() as reader:
            return reader.rows(statement, **values)

    def log(
        self,
        *,
        since: datetime | None = None,
        after: int = 0,
        user: str | None = None,
        task: str | None = None,
        events: Sequence[Event] = (),
        limit: int | None = None,
    ) -> Iterator[Record]:
        """Give the entries of the log as it is now, a page at a time.

        With `after` it is followed: nothing is given before which an entry may still appear, so whoever goes on after
        the last number that he saw misses nothing. An entry may come a little late, never too late.
        """
        given = {"since": at_micros(since), "user_id": user, "task_id": task}
        filters = {name: value for name, value in given.items() if value is not None}
        wanted = {f"event_{number}": event for number, event in enumerate(events)}
        statement = log_statement(self._database.name, tuple(filters), len(wanted))
        left = NO_LIMIT if limit is None else limit
        up_to = self._database.log_end(is_followed=after > 0)
        while left > 0:
            most = min(left, _PAGE)
            found = self._rows(statement, after=after, up_to=up_to, most=most, **filters, **wanted)
            yield from map(rows.record_of, found)
            if len(found) < most:
                return
            left -= most
            after = found[-1][0]

    def leases(self) -> Sequence[FencedLease]:
        """Give all leases."""
        return [rows.lease_of(row) for row in self._rows(self._read.leases)]

    def notices(self, user: str) -> Sequence[Notice]:
        """Give a user's notices."""
        return [rows.notice_of(row) for row in self._rows(self._read.notices, user_id=user)]

    def sagas(self, *, open_only: bool = True, limit: int | None = None) -> Sequence[Saga]:
        """Give the sagas."""
        statement = self._read.open_sagas if open_only else self._read.all_sagas
        return [rows.saga_of(row) for row in self._rows(statement, most=NO_LIMIT if limit is None else limit)]

    def policies(self) -> Sequence[PolicyVersion]:
        """Give all policies."""
        return [rows.published_of(row, self._rules) for row in self._rows(self._read.policies)]

    def policy(self, version: int | None = None) -> PolicyVersion | None:
        """Give a policy; what was published never changes, so it is read once."""
        if version is not None and version in self._published:
            return self._published[version]
        newest = version is None
        found = self._rows(self._read.newest_policy) if newest else self._rows(self._read.policy, version=version)
        if not found:
            return None
        published = rows.published_of(found[0], self._rules)
        self._published[published.policy.version] = published
        return published

    def history(self) -> Iterator[HistoryEvent]:
        """Give what is known of the past, as `workplaces db export-history` writes it."""
        return history(self._database)

    def _read_cell(self, name: str) -> Cell | None:
        found = self._rows(self._read.cell, name=name)
        return Cell(*found[0]) if found else None


def _change(row: Row) -> Change:
    kind, entity_id, text, user, since, expires = row
    if kind == "lease":
        return (
            Remove(kind, entity_id)
            if user is None
            else Set(kind, Lease(entity_id, user, moment(since), moment(expires)))
        )
    return Remove(cast("Kind", kind), entity_id) if text is None else Set(kind, entity_of(kind, entity_id, text))


def _micros_of(clock: Callable[[], datetime]) -> Callable[[], int]:
    return lambda: micros(clock())
