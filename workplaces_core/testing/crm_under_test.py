"""What a test of an adapter holds in its hands: the adapter, and a back door into the CRM behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import attrs
from attrs import frozen

from workplaces_core.adapters.protocols import CrmAdapter, Outcome, OwnedKind
from workplaces_core.adapters.reading import read_everything
from workplaces_core.changes import Change, Kind, Remove, Set
from workplaces_core.model import Snapshot

T = TypeVar("T")


class BackDoor(Protocol):
    """The CRM itself, reached without the adapter: what a colleague does there, and what he sees.

    It must not be written with the adapter's own code, or both will be wrong together.
    """

    def put(self, *changes: Change) -> None:
        """Set or remove entities in the CRM."""
        ...

    def entity(self, kind: Kind, entity_id: str) -> Any:
        """Give the entity that the CRM holds now, None when it holds none."""
        ...

    def results(self, task: str) -> Sequence[str]:
        """List the results with which a task was completed; none for an open one."""
        ...


MakeCrm = Callable[[Snapshot], tuple[CrmAdapter, BackDoor]]
"""Makes a CRM that holds a snapshot, and gives the adapter onto it and its back door."""


class Naming(Protocol):
    """How entities are named and held in the CRM under test."""

    def id_of(self, kind: Kind, name: str) -> str:
        """Give the id of what the tests know by a name."""
        ...

    def as_held(self, entity: Any) -> Any:
        """Give an entity as the CRM holds it."""
        ...


def needs(*capabilities: str) -> Callable[[T], T]:
    """Run a test only when these are supported, else skip it with the declared reason.

    `{kind}` stands for the parameter of that name.
    """

    def mark(test: T) -> T:
        test.capabilities = capabilities  # type: ignore[attr-defined]
        return test

    return mark


@frozen
class Crm:
    """An adapter onto a CRM that holds `world`, and what a test does with the two."""

    adapter: CrmAdapter
    back_door: BackDoor
    naming: Naming
    world: Snapshot

    def id(self, kind: Kind, name: str) -> str:
        """Give the id of an entity of the world."""
        return self.naming.id_of(kind, name)

    def held(self, kind: Kind, name: str) -> Any:
        """Give an entity as the CRM holds it now."""
        return self.back_door.entity(kind, self.id(kind, name))

    def put(self, *entities: tuple[Kind, Any]) -> list[Change]:
        """Set entities in the CRM, as a colleague would, and give these changes."""
        return self._change([Set(kind, self.naming.as_held(entity)) for kind, entity in entities])

    def change(self, kind: Kind, name: str, /, **state: Any) -> list[Change]:
        """Change an entity in the CRM, as a colleague would, and give this change."""
        return self.put((kind, attrs.evolve(self.held(kind, name), **state)))

    def remove(self, kind: Kind, name: str) -> list[Change]:
        """Delete an entity in the CRM, as a colleague would, and give this change."""
        return self._change([Remove(kind, self.id(kind, name))])

    def _change(self, changes: list[Change]) -> list[Change]:
        self.back_door.put(*changes)
        return changes

    def read(self) -> Snapshot:
        """Read everything through the adapter."""
        return read_everything(self.adapter).snapshot

    def follow(self, cursor: str) -> tuple[list[Change], str]:
        """Read all that changed since a cursor."""
        changes: list[Change] = []
        more = True
        while more:
            since = self.adapter.read_changes(cursor)
            changes += since.changes
            cursor, more = since.cursor, since.more
        return changes, cursor

    def set_responsible(self, kind: OwnedKind, name: str, user: str, **options: Any) -> Outcome:
        """Hand an entity over to a user; Anna is expected to have it, unless `only_if` says otherwise."""
        options = {"only_if": self.id("user", "anna"), "key": f"{kind} {name} to {user}", **options}
        return self.adapter.set_responsible(kind, self.id(kind, name), self.id("user", user), **options)
