"""The account as its history goes on: what a task belongs to by now, and which tasks a change concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workplaces_core.changes import COLLECTIONS, Change, Remove, Set, about, key_of, keys_named
from workplaces_core.model import Account, Company, Contact, Deal, Links, Subject, Task, User, links_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Key = tuple[str, str]


class PastAccount:
    """An account that changes; it keeps what tasks are read with, and finds the tasks that a change concerns."""

    def __init__(self) -> None:
        """Start with nothing, not even the account itself."""
        self.account: Account | None = None
        self.users: dict[str, User] = {}
        self.deals: dict[str, Deal] = {}
        self.contacts: dict[str, Contact] = {}
        self.companies: dict[str, Company] = {}
        self.tasks: dict[str, Task] = {}
        self._hanging: dict[Key, dict[str, None]] = {}
        self._linking: dict[Key, dict[str, None]] = {}

    def links(self, task: Task) -> Links:
        """Find what a task belongs to."""
        return links_of(task, self, self._deals_linking)

    def _deals_linking(self, subject: Subject) -> list[Deal]:
        return [self.deals[deal] for deal in self._linking.get((subject.kind, subject.id), ())]

    def change(self, change: Change) -> dict[str, None]:
        """Make a change of a task, deal, contact, company or user, and name the tasks it concerns."""
        if change.kind == "task":
            self._change_task(change)
            return {about(change): None}
        if change.kind not in ("deal", "contact", "company"):
            self._keep(change)
            return {}
        found = dict.fromkeys(self._reading(change.kind, about(change)))
        if change.kind == "deal":
            self._link(self.deals.get(about(change)), add=False)
        self._keep(change)
        if change.kind == "deal":
            self._link(self.deals.get(about(change)), add=True)
        return found | dict.fromkeys(self._reading(change.kind, about(change)))

    def _keep(self, change: Change) -> None:
        collection: dict[Any, Any] = getattr(self, COLLECTIONS[change.kind])
        if isinstance(change, Set):
            collection[key_of(change.value)] = change.value
        else:
            for key in keys_named(change, collection):
                del collection[key]

    def _change_task(self, change: Change) -> None:
        old = self.tasks.get(about(change))
        if old is not None and old.subject is not None:
            self._hanging.get((old.subject.kind, old.subject.id), {}).pop(old.id, None)
        self._keep(change)
        if isinstance(change, Remove):
            return
        task: Task = change.value  # type: ignore[assignment]
        if task.subject is not None:
            self._hanging.setdefault((task.subject.kind, task.subject.id), {})[task.id] = None

    def _link(self, deal: Deal | None, *, add: bool) -> None:
        if deal is None:
            return
        for key in _linked(deal):
            if add:
                self._linking.setdefault(key, {})[deal.id] = None
            else:
                self._linking.get(key, {}).pop(deal.id, None)

    def _reading(self, kind: str, entity: str) -> Iterator[str]:
        """Name the tasks that read an entity, as the links are at this moment."""
        yield from self._hanging.get((kind, entity), ())
        for deal in [entity] if kind == "deal" else self._linking.get((kind, entity), ()):
            yield from self._hanging.get(("deal", deal), ())
            for key in _linked(self.deals.get(deal)):
                yield from self._hanging.get(key, ())


def _linked(deal: Deal | None) -> list[Key]:
    """List the contacts and the company of a deal, each once."""
    if deal is None:
        return []
    found = [("contact", contact) for contact in dict.fromkeys(deal.contacts)]
    return found if deal.company is None else [*found, ("company", deal.company)]
