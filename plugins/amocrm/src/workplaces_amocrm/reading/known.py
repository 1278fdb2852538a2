"""Which open tasks were given, and in which state: what a sweep holds against what amoCRM has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import Factory, define

from workplaces_amocrm.reading.packing import packed, unpacked
from workplaces_amocrm.translate.wire import changed_at, is_completed, number_of


@define
class Known:
    """Open tasks by id, with their `updated_at`.

    >>> known = Known()
    >>> known.note({"id": 7, "updated_at": 1575364851, "is_completed": False})
    >>> known.has({"id": 7, "updated_at": 1575364851}), known.has({"id": 7, "updated_at": 1575364852})
    (True, False)
    >>> Known.load(known.dump()).has({"id": 7, "updated_at": 1575364851})
    True
    """

    tasks: dict[int, int] = Factory(dict)

    def note(self, record: Mapping[str, Any]) -> None:
        """Take in a task as it was given; a completed one is none of these any more."""
        task = number_of(record)
        if task is None:
            return
        if is_completed(record):
            self.tasks.pop(task, None)
        else:
            self.tasks[task] = _stamp(record)

    def drop(self, tasks: Iterable[int]) -> None:
        """Take out tasks that are gone."""
        for task in tasks:
            self.tasks.pop(task, None)

    def has(self, record: Mapping[str, Any]) -> bool:
        """Tell whether a task was given in this very state."""
        task = number_of(record)
        return task is not None and self.tasks.get(task) == _stamp(record)

    def dump(self) -> str:
        """Write it as a text; of the times only what tells one state from the next."""
        return packed(task << 32 | stamp & 0xFFFF_FFFF for task, stamp in self.tasks.items())

    @classmethod
    def load(cls, text: str) -> Known:
        """Read a text. Raises ValueError when it is none of `dump`."""
        return cls({number >> 32: number & 0xFFFF_FFFF for number in unpacked(text)})


def _stamp(record: Mapping[str, Any]) -> int:
    return (changed_at(record) or 0) & 0xFFFF_FFFF
