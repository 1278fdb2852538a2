"""Conditions that err: which comparisons meet values of a kind that their op cannot compare, and on how many tasks."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any

from workplaces_core.answers import Failure
from workplaces_core.check.codes import finding, listed
from workplaces_core.check.kinds import ANY_DAY, ANYWHERE, SAMPLES, errs_on
from workplaces_core.check.review import open_tasks
from workplaces_core.check.tally import EXAMPLES, Tally
from workplaces_core.errors import shown
from workplaces_core.policy import leaves
from workplaces_core.rules.conditions import compare, kind, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from workplaces_core.answers import Finding
    from workplaces_core.check.review import Review
    from workplaces_core.model import FieldValue, Snapshot
    from workplaces_core.policy import Leaf, Policy, Priority

Counts = dict[tuple[str, str], Tally]
"""Open tasks with a present value, by the type of the task and a class of values that a leaf errs on as a whole."""


def condition_failures(policy: Policy, snapshot: Snapshot) -> tuple[Failure, ...]:
    """Count, for every leaf of every role and priority, the open tasks of an admitted type on which that leaf errs.

    Disabled roles count too, and a leaf counts also where the rest of its tree decides the condition. Leaves that
    err on no task are left out; the order is that of the policy, then of the tree.

    >>> from datetime import UTC, date, datetime
    >>> from workplaces_core.model import Account, Deal, Snapshot, Subject, Task
    >>> from workplaces_core.policy import Leaf, Policy, Priority, Role
    >>> rich = Priority("rich", "Rich", where=Leaf("deal.price", "ge", 100))
    >>> deal = Deal("d1", "Acme", None, fields={"price": "a lot"})
    >>> call = Task("t1", "1", "", "u1", datetime(2026, 11, 20, tzinfo=UTC), date(2026, 11, 24), Subject("deal", "d1"))
    >>> snapshot = Snapshot(Account("acme", "UTC"), deals=[deal], tasks=[call])
    >>> condition_failures(Policy(1, (Role("r", "R", priorities=(rich,)),)), snapshot)
    (Failure(role='r', priority='rich', leaf='where', count=1, examples=('t1',)),)
    """
    found = []
    counted = _Counted(snapshot, _all_leaves(policy))
    for role in policy.roles:
        for priority in role.priorities:
            for path, leaf in leaves(priority.where):
                count, examples = counted.failures(leaf, priority)
                if count:
                    found.append(Failure(role.id, priority.id, path, count, examples))
    return tuple(found)


def failing_conditions(review: Review, snapshot: Snapshot) -> Iterator[Finding]:
    """Report the leaves that err, where they stand in the policy."""
    places = {(each.role.id, priority.id): path for each in review.roles for path, priority in each.priorities()}
    for failure in condition_failures(review.policy, snapshot):
        examples = list(failure.examples)
        named = listed([shown(task) for task in examples])
        yield finding(
            "condition_errs",
            f"{places[failure.role, failure.priority]}.{failure.leaf}",
            f"the comparison fails on {failure.count} open tasks such as {named}, whose field has the wrong kind; "
            "compare what the field holds, or correct the data",
            role=failure.role,
            priority=failure.priority,
            leaf=failure.leaf,
            count=failure.count,
            examples=examples,
        )


def _all_leaves(policy: Policy) -> list[Leaf]:
    return [leaf for role in policy.roles for priority in role.priorities for _, leaf in leaves(priority.where)]


class _Counted:
    """Open tasks counted once for every path by the kinds of values there: a built-in op errs on whole kinds."""

    def __init__(self, snapshot: Snapshot, all_leaves: Iterable[Leaf]) -> None:
        self.tasks = list(open_tasks(snapshot))
        self.by_path: dict[str, Counts] = {}
        self.plugins: dict[int, Counts] = {}
        for leaf in all_leaves:
            if leaf.custom is not None:
                self.plugins[id(leaf)] = self.count(leaf.field, partial(_failed, leaf))
            elif leaf.field not in self.by_path and any(errs_on(leaf, kind) for kind in SAMPLES):
                self.by_path[leaf.field] = self.count(leaf.field, kind)

    def count(self, path: str, classify: Callable[[FieldValue], Any]) -> Counts:
        counts: Counts = defaultdict(Tally)
        for task, links in self.tasks:
            value = read(path, task, links)
            if value is not None:
                counts[task.type, classify(value)].add(task.id)
        return counts

    def failures(self, leaf: Leaf, priority: Priority) -> tuple[int, tuple[str, ...]]:
        """Count the tasks of the types that a priority admits on which a leaf errs."""
        if leaf.custom is not None:
            counts, failing = self.plugins[id(leaf)], {_FAILED}
        else:
            counts, failing = self.by_path.get(leaf.field, {}), {kind for kind in SAMPLES if errs_on(leaf, kind)}
        admitted = {task_type for task_type, _ in counts if not priority.task_types or task_type in priority.task_types}
        tallies = [tally for (name, found), tally in counts.items() if name in admitted and found in failing]
        examples = merge(*(tally.examples for tally in tallies))
        return sum(tally.count for tally in tallies), tuple(islice(examples, EXAMPLES))


_FAILED = "failed"


def _failed(leaf: Leaf, value: FieldValue) -> str:
    return _FAILED if compare(leaf, value, ANY_DAY, ANYWHERE) is None else ""
