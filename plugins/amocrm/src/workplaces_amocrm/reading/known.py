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
    news: dict[int, int] = Factory(dict)
    """What was taken in since the whole was saved; what was taken out meanwhile may still be among it."""

    def note(self, record: Mapping[str, Any]) -> None:
        """Take in a task as it was given; a completed one is none of these any more."""
        task = number_of(record)
        if task is None:
            return
        if is_completed(record):
            self.tasks.pop(task, None)
        else:
            stamp = _stamp(record)
            if self.tasks.get(task) != stamp:
                self.tasks[task] = self.news[task] = stamp

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
        return _dumped(self.tasks)

    def dump_news(self) -> str:
        """Write what was taken in since the whole was saved."""
        return _dumped(self.news)

    @classmethod
    def load(cls, text: str, news: str = "") -> Known:
        """Read a text of `dump`, and what came after it. Raises ValueError when they are none."""
        after = _loaded(news) if news else {}
        return cls(_loaded(text) | after, after)


def _dumped(tasks: Mapping[int, int]) -> str:
    return packed(task << 32 | stamp & 0xFFFF_FFFF for task, stamp in tasks.items())


def _loaded(text: str) -> dict[int, int]:
    return {number >> 32: number & 0xFFFF_FFFF for number in unpacked(text)}


def _stamp(record: Mapping[str, Any]) -> int:
    return (changed_at(record) or 0) & 0xFFFF_FFFF
