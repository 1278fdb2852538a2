"""Which tasks hang on a deal, contact or company: a list of rows for each, linked through packed arrays."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from workplaces_core.engine.finding import Finder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workplaces_core.model import Subject

_KINDS = ("deal", "contact", "company")


class Hanging:
    """Per subject, its rows in both directions: about twelve bytes a task, and any row is let go at once.

    INVARIANT: a row in a list holds a task with that subject whenever the list is searched for.
    """

    __slots__ = ("_firsts", "_next", "_previous")

    def __init__(self, tasks: list[Any]) -> None:
        """Hang all tasks, given by row; the list of tasks goes on being read."""
        self._next = array("I", bytes(4 * len(tasks)))  # rows plus one; zero is the end
        self._previous = array("I", bytes(4 * len(tasks)))
        self._firsts = {kind: Finder(_subjects(tasks)) for kind in _KINDS}
        firsts: dict[str, dict[str, int]] = {kind: {} for kind in _KINDS}
        for row, task in enumerate(tasks):
            subject = task.subject
            if subject is not None:
                of_kind = firsts[subject.kind]
                self._put_before(row, of_kind.get(subject.id))
                of_kind[subject.id] = row
        for kind, found in firsts.items():
            self._firsts[kind].fill(found.keys(), found.values())

    def on(self, kind: str, entity_id: str) -> Iterator[int]:
        """List the rows that hang on an entity, in no order."""
        row = self._firsts[kind].find(entity_id)
        number = 0 if row is None else row + 1
        while number:
            yield number - 1
            number = self._next[number - 1]

    def add(self, row: int, subject: Subject) -> None:
        """Hang a row on a subject; its task has it already."""
        while len(self._next) <= row:
            self._next.append(0)
            self._previous.append(0)
        firsts = self._firsts[subject.kind]
        first = firsts.find(subject.id)
        self._put_before(row, first)
        if first is None:
            firsts.add(subject.id, row)
        else:
            firsts.replace(subject.id, row)

    def remove(self, row: int, subject: Subject) -> None:
        """Take a row off a subject; its task has it still."""
        after, before = self._next[row], self._previous[row]
        if before:
            self._next[before - 1] = after
        elif after:
            self._firsts[subject.kind].replace(subject.id, after - 1)
        else:
            self._firsts[subject.kind].remove(subject.id)
        if after:
            self._previous[after - 1] = before
        self._next[row] = self._previous[row] = 0

    def _put_before(self, row: int, first: int | None) -> None:
        if first is not None:
            self._next[row] = first + 1
            self._previous[first] = row + 1


def _subjects(tasks: list[Any]) -> Callable[[int], str]:
    return lambda row: tasks[row].subject.id
