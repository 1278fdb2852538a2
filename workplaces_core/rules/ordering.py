"""In which order the tasks of one role stand: tuples of integers and texts, smallest first, the id last."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.model import FieldValue, Links, Task, is_instant
from workplaces_core.rules.conditions import kind, read
from workplaces_core.rules.zones import day_end
from workplaces_core.wire.forms import field_value_form, moment_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workplaces_core.answers import Lane
    from workplaces_core.policy import Bucket, OrderKey, OrderOp, Priority
    from workplaces_core.rules.intervals import RoleMoment

EXACT, BY_PRIORITY = 0, 1
"""The lanes: tasks with an exact time of today, then what priorities take."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANKED = ("number", "date", "instant")

SortKey = tuple[Any, ...]


@frozen
class Placed:
    """A task with its place in the queue of one role; `index` is that of the priority that takes it, or None."""

    task: Task
    links: Links
    lane: int
    index: int | None
    key: SortKey

    @property
    def lane_name(self) -> Lane:
        """The lane as desks and explanations name it."""
        return "exact" if self.lane == EXACT else "priority"


def bucket(task: Task, moment: RoleMoment) -> Bucket:
    """Tell whether a task is overdue at a moment, or of today."""
    return bucket_of(task.due, moment.now, moment.today)


def bucket_of(due: date, now: datetime, today: date) -> Bucket:
    """Do the same for a due, a moment and its local date."""
    late = due < now if is_instant(due) else due < today
    return "overdue" if late else "today"


def due_key(task: Task, moment: RoleMoment) -> tuple[int, int]:
    """Compare dues: an exact time by its instant, an all-day task just before its local day ends."""
    if isinstance(task.due, datetime):
        return microseconds(task.due), 1
    return microseconds(day_end(task.due, moment.where)), 0


def microseconds(moment: datetime) -> int:
    """Give an instant as a whole number, for keys."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def order_rank(key: OrderKey, value: FieldValue | None) -> SortKey:
    """Rank a field's value: numbers, dates, instants, each in the asked direction, then all the rest as equals.

    >>> from workplaces_core.policy import OrderKey
    >>> key = OrderKey("field", "deal.price", "desc")
    >>> sorted([5, None, date(2026, 11, 24), 7, "n/a"], key=lambda value: order_rank(key, value))
    [7, 5, datetime.date(2026, 11, 24), None, 'n/a']
    """
    if key.custom is not None:
        return _custom_rank(key.custom, value)
    if value is None or kind(value) not in _RANKED:
        return (len(_RANKED),)
    number: Any = value
    if isinstance(value, datetime):
        number = microseconds(value)
    elif isinstance(value, date):
        number = value.toordinal()
    return _RANKED.index(kind(value)), -number if key.direction == "desc" else number


def _custom_rank(op: OrderOp, value: FieldValue | None) -> SortKey:
    """Rank by a plugin's key. One that fails puts the task last, it never stops a decision."""
    try:
        rank = tuple(op.rank(value))
    except Exception:  # noqa: BLE001 - whatever a plugin may raise
        return (1,)
    if not all(isinstance(part, (int, str)) for part in rank):
        return (1,)
    # A number before a text, so that parts of two kinds at one place can be compared.
    return (0, *((isinstance(part, str), part) for part in rank))


def place(task: Task, links: Links, moment: RoleMoment, lane: int, index: int | None) -> Placed:
    """Put a task at its place. In the exact lane only (due, created, id) count."""
    last = (due_key(task, moment), microseconds(task.created), task.id)
    if lane == EXACT or index is None:
        return Placed(task, links, EXACT, index, (EXACT, *last))
    priority = moment.role.priorities[index]
    second = bucket(task, moment) != priority.first
    ranks = (order_rank(key, read(key.field, task, links)) for key in priority.order)
    return Placed(task, links, BY_PRIORITY, index, (BY_PRIORITY, index, int(second), *ranks, *last))


def parts(placed: Placed, moment: RoleMoment) -> Iterator[tuple[str, Any]]:
    """Name the parts of a key, in order, each with the value it was made of in wire form."""
    task = placed.task
    yield "lane", placed.lane_name
    if placed.lane == BY_PRIORITY:
        priority = _priority(placed, moment)
        yield "priority", priority.id
        yield "bucket", bucket(task, moment)
        for number, key in enumerate(priority.order):
            yield f"order[{number}]", field_value_form(read(key.field, task, placed.links))
    yield "due", moment_text(task.due)
    yield "created", moment_text(task.created)
    yield "id", task.id


def _priority(placed: Placed, moment: RoleMoment) -> Priority:
    assert placed.index is not None
    return moment.role.priorities[placed.index]
