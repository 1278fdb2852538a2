"""What became of each task in a replay: when it opened, when it was taken, and when each policy first gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workplaces_core.history.arrow_form import AT
from workplaces_core.history.extra import Array, np, pa
from workplaces_core.history.outcome import SIDES

if TYPE_CHECKING:
    from workplaces_core.history.facts import Facts
    from workplaces_core.history.queues import Queues
    from workplaces_core.history.role_queues import RoleQueues
    from workplaces_core.rules.membership import Directory

GRACE = 5 * 60_000_000
"""An exact-time call is met when it is given, or taken, no later than so many microseconds after its time."""

_SIDE_FIELDS = (("first", AT), ("times", pa.int64()), ("met", pa.bool_()), ("covered", pa.bool_()))
TASKS = pa.schema(
    [
        pa.field("account", pa.string(), nullable=False),
        pa.field("task", pa.string(), nullable=False),
        pa.field("type", pa.string()),
        pa.field("due", AT),
        pa.field("opened", AT),
        pa.field("taken", AT),
        pa.field("met", pa.bool_()),
        *[pa.field(f"{side}_{name}", type_) for side in SIDES for name, type_ in _SIDE_FIELDS],
    ]
)
"""One row a task that was open in the time replayed. `due` is its exact time, null for an all-day task; `opened` when
it could first be handed out, `taken` when it first was; `met` whether that was in time (null for all-day tasks).
`a_first`: when policy A first would have given it to anybody, at a moment somebody asked; `a_times`: how often;
`a_met`: in time; `a_covered`: whether any member of any enabled role could ever be given it, at some hour. Under B the
same; null without B. What one partition gives is to be put together by `splitting.merged_tasks`: it has rows, too, for
tasks that were only taken then, without `type` and `opened`, and `met` is nowhere null."""


class Fates:
    """What is noted of every task while a replay goes on; tasks and rows by number."""

    def __init__(self, tasks: int, sides: int, facts: Facts, task_of_row: list[int]) -> None:
        """Start with nothing noted."""
        self._facts, self._of_row = facts, np.array(task_of_row, dtype=np.int64)
        self.opened: list[int | None] = [None] * tasks
        self.taken: list[int | None] = [None] * tasks
        self.met = [False] * tasks
        self.row = [-1] * tasks
        self.first: list[list[int | None]] = [[None] * tasks for _ in range(sides)]
        self.times = [[0] * tasks for _ in range(sides)]
        self.in_time = [[False] * tasks for _ in range(sides)]
        self._covering = [np.zeros(len(facts), dtype=bool) for _ in range(sides)]
        self._covered = [np.zeros(len(facts), dtype=bool) for _ in range(sides)]
        self._due, self._all_day = facts.due.tolist(), facts.all_day.tolist()

    def opens(self, task: int, row: int, now: int) -> None:
        """Note that a task can be handed out."""
        self.row[task] = row
        if self.opened[task] is None:
            self.opened[task] = now
        for covered, covering in zip(self._covered, self._covering, strict=True):
            covered[row] |= covering[row]

    def takes(self, task: int, row: int, now: int) -> None:
        """Note that somebody took a task; `row` is its present version, open or not."""
        if self.taken[task] is None:
            self.taken[task] = now
        if not self.met[task]:
            self.met[task] = self._is_in_time(row, now)

    def gives(self, side: int, task: int, row: int, now: int) -> None:
        """Note that a policy would have given a task."""
        self.times[side][task] += 1
        if self.first[side][task] is None:
            self.first[side][task] = now
        if not self.in_time[side][task]:
            self.in_time[side][task] = self._is_in_time(row, now)

    def _is_in_time(self, row: int, now: int) -> bool:
        return row >= 0 and not self._all_day[row] and now <= self._due[row] + GRACE

    def covers(self, side: int, queues: Queues, directory: Directory, is_open: bytearray, *, is_noted: bool) -> None:
        """Learn which rows some member of some role could be given, as the directory is from now on."""
        found = np.zeros(len(self._facts), dtype=bool)
        for _, role in queues.roles:
            found |= _covered(role, queues, directory)
        self._covering[side] = found
        if is_noted:
            self._covered[side] |= found & (np.frombuffer(is_open, dtype=np.uint8) != 0)

    def table(self, account: str, names: list[str]) -> pa.Table:
        """Put all tasks that were open or taken into a table of TASKS, by id."""
        known = (task for task, row in enumerate(self.row) if row >= 0 or self.taken[task] is not None)
        order = sorted(known, key=lambda task: names[task])
        exact = [self.row[task] >= 0 and not self._all_day[self.row[task]] for task in order]
        columns: dict[str, Any] = {
            "account": [account] * len(order),
            "task": [names[task] for task in order],
            "type": [self._facts.types.value(self.row[task]) if self.row[task] >= 0 else None for task in order],
            "due": [
                self._due[self.row[task]] if is_exact else None for task, is_exact in zip(order, exact, strict=True)
            ],
            "opened": [self.opened[task] for task in order],
            "taken": [self.taken[task] for task in order],
            "met": [self.met[task] for task in order],
        }
        for number, side in enumerate(SIDES[: len(self.first)]):
            covered = np.zeros(len(self.row), dtype=bool)
            covered[self._of_row[self._covered[number]]] = True
            columns |= {
                f"{side}_first": [self.first[number][task] for task in order],
                f"{side}_times": [self.times[number][task] for task in order],
                f"{side}_met": [self.in_time[number][task] for task in order],
                f"{side}_covered": covered[order].tolist() if order else [],
            }
        arrays = [_column(columns.get(each.name), each.type, len(order)) for each in TASKS]
        return pa.table(arrays, schema=TASKS)


def _column(values: list[Any] | None, type_: pa.DataType, count: int) -> pa.Array:
    if values is None:
        return pa.nulls(count, type_)
    return pa.array(values, pa.int64()).cast(AT) if type_ == AT else pa.array(values, type_)


def _covered(role: RoleQueues, queues: Queues, directory: Directory) -> Array:
    """Tell the rows that a role could give some member, at an hour at which the priority is active."""
    number_of = {user: queues.code(user) for user in directory.users}
    members = [code for user, code in number_of.items() if any(one is role for _, one in queues.roles_of(user))]
    nobody = np.zeros(len(role.facts), dtype=bool)
    if not members or not role.role.intervals:
        return nobody
    hours = sum(1 << n for n, priority in enumerate(role.role.priorities) if role.role.intervals_of(priority))
    bits = role.bits & (hours if role.bits.dtype == object else role.bits.dtype.type(hours))
    people = role.facts.people.codes
    is_member = np.zeros(len(role.facts.people.values) + 1, dtype=bool)
    is_member[members] = True
    is_member[-1] = False  # members who never had a task have no code
    own: Array = is_member[people] & ((bits != 0) | (~role.facts.all_day if role.lead is not None else nobody))
    own |= (bits & role.pools[people]) != 0
    return own
