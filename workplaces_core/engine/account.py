"""The live account: what a snapshot holds, kept by rows, and which tasks each change touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from workplaces_core.changes import COLLECTIONS, Change, Set, about, joined, key_of
from workplaces_core.engine.finding import Finder
from workplaces_core.engine.hanging import Hanging
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
    from collections.abc import Callable, Collection, Iterable, Iterator

Key = tuple[str, str]


class OneToMany:
    """Keys with their items: most have one, kept as it is, or few, kept as a tuple; some have very many, in a dict."""

    __slots__ = ("_of",)
    FEW = 8

    def __init__(self) -> None:
        """Start empty."""
        self._of: dict[str, str | tuple[str, ...] | dict[str, None]] = {}

    def of(self, key: str) -> Collection[str]:
        """Give the items of a key."""
        items = self._of.get(key, ())
        return (items,) if isinstance(items, str) else items

    def add(self, key: str, item: str) -> None:
        """Add an item to those of a key."""
        items = self._of.get(key)
        if items is None:
            self._of[key] = item
        elif isinstance(items, dict):
            items[item] = None
        else:
            more = (*self.of(key), item)
            self._of[key] = more if len(more) <= self.FEW else dict.fromkeys(more)

    def discard(self, key: str, item: str) -> None:
        """Take an item away from those of a key."""
        items = self._of.get(key, ())
        if isinstance(items, dict):
            items.pop(item, None)
            left: Collection[str] = items
        else:
            left = self._of[key] = tuple(each for each in self.of(key) if each != item)
        if not left:
            self._of.pop(key, None)


class LiveAccount:
    """A snapshot that changes. Every task has a row, a small number that stays its own while it exists.

    During a batch of changes, `before` holds what the rows of changed tasks held until an index has taken notice, and
    `relinked` the rows whose deal, contact or company may be another.
    """

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
        self.before: dict[int, Task | None] = {}
        self.relinked: set[int] = set()
        self._rows = Finder(_ids(self.tasks))
        self._rows.fill(snapshot.tasks, range(len(self.tasks)))
        self._hanging = Hanging(self.tasks)
        self._free: list[int] = []
        self._left: dict[str, int] = {}
        self._deals_of: dict[str, OneToMany] = {"contact": OneToMany(), "company": OneToMany()}
        self.leases_of: dict[str, set[str]] = {}
        self.skips_of: dict[str, dict[str, Skip]] = {}
        for deal in self.deals.values():
            self._link_deal(deal)
        for lease in self.leases.values():
            self.leases_of.setdefault(lease.user, set()).add(lease.task)
        for skip in self.skips.values():
            self.skips_of.setdefault(skip.user, {})[skip.task] = skip

    def snapshot(self) -> Snapshot:
        """Give all as a snapshot again."""
        collections = {name: dict(getattr(self, name)) for name in COLLECTIONS.values() if name != "tasks"}
        return Snapshot(account=self.account, tasks=[task for task in self.tasks if task is not None], **collections)

    def row(self, task_id: str) -> int | None:
        """Give the row of a task by its id."""
        return self._rows.find(task_id)

    def task(self, task_id: str) -> Task | None:
        """Give a task by its id."""
        row = self._rows.find(task_id)
        return None if row is None else self.tasks[row]

    def hanging_on(self, deal_id: str) -> Iterator[int]:
        """List the rows of the tasks that hang on a deal itself."""
        return self._hanging.on("deal", deal_id)

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
        self.before.clear()
        if self.relinked:
            self.relinked.clear()
        if self._left:
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
        if isinstance(change, Set):
            touched.add(self.set_task(cast("Task", change.value)))
        else:
            row = self._remove_task(change.id)
            if row is not None:
                touched.add(row)

    def set_task(self, task: Task) -> int:
        """Set a task, and give its row."""
        row = self._rows.find(task.id)
        if row is None:
            return self._add_task(task)
        old = self.tasks[row]
        assert old is not None
        if row not in self.before:
            self.before[row] = old
        if old.subject is task.subject or old.subject == task.subject:
            self.tasks[row] = task
        else:
            self._hang_elsewhere(row, old.subject, task)
        return row

    def _add_task(self, task: Task) -> int:
        row = self._left.pop(task.id, None)
        if row is None:
            row = self._new_row()
        self.before.setdefault(row, None)
        self._hang_elsewhere(row, None, task)
        self._rows.add(task.id, row)
        return row

    def _hang_elsewhere(self, row: int, old: Subject | None, task: Task | None) -> None:
        self.relinked.add(row)
        if old is not None:
            self._hanging.remove(row, old)
        self.tasks[row] = task
        if task is not None and task.subject is not None:
            self._hanging.add(row, task.subject)

    def _new_row(self) -> int:
        if self._free:
            return self._free.pop()
        self.tasks.append(None)
        return len(self.tasks) - 1

    def _remove_task(self, task_id: str) -> int | None:
        row = self._rows.find(task_id)
        if row is not None:
            old = cast("Task", self.tasks[row])
            self.before.setdefault(row, old)
            self._rows.remove(task_id)
            self._hang_elsewhere(row, old.subject, None)
            self._left[task_id] = row
        return row

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
        found = set(self._hanging.on(change.kind, entity_id))
        if change.kind == "deal":
            self._touch_deal(entity_id, found)
        else:
            for deal in self._deals_of[change.kind].of(entity_id):
                self._touch_deal(deal, found)
        touched |= found
        self.relinked |= found

    def _touch_deal(self, deal_id: str, touched: set[int]) -> None:
        touched.update(self._hanging.on("deal", deal_id))
        deal = self.deals.get(deal_id)
        for kind, entity in _linked(deal) if deal is not None else ():
            touched.update(self._hanging.on(kind, entity))

    def _change_lease(self, change: Change, touched: set[int]) -> None:
        task_id = about(change)
        old = self.leases.pop(task_id, None)
        if old is not None:
            self.leases_of[old.user].discard(task_id)
        if isinstance(change, Set):
            lease: Lease = change.value  # type: ignore[assignment]
            self.leases[task_id] = lease
            self.leases_of.setdefault(lease.user, set()).add(task_id)
        row = self._rows.find(task_id)
        if row is not None:
            touched.add(row)

    def _change_skip(self, change: Change) -> None:
        if isinstance(change, Set):
            skip: Skip = change.value  # type: ignore[assignment]
            self.skips[skip.task, skip.user] = skip
            self.skips_of.setdefault(skip.user, {})[skip.task] = skip
            return
        for key in [key for key in self.skips if joined("skip", key) == change.id]:
            del self.skips[key]
            del self.skips_of[key[1]][key[0]]


def _ids(tasks: list[Any]) -> Callable[[int], str]:
    return lambda row: tasks[row].id


def _linked(deal: Deal) -> Iterable[Key]:
    """List the contacts and the company of a deal, each once."""
    found = [("contact", contact) for contact in dict.fromkeys(deal.contacts)]
    return [*found, ("company", deal.company)] if deal.company is not None else found
