"""A simulated course as a history of its own: to be replayed, validated, or simulated again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs

from workplaces_core.changes import Remove, Set, about
from workplaces_core.history.events import FINISHED, TAKEN, Event
from workplaces_core.wire import dump

if TYPE_CHECKING:
    from datetime import datetime

    from workplaces_core.changes import Change
    from workplaces_core.history.simulation.done import Course, Done
    from workplaces_core.history.simulation.past import Past


def history_of(course: Course, past: Past) -> Iterator[Event]:
    """Give the events: what came from outside as it was recorded, and what people of the course did.

    At one instant, what ends comes first, then what came from outside, then what begins.
    """
    before = [Set("account", past.before.account), *_entities(past)]
    outside = [(step.at, 1, change) for step in past.steps for change in step.changes]
    people = [each for done in course.done for each in _deeds(done, past)]
    timed = sorted([*outside, *people], key=lambda each: each[:2])
    for at, _, what in [*((past.start, 0, change) for change in before), *timed]:
        yield what if isinstance(what, Event) else _event(at, past.account, what)


def _entities(past: Past) -> Iterator[Change]:
    for kind, entities in (
        ("user", past.before.users), ("group", past.before.groups), ("task_type", past.before.task_types),
        ("field", past.before.fields), ("company", past.before.companies), ("contact", past.before.contacts),
        ("deal", past.before.deals), ("task", past.before.tasks),
    ):  # fmt: skip
        yield from (Set(kind, entity) for entity in entities.values())  # type: ignore[arg-type]


def _deeds(done: Done, past: Past) -> Iterator[tuple[datetime, int, Event | Change]]:
    doing = {"user": done.user, "task": done.task.id}
    yield done.taken, 2, Event(done.taken, past.account, "set", TAKEN, done.task.id, doing)
    if done.finished is not None and done.finished <= past.end:
        # What took no time ends after it began.
        rank = 0 if done.taken < done.finished else 3
        yield done.finished, rank, Event(done.finished, past.account, "set", FINISHED, done.task.id, doing)
        yield (
            done.finished,
            rank,
            Set("task", done.left or attrs.evolve(done.task, completed=True, responsible=done.user)),
        )


def _event(at: datetime, account: str, change: Change) -> Event:
    form: dict[str, Any] = dump(change)
    if isinstance(change, Remove):
        return Event(at, account, "remove", change.kind, change.id, None)
    return Event(at, account, "set", change.kind, about(change), form["value"])
