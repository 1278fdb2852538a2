"""A whole store in memory: for tests, for trying things out, and as the plainest reading of what a store must do."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from operator import itemgetter
from threading import Condition, RLock
from typing import Any

import attrs

from workplaces_core.adapters.cells import Cell, MemoryCells
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
from workplaces_core.changes import Change, Kind, Remove, Set, about
from workplaces_core.errors import CursorLost, PolicyError, Problem
from workplaces_core.model import Lease

_Key = tuple[Kind, str]
_LONG = 10_000


def _machine_clock() -> datetime:
    return datetime.now(UTC)


@attrs.define
class _Tables:
    """Everything kept. Plain dicts, each changed only through `_Transaction`, which can take it back."""

    entities: dict[_Key, Any] = attrs.field(factory=dict)
    touched: dict[_Key, int] = attrs.field(factory=dict)
    journal: list[tuple[int, _Key]] = attrs.field(factory=list)
    leases: dict[str, FencedLease] = attrs.field(factory=dict)
    records: dict[int, Record] = attrs.field(factory=dict)
    notices: dict[int, Notice] = attrs.field(factory=dict)
    answers: dict[tuple[str, str], str] = attrs.field(factory=dict)
    sagas: dict[int, Saga] = attrs.field(factory=dict)
    policies: dict[int, PolicyVersion] = attrs.field(factory=dict)
    counters: dict[str, int] = attrs.field(factory=dict)

    def compact(self) -> None:
        """Keep only the last write of each entity in the journal, once it has grown long."""
        if len(self.journal) > _LONG + 4 * len(self.touched):
            self.journal = sorted((number, key) for key, number in self.touched.items())


class _Transaction:
    """One command: reads the tables as it leaves them, and remembers what stood there before."""

    def __init__(self, tables: _Tables, cells: MemoryCells, at: datetime) -> None:
        self.at = at
        self._tables = tables
        self._cells = cells
        self._before: list[tuple[dict[Any, Any], Any, Any]] = []
        self._journal = len(tables.journal)
        self._swaps: dict[str, tuple[str, int]] = {}

    # -- taking back --------------------------------------------------------------------------------------

    def _set(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        self._before.append((table, key, table.get(key)))
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value

    def _count(self, name: str) -> int:
        number = self._tables.counters.get(name, 0) + 1
        self._set(self._tables.counters, name, number)
        return number

    def roll_back(self) -> None:
        """Let the tables be as they were."""
        for table, key, value in reversed(self._before):
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value
        del self._tables.journal[self._journal :]

    def commit(self) -> bool:
        """Write the cells, and tell whether anything was written to the mirror."""
        for name, (value, version) in self._swaps.items():
            self._cells.swap(name, value, version=version)
        return any(table is self._tables.touched or table is self._tables.policies for table, _, _ in self._before)

    # -- the mirror ---------------------------------------------------------------------------------------

    def entity(self, kind: Kind, entity_id: str) -> Any | None:
        """Give what the mirror has."""
        if kind == "lease":
            lease = self._tables.leases.get(entity_id)
            return None if lease is None else _as_held(lease)
        return self._tables.entities.get((kind, "" if kind == "account" else entity_id))

    def touched(self, kind: Kind, entity_id: str) -> int:
        """Give the number of the last write of an entity."""
        return self._tables.touched.get((kind, "" if kind == "account" else entity_id), 0)

    def write(self, changes: Iterable[Change]) -> None:
        """Change the mirror."""
        for change in changes:
            key: _Key = (change.kind, "" if change.kind == "account" else about(change))
            self._set(self._tables.entities, key, change.value if isinstance(change, Set) else None)
            self._touch(key)

    def _touch(self, key: _Key) -> None:
        number = self._count("write")
        self._set(self._tables.touched, key, number)
        self._tables.journal.append((number, key))

    # -- leases -------------------------------------------------------------------------------------------

    def lease_of(self, user: str) -> FencedLease | None:
        """Give the lease of a user."""
        return next((lease for lease in self._tables.leases.values() if lease.user == user), None)

    def lease_on(self, task: str) -> FencedLease | None:
        """Give the lease on a task."""
        return self._tables.leases.get(task)

    def next_fence(self) -> int:
        """Give a fence."""
        return self._count("fence")

    def put_lease(self, lease: FencedLease) -> None:
        """Keep a lease."""
        other = self.lease_of(lease.user)
        assert other is None or other.task == lease.task, f"{lease.user} holds {other} already"
        self._set(self._tables.leases, lease.task, lease)
        self._touch(("lease", lease.task))

    def drop_lease(self, task: str) -> None:
        """Keep a lease no longer."""
        self._set(self._tables.leases, task, None)
        self._touch(("lease", task))

    def records_of(self, fence: int) -> Sequence[Record]:
        """Give what the log says of a lease."""
        return [record for record in self._tables.records.values() if record.fence == fence]

    # -- log, notices, answers ----------------------------------------------------------------------------

    def append(
        self, event: Event, *, user: str | None, task: str | None, fence: int | None, details: dict[str, Any]
    ) -> Record:
        """Write into the log."""
        record = Record(self._count("record"), self.at, event, user, task, fence, dict(details))
        self._set(self._tables.records, record.number, record)
        return record

    def notify(self, user: str, event: Event, task: str, title: str, details: dict[str, Any]) -> None:
        """Leave a notice."""
        number = self._count("notice")
        self._set(self._tables.notices, number, Notice(number, user, self.at, event, task, title, dict(details)))

    def dismiss(self, user: str, up_to: int) -> None:
        """Forget notices."""
        for notice in [each for each in self._tables.notices.values() if each.user == user and each.number <= up_to]:
            self._set(self._tables.notices, notice.number, None)

    def answer(self, user: str, key: str) -> str | None:
        """Give what was remembered."""
        return self._tables.answers.get((user, key))

    def remember(self, user: str, key: str, answer: str) -> None:
        """Remember an answer."""
        assert (user, key) not in self._tables.answers, f"key {key} has an answer"
        self._set(self._tables.answers, (user, key), answer)

    # -- sagas --------------------------------------------------------------------------------------------

    def saga(self, saga_id: int) -> Saga | None:
        """Give a saga."""
        return self._tables.sagas.get(saga_id)

    def sagas_of(self, task: str) -> Sequence[Saga]:
        """Give the open sagas of a task."""
        return [saga for saga in self._tables.sagas.values() if saga.task == task and saga.is_open]

    def worked_sagas(self) -> Sequence[Saga]:
        """Give the open sagas that a worker has."""
        return [saga for saga in self._tables.sagas.values() if saga.is_open and saga.worker is not None]

    def put_saga(self, saga: Saga) -> Saga:
        """Keep a saga."""
        kept = saga if saga.id else attrs.evolve(saga, id=self._count("saga"))
        self._set(self._tables.sagas, kept.id, kept)
        return kept

    # -- policies and cells -------------------------------------------------------------------------------

    def newest_version(self) -> int:
        """Give the newest version."""
        return max(self._tables.policies, default=0)

    def add_policy(self, published: PolicyVersion) -> None:
        """Keep a policy."""
        newest, version = self.newest_version(), published.policy.version
        if version <= newest:
            raise PolicyError([Problem("version", version, f"must be greater than {newest}, the newest that there is")])
        self._set(self._tables.policies, version, published)

    def cell(self, name: str) -> Cell | None:
        """Give a cell."""
        if name in self._swaps:
            value, version = self._swaps[name]
            return Cell(value, version + 1)
        return self._cells.read(name)

    def swap(self, name: str, value: str, *, version: int) -> bool:
        """Write a cell, once a transaction."""
        found = self.cell(name)
        if (found.version if found else 0) != version or name in self._swaps:
            return False
        self._swaps[name] = value, version
        return True


def _as_held(lease: FencedLease) -> Lease:
    return Lease(lease.task, lease.user, lease.since, lease.expires)


class MemoryStore:
    """A store of one process; what it keeps is gone with it.

    >>> store = MemoryStore()
    >>> store.run(lambda tx: tx.next_fence()), store.run(lambda tx: tx.next_fence())
    (1, 2)
    """

    def __init__(self, clock: Callable[[], datetime] = _machine_clock) -> None:
        """Make an empty store; `clock` gives aware datetimes in UTC."""
        self._clock = clock
        self._tables = _Tables()
        self._lock = RLock()
        self._written = Condition(self._lock)
        self.cells = MemoryCells(clock)

    @classmethod
    def open(cls, url: str = "memory:", *, clock: Callable[[], datetime] = _machine_clock) -> MemoryStore:
        """Make an empty store; the URL says no more than that it is this kind."""
        del url
        return cls(clock)

    def close(self) -> None:
        """Do nothing: it is there as long as somebody holds it."""

    def now(self) -> datetime:
        """Give the time by the store's clock."""
        return self._clock()

    def run(self, act: Callable[[Transaction], T], *, at: datetime | None = None) -> T:
        """Run a command in one transaction."""
        # The cells' own lock is held too, so that a swap that was granted inside is one that will be made.
        with self._lock, self.cells.lock:
            transaction = _Transaction(self._tables, self.cells, at or self.now())
            try:
                given = act(transaction)
            except BaseException:
                transaction.roll_back()
                raise
            if transaction.commit():
                self._tables.compact()
                self._written.notify_all()
            return given

    def take(self, wish: Wish, act: Taking, *, at: datetime | None = None) -> Given:
        """Hand out."""
        return self.run(lambda transaction: act(transaction, wish), at=at)

    # -- following ----------------------------------------------------------------------------------------

    def position(self) -> str:
        """Give the position of now."""
        return str(self.number())

    def number(self) -> int:
        """Give the number of the last write."""
        with self._lock:
            return self._tables.counters.get("write", 0)

    def entities(self) -> Iterator[Set]:
        """Give the whole mirror."""
        with self._lock:
            found = [Set(kind, entity) for (kind, _), entity in self._tables.entities.items()]
            found.extend(Set("lease", _as_held(lease)) for lease in self._tables.leases.values())
        return iter(sorted(found, key=lambda change: change.kind != "account"))

    def feed(self, position: str, *, limit: int = 1000) -> Feed:
        """Give what was touched since a position."""
        with self._lock:
            if not position.isdecimal() or int(position) > self.number():
                raise CursorLost(f"`{position}` is not a position of this store")
            journal = self._tables.journal
            start = bisect_right(journal, int(position), key=itemgetter(0))
            chosen = journal[start : start + limit]
            keys = dict.fromkeys(key for _, key in chosen)
            end = str(chosen[-1][0]) if chosen else position
            more = start + limit < len(journal)
            return Feed(tuple(map(self._change, keys)), end, max(self._tables.policies, default=0), more=more)

    def _change(self, key: _Key) -> Change:
        kind, entity_id = key
        if kind == "lease":
            lease = self._tables.leases.get(entity_id)
            return Remove("lease", entity_id) if lease is None else Set("lease", _as_held(lease))
        entity = self._tables.entities.get(key)
        return Remove(kind, entity_id) if entity is None else Set(kind, entity)

    def wait(self, position: str, *, seconds: float) -> None:
        """Return when the feed has more, or a policy was published, or after so many seconds."""
        with self._written:
            if self.position() == position:
                self._written.wait(seconds)

    # -- reading ------------------------------------------------------------------------------------------

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
        """Give the entries of the log."""
        with self._lock:
            records = list(self._tables.records.values())
        found = (
            record
            for record in records
            if record.number > after
            and (since is None or record.at >= since)
            and (user is None or record.user == user)
            and (task is None or record.task == task)
            and (not events or record.event in events)
        )
        return islice(found, limit)

    def leases(self) -> Sequence[FencedLease]:
        """Give all leases."""
        with self._lock:
            return list(self._tables.leases.values())

    def notices(self, user: str) -> Sequence[Notice]:
        """Give a user's notices."""
        with self._lock:
            return [notice for notice in self._tables.notices.values() if notice.user == user]

    def sagas(self, *, open_only: bool = True, limit: int | None = None) -> Sequence[Saga]:
        """Give the sagas."""
        with self._lock:
            sagas = list(self._tables.sagas.values())
        found = [saga for saga in sagas if saga.is_open] if open_only else sagas[::-1]
        return found[:limit]

    def policies(self) -> Sequence[PolicyVersion]:
        """Give all policies, the newest first."""
        with self._lock:
            return [published for _, published in sorted(self._tables.policies.items(), reverse=True)]

    def policy(self, version: int | None = None) -> PolicyVersion | None:
        """Give a policy."""
        with self._lock:
            return self._tables.policies.get(max(self._tables.policies, default=0) if version is None else version)
