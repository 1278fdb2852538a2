"""From model objects to facts: rows are collected one by one, and encoded together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from workplaces_core.history.columns import Coded, column_of
from workplaces_core.history.extra import np
from workplaces_core.history.facts import Facts, due_of
from workplaces_core.rules.conditions import read
from workplaces_core.rules.ordering import microseconds

if TYPE_CHECKING:
    from workplaces_core.model import Links, Task

TASK_PATHS = ("task.type", "task.responsible")


class Rows:
    """Rows of facts as they come; `paths` are those that the policies read."""

    def __init__(self, paths: Iterable[str], kept_whole: Iterable[str] = ()) -> None:
        """Start empty. `kept_whole` are the paths that plugins' ops and keys read: they see every value as it is."""
        self._kept_whole = frozenset(kept_whole)
        self.paths = [path for path in paths if path not in TASK_PATHS]
        self.ids: list[str] = []
        self._tasks: list[tuple[str, str, int, int, bool]] = []
        self._values: list[tuple[Any, ...]] = []

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.ids)

    def read(self, task: Task, links: Links) -> tuple[Any, ...]:
        """Read what the paths say of a task."""
        return tuple(read(path, task, links) for path in self.paths)

    def add(self, task: Task, values: tuple[Any, ...]) -> int:
        """Add a row, and give its number."""
        self.ids.append(task.id)
        self._tasks.append((task.type, task.responsible, microseconds(task.created), *due_of(task.due)))
        self._values.append(values)
        return len(self.ids) - 1

    def facts(self) -> Facts:
        """Encode all rows."""
        types, people, created, due, all_day = zip(*self._tasks, strict=True) if self._tasks else ((),) * 5
        columns: Sequence[Sequence[Any]] = list(zip(*self._values, strict=True)) or [()] * len(self.paths)
        return Facts(
            self.ids,
            Coded.of(types),
            Coded.of(people),
            np.array(created, dtype=np.int64),
            np.array(due, dtype=np.int64),
            np.array(all_day, dtype=bool),
            {
                path: (Coded.of if path in self._kept_whole else column_of)(values)
                for path, values in zip(self.paths, columns, strict=False)
            },
        )
