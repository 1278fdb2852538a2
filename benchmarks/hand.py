"""The account as hand-written code would treat it: slotted objects, an if/elif chain a role, queues of key tuples.

The chains are written by the lines below, since nobody writes a hundred conditions by hand; the text is what one would
write: constants in place, fields read once. `by_hand` (B) classifies; keys in a `SortedList` of one queue are T.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from benchmarks.account import NOW, ROLES, TODAY

if TYPE_CHECKING:
    from workplaces_core.model import Deal, Snapshot, Task
    from workplaces_core.policy import Policy, Priority, Role

MOSCOW = ZoneInfo("Europe/Moscow")
EARLY = datetime(1970, 1, 1, tzinfo=UTC)
_SIGNS = {"ge": ">=", "le": "<="}

Key = tuple[int, int, int, int, str]
"""Priority, bucket, due, created, id."""
Place = tuple[int, str | None]
"""A queue: the number of its role, and whose it is; the common queue is nobody's."""


@dataclass(slots=True)
class PlainDeal:
    """A deal."""

    budget: int | None
    stage: str
    tags: frozenset[str]


@dataclass(slots=True)
class PlainTask:
    """A task; moments in microseconds, an all-day task is due at the end of its day."""

    id: str
    type: str
    responsible: str
    created: int
    due: int
    is_exact: bool
    deal: PlainDeal


def moment(value: datetime) -> int:
    """Give an instant in microseconds."""
    return (value - EARLY) // timedelta(microseconds=1)


def end_of_day(day: date) -> int:
    """Give the end of a day in Moscow in microseconds."""
    return moment(datetime(day.year, day.month, day.day, tzinfo=MOSCOW) + timedelta(days=1))


def plain_deal(deal: Deal) -> PlainDeal:
    """Give a deal as hand-written code keeps it."""
    fields: dict[str, Any] = deal.fields
    return PlainDeal(fields["budget"], fields["stage"], frozenset(deal.tags))


def plain_task(task: Task, deal: PlainDeal) -> PlainTask:
    """Give a task as hand-written code keeps it."""
    is_exact = isinstance(task.due, datetime)
    due = moment(task.due) if isinstance(task.due, datetime) else end_of_day(task.due)
    return PlainTask(task.id, task.type, task.responsible, moment(task.created), due, is_exact, deal)


def plain_tasks(snapshot: Snapshot) -> list[PlainTask]:
    """Give all tasks as hand-written code keeps them."""
    deals = {name: plain_deal(deal) for name, deal in snapshot.deals.items()}
    tasks = snapshot.tasks.values()
    return [plain_task(task, deals[task.subject.id]) for task in tasks if task.subject is not None]


# -- the chains


def _condition(priority: Priority) -> str:
    where: Any = priority.where
    bound, options, tags = where.parts
    types = ", ".join(f'"{name}"' for name in priority.task_types)
    allowed = ", ".join(f'"{name}"' for name in options.value)
    return (
        f"kind in {{{types}}} and budget is not None and budget {_SIGNS[bound.op]} {bound.value} "
        f'and stage in {{{allowed}}} and "{tags.value[0]}" in tags'
    )


def text(number: int, role: Role) -> str:
    """Write what one would write for a role: its chain, and what its common queue takes."""
    read = [
        "    deal = task.deal",
        "    kind, budget, stage, tags = task.type, deal.budget, deal.stage, deal.tags",
    ]
    chain = [
        f"    if {_condition(each)}:\n        return {place}"
        for place, each in enumerate(role.priorities)
    ]  # fmt: skip
    common = " or ".join(_condition(each) for each in role.priorities if each.common_queue is not None)
    lines = [f"def first_{number}(task):", *read, *chain, "    return -1"]
    return "\n".join([*lines, "", f"def is_common_{number}(task):", *read, f"    return {common}", ""])


class ByHand:
    """The chains of a policy, and the queues of the tasks they take."""

    def __init__(self, policy: Policy, snapshot: Snapshot) -> None:
        """Compile the chains and find everybody's roles."""
        namespace: dict[str, Any] = {}
        exec("\n".join(text(number, role) for number, role in enumerate(policy.roles)), namespace)  # noqa: S102
        self.firsts: list[Callable[[PlainTask], int]] = [namespace[f"first_{number}"] for number in range(ROLES)]
        self.commons: list[Callable[[PlainTask], bool]] = [namespace[f"is_common_{number}"] for number in range(ROLES)]
        self.overdue_first = [[each.first == "overdue" for each in role.priorities] for role in policy.roles]
        self.has_exact = [role.exact_time is not None for role in policy.roles]
        self.roles_of = {
            name: tuple(int(group[1:]) for group in dict.fromkeys(user.groups)) for name, user in snapshot.users.items()
        }
        self.now, self.tonight = moment(NOW), end_of_day(TODAY)

    def key(self, number: int, priority: int, task: PlainTask) -> Key:
        """Give the place of a task in a queue."""
        due = task.due
        bucket = 2 if due > self.tonight else int((due <= self.now) != self.overdue_first[number][priority])
        return priority, bucket, due, task.created, task.id

    def places(self, task: PlainTask) -> list[tuple[Place, Key]]:
        """List the queues a task stands in, with its place in each."""
        found: list[tuple[Place, Key]] = []
        for number in self.roles_of[task.responsible]:
            taken = self.firsts[number](task)
            if taken >= 0 or (task.is_exact and self.has_exact[number]):
                found.append(((number, task.responsible), self.key(number, taken, task)))
            if self.commons[number](task):
                found.append(((number, None), self.key(number, len(self.overdue_first[number]) - 1, task)))
        return found

    def queues(self, tasks: list[PlainTask]) -> dict[Place, list[Key]]:
        """Put all tasks in order, asking each only for the roles of its responsible."""
        queues: dict[Place, list[Key]] = {}
        for task in tasks:
            for place, key in self.places(task):
                queues.setdefault(place, []).append(key)
        for queue in queues.values():
            queue.sort()
        return queues

    def all_roles(self, tasks: list[PlainTask]) -> list[list[int]]:
        """Classify all tasks for all roles."""
        return [[first(task) for task in tasks] for first in self.firsts]

    def all_roles_and_queues(self, tasks: list[PlainTask]) -> dict[Place, list[Key]]:
        """Classify all tasks for all roles, then put them in order."""
        self.all_roles(tasks)
        return self.queues(tasks)
