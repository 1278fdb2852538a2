"""A past as numbers: its tasks as rows of facts, what came from outside as rows that open and close.

A task gets a new row when something changes that is read of it. Rows depend on the policy only through the paths that
it reads, so that one encoding serves all policies that read the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple

from attrs import frozen

from workplaces_core.changes import Change, Remove, Set
from workplaces_core.history.account import PastAccount
from workplaces_core.history.columns import Coded, column_of, narrowed
from workplaces_core.history.extra import Array, np, pa
from workplaces_core.history.facts import Facts, paths_of, paths_of_plugins
from workplaces_core.history.gathering import TASK_PATHS
from workplaces_core.rules.conditions import is_missing, read

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from workplaces_core.history.simulation.past import Past, Step
    from workplaces_core.model import Task
    from workplaces_core.policy import Policy

CLOSES, GOES = -1, -2
"""What becomes of a task that is not open in a new state: it is completed, it is removed."""
SEVERAL = -1
_TASKS, _NOT_PASSED_OVER = frozenset({"task"}), frozenset({"user", "account"})
_READ = ("task", "deal", "contact", "company")
_EPOCH_DAY = 719_163
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Bunch(NamedTuple):
    """What came at one instant, when it is more than one task that is new or changed.

    `tasks` tells of every change of a task what becomes of it (a row, CLOSES or GOES), and whether it opens again what
    was completed; `rows` are new rows of tasks which something else changed that is read of them; `users` are the
    changes of users.
    """

    rows: tuple[tuple[int, int], ...]
    tasks: tuple[tuple[int, int, bool], ...]
    users: tuple[Change, ...]


@frozen(eq=False)
class Encoding:
    """A past as numbers; tasks by code, their states by row.

    `alone` has for every step the row of the only task that it opens, SEVERAL where more is to be said, in `bunches`;
    `wide` has a byte a step, 1 where others than tasks changed. `left` are the rows of tasks as work left them, by task
    and spell. `kept` are the tasks with whose end something begins.
    """

    facts: Facts
    names: list[str]
    states: list[Task]
    task_of: list[int]
    before: list[int]
    at: list[int]
    alone: list[int]
    wide: bytearray
    bunches: dict[int, Bunch]
    left: dict[tuple[int, int], int]
    kept: frozenset[int]


Paths = tuple[tuple[str, ...], tuple[str, ...]]


def paths(policy: Policy) -> Paths:
    """Give what an encoding depends on: what a policy reads of tasks, and what its plugins read."""
    read_ = tuple(path for path in paths_of(policy) if path not in TASK_PATHS)
    return read_, tuple(paths_of_plugins(policy))


def encoded(past: Past, policy: Policy) -> Encoding | None:
    """Encode a past for a policy; None where that would not be exact.

    It is exact where the account itself does not change, and what work left of a task is not read through deals,
    contacts or companies.
    """
    read_, whole = paths(policy)
    reads_links = any(not path.startswith("task.") for path in read_)
    if past.endings and reads_links:
        return None
    try:
        return _Reader(past, read_, frozenset(whole), reads_links=reads_links).encoding()
    except _AccountChangedError:
        return None


class _AccountChangedError(Exception):
    """The account itself changes: what is worked out beforehand would not hold."""


class _Reader:
    """Goes through a past once."""

    def __init__(self, past: Past, read_: Sequence[str], whole: AbstractSet[str], *, reads_links: bool) -> None:
        self._past, self._paths, self._whole, self._reads_links = past, read_, whole, reads_links
        self._account = PastAccount()
        self._states: list[Task] = []
        self._values: list[tuple[Any, ...]] = []
        self._codes: dict[str, int] = {}
        self._task_of: list[int] = []
        self._bunches: dict[int, Bunch] = {}
        self._reopened: set[int] = set()

    def encoding(self) -> Encoding:
        """Read everything."""
        before, steps = self._past.before, self._past.steps
        if self._reads_links:
            for kind, entities in (("contact", before.contacts), ("company", before.companies), ("deal", before.deals)):
                for entity in entities.values():
                    self._account.change(Set(kind, entity))  # type: ignore[arg-type]
            for task in before.tasks.values():
                self._account.change(Set("task", task))
        begun = [self._row(task) for task in before.tasks.values() if not task.completed]
        alone, wide = self._steps(steps)
        left = {
            (self._code(task_id), spell): self._row(state)
            for task_id, states in self._past.endings.items()
            for spell, state in enumerate(states)
            if state is not None
        }
        kept = frozenset({task for task, _ in left} | self._reopened)
        at = instants([step.at for step in steps]).tolist()
        facts = facts_of_states(self._states, self._columns())
        names = list(self._codes)
        return Encoding(facts, names, self._states, self._task_of, begun, at, alone, wide, self._bunches, left, kept)

    def _code(self, task_id: str) -> int:
        return self._codes.setdefault(task_id, len(self._codes))

    def _row(self, task: Task) -> int:
        self._states.append(task)
        self._task_of.append(self._codes.setdefault(task.id, len(self._codes)))
        if self._paths:
            links = self._account.links(task)
            self._values.append(tuple(read(path, task, links) for path in self._paths))
        return len(self._states) - 1

    def _steps(self, steps: Sequence[Step]) -> tuple[list[int], bytearray]:
        """Read steps: the row of the only task that each is about, and whether it is about others than tasks."""
        states, task_of, codes = self._states, self._task_of, self._codes
        reads_fields, reads_links = bool(self._paths), self._reads_links
        alone, wide = list[int](), bytearray(len(steps))
        for number, step in enumerate(steps):
            changes = step.changes
            change = changes[0]
            if len(changes) > 1 or change.kind != "task":
                kinds = {each.kind for each in changes}
                wide[number] = kinds != _TASKS
                tasks = [each for each in changes if each.kind == "task"]
                if len(tasks) != 1 or not kinds.isdisjoint(_NOT_PASSED_OVER):
                    alone.append(self._bunch(number, step))
                    continue
                (change,) = tasks
            if step.reopens or reads_links or isinstance(change, Remove) or change.value.completed:  # type: ignore[union-attr]
                alone.append(self._bunch(number, step))
            elif reads_fields:
                alone.append(self._row(change.value))  # type: ignore[arg-type]
            else:
                task: Task = change.value  # type: ignore[assignment]
                alone.append(len(states))
                states.append(task)
                task_of.append(codes.setdefault(task.id, len(codes)))
        return alone, wide

    def _bunch(self, number: int, step: Step) -> int:
        if any(change.kind == "account" for change in step.changes):
            raise _AccountChangedError
        rows = tuple(self._rows(step.changes)) if self._reads_links else ()
        tasks = tuple(self._fates(step))
        users = tuple([change for change in step.changes if change.kind == "user"])
        self._reopened.update(self._code(task_id) for task_id in step.reopens)
        self._bunches[number] = Bunch(rows, tasks, users)
        return SEVERAL

    def _rows(self, changes: Iterable[Change]) -> Iterator[tuple[int, int]]:
        """Make changes, and give the open tasks which they concern a new row each."""
        concerned: dict[str, None] = {}
        for change in changes:
            if change.kind in _READ:
                concerned |= self._account.change(change)
        for task_id in concerned:
            task = self._account.tasks.get(task_id)
            if task is not None and not task.completed:
                yield self._code(task_id), self._row(task)

    def _fates(self, step: Step) -> Iterator[tuple[int, int, bool]]:
        for change in step.changes:
            if change.kind != "task":
                continue
            if isinstance(change, Remove):
                yield self._code(change.id), GOES, change.id in step.reopens
                continue
            task: Task = change.value  # type: ignore[assignment]
            yield self._code(task.id), CLOSES if task.completed else self._row(task), task.id in step.reopens

    def _columns(self) -> dict[str, Any]:
        columns = list(zip(*self._values, strict=True)) or [()] * len(self._paths)
        return {
            path: (Coded.of if path in self._whole else column_of)(values)
            for path, values in zip(self._paths, columns, strict=True)
        }


def facts_of_states(states: Sequence[Task], columns: dict[str, Any]) -> Facts:
    """Encode states of tasks, a column at a time."""
    due, all_day = dues_of([task.due for task in states])
    return Facts(
        [task.id for task in states],
        coded_texts([task.type for task in states]),
        coded_texts([task.responsible for task in states]),
        instants([task.created for task in states]),
        due,
        all_day,
        columns,
    )


def instants(moments: Sequence[datetime]) -> Array:
    """Give instants as whole microseconds.

    >>> from datetime import UTC
    >>> instants([datetime(1970, 1, 1, 0, 1, tzinfo=UTC)]).tolist()
    [60000000]
    """
    return durations([moment - _EPOCH for moment in moments])


def durations(times: Sequence[timedelta | None]) -> Array:
    """Give times as whole microseconds, -1 where there is none.

    >>> durations([timedelta(minutes=1), None]).tolist()
    [60000000, -1]
    """
    found: Array = pa.array(times, pa.duration("us")).cast(pa.int64()).fill_null(-1).to_numpy()
    return found


def dues_of(dues: Sequence[Any]) -> tuple[Array, Array]:
    """Give dues as numbers (see Facts), and which of them are whole days."""
    timed = [isinstance(due, datetime) for due in dues]
    all_day = ~np.array(timed, dtype=bool)
    found = np.zeros(len(dues), dtype=np.int64)
    found[~all_day] = instants(list(compress(dues, timed)))
    days = pa.array(list(compress(dues, all_day.tolist())), pa.date32()).cast(pa.int32())
    found[all_day] = days.to_numpy() + np.int64(_EPOCH_DAY)
    return found, all_day


def coded_texts(texts: Sequence[str]) -> Coded:
    """Encode texts as `Coded.of` does.

    >>> coded_texts(["call", "", "call"]).values
    ['call', None]
    """
    coded = pa.array(texts, pa.string()).dictionary_encode()
    values = [None if is_missing(value) else value for value in coded.dictionary.to_pylist()]
    return Coded(narrowed(coded.indices.to_numpy(), len(values)), values)
