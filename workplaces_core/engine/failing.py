"""Conditions that err: which leaves, on which open tasks, counted as tasks come and go."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from attrs import frozen

from workplaces_core.answers import Failure
from workplaces_core.engine.compiled import ANY_MOMENT, NO_TASK, CompiledPolicy, Slot
from workplaces_core.model import Links
from workplaces_core.rules.conditions import compare, read
from workplaces_core.rules.matching import admits

if TYPE_CHECKING:
    from collections.abc import Callable

    from workplaces_core.model import Deal, FieldValue, Task
    from workplaces_core.policy import Leaf

_EXAMPLES = 3
_SAMPLES: tuple[FieldValue, ...] = ("x", True, 1, 1.0, date(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC), ("x",))
"""A value of every kind."""


@frozen
class ErringLeaf:
    """A leaf that may err, with its place: the role, the priority and the path inside it."""

    slot: Slot
    path: str
    leaf: Leaf


class LeafErrors:
    """Which leaves err on what a task reads. An error depends on the kind of a value alone, not on the moment."""

    def __init__(self, compiled: CompiledPolicy) -> None:
        """Ask the evaluator once, per leaf and kind, whether it errs."""
        self.leaves = [ErringLeaf(slot, path, leaf) for slot in compiled.slots for path, leaf in slot.leaves()]
        self._by_path: dict[str, dict[type, list[int]]] = {}
        self._custom: list[int] = []
        self._rows: dict[int, set[int]] = {}
        self.noted: dict[int, tuple[int, ...]] = {}
        """Per row, the leaves that err on its task; only of rows that have any."""
        self.of_deals: dict[str, list[int]] = {}
        """Per deal, the leaves that err on it; only of deals that have any."""
        for number, each in enumerate(self.leaves):
            if each.leaf.custom is not None:
                self._custom.append(number)
                continue
            for sample in _SAMPLES:
                if compare(each.leaf, sample, *ANY_MOMENT) is None:
                    self._by_path.setdefault(each.leaf.field, {}).setdefault(type(sample), []).append(number)
        self._deal_paths = [path for path in self._by_path if path.startswith("deal.")]
        self._other_paths = [path for path in self._by_path if not path.startswith("deal.")]

    def reads_only_deals(self) -> bool:
        """Tell whether only values of deals can err."""
        return not self._other_paths and not self._custom

    def look_at(self, deal: Deal) -> None:
        """Find out which leaves err on a deal; to be told whenever a deal is new or another one."""
        found = self._erring(self._deal_paths, NO_TASK, Links(deal))
        if found:
            self.of_deals[deal.id] = found
        else:
            self.of_deals.pop(deal.id, None)

    def of(self, task: Task, links: Links) -> tuple[int, ...]:
        """List the numbers of the leaves, of priorities that admit the type of the task, that err on it."""
        found = [number for number in self._custom if self._custom_errs(number, task, links)]
        if self.of_deals and links.deal is not None:
            found += self.of_deals.get(links.deal.id, ())
        if self._other_paths:
            found += self._erring(self._other_paths, task, links)
        return tuple(sorted(n for n in found if admits(self.leaves[n].slot.priority, task))) if found else ()

    def _erring(self, paths: list[str], task: Task, links: Links) -> list[int]:
        found: list[int] = []
        for path in paths:
            value = read(path, task, links)
            if value is not None:
                found += self._by_path[path].get(type(value), ())
        return found

    def note(self, row: int, task: Task, links: Links) -> None:
        """Count a task, instead of what was counted of it before."""
        self._note(row, self.of(task, links))

    def _note(self, row: int, found: tuple[int, ...]) -> None:
        if found != self.noted.get(row, ()):
            self.forget(row)
            for number in found:
                self._rows.setdefault(number, set()).add(row)
            if found:
                self.noted[row] = found

    def forget(self, row: int) -> None:
        """Count a task no longer."""
        for number in self.noted.pop(row, ()):
            self._rows[number].discard(row)

    def failures(self, id_of: Callable[[int], str]) -> tuple[Failure, ...]:
        """List the leaves that err, as `check` does, with the first tasks by id."""
        found = []
        for number, each in enumerate(self.leaves):
            rows = self._rows.get(number)
            if rows:
                examples = tuple(sorted(map(id_of, rows))[:_EXAMPLES])
                found.append(Failure(each.slot.role.id, each.slot.priority.id, each.path, len(rows), examples))
        return tuple(found)

    def _custom_errs(self, number: int, task: Task, links: Links) -> bool:
        leaf = self.leaves[number].leaf
        return compare(leaf, read(leaf.field, task, links), *ANY_MOMENT) is None
