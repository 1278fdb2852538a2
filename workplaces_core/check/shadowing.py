"""Which priorities leave nothing to a later one: for every kind of its tasks some of them is always there first.

The tasks of a priority are taken apart into cases: an interval in which it is active, a type that it admits, and whose
tasks it may have. In each case the earlier priorities that are active, admit the type and may have the task must
together be true whenever the priority is.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from attrs import frozen

from workplaces_core.check.implication import implies
from workplaces_core.policy import Leaf, Members, Not, leaves

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workplaces_core.check.review import RoleReview
    from workplaces_core.policy import CommonQueue, Condition, Priority, Role

_OWN, _ANYONE = ("own", ""), ("anyone", "")
Owner = tuple[str, str]
"""Whose task it is: the user's own, that of a listed user or of a member of a listed group, or anybody's."""


@frozen
class _Case:
    """One kind of tasks of a priority; the type None stands for every type that no priority names."""

    interval: str
    task_type: str | None
    owner: Owner


def shadows(each: RoleReview, index: int) -> tuple[int, ...]:
    """Give the indices of earlier priorities that take all tasks of one, as few as possible; none if some are left.

    The priority itself must be able to take a task at all.
    """
    earlier = range(index)
    cases = list(_cases(each, each.role.priorities[index]))
    alone = next((one for one in earlier if _cover(each, index, [one], cases)), None)
    if alone is not None:
        return (alone,)
    if index < 2 or not _cover(each, index, earlier, cases):  # noqa: PLR2004
        return ()
    needed = list(earlier)
    for one in reversed(earlier):
        others = [other for other in needed if other != one]
        if _cover(each, index, others, cases):
            needed = others
    return tuple(needed)


def _cases(each: RoleReview, priority: Priority) -> Iterator[_Case]:
    types: Sequence[str | None] = priority.task_types or [*_types(each.role), None]
    owners = _owners(priority.common_queue, each.role)
    for interval, task_type, owner in product(sorted(each.open_in(priority)), types, owners):
        yield _Case(interval, task_type, owner)


def _types(role: Role) -> list[str]:
    return sorted({name for priority in role.priorities for name in priority.task_types})


def _owners(queue: CommonQueue | None, role: Role) -> list[Owner]:
    if queue is None:
        return [_OWN]
    if queue.pool == "anyone":
        return [_OWN, _ANYONE]
    members = _listing(queue, role)
    return [_OWN, *(("user", user) for user in members.users), *(("group", group) for group in members.groups)]


def _listing(queue: CommonQueue, role: Role) -> Members:
    return queue.pool if isinstance(queue.pool, Members) else role.members


def _cover(each: RoleReview, index: int, earlier: Sequence[int], cases: Sequence[_Case]) -> bool:
    """Tell whether some earlier priorities take every task of these cases that the one at an index could take."""
    role = each.role
    mentions = any(leaf.field == "task.type" for p in role.priorities for _, leaf in leaves(p.where))
    questions = {(_met(each, earlier, case), case.task_type if mentions else None) for case in cases}
    known = _types(role)
    return all(
        implies(
            [role.priorities[index].where, _type_condition(name, known) if mentions else None],
            [role.priorities[one].where for one in met],
        )
        for met, name in sorted(questions, key=lambda question: (question[0], question[1] or ""))
    )


def _met(each: RoleReview, earlier: Sequence[int], case: _Case) -> tuple[int, ...]:
    return tuple(one for one in earlier if _meets(each, each.role.priorities[one], case))


def _type_condition(name: str | None, known: Sequence[str]) -> Condition:
    return Not(Leaf("task.type", "in", tuple(known))) if name is None else Leaf("task.type", "eq", name)


def _meets(each: RoleReview, priority: Priority, case: _Case) -> bool:
    return (
        case.interval in each.open_in(priority)
        and (not priority.task_types or case.task_type in priority.task_types)
        and _may_have(priority, each.role, case.owner)
    )


def _may_have(priority: Priority, role: Role, owner: Owner) -> bool:
    queue = priority.common_queue
    if owner == _OWN or queue is None:
        return owner == _OWN
    if queue.pool == "anyone":
        return True
    kind, name = owner
    members = _listing(queue, role)
    return name in {"user": members.users, "group": members.groups, "anyone": ()}[kind]
