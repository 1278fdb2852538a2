"""The rank of a queued task, read off section 6 of the semantics once more and by other means than the rules.

The end of a day is found by looking at the clock, a field's rank by comparing values. Slow; only laws use it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache, total_ordering
from typing import Any
from zoneinfo import ZoneInfo

from attrs import frozen

from workplaces_core.answers import QueueEntry
from workplaces_core.model import Task
from workplaces_core.policy import OrderKey, Role
from workplaces_core.rules.conditions import read
from workplaces_core.testing.situations import Situation

_KINDS: tuple[tuple[type, ...], ...] = ((int, float), (date,), (datetime,))


@total_ordering
@frozen(order=False)
class Falling:
    """A value in descending order."""

    value: Any

    def __lt__(self, other: Falling) -> bool:
        """Come before what is smaller."""
        return bool(self.value > other.value)


def rank(situation: Situation, role: Role, entry: QueueEntry) -> tuple[Any, ...]:
    """Give what tasks of one role's queue are compared by, one item for each part of the key in explanations.

    The smaller comes first.
    """
    task = situation.snapshot.tasks[entry.task]
    where = ZoneInfo(role.timezone or situation.snapshot.account.timezone)
    last = (due_rank(task, where), task.created, task.id)
    if entry.lane == "exact":
        return (0, *last)
    (index,) = (number for number, each in enumerate(role.priorities) if each.id == entry.priority)
    priority = role.priorities[index]
    links = situation.snapshot.links(task)
    ranks = [order_rank(key, read(key.field, task, links)) for key in priority.order]
    return (1, index, bucket(task, situation.now, where) != priority.first, *ranks, *last)


def bucket(task: Task, now: datetime, where: ZoneInfo) -> str:
    """Tell whether a task is overdue or of today."""
    if isinstance(task.due, datetime):
        return "overdue" if task.due < now else "today"
    return "overdue" if task.due < now.astimezone(where).date() else "today"


def due_rank(task: Task, where: ZoneInfo) -> tuple[datetime, bool]:
    """Compare exact times by instant, and all-day tasks just before the instant at which their day ends."""
    exact = isinstance(task.due, datetime)
    return (task.due if isinstance(task.due, datetime) else end_of_day(task.due, where)), exact


def order_rank(key: OrderKey, value: object) -> tuple[Any, ...]:
    """Rank numbers before dates before instants in both directions, and all else last.

    >>> order_rank(OrderKey("field", "deal.price", "desc"), 7) < order_rank(OrderKey("field", "deal.price", "desc"), 5)
    True
    """
    for number, kinds in enumerate(_KINDS):
        if type(value) in kinds:
            return number, Falling(value) if key.direction == "desc" else value
    return (len(_KINDS),)


@cache
def end_of_day(day: date, where: ZoneInfo) -> datetime:
    """Find the first instant after which the clock never shows a date up to `day`, looking back minute by minute.

    >>> end_of_day(date(2026, 11, 24), ZoneInfo("Europe/Moscow")).isoformat()
    '2026-11-24T21:00:00+00:00'
    """
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=24 + 13)
    while moment.astimezone(where).date() > day:
        moment -= timedelta(minutes=1)
    while moment.astimezone(where).date() <= day:
        moment += timedelta(seconds=1)
    return moment
