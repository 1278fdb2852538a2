"""Open tasks that fall through: no rule covers them, they are due outside working time, or their deal is in doubt."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from workplaces_core.check.codes import finding, listed
from workplaces_core.check.kinds import ANY_DAY, ANYWHERE
from workplaces_core.check.tally import Tally
from workplaces_core.errors import shown
from workplaces_core.model import is_instant
from workplaces_core.policy import All, AnyOf, Condition, Leaf, Not, leaves
from workplaces_core.rules.conditions import compare, read
from workplaces_core.rules.intervals import Span, occurrences
from workplaces_core.rules.membership import in_pool
from workplaces_core.rules.zones import day_end, local_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workplaces_core.answers import Finding
    from workplaces_core.check.review import Review, RoleReview
    from workplaces_core.model import Links, Snapshot, Task
    from workplaces_core.policy import Priority

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_REACH = timedelta(days=2)


class Rules:
    """An enabled role over the data: which of its priorities could ever hand out a task to one of its members."""

    def __init__(self, each: RoleReview, snapshot: Snapshot) -> None:
        self.each, self.snapshot = each, snapshot
        self.by_owner: dict[tuple[str, str], list[Priority]] = {}
        self.by_day: dict[date, dict[str, list[Span]]] = {}

    def for_task(self, task: Task) -> list[Priority]:
        """List the priorities that admit the type of a task and may have it, whatever their condition says."""
        key = task.type, task.responsible
        if key not in self.by_owner:
            self.by_owner[key] = [
                priority
                for priority in self.each.role.priorities
                if self.each.open_in(priority)
                and (not priority.task_types or task.type in priority.task_types)
                and self.may_have(priority, task.responsible)
            ]
        return self.by_owner[key]

    def may_have(self, priority: Priority, responsible: str) -> bool:
        """Tell whether some member may be given the tasks of a responsible."""
        if responsible in self.each.users:
            return True
        queue = priority.common_queue
        if queue is None or not self.each.users:
            return False
        return in_pool(queue, self.each.role, responsible, self.snapshot)

    def goes_by_exact_time(self, task: Task) -> bool:
        """Tell whether the role hands out a member's own task at its time, whatever its priorities say."""
        return self.each.role.exact_time is not None and is_instant(task.due) and task.responsible in self.each.users

    @cached_property
    def asks_for_deals(self) -> frozenset[str]:
        """The ids of the priorities with a condition on the deal."""
        return frozenset(
            priority.id
            for priority in self.each.role.priorities
            if any(leaf.field.startswith("deal.") for _, leaf in leaves(priority.where))
        )

    def is_open_for(self, task: Task, intervals: frozenset[str]) -> bool:
        """Tell whether some of the intervals meet the time of an exact-time task on the day on which it is due."""
        assert isinstance(task.due, datetime)
        assert self.each.where is not None
        assert self.each.role.exact_time is not None
        day = local_date(task.due, self.each.where)
        lead = self.each.role.exact_time.lead_minutes * _MINUTE
        since = max(task.due - lead, day_end(day - _DAY, self.each.where))
        until = day_end(day, self.each.where)
        spans = (span for name, found in self.spans(day).items() if name in intervals for span in found)
        return any(start < until and end > since for start, end in spans)

    def spans(self, day: date) -> dict[str, list[Span]]:
        """Give the occurrences of the role's intervals that may meet a local day."""
        each = self.each
        assert each.where is not None
        if day not in self.by_day:
            self.by_day[day] = {
                interval.id: list(occurrences(interval, each.days_off, each.where, day - _REACH, day))
                for interval in each.role.intervals
            }
        return self.by_day[day]


def _rules(review: Review, snapshot: Snapshot) -> list[Rules]:
    return [Rules(each, snapshot) for each in review.enabled]


def could_be(condition: Condition | None, task: Task, links: Links, *, verdict: bool = True) -> bool:
    """Tell whether a condition could have a verdict, true or false, over a task on some day.

    >>> from datetime import UTC
    >>> from workplaces_core.model import Links, Task
    >>> task = Task("t1", "1", "", "u1", datetime(2026, 11, 20, tzinfo=UTC), date(2026, 11, 24))
    >>> fresh = Leaf("task.created", "days", (0, 0))
    >>> could_be(fresh, task, Links()), could_be(Not(fresh), task, Links())
    (True, True)
    """
    match condition:
        case None:
            return verdict
        case Leaf():
            value = read(condition.field, task, links)
            if condition.op == "days" and condition.custom is None and isinstance(value, date):
                return True
            return compare(condition, value, ANY_DAY, ANYWHERE) is verdict
        case Not():
            return could_be(condition.part, task, links, verdict=not verdict)
        case All() | AnyOf():
            found = (could_be(part, task, links, verdict=verdict) for part in condition.parts)
            return all(found) if isinstance(condition, All) == verdict else any(found)


def uncovered(review: Review, snapshot: Snapshot) -> Iterator[Finding]:
    """Report open tasks that no enabled role could hand out to any of its members, whatever the hour."""
    rules, tally = _rules(review, snapshot), Tally()
    conditions: dict[tuple[str, str], list[Condition | None]] = {}
    for task, links in review.open_tasks:
        if not any(each.each.ahead and each.goes_by_exact_time(task) for each in rules):
            key = task.type, task.responsible
            if key not in conditions:
                conditions[key] = [priority.where for each in rules for priority in each.for_task(task)]
            if not _some_could_be(conditions[key], task, links):
                tally.add(task.id)
    if tally.count:
        named = listed([shown(task) for task in tally.examples])
        text = f"{tally.count} open tasks such as {named} are never handed out, add a priority or members for them"
        yield finding("tasks_not_covered", "tasks", text, count=tally.count, examples=tally.examples)


def _some_could_be(conditions: Sequence[Condition | None], task: Task, links: Links) -> bool:
    return None in conditions or any(could_be(condition, task, links) for condition in conditions)


def between_intervals(review: Review, snapshot: Snapshot) -> Iterator[Finding]:
    """Report, for every role, exact-time tasks ahead at whose time none of the roles that could have them is open."""
    rules = [each for each in _rules(review, snapshot) if each.each.role.exact_time is not None]
    tallies: dict[str, Tally] = defaultdict(Tally)
    for task, links in review.open_tasks:
        if isinstance(task.due, datetime) and task.due >= review.now:
            asked = [(each, hours) for each in rules if (hours := _hours_for(each, task, links)) is not None]
            if not any(each.is_open_for(task, hours) for each, hours in asked):
                for each, _ in asked:
                    tallies[each.each.path].add(task.id)
    for each in rules:
        if each.each.path in tallies:
            yield _between_intervals(each.each, tallies[each.each.path])


def _hours_for(rules: Rules, task: Task, links: Links) -> frozenset[str] | None:
    """Give the intervals in which a role could hand out a task at its time; None when it never has it."""
    if rules.goes_by_exact_time(task):
        return rules.each.ahead
    takers = [priority for priority in rules.for_task(task) if could_be(priority.where, task, links)]
    return frozenset[str]().union(*map(rules.each.open_in, takers)) if takers else None


def _between_intervals(each: RoleReview, tally: Tally) -> Finding:
    named = listed([shown(task) for task in tally.examples])
    return finding(
        "exact_time_between_intervals",
        f"{each.path}.exact_time",
        f"{tally.count} exact-time tasks such as {named} are due when role `{shown(each.role.id)}` is not open from "
        "then to the end of the day, move them or extend an interval",
        role=each.role.id,
        count=tally.count,
        examples=tally.examples,
    )


def deals_in_doubt(review: Review, snapshot: Snapshot) -> Iterator[Finding]:
    """Report, for every role that asks for deals, its tasks whose contact or company has several."""
    rules = [each for each in _rules(review, snapshot) if each.asks_for_deals]
    tallies: dict[str, Tally] = defaultdict(Tally)
    for task, links in review.open_tasks:
        if task.subject is not None and links.deal is None and len(snapshot.deals_linking(task.subject)) > 1:
            entity = links.contact if task.subject.kind == "contact" else links.company
            for each in rules:
                if entity is not None and any(p.id in each.asks_for_deals for p in each.for_task(task)):
                    tallies[each.each.path].add(task.id)
    for each in rules:
        if each.each.path in tallies:
            yield _deals_in_doubt(each.each, tallies[each.each.path])


def _deals_in_doubt(each: RoleReview, tally: Tally) -> Finding:
    named = listed([shown(task) for task in tally.examples])
    return finding(
        "deal_in_doubt",
        each.path,
        f"role `{shown(each.role.id)}` asks for the deal of {tally.count} tasks such as {named}, whose contact or "
        "company has several, so they have none; hang them on a deal",
        role=each.role.id,
        count=tally.count,
        examples=tally.examples,
    )
