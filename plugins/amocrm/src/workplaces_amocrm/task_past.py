"""What a task was at each of its events: its state of now, taken back one event after another (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
from attrs import frozen

from workplaces_amocrm.translate.due import due_of, instant_of
from workplaces_amocrm.translate.rules import Rules
from workplaces_amocrm.translate.wire import id_of, text_of
from workplaces_core.errors import Problem
from workplaces_core.model import Task

TYPES = (
    "task_added",
    "task_completed",
    "task_deleted",
    "task_deadline_changed",
    "task_type_changed",
    "task_text_changed",
    "entity_responsible_changed",
)
"""The events that tell of a task, by amoCRM's names."""

_Values = dict[str, Any]


@frozen
class TaskEvent:
    """One event of a task: what it changed, as attributes of a task before and after it; `by` is the user, None robots.

    `before` and `after` are empty when the event says no more than that something happened.
    """

    at: datetime
    type: str
    task: str
    by: str | None
    before: _Values
    after: _Values


@frozen
class Step:
    """An event and what the task was right after it."""

    event: TaskEvent
    task: Task


@frozen
class Past:
    """A task's past: what it was before the first event, and after each; `agrees` with what it is now."""

    before: Task
    steps: tuple[Step, ...]
    agrees: bool


def event_of(raw: Any, rules: Rules) -> TaskEvent | Problem | None:
    """Read an event; None when it is not about a task, a problem when it cannot be read.

    >>> raw = {"id": "01a", "type": "task_text_changed", "entity_type": "task", "entity_id": 7, "created_by": 5,
    ...        "created_at": 1575364000, "value_after": [{"task": {"text": "Перезвонить"}}],
    ...        "value_before": [{"task": {"text": "Позвонить"}}]}
    >>> found = event_of(raw, Rules())
    >>> found.task, found.by, found.before, found.after
    ('7', '5', {'text': 'Позвонить'}, {'text': 'Перезвонить'})
    """
    if not isinstance(raw, Mapping):
        return Problem("events", raw, "must be an object")
    if raw.get("entity_type") != "task" or raw.get("type") not in TYPES:
        return None
    place = f"events[{raw.get('id')}]"
    try:
        sides = [_side(raw, name, rules) for name in ("value_before", "value_after")]
        return TaskEvent(
            at=instant_of(raw.get("created_at")),
            type=raw["type"],
            task=id_of(raw.get("entity_id")),
            by=None if raw.get("created_by") in (0, None) else id_of(raw.get("created_by")),
            before=sides[0],
            after=sides[1],
        )
    except ValueError as error:
        return Problem(place, raw, str(error))


def _side(raw: Mapping[str, Any], side: str, rules: Rules) -> _Values:
    """Read what an event says of one side of the change."""
    if raw["type"] == "task_completed":
        return {"completed": side == "value_after"}
    if raw["type"] not in _READERS:
        return {}
    name, keys, read = _READERS[raw["type"]]
    value: Any = raw.get(side)
    for key in (0, *keys):
        try:
            value = value[key]
        except (LookupError, TypeError):
            raise ValueError(f"{side} must say `{'.'.join(keys)}`") from None
    return {name: read(value, rules)}


def _due(value: Any, rules: Rules) -> Any:
    return due_of(value, rules.zone, rules.all_day)


_READERS: dict[str, tuple[str, tuple[str, ...], Any]] = {
    "task_deadline_changed": ("due", ("task_deadline", "timestamp"), _due),
    "task_type_changed": ("type", ("task_type", "id"), lambda value, _: id_of(value)),
    "task_text_changed": ("text", ("task", "text"), lambda value, _: text_of(value)),
    "entity_responsible_changed": ("responsible", ("responsible_user", "id"), lambda value, _: id_of(value)),
}


def past_of(now: Task, events: Sequence[TaskEvent]) -> Past:
    """Take a task back through its events, oldest first.

    What an event says of the time after it counts for more than what was concluded from later ones.
    """
    state, steps, agrees = now, [], True
    for event in reversed(events):
        after = attrs.evolve(state, **event.after)
        agrees = agrees and after == state
        steps.append(Step(event, after))
        state = attrs.evolve(after, **event.before)
    return Past(state, tuple(reversed(steps)), agrees)
