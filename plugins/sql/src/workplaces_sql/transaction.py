"""The transaction in which commands run: the store protocol over statements, the same on every database.

Each method first holds the names of what it reads or writes, to the end of the transaction: a task's name stands for
the task, its lease and its sagas, a user's for his lease and his answers; all else goes by kind and id. Where the
database runs one transaction at a time (SQLite) that costs nothing; `postgres.py` says what it gives on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import attrs

from workplaces_core.adapters.cells import Cell
from workplaces_core.adapters.stores import Event, FencedLease, PolicyVersion, Record, Saga
from workplaces_core.changes import Change, Kind, Set, about
from workplaces_core.errors import PolicyError, Problem
from workplaces_sql import rows
from workplaces_sql.retention import Retention
from workplaces_sql.session import Session
from workplaces_sql.values import details_text, entity_of, micros, moment, text_of

_BULK = 5000


def task_name(task: str) -> str:
    """Name a task, with its lease and its sagas, for `hold`."""
    return f"task {task}"


def user_name(user: str) -> str:
    """Name a user's lease and answers for `hold`."""
    return f"user {user}"


def entity_name(kind: Kind, entity_id: str) -> str:
    """Name an entity of the mirror for `hold`."""
    return task_name(entity_id) if kind in {"task", "lease"} else f"{kind}s {entity_id}"


class SqlTransaction:
    """One command's view of the store."""

    def __init__(self, session: Session, at: int | Callable[[], int], retention: Retention) -> None:
        """Begin at a moment, in microseconds, or at one that is asked for when it is first needed."""
        self._session = session
        self._sql = session.statements
        self._moment = at
        self._retention = retention

    @property
    def _at(self) -> int:
        """The moment: one for all that the command reads and writes, so it no longer moves once it was told."""
        if not isinstance(self._moment, int):
            self._moment = self._moment()
        return self._moment

    @property
    def at(self) -> datetime:
        """The moment of the transaction."""
        return moment(self._at)

    # -- the mirror ---------------------------------------------------------------------------------------

    def entity(self, kind: Kind, entity_id: str) -> Any | None:
        """Give what the mirror has."""
        entity_id = "" if kind == "account" else entity_id
        self._session.hold(entity_name(kind, entity_id))
        if kind == "lease":
            row = self._session.row(self._sql.lease_on, task_id=entity_id)
            return None if row is None else rows.held_of((row[0], row[1], row[3], row[4]))
        row = self._session.row(self._sql.entity, kind=kind, id=entity_id)
        return None if row is None or row[0] is None else entity_of(kind, entity_id, row[0])

    def touched(self, kind: Kind, entity_id: str) -> int:
        """Give the number of the last write of an entity."""
        entity_id = "" if kind == "account" else entity_id
        self._session.hold(entity_name(kind, entity_id))
        row = self._session.row(self._sql.touched, kind=kind, id=entity_id)
        return 0 if row is None or row[0] is None else int(row[0])

    def write(self, changes: Iterable[Change]) -> None:
        """Change the mirror."""
        listed = list(changes)
        if not listed:
            return
        bulks = [listed[start : start + _BULK] for start in range(0, len(listed), _BULK)]
        numbers = [number for bulk in bulks for number in self._write_bulk(bulk)]
        self._session.touched()
        self._retention.prune(self._session, numbers[0], numbers[-1], self._at)

    def _write_bulk(self, changes: Sequence[Change]) -> list[int]:
        """Write some of them, so that between two statements there is never much to do, and give their numbers."""
        self._session.hold(*(entity_name(change.kind, _id_of(change)) for change in changes))
        numbers = self._session.count_many("write", len(changes))
        numbered = zip(numbers, changes, strict=True)
        values = [{**_entity_values(change), "number": number, "at": self._at} for number, change in numbered]
        self._session.write_entities(values)
        return numbers

    def _touch_lease(self, task: str, number: int) -> None:
        self._session.do(self._sql.put_journal, number=number, kind="lease", id=task, at=self._at)
        self._session.touched()
        self._retention.prune(self._session, number, number, self._at)

    # -- leases -------------------------------------------------------------------------------------------

    def lease_of(self, user: str) -> FencedLease | None:
        """Give the lease of a user."""
        self._session.hold(user_name(user))
        row = self._session.row(self._sql.lease_of, user_id=user)
        return None if row is None else rows.lease_of(row)

    def lease_on(self, task: str) -> FencedLease | None:
        """Give the lease on a task."""
        self._session.hold(task_name(task))
        row = self._session.row(self._sql.lease_on, task_id=task)
        return None if row is None else rows.lease_of(row)

    def next_fence(self) -> int:
        """Give a fence."""
        return self._session.count("fence")

    def put_lease(self, lease: FencedLease) -> None:
        """Keep a lease."""
        before = self.lease_on(lease.task)
        if before is not None and before.user != lease.user:
            self._session.hold(user_name(before.user))
        other = self.lease_of(lease.user)
        assert other is None or other.task == lease.task, f"{lease.user} holds {other} already"
        number = self._session.count("write")
        self._session.do(self._sql.put_lease, **rows.lease_values(lease, number))
        self._touch_lease(lease.task, number)

    def drop_lease(self, task: str) -> None:
        """Keep a lease no longer."""
        before = self.lease_on(task)
        if before is not None:
            self._session.hold(user_name(before.user))
            self._session.do(self._sql.drop_lease, task_id=task)
        number = self._session.count("write")
        self._session.do(self._sql.bury_lease, task_id=task, number=number)
        self._touch_lease(task, number)

    def records_of(self, fence: int) -> Sequence[Record]:
        """Give what the log says of a lease."""
        tasks = self._session.rows(self._sql.tasks_of_fence, fence=fence)
        self._session.hold(*(task_name(task) for (task,) in tasks if task is not None))
        return [rows.record_of(row) for row in self._session.rows(self._sql.records_of, fence=fence)]

    # -- log, notices, answers ----------------------------------------------------------------------------

    def append(
        self, event: Event, *, user: str | None, task: str | None, fence: int | None, details: dict[str, Any]
    ) -> Record:
        """Write into the log."""
        if task is not None:
            self._session.hold(task_name(task))
        number = self._session.count("record")
        record = Record(number, self.at, event, user, task, fence, dict(details))
        text = details_text(details)
        values = {"user_id": user, "task_id": task, "fence": fence, "details": text}
        self._session.do(self._sql.append, number=number, at=self._at, event=event, **values)
        return record

    def notify(self, user: str, event: Event, task: str, title: str, details: dict[str, Any]) -> None:
        """Leave a notice."""
        values = {"user_id": user, "task_id": task, "title": title, "details": details_text(details)}
        number = self._session.count("notice")
        self._session.do(self._sql.notify, number=number, at=self._at, event=event, **values)

    def dismiss(self, user: str, up_to: int) -> None:
        """Forget notices."""
        self._session.do(self._sql.dismiss, user_id=user, up_to=up_to)

    def answer(self, user: str, key: str) -> str | None:
        """Give what was remembered."""
        self._session.hold(user_name(user))
        row = self._session.row(self._sql.answer, user_id=user, key=key)
        return None if row is None else str(row[0])

    def remember(self, user: str, key: str, answer: str) -> None:
        """Remember an answer."""
        assert self.answer(user, key) is None, f"key {key} has an answer"
        self._session.do(self._sql.remember, user_id=user, key=key, answer=answer, at=self._at)

    # -- sagas --------------------------------------------------------------------------------------------

    def saga(self, saga_id: int) -> Saga | None:
        """Give a saga."""
        task = self._session.row(self._sql.saga_task, id=saga_id)
        if task is None:
            return None
        self._session.hold(task_name(task[0]))
        row = self._session.row(self._sql.saga, id=saga_id)
        return None if row is None else rows.saga_of(row)

    def sagas_of(self, task: str) -> Sequence[Saga]:
        """Give the open sagas of a task."""
        self._session.hold(task_name(task))
        return [rows.saga_of(row) for row in self._session.rows(self._sql.sagas_of, task_id=task)]

    def worked_sagas(self) -> Sequence[Saga]:
        """Give the open sagas that a worker has."""
        return [rows.saga_of(row) for row in self._session.rows(self._sql.worked_sagas)]

    def put_saga(self, saga: Saga) -> Saga:
        """Keep a saga."""
        self._session.hold(task_name(saga.task))
        kept = saga if saga.id else attrs.evolve(saga, id=self._session.count("saga"))
        self._session.do(self._sql.put_saga, **rows.saga_values(kept))
        return kept

    # -- policies and cells -------------------------------------------------------------------------------

    def newest_version(self) -> int:
        """Give the newest version."""
        self._session.hold("policy")
        row = self._session.row(self._sql.newest_version)
        return 0 if row is None or row[0] is None else int(row[0])

    def add_policy(self, published: PolicyVersion) -> None:
        """Keep a policy."""
        newest, version = self.newest_version(), published.policy.version
        if version <= newest:
            raise PolicyError([Problem("version", version, f"must be greater than {newest}, the newest that there is")])
        self._session.do(self._sql.add_policy, **rows.policy_values(published))
        self._session.touched()

    def cell(self, name: str) -> Cell | None:
        """Give a cell."""
        self._session.hold(f"cell {name}")
        row = self._session.row(self._sql.cell, name=name)
        return None if row is None else Cell(row[0], row[1])

    def swap(self, name: str, value: str, *, version: int) -> bool:
        """Write a cell if it still has a version."""
        self._session.hold(f"cell {name}")
        if version == 0:
            return self._session.do(self._sql.new_cell, name=name, value=value) == 1
        return self._session.do(self._sql.swap_cell, name=name, new_value=value, version=version) == 1


def _entity_values(change: Change) -> dict[str, Any]:
    value = text_of(change.kind, change.value) if isinstance(change, Set) else None
    return {"kind": change.kind, "id": _id_of(change), "value": value}


def _id_of(change: Change) -> str:
    return "" if change.kind == "account" else about(change)


def at_micros(at: datetime | None) -> int | None:
    """Give the moment that a caller chose, if he chose one."""
    return None if at is None else micros(at)
