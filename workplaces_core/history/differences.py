"""Why one policy does not give what another gives: the first thing that speaks against the other task.

REASONS are stable names; `part` says more where there is more to say.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from workplaces_core.history.role_queues import Place, RoleQueues
from workplaces_core.policy import All, AnyOf, Condition, Leaf, Not, Priority
from workplaces_core.rules.conditions import Verdict, compare
from workplaces_core.rules.ordering import order_rank
from workplaces_core.rules.zones import zone

if TYPE_CHECKING:
    from workplaces_core.history.facts import Facts
    from workplaces_core.history.queues import Given, Queues

REASONS = {
    "only_a": "only A gives a task, B has none for this employee",
    "only_b": "only B gives a task, A has none for this employee",
    "other_role": "B works in another role at this moment; part: that role",
    "order": "B has both tasks in the queue and orders them otherwise; part: the first part of the key that differs",
    "later_day": "the task is due on a later day in the role of B",
    "not_yet": "the task's exact time has not come near enough under B",
    "interval_not_active": "the priority that would take it is not active; part: that priority",
    "wrong_type": "the priority does not admit its type; part: that priority",
    "condition_false": "the priority's condition is false; part: that priority",
    "condition_error": "the priority's condition is an error; part: that priority",
    "not_responsible": "it is somebody else's and the priority is no common queue; part: that priority",
    "outside_pool": "its responsible is outside the pool of the common queue; part: that priority",
    "no_priority": "the role of B has no priority",
}
"""Why B does not give what A gives."""

Reason = tuple[str, str | None]
_NEAREST = (
    "outside_pool",
    "not_responsible",
    "condition_error",
    "condition_false",
    "interval_not_active",
    "wrong_type",
)


class Differences:
    """Compares what two policies give. Both must be ready for the moment that is asked about."""

    def __init__(self, one: Queues, other: Queues) -> None:
        """Compare A (`one`) with B (`other`)."""
        self._a, self._b = one, other

    def reason(self, a: Given, b: Given, user: str, now: int) -> Reason | None:
        """Say why B does not give what A gives; None when it does."""
        if a.place is None or b.place is None:
            if a.place is None and b.place is None:
                return None
            return ("only_b" if a.place is None else "only_a"), None
        if a.place.row == b.place.row:
            return None
        role_a, role_b = self._a.role(a.role), self._b.role(b.role)
        if role_a.role.id != role_b.role.id:
            return "other_role", role_b.role.id
        person = self._b.code(user)
        place, against = _place(role_b, a.place.row, person, now)
        if place is not None:
            return "order", _decided_by(role_b, b.place, place, now)
        return against or _nearest(role_b, a, role_a)


def _place(role: RoleQueues, row: int, person: int, now: int) -> tuple[Place | None, Reason | None]:
    """Find the place of a row in a role's queue, or what speaks against it whatever the priorities say."""
    due_day = role.places.due_days[row]
    if due_day > role.today:
        return None, ("later_day", None)
    own, shared = role.takers(row)
    taker = own if role.facts.people.codes[row] == person else shared
    if role.lead is not None and due_day == role.today and not role.facts.all_day[row]:
        if role.facts.people.codes[row] == person or shared >= 0:
            return (Place(row, True, taker), None) if role.is_visible(row, now) else (None, ("not_yet", None))  # noqa: FBT003
    elif taker >= 0:
        return Place(row, False, taker), None  # noqa: FBT003
    return None, None


def _decided_by(role: RoleQueues, first: Place, second: Place, now: int) -> str:
    """Name the first part of the key by which one place comes before another."""
    if first.is_exact != second.is_exact:
        return "lane"
    if not first.is_exact:
        if first.priority != second.priority:
            return "priority"
        if role.is_overdue(first.row, now) != role.is_overdue(second.row, now):
            return "bucket"
        for number, key in enumerate(role.role.priorities[first.priority].order):
            one, other = (order_rank(key, role.facts.column(key.field).value(each.row)) for each in (first, second))
            if one != other:
                return f"order[{number}]"
    if role.places.due_key(first.row) != role.places.due_key(second.row):
        return "due"
    return "created" if role.facts.created[first.row] != role.facts.created[second.row] else "id"


def _nearest(role: RoleQueues, a: Given, role_a: RoleQueues) -> Reason:
    """Say what speaks against a row under the priority that took it before, else under the one that misses least."""
    assert a.place is not None
    row, today = a.place.row, role.role
    taker = role_a.role.priorities[a.place.priority].id if a.place.priority >= 0 else None
    against = [(_against(role, number, each, row), each.id) for number, each in enumerate(today.priorities)]
    for code, name in against:
        if name == taker:
            return code, name
    return min(against, key=lambda found: _NEAREST.index(found[0]), default=("no_priority", None))


def _against(role: RoleQueues, number: int, priority: Priority, row: int) -> str:
    facts = role.facts
    if not role.active >> number & 1:
        return "interval_not_active"
    if priority.task_types and facts.types.value(row) not in priority.task_types:
        return "wrong_type"
    judged = _judge(priority.where, facts, row, role)
    if judged is not True:
        return "condition_error" if judged is None else "condition_false"
    return "not_responsible" if priority.common_queue is None else "outside_pool"


def _judge(condition: Condition | None, facts: Facts, row: int, role: RoleQueues) -> Verdict:
    match condition:
        case None:
            return True
        case Leaf():
            value = facts.column(condition.field).value(row)
            where = zone(role.role.timezone or role.account.timezone)
            return compare(condition, value, date.fromordinal(role.today), where)
        case Not():
            judged = _judge(condition.part, facts, row, role)
            return None if judged is None else not judged
        case All() | AnyOf():
            deciding = isinstance(condition, AnyOf)
            verdicts = [_judge(part, facts, row, role) for part in condition.parts]
            if deciding in verdicts:
                return deciding
            return None if None in verdicts else not deciding
