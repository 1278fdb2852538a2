"""The live account: what a snapshot holds, kept by rows, and which tasks each change touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workplaces_core.changes import COLLECTIONS, Change, Set, about, joined, key_of
from workplaces_core.model import (
    Account,
    Company,
    Contact,
    Deal,
    FieldDeclaration,
    Group,
    Lease,
    Links,
    Skip,
    Snapshot,
    Subject,
    Task,
    TaskType,
    User,
    links_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Key = tuple[str, str]


class OneToMany:
    """Keys with their items: most have few, kept as a tuple; some have very many, kept as a dict."""

    __slots__ = ("_few", "_many")
    FEW = 8

    def __init__(self) -> None:
        """Start empty."""
        self._few: dict[str, tuple[Any, ...]] = {}
        self._many: dict[str, dict[Any, None]] = {}

    def of(self, key: str) -> Collection[Any]:
        """Give the items of a key."""
        return self._few.get(key) or self._many.get(key) or ()

    def add(self, key: str, item: Any) -> None:
        """Add an item to those of a key."""
        if key in self._many:
            self._many[key][item] = None
            return
        items = (*self._few.get(key, ()), item)
        if len(items) <= self.FEW:
            self._few[key] = items
        else:
            self._many[key] = dict.fromkeys(items)
            del self._few[key]

    def discard(self, key: str, item: Any) -> None:
        """Take an item away from those of a key."""
        many = self._many.get(key)
        if many is not None:
            many.pop(item, None)
            return
        left = tuple(each for each in self._few.get(key, ()) if each != item)
        if left:
            self._few[key] = left
        else:
            self._few.pop(key, None)


class LiveAccount:
    """A snapshot that changes. Every task has a row, a small number that stays its own while it exists."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Take over a snapshot; its entities are shared, its collections copied."""
        self.account: Account = snapshot.account
        self.users: dict[str, User] = dict(snapshot.users)
        self.groups: dict[str, Group] = dict(snapshot.groups)
        self.task_types: dict[str, TaskType] = dict(snapshot.task_types)
        self.fields: dict[Key, FieldDeclaration] = dict(snapshot.fields)
        self.deals: dict[str, Deal] = dict(snapshot.deals)
        self.contacts: dict[str, Contact] = dict(snapshot.contacts)
        self.companies: dict[str, Company] = dict(snapshot.companies)
        self.leases: dict[str, Lease] = dict(snapshot.leases)
        self.skips: dict[Key, Skip] = dict(snapshot.skips)
        self.tasks: list[Task | None] = list(snapshot.tasks.values())
        self.rows: dict[str, int] = {task_id: row for row, task_id in enumerate(snapshot.tasks)}
        self._free: list[int] = []
        self._left: dict[str, int] = {}
        self._rows_of: dict[str, OneToMany] = {"deal": OneToMany(), "contact": OneToMany(), "company": OneToMany()}
        self._deals_of: dict[str, OneToMany] = {"contact": OneToMany(), "company": OneToMany()}
        self.leases_of: dict[str, set[str]] = {}
        self.skips_of: dict[str, dict[str, Skip]] = {}
        for row, task in enumerate(snapshot.tasks.values()):
            self._link_task(row, task)
        for deal in self.deals.values():
            self._link_deal(deal)
        for lease in self.leases.values():
            self.leases_of.setdefault(lease.user, set()).add(lease.task)
        for skip in self.skips.values():
            self.skips_of.setdefault(skip.user, {})[skip.task] = skip

    def snapshot(self) -> Snapshot:
        """Give all as a snapshot again."""
        tasks = {task_id: self.tasks[row] for task_id, row in self.rows.items()}
        collections = {name: dict(getattr(self, name)) for name in COLLECTIONS.values() if name != "tasks"}
        return Snapshot(account=self.account, tasks=tasks, **collections)

    def task(self, task_id: str) -> Task | None:
        """Give a task by its id."""
        row = self.rows.get(task_id)
        return None if row is None else self.tasks[row]

    def links(self, task: Task) -> Links:
        """Find what a task belongs to."""
        return links_of(task, self, self.deals_linking)

    def deals_linking(self, subject: Subject) -> list[Deal]:
        """Give the deals that link to a contact or company."""
        return [self.deals[deal] for deal in self._deals_of[subject.kind].of(subject.id)]

    def change(self, change: Change, touched: set[int]) -> None:
        """Make one change, and add the rows of all tasks whose reading of the account it may alter."""
        match change.kind:
            case "task":
                self._change_task(change, touched)
            case "deal" | "contact" | "company":
                self._touch(change, touched)
                self._change_entity(change)
                self._touch(change, touched)
            case "lease":
                self._change_lease(change, touched)
            case "skip":
                self._change_skip(change)
            case "account":
                self.account = change.value  # type: ignore[union-attr, assignment]
            case _:
                self._keep(change)

    def settle(self) -> None:
        """Free the rows of removed tasks, once everybody has taken notice: until then a row stays its task's own."""
        self._free += self._left.values()
        self._left.clear()

    def _keep(self, change: Change) -> None:
        collection: dict[Any, Any] = getattr(self, COLLECTIONS[change.kind])
        if isinstance(change, Set):
            collection[key_of(change.value)] = change.value
        elif change.kind == "field":
            collection.pop(tuple(change.id.split(".", 1)), None)
        else:
            collection.pop(change.id, None)

    def _change_task(self, change: Change, touched: set[int]) -> None:
        task_id = change.value.id if isinstance(change, Set) else change.id  # type: ignore[union-attr]
        row = self.rows.get(task_id)
        if isinstance(change, Set):
            task: Task = change.value  # type: ignore[assignment]
            if row is None:
                row = self._new_row(task_id)
            old, self.tasks[row] = self.tasks[row], task
            touched.add(row)
            if old is None or (old.subject is not task.subject and old.subject != task.subject):
                self._unlink_task(row, old)
                self._link_task(row, task)
        elif row is not None:
            touched.add(row)
            self._unlink_task(row, self.tasks[row])
            self.tasks[row] = None
            del self.rows[task_id]
            self._left[task_id] = row

    def _new_row(self, task_id: str) -> int:
        if task_id in self._left:
            row = self._left.pop(task_id)
        elif self._free:
            row = self._free.pop()
        else:
            row = len(self.tasks)
            self.tasks.append(None)
        self.rows[task_id] = row
        return row

    def _link_task(self, row: int, task: Task) -> None:
        if task.subject is not None:
            self._rows_of[task.subject.kind].add(task.subject.id, row)

    def _unlink_task(self, row: int, task: Task | None) -> None:
        if task is not None and task.subject is not None:
            self._rows_of[task.subject.kind].discard(task.subject.id, row)

    def _change_entity(self, change: Change) -> None:
        if change.kind == "deal":
            old = self.deals.get(about(change))
            if old is not None:
                self._unlink_deal(old)
            if isinstance(change, Set):
                self._link_deal(change.value)  # type: ignore[arg-type]
        self._keep(change)

    def _link_deal(self, deal: Deal) -> None:
        for kind, entity in _linked(deal):
            self._deals_of[kind].add(entity, deal.id)

    def _unlink_deal(self, deal: Deal) -> None:
        for kind, entity in _linked(deal):
            self._deals_of[kind].discard(entity, deal.id)

    def _touch(self, change: Change, touched: set[int]) -> None:
        """Add the tasks that read an entity, as the links are at this moment."""
        entity_id = about(change)
        touched.update(self._rows_of[change.kind].of(entity_id))
        if change.kind == "deal":
            self._touch_deal(entity_id, touched)
        else:
            for deal in self._deals_of[change.kind].of(entity_id):
                self._touch_deal(deal, touched)

    def _touch_deal(self, deal_id: str, touched: set[int]) -> None:
        touched.update(self._rows_of["deal"].of(deal_id))
        deal = self.deals.get(deal_id)
        for kind, entity in _linked(deal) if deal is not None else ():
            touched.update(self._rows_of[kind].of(entity))

    def _change_lease(self, change: Change, touched: set[int]) -> None:
        task_id = about(change)
        old = self.leases.pop(task_id, None)
        if old is not None:
            self.leases_of[old.user].discard(task_id)
        if isinstance(change, Set):
            lease: Lease = change.value  # type: ignore[assignment]
            self.leases[task_id] = lease
            self.leases_of.setdefault(lease.user, set()).add(task_id)
        if task_id in self.rows:
            touched.add(self.rows[task_id])

    def _change_skip(self, change: Change) -> None:
        if isinstance(change, Set):
            skip: Skip = change.value  # type: ignore[assignment]
            self.skips[skip.task, skip.user] = skip
            self.skips_of.setdefault(skip.user, {})[skip.task] = skip
            return
        for key in [key for key in self.skips if joined("skip", key) == change.id]:
            del self.skips[key]
            del self.skips_of[key[1]][key[0]]


def _linked(deal: Deal) -> Iterable[Key]:
    """List the contacts and the company of a deal, each once."""
    found = [("contact", contact) for contact in dict.fromkeys(deal.contacts)]
    return [*found, ("company", deal.company)] if deal.company is not None else found
