"""Tasks and leases made of what the store wrote itself, without the checks and conversions of the model.

A start reads a million tasks. Most of that time went into `__init__`, which sets every attribute by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from sys import intern
from typing import Any

from workplaces_core.changes import Set
from workplaces_core.model import Lease, Subject, Task

APART = "\x1f"
PARTS = 7
_MANY_DUES = 100_000

_dues: dict[str, date] = {}


def due_of(text: str) -> date:
    """Read a due; equal ones are one object."""
    due = _dues.get(text)
    if due is None:
        due = datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
        if len(_dues) > _MANY_DUES:
            _dues.clear()
        _dues[text] = due
    return due


def _setters(made: Any) -> Iterator[Callable[[Any, Any], None]]:
    """Give what sets each attribute of a class, in their order."""
    return (getattr(made, field.name).__set__ for field in made.__attrs_attrs__)


_new_lease = Lease.__new__
_set_task, _set_user, _set_since, _set_expires = _setters(Lease)


def quick_lease(task: str, user: str, since: datetime, expires: datetime) -> Lease:
    """Make a lease of instants that are in UTC already."""
    lease = _new_lease(Lease)
    _set_task(lease, task)
    _set_user(lease, user)
    _set_since(lease, since)
    _set_expires(lease, expires)
    return lease


def sets_of_tasks(rows: Iterable[tuple[str, str]]) -> list[Set]:
    """Make the changes that write tasks of their ids and texts, which are no JSON."""
    new: Any = object.__new__
    set_id, set_type, set_text, set_responsible, set_created, set_due, set_subject, set_done = _setters(Task)
    set_subject_kind, set_subject_id = _setters(Subject)
    set_kind, set_value = _setters(Set)
    known, instant = _dues.get, datetime.fromisoformat
    made: list[Set] = []
    for task_id, line in rows:
        created, due, type_id, responsible, kind, subject_id, done, words = line.split(APART, PARTS)
        task, change, subject = new(Task), new(Set), None
        if kind:
            subject = new(Subject)
            set_subject_kind(subject, kind)
            set_subject_id(subject, subject_id)
        set_id(task, task_id)
        set_type(task, intern(type_id))
        set_text(task, words)
        set_responsible(task, intern(responsible))
        set_created(task, instant(created))
        set_due(task, known(due) or due_of(due))
        set_subject(task, subject)
        set_done(task, done == "1")
        set_kind(change, "task")
        set_value(change, task)
        made.append(change)
    return made
