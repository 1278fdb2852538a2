"""What shall become better: fewer missed exact-time calls, or less waiting, of all tasks, of a type or of a tag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrs import frozen

from workplaces_core.changes import Set
from workplaces_core.history.extra import np, pa, pc
from workplaces_core.history.simulation.measures import Numbers

if TYPE_CHECKING:
    from workplaces_core.history.simulation.past import Past
    from workplaces_core.model import Deal, Task

EXACT, WAITING = "exact", "waiting"
TYPE, TAG = "type", "tag"


@frozen
class Objective:
    """A number to make small: missed exact-time calls, or the mean wait in seconds of some tasks."""

    kind: str
    by: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        """Write it as `read_objective` reads it."""
        return self.kind if self.by is None else f"{self.kind}:{self.by}={self.value}"

    def tasks(self, past: Past) -> frozenset[str] | None:
        """Name the tasks it is about; None: all. Raises ValueError when there are none."""
        if self.by is None:
            return None
        tags = _tagged(past, self.value) if self.by == TAG else frozenset()
        found = frozenset(
            task.id
            for task in _tasks(past)
            if (task.type == self.value if self.by == TYPE else task.subject is not None and task.subject.id in tags)
        )
        if not found:
            raise ValueError(f"`{self}` is about no task of the history")
        return found

    def measure(self, table: pa.Table, past: Past, tasks: frozenset[str] | None) -> float:
        """Measure it in a table of WORK."""
        if self.kind == EXACT:
            return float(pc.sum(pc.equal(table.column("met"), False)).as_py() or 0)  # noqa: FBT003 - as Arrow has it
        waits = Numbers.of(table, past.end).waiting
        if tasks is not None:
            waits = waits[np.array([task in tasks for task in table.column("task").to_pylist()], dtype=bool)]
        return float(waits.mean()) if len(waits) else 0.0


def read_objective(text: str) -> Objective:
    """Read an objective: `exact`, `waiting`, `waiting:type=ID` or `waiting:tag=TAG`. Raises ValueError.

    >>> read_objective("waiting:type=call")
    Objective(kind='waiting', by='type', value='call')
    """
    kind, colon, rest = text.partition(":")
    by, equals, value = rest.partition("=")
    if kind == EXACT and not colon:
        return Objective(EXACT)
    if kind == WAITING and not colon:
        return Objective(WAITING)
    if kind == WAITING and by in (TYPE, TAG) and equals and value:
        return Objective(WAITING, by, value)
    raise ValueError("must be exact, waiting, waiting:type=ID or waiting:tag=TAG")


def _tasks(past: Past) -> Iterator[Task]:
    yield from past.before.tasks.values()
    for step in past.steps:
        yield from (change.value for change in step.changes if isinstance(change, Set) and change.kind == "task")  # type: ignore[misc]


def _tagged(past: Past, tag: str | None) -> frozenset[str]:
    """Name the deals that have a tag at any time."""
    changed: Iterator[Deal] = (
        change.value  # type: ignore[misc]
        for step in past.steps
        for change in step.changes
        if isinstance(change, Set) and change.kind == "deal"
    )
    return frozenset(deal.id for deals in (past.before.deals.values(), changed) for deal in deals if tag in deal.tags)
